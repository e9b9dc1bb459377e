package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The width of a line for people: what the terminal has, within reason; narrow where there is none.
const (
	narrow = 80
	wide   = 120
)

func (s *session) width() int {
	f, ok := s.out.(*os.File)
	if !ok {
		return narrow
	}
	w, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ) //nolint:gosec // a file descriptor
	if err != nil || w.Col == 0 {
		return narrow
	}
	return min(max(int(w.Col), 40), wide)
}

// hang prints text behind a lead, broken between words; further lines stand below its first word.
func (s *session) hang(lead, text string) {
	indent := len([]rune(lead))
	line, used := lead, indent
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		if used > indent && used+1+n > s.width() {
			s.printf("%s\n", line)
			line, used = strings.Repeat(" ", indent), indent
		}
		if used > indent {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	s.printf("%s\n", line)
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d %s", n, units[0])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// days writes an age for people.
func days(d time.Duration) string {
	switch {
	case d < time.Hour:
		return "under an hour"
	case d < 48*time.Hour:
		return plural(int64(d.Hours()), "hour")
	}
	return plural(int64(d.Hours()/24), "day")
}

// plural counts things: 1 day, 2 days.
func plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(n) + " " + thing + "s"
}
