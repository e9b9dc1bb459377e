package main

import (
	"fmt"
	"io"
	"time"
)

// progress shows one line that changes, on a terminal only; elsewhere whoever works prints a line when a piece is done.
type progress struct {
	out   io.Writer
	last  time.Time
	shown bool
}

func newProgress(out io.Writer, quiet bool) *progress {
	if quiet || !terminal(out) {
		return &progress{}
	}
	return &progress{out: out}
}

// of gives what a piece of work calls with the rows done so far.
func (p *progress) of(name string) func(int64) {
	begun := time.Now()
	return func(rows int64) {
		p.say("%s: %s rows, %s a second", name, grouped(rows), grouped(int64(float64(rows)/max(time.Since(begun).Seconds(), 1e-3))))
	}
}

// say replaces the line, ten times a second at most.
func (p *progress) say(format string, args ...any) {
	if p.out == nil || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	line := []rune(fmt.Sprintf(format, args...))
	_, _ = fmt.Fprintf(p.out, "\r\033[K%s", string(line[:min(len(line), 78)])) // a line that wraps cannot be wiped
}

// end wipes the line.
func (p *progress) end() {
	if p.shown {
		p.shown = false
		_, _ = fmt.Fprint(p.out, "\r\033[K")
	}
}
