package duck

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// isolate has the kernel end the child with its parent and, if alone is wanted,
// give it a network of its own, in which there is none. The latter needs user
// namespaces, which some systems forbid.
func isolate(cmd *exec.Cmd, alone bool) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true} // not in the terminal's group: Ctrl-C is the parent's
	if alone {
		attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	cmd.SysProcAttr = attr
}

// confine puts the kernel's limits on this process. Landlock binds one thread
// and those made from it; to bind them all, the process executes itself again.
func confine(s settings) error {
	if s.Confined {
		return nil
	}
	if err := restrict(s); err != nil {
		return err
	}
	s.Confined = true
	env, err := s.environment()
	if err != nil {
		return err
	}
	return syscall.Exec("/proc/self/exe", os.Args, env)
}

// restrict limits this thread and what it executes; the thread stays the caller's.
func restrict(s settings) error {
	runtime.LockOSThread()
	limits := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: uint64(s.Data), unix.RLIMIT_FSIZE: uint64(s.TempLimit)} //nolint:gosec // sizes are positive
	for what, n := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("limit %d: %w", what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if s.Nice > 0 {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, s.Nice) // manners, not safety
	}
	if err := landlock(s.Temp); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

// The rights that Landlock takes away, by the version of its interface: changing
// anything in the file system, and TCP.
const (
	changes = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	network = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
)

// landlock forbids this thread to change anything outside of temp. A kernel
// without Landlock is no error: DuckDB's own configuration stands.
func landlock(temp string) error {
	version := landlockVersion()
	if version == 0 {
		return nil
	}
	rules := unix.LandlockRulesetAttr{Handled_access_fs: changes}
	if version >= 3 {
		rules.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	size := unsafe.Sizeof(rules.Handled_access_fs)
	if version >= 4 {
		rules.Handled_access_net = network
		size += unsafe.Sizeof(rules.Handled_access_net)
	}
	set, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), size, 0)
	if errno != 0 {
		return errno
	}
	defer func() { _ = unix.Close(int(set)) }()
	dir, err := unix.Open(temp, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(dir) }()
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: rules.Handled_access_fs, Parent_fd: int32(dir)} //nolint:gosec // a descriptor
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, set, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, set, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// landlockVersion is 0 where there is no Landlock.
func landlockVersion() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v) //nolint:gosec // a small number
}

// held is how many bytes of this process lie in the machine's memory, and how many it may write to, which is what RLIMIT_DATA counts: zero
// where there is no /proc.
func held() (resident, space int64) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0
	}
	var size, shared, code, lib int64
	_, _ = fmt.Sscan(string(text), &size, &resident, &shared, &code, &lib, &space)
	page := int64(os.Getpagesize())
	return resident * page, space * page
}
