package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/demo"
)

// house is where a run happens.
type house struct {
	options
	dir    string
	base   string  // data folder with the register imported: each ingest begins with a copy
	cached float64 // bytes/s written through the page cache and synced
	flush  float64 // bytes/s that the disk takes at best
	now    time.Time
	number int // of data folders

	made       string // data folder with the events that pages are asked for; empty until it is needed
	rowsOfMany int64
}

// registerNetworks is the size of the register for the ingests: that of a nation.
const registerNetworks = 20_000

// childLimit ends a child that hangs.
const childLimit = 5 * time.Minute

func openHouse(ctx context.Context, o options) (*house, error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("build it first (make build): %w", err)
	}
	o.binary = binary
	dir, err := os.MkdirTemp("", "firehall-bench-")
	if err != nil {
		return nil, err
	}
	h := &house{options: o, dir: dir, base: filepath.Join(dir, "base"), now: time.Now()}
	if err := h.found(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) close() error { return os.RemoveAll(h.dir) }

// found imports the register and measures the disk.
func (h *house) found(ctx context.Context) (err error) {
	if h.cached, h.flush, err = flushSpeeds(h.dir); err != nil {
		return err
	}
	h.flush = max(h.cached, h.flush)
	path := filepath.Join(h.dir, "register.csv")
	err = writeFile(path, func(w io.Writer) error { return demo.Register(w, registerNetworks, 1) })
	if err != nil {
		return err
	}
	_, err = h.run(ctx, "--data", h.base, "constituency", "import", path)
	return err
}

// data is a fresh data folder with the register in it.
func (h *house) data() (string, error) {
	h.number++
	dir := filepath.Join(h.dir, "data"+strconv.Itoa(h.number))
	return dir, os.CopyFS(dir, os.DirFS(h.base))
}

// report writes a file of rows records of a report, that lie in the 24 hours before now less age.
func (h *house) report(name string, rows int, seed uint64, age time.Duration) (path string, err error) {
	path = filepath.Join(h.dir, fmt.Sprintf("%s-%s-bench%d.csv", h.now.Add(-age).Format(time.DateOnly), name, seed))
	return path, writeFile(path, func(w io.Writer) error { return demo.Write(w, name, rows, seed, h.now.Add(-age)) })
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// usage is what a child cost.
type usage struct {
	wall time.Duration // process start included
	cpu  time.Duration // user and system, of its own children too
	peak int64         // bytes resident at most; 0 where there is no /proc
	// others is how many cores the rest of the machine kept busy meanwhile: what disturbs a measurement.
	others float64
	out    []byte
}

// run runs the program to its end.
func (h *house) run(ctx context.Context, args ...string) (usage, error) {
	return child(ctx, h.binary, args...)
}

func child(ctx context.Context, binary string, args ...string) (usage, error) {
	ctx, cancel := context.WithTimeout(ctx, childLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &errs, time.Minute
	begun, before := time.Now(), machineBusy()
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	done, peak := make(chan struct{}), make(chan int64, 1)
	go func() { peak <- watchMemory(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	u := usage{wall: time.Since(begun), out: out.Bytes()}
	busy := machineBusy() - before
	close(done)
	u.peak = <-peak
	if err != nil {
		return u, fmt.Errorf("%s %s: %w\n%s", filepath.Base(binary), strings.Join(args, " "), err, lastLines(errs.String()))
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.others = max(0, (busy-u.cpu).Seconds()/u.wall.Seconds())
	return u, nil
}

// lastLines are the few that tell why a child failed.
func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// watchMemory gives the most memory that a process had resident. The kernel's own account of a child (ru_maxrss) begins with that of the
// process that started it, so the child's page is read every few milliseconds instead.
func watchMemory(pid int, done <-chan struct{}) (peak int64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	path := fmt.Sprintf("/proc/%d/status", pid)
	for {
		select {
		case <-done:
			return peak
		case <-tick.C:
			if text, err := os.ReadFile(path); err == nil {
				peak = max(peak, highWater(text))
			}
		}
	}
}

// highWater reads VmHWM out of a /proc/PID/status page, in bytes.
func highWater(status []byte) int64 {
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	fields := strings.Fields(string(rest))
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n << 10
}

// median of the values; the lower of the two middle ones.
func median[T cmp.Ordered](values []T) T {
	var none T
	if len(values) == 0 {
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// folderSize adds up the files below a folder; one that is not there is empty.
func folderSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			return err
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	return size, err
}
