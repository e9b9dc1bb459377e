// Package faulty is a disk.FS for tests that fails, or pulls the plug, at a
// chosen operation.
//
// Operations that change something (Create, Write, Sync, Close, Rename, Remove,
// SyncDir, MkdirAll) are counted from 1. The operation chosen does not happen;
// only a Write leaves half of its bytes, as real ones do. A test runs its work
// once to learn how many operations there are, and then once for each of them:
//
//	for n := 1; n <= total; n++ {
//		f := faulty.New()
//		f.CrashAt(n, faulty.PowerCut)
//		work(f)             // fails with ErrCrashed from operation n on
//		check(disk.OS{})    // what a restart would find
//	}
//
// The model of a power cut is the strictest that POSIX allows: content not
// synced is gone, names not synced are as before (a rename is one change and
// durable with the folder of its new name), and content whose Sync has failed
// can never become durable. Folders are durable when MkdirAll returns. What
// existed before and is not touched is durable.
package faulty

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/firehall/firehall/internal/platform/disk"
)

// ErrCrashed is what every call returns once the plug is pulled.
var ErrCrashed = errors.New("faulty: the machine has crashed")

// Outcome says what a crash leaves behind.
type Outcome uint8

const (
	// PowerCut undoes everything that was not made durable.
	PowerCut Outcome = iota
	// Kill keeps everything done so far: the process died, not the machine.
	Kill
)

// FS is a file system that fails as told. It is safe for concurrent use.
type FS struct {
	mu      sync.Mutex
	real    disk.OS
	count   int
	log     []string
	failAt  int
	failTo  int // the last operation that fails
	failure error
	crashAt int
	outcome Outcome
	crashed bool
	files   map[string]*file // files made here, by their present path
	names   []change         // changes of names not yet durable, oldest first
}

var _ disk.FS = (*FS)(nil)

// New returns a file system over the real one that works until told otherwise.
func New() *FS { return &FS{files: map[string]*file{}} }

// FailAt lets the n-th operation fail with err, and those after it succeed.
func (f *FS) FailAt(n int, err error) { f.failAt, f.failTo, f.failure = n, n, err }

// FailFrom lets the n-th operation and all after it fail with err, save Close
// and Remove: a disk that is full and stays so.
func (f *FS) FailFrom(n int, err error) { f.failAt, f.failTo, f.failure = n, int(^uint(0)>>1), err }

// CrashAt pulls the plug when the n-th operation begins.
func (f *FS) CrashAt(n int, o Outcome) { f.crashAt, f.outcome = n, o }

// Operations returns how many operations there were.
func (f *FS) Operations() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// Log returns the operations so far, one a line of text, for messages.
func (f *FS) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.log...)
}

// Crash pulls the plug now.
func (f *FS) Crash(o Outcome) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outcome = o
	return f.crash()
}

// step counts an operation and returns the error it is to fail with. It is
// called with the lock held.
func (f *FS) step(op, path string) error {
	if f.crashed {
		return ErrCrashed
	}
	f.count++
	f.log = append(f.log, fmt.Sprintf("%d %s %s", f.count, op, path))
	if f.crashAt == f.count {
		return errors.Join(ErrCrashed, f.crash())
	}
	lasting := f.failTo > f.failAt && (op == "close" || op == "remove")
	if f.failAt > 0 && f.count >= f.failAt && f.count <= f.failTo && !lasting {
		return &fs.PathError{Op: op, Path: path, Err: f.failure}
	}
	return nil
}

// alive is the check of operations that change nothing.
func (f *FS) alive() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return ErrCrashed
	}
	return nil
}

// Create implements disk.FS.
func (f *FS) Create(path string) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path = filepath.Clean(path)
	if err := f.step("create", path); err != nil {
		return nil, err
	}
	inner, err := f.real.Create(path)
	if err != nil {
		return nil, err
	}
	n := &file{fs: f, inner: inner, path: path, name: path}
	f.files[path] = n
	f.names = append(f.names, change{path: path, undo: func() error { return os.Remove(path) }})
	return n, nil
}

// Rename implements disk.FS.
func (f *FS) Rename(oldPath, newPath string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldPath, newPath = filepath.Clean(oldPath), filepath.Clean(newPath)
	if err := f.step("rename", oldPath+" "+newPath); err != nil {
		return err
	}
	replaced := f.durable(newPath)
	if err := f.real.Rename(oldPath, newPath); err != nil {
		return err
	}
	delete(f.files, newPath)
	if n := f.files[oldPath]; n != nil {
		delete(f.files, oldPath)
		n.path = newPath
		f.files[newPath] = n
	}
	f.names = append(f.names, change{path: newPath, undo: func() error {
		return errors.Join(os.Rename(newPath, oldPath), replaced(newPath))
	}})
	return nil
}

// Remove implements disk.FS.
func (f *FS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	path = filepath.Clean(path)
	if err := f.step("remove", path); err != nil {
		return err
	}
	restore := f.durable(path)
	if err := f.real.Remove(path); err != nil {
		return err
	}
	delete(f.files, path)
	f.names = append(f.names, change{path: path, undo: func() error { return restore(path) }})
	return nil
}

// SyncDir implements disk.FS.
func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	path = filepath.Clean(path)
	if err := f.step("syncdir", path); err != nil {
		return err
	}
	if err := f.real.SyncDir(path); err != nil {
		return err
	}
	kept := f.names[:0]
	for _, c := range f.names {
		if filepath.Dir(c.path) != path {
			kept = append(kept, c)
		}
	}
	f.names = kept
	return nil
}

// MkdirAll implements disk.FS.
func (f *FS) MkdirAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step("mkdirall", path); err != nil {
		return err
	}
	return f.real.MkdirAll(path)
}

// Open implements disk.FS.
func (f *FS) Open(path string) (io.ReadCloser, error) {
	if err := f.alive(); err != nil {
		return nil, err
	}
	return f.real.Open(path)
}

// Stat implements disk.FS.
func (f *FS) Stat(path string) (fs.FileInfo, error) {
	if err := f.alive(); err != nil {
		return nil, err
	}
	return f.real.Stat(path)
}

// ReadDir implements disk.FS.
func (f *FS) ReadDir(path string) ([]fs.DirEntry, error) {
	if err := f.alive(); err != nil {
		return nil, err
	}
	return f.real.ReadDir(path)
}

// Free implements disk.FS.
func (f *FS) Free(path string) (uint64, error) {
	if err := f.alive(); err != nil {
		return 0, err
	}
	return f.real.Free(path)
}
