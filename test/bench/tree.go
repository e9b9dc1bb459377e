package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchTree gives the most memory that a process and its children had resident together, in bytes.
func watchTree(pid int, done <-chan struct{}) (peak int64) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return peak
		case <-tick.C:
			sum := resident(pid)
			for _, child := range childrenOf(pid) {
				sum += resident(child)
			}
			peak = max(peak, sum)
		}
	}
}

// childrenOf lists the children of all threads of a process.
func childrenOf(pid int) (out []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range lists {
		text, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// resident is what a process has resident now, in bytes; 0 where there is no /proc.
func resident(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// ticks is how many of the kernel's ticks make a second in /proc/PID/stat, on every machine that Go runs on.
const ticks = 100

// treeBusy is the time that a process and its children had on processors so far, those that have ended included; 0 where there is no /proc.
func treeBusy(pid int) (sum time.Duration) {
	for _, p := range append(childrenOf(pid), pid) {
		sum += busy(p)
	}
	return sum
}

// busy reads utime, stime, cutime and cstime of proc_pid_stat(5).
func busy(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := bytes.Cut(text, []byte(") ")) // behind the name, which may hold anything but this is ours
	fields := strings.Fields(string(rest))
	if len(fields) < 15 {
		return 0
	}
	sum := int64(0)
	for _, f := range fields[11:15] {
		n, _ := strconv.ParseInt(f, 10, 64)
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks
}
