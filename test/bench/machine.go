package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// machinePoint says on what it was measured.
func machinePoint(_ context.Context, h *house) (table, error) {
	t := table{title: "The machine", head: []string{"what", "which"}}
	t.add("processor", firstField("/proc/cpuinfo", "model name"))
	t.add("cores", fmt.Sprint(runtime.NumCPU()))
	t.add("memory", memory(firstField("/proc/meminfo", "MemTotal")))
	t.add("kernel", kernel())
	t.add("Go", runtime.Version())
	t.add("file system", fileSystem(h.dir))
	t.add("disk, through the page cache", number(h.cached/1e6)+" MB/s written and synced (256 MB)")
	t.add("disk alone, past the page cache", number(h.flush/1e6)+" MB/s")
	commit, err := commitTime(h.dir)
	if err != nil {
		return t, err
	}
	t.add("disk, 8 kB written and synced", milliseconds(commit))
	t.add("memory, a read anywhere in 256 MB", fmt.Sprintf("%d ns", readTime().Nanoseconds()))
	t.add("load before", loadAverage())
	t.add("day", h.now.UTC().Format(time.DateOnly))
	return t, nil
}

// flushSpeeds are how fast the disk takes data that must be there after a power cut, in bytes/s: through the page cache, as programs
// write, and past it, which is the disk alone (0 where that cannot be had). The median of three times each.
func flushSpeeds(dir string) (cached, direct float64, err error) {
	var through, past []float64
	for range 3 {
		v, err := flushOnce(dir, 0)
		if err != nil {
			return 0, 0, err
		}
		through = append(through, v)
		if v, err := flushOnce(dir, pastCache); err == nil && pastCache != 0 {
			past = append(past, v)
		}
	}
	return median(through), median(past), nil
}

func flushOnce(dir string, flags int) (float64, error) {
	const block, blocks = 4 << 20, 64
	f, err := os.OpenFile(filepath.Join(dir, "flush"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|flags, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	data := aligned(block)
	r := rand.NewChaCha8([32]byte{1}) // some storage is quicker with zeros
	_, _ = r.Read(data)
	unix.Sync()
	begun := time.Now()
	for i := range blocks {
		data[0] = byte(i)
		if _, err := f.Write(data); err != nil {
			return 0, errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return block * blocks / time.Since(begun).Seconds(), nil
}

// commitTime is how long the disk takes for as much as a small transaction writes, at the end of a file that is there: the median of 200.
func commitTime(dir string) (time.Duration, error) {
	const block, times = 8 << 10, 200
	f, err := os.Create(filepath.Join(dir, "commit"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	took := make([]float64, times)
	for i := range took {
		begun := time.Now()
		if _, err := f.Write(make([]byte, block)); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		if err := f.Sync(); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		took[i] = float64(time.Since(begun))
	}
	return time.Duration(median(took)), f.Close()
}

// readTime is how long a read from memory takes that no cache foresees: what other machines on the same host take of its caches is in it. The mean of a million,
// each of which says where the next one is.
func readTime() time.Duration {
	const places, reads = 256 << 20 / 4, 1_000_000
	next := make([]uint32, places)
	for i := range next { // one ring through all (Sattolo)
		next[i] = uint32(i) //nolint:gosec // 26 bits
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not a secret
	for i := places - 1; i > 0; i-- {
		j := r.IntN(i)
		next[i], next[j] = next[j], next[i]
	}
	at, begun := uint32(0), time.Now()
	for range reads {
		at = next[at]
	}
	took := time.Since(begun)
	runtime.KeepAlive(at)
	return took / reads
}

// aligned is memory that begins at a page, as writing past the cache wants it.
func aligned(size int) []byte {
	page := os.Getpagesize()
	b := make([]byte, size+page)
	skip := (page - int(uintptr(unsafe.Pointer(&b[0]))%uintptr(page))) % page //nolint:gosec // only the address is looked at
	return b[skip : skip+size]
}

// firstField gives the value of the first line "name : value" of a file; "unknown" without one.
func firstField(path, name string) string {
	text, err := os.ReadFile(path)
	if err == nil {
		if v, ok := fieldOf(string(text), name); ok {
			return v
		}
	}
	return "unknown"
}

func fieldOf(text, name string) (string, bool) {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}

// memory makes "24683520 kB" readable.
func memory(s string) string {
	var kb int64
	if _, err := fmt.Sscanf(s, "%d kB", &kb); err != nil {
		return s
	}
	return number(float64(kb)/(1<<20)) + " GiB"
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " + unix.ByteSliceToString(u.Machine[:])
}

func fileSystem(dir string) string {
	text, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "unknown"
	}
	return mountOf(string(text), dir)
}

// mountOf gives the type of the mount that holds dir: the longest that it lies below.
func mountOf(mounts, dir string) string {
	best, kind := "", "unknown"
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 3 || len(f[1]) < len(best) {
			continue
		}
		if f[1] == "/" || dir == f[1] || strings.HasPrefix(dir, f[1]+"/") {
			best, kind = f[1], f[2]
		}
	}
	return kind
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(text)); err == nil && len(f) > 0 {
		return f[0] + " in the last minute"
	}
	return "unknown"
}

// machineBusy is the time that all cores together were not idle since the machine started; 0 where there is no /proc.
func machineBusy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return busyOf(string(text))
}

// busyOf adds up the first line of /proc/stat, "cpu user nice system idle iowait irq softirq steal ...", in hundredths of a second.
func busyOf(stat string) (busy time.Duration) {
	line, _, _ := strings.Cut(stat, "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return 0
	}
	for i, text := range f[1:9] {
		const idle, iowait = 3, 4
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && i != idle && i != iowait {
			busy += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return busy
}
