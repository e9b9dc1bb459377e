package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

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
	t.add("disk", number(h.flush/1e6)+" MB/s written and synced (256 MB)")
	t.add("load before", loadAverage())
	t.add("day", h.now.UTC().Format(time.DateOnly))
	return t, nil
}

// flushSpeed is how fast the disk takes data that must be there after a power cut: bytes/s, the median of three times.
func flushSpeed(dir string) (float64, error) {
	var speeds []float64
	for range 3 {
		v, err := flushOnce(dir)
		if err != nil {
			return 0, err
		}
		speeds = append(speeds, v)
	}
	return median(speeds), nil
}

func flushOnce(dir string) (float64, error) {
	const block, blocks = 4 << 20, 64
	f, err := os.Create(filepath.Join(dir, "flush"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	data := make([]byte, block) // some storage is quicker with zeros
	r := rand.NewChaCha8([32]byte{1})
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
