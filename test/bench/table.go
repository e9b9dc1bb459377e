package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// table is what a point found out.
type table struct {
	title string
	head  []string
	rows  [][]string
	notes []string // below the table, one paragraph each
	gates []gate
}

// gate is a figure that must be reached.
type gate struct {
	name      string
	got, want string
	met       bool
}

// atLeast and atMost judge a figure; unit stands behind it.
func atLeast(name string, got, want float64, unit string) gate {
	return gate{name, number(got) + unit, "≥ " + number(want) + unit, got >= want}
}

func atMost(name string, got, want float64, unit string) gate {
	return gate{name, number(got) + unit, "≤ " + number(want) + unit, got > 0 && got <= want}
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// String is the table in Markdown, gates below it.
func (t table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n", t.title)
	writeRows(&b, t.head, t.rows)
	for _, n := range t.notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	if len(t.gates) > 0 {
		b.WriteString("\n")
		rows := make([][]string, len(t.gates))
		for i, g := range t.gates {
			rows[i] = []string{g.name, g.got, g.want, yesNo(g.met)}
		}
		writeRows(&b, []string{"gate", "measured", "wanted", "met"}, rows)
	}
	return b.String()
}

func writeRows(b *strings.Builder, head []string, rows [][]string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		for _, cell := range r {
			fmt.Fprintf(b, "| %s ", strings.ReplaceAll(cell, "|", `\|`))
		}
		b.WriteString("|\n")
	}
}

func yesNo(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

// number writes a figure as people read it: thousands apart, and no more digits than it is worth.
func number(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return thousands(int64(v + 0.5))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func mebibytes(n int64) string { return number(float64(n)/(1<<20)) + " MiB" }

func seconds(d time.Duration) string { return number(d.Seconds()) + " s" }

func milliseconds(d time.Duration) string {
	return number(float64(d)/float64(time.Millisecond)) + " ms"
}

func ratio(v float64) string { return number(v) + "×" }

// summary closes a run: how long it took and which gates were missed.
func summary(tables []table, rows int, took time.Duration) string {
	met, missed := 0, []string{}
	for _, t := range tables {
		for _, g := range t.gates {
			if g.met {
				met++
			} else {
				missed = append(missed, fmt.Sprintf("%s: %s, wanted %s", g.name, g.got, g.want))
			}
		}
	}
	s := fmt.Sprintf("\nMeasured with %s rows a file in %s: %d of %d gates met.", thousands(int64(rows)), took.Round(time.Second), met, met+len(missed))
	if len(missed) > 0 {
		s += " Missed: " + strings.Join(missed, "; ") + "."
	}
	return s + "\n"
}

// The marks between which docs/benchmarks.md is written.
const (
	markBegin = "<!-- bench: written by make bench -->\n"
	markEnd   = "<!-- bench: end -->\n"
)

// writeDocument puts the tables between the marks.
func writeDocument(path string, tables []table, closing string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(strings.TrimPrefix(closing, "\n"))
	for _, t := range tables {
		b.WriteString(t.String())
	}
	out, err := between(string(text), b.String())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(out), 0o644) //nolint:gosec // a document of the repository
}

func between(text, body string) (string, error) {
	head, rest, ok := strings.Cut(text, markBegin)
	_, tail, ok2 := strings.Cut(rest, markEnd)
	if !ok || !ok2 {
		return "", fmt.Errorf("the marks %q and %q are missing", strings.TrimSpace(markBegin), strings.TrimSpace(markEnd))
	}
	return head + markBegin + body + markEnd + tail, nil
}
