package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// stixCmd is `firehall stix`.
type stixCmd struct {
	Validate stixValidateCmd `cmd:"" help:"Say what a bundle holds, and what of it would be set aside and why. Needs no data folder."`
	Events   stixEventsCmd   `cmd:"" help:"Write the newest events of a query as a bundle of STIX 2.1, for your team itself."`
	Pattern  stixPatternCmd  `cmd:"" help:"Read a STIX pattern and print it; --explain says what it asks for. Needs no data folder."`
}

// stixValidateCmd is `firehall stix validate FILE`.
type stixValidateCmd struct {
	File string `arg:"" help:"A bundle, a TAXII envelope or an object in JSON; - is standard input."`
	Most int64  `help:"How large the input may be, in MiB." default:"256"`
	Show int    `help:"How many of what was set aside to list." default:"50"`
}

// Run reads the file as it would be taken in, and keeps nothing.
func (c *stixValidateCmd) Run(s *session) error {
	in := s.in
	if c.File != "-" {
		f, err := os.Open(s.path(c.File))
		if err != nil {
			return problem.Wrap(problem.Invalid, err, "open the bundle")
		}
		defer func() { _ = f.Close() }() // it was read only
		in = f
	}
	objects, bad, err := stix.Parse(in, stix.Limits{Bytes: max(c.Most, 1) << 20, Now: time.Now()})
	c.report(s.out, objects, bad)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s", c.File)
	}
	if len(bad) > 0 {
		return errPartly
	}
	return nil
}

// report says what was read.
func (c *stixValidateCmd) report(out io.Writer, objects []stix.Object, bad []stix.Rejected) {
	_, _ = fmt.Fprintf(out, "%s: %d taken, %d set aside.\n", c.File, len(objects), len(bad))
	counted(out, "\nWhat it holds", stix.Summary(objects))
	in := convert.Read(objects)
	counted(out, "\nWhat may be done with it", handlings(objects))
	reaches := map[string]int{}
	for _, i := range in.Indicators {
		if i.Unread != "" {
			reaches["cannot be evaluated here: "+oneLine(i.Unread)]++
			continue
		}
		reaches[i.Reach.String()]++
	}
	counted(out, "\nIndicators: a pattern", reaches)
	odd := map[string]int{}
	for i := range objects {
		for _, q := range objects[i].Quirks {
			odd[string(q)]++
		}
	}
	counted(out, "\nOdd, and taken all the same", odd)
	c.rejected(out, bad)
}

// rejected lists what was set aside.
func (c *stixValidateCmd) rejected(out io.Writer, bad []stix.Rejected) {
	if len(bad) == 0 {
		return
	}
	_, _ = fmt.Fprintln(out, "\nSet aside")
	for i, r := range bad {
		if i == c.Show {
			_, _ = fmt.Fprintf(out, "  and %d more: --show %d lists them all\n", len(bad)-i, len(bad))
			return
		}
		name := r.ID
		if name == "" {
			name = r.Type
		}
		_, _ = fmt.Fprintf(out, "  object %d %s\n    %s: %s\n", r.Index+1, oneLine(name), r.Code, oneLine(r.Reason))
	}
}

// handlings counts objects by what their markings say.
func handlings(objects []stix.Object) map[string]int {
	marks := stix.MarkingsOf(objects)
	out := map[string]int{}
	for i := range objects {
		if objects[i].Type == "marking-definition" {
			continue
		}
		h := marks.Of(objects[i].Body)
		var words []string
		if h.TLP != nil {
			words = append(words, h.TLP.String())
		}
		if h.PAP != nil {
			words = append(words, h.PAP.String())
		}
		for _, s := range h.Statements {
			words = append(words, strconv.Quote(s))
		}
		if len(h.Others) > 0 {
			words = append(words, "markings that only a person understands")
		}
		if len(words) == 0 {
			words = []string{"not marked"}
		}
		out[oneLine(strings.Join(words, ", "))]++
	}
	return out
}

// counted prints counts, the largest first; of none nothing.
func counted(out io.Writer, title string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	names := make([]string, 0, len(counts))
	for n := range counts {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	_, _ = fmt.Fprintln(out, title)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, n := range names {
		_, _ = fmt.Fprintf(w, "%d\t  %s\n", counts[n], n)
	}
	_ = w.Flush()
}

// oneLine makes one short line of what strangers wrote.
func oneLine(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return printable(s)
}

// printable takes the signs out that steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s)
}

// stixPatternCmd is `firehall stix pattern TEXT`.
type stixPatternCmd struct {
	Text    string `arg:"" help:"The pattern, in quotes; - reads standard input."`
	Explain bool   `help:"Say what it asks for, and which plain values could be looked up instead."`
}

// Run reads the pattern and prints it.
func (c *stixPatternCmd) Run(s *session) error {
	text := c.Text
	if text == "-" {
		raw, err := io.ReadAll(io.LimitReader(s.in, pattern.MaxText+1))
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "read the pattern")
		}
		text = string(raw)
	}
	p, err := pattern.Parse(text)
	if err != nil {
		return err
	}
	s.printf("%s\n", printable(p.String()))
	if c.Explain {
		for _, l := range p.Explain() {
			s.printf("%s\n", printable(l))
		}
	}
	return nil
}
