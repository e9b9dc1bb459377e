// Program bench measures Firehall: the real binary as a child for what a person waits for, and parts of it in process for where the time
// goes. It prints one table a question and writes them into docs/benchmarks.md; it fails when a gate is missed.
//
// Its words: a point is one question with its table; a gate is a figure that must be reached; the house is the temporary folder in which
// all of it happens, removed at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fullRows is the size of a full run: the gates hold for it.
const fullRows = 1_000_000

type options struct {
	binary string
	rows   int
	runs   int
	files  int
	gates  string
	docs   string
	only   string
	many   string
	limit  time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/firehall", "the program to measure")
	flag.IntVar(&o.rows, "rows", fullRows, "rows of a file; everything else grows with it")
	flag.IntVar(&o.runs, "runs", 3, "how often an ingest is repeated; the median counts")
	flag.IntVar(&o.files, "files", 50, "files of so many rows behind the pages that are asked for")
	flag.StringVar(&o.gates, "gates", "auto", "on, off, or auto: fail on a missed gate in a full run only")
	flag.StringVar(&o.docs, "docs", "", "document whose marked part is written, after a full run of all points")
	flag.StringVar(&o.only, "only", "", "points to measure, separated by commas; empty is all")
	flag.StringVar(&o.many, "data", "", "folder with the events that pages are asked for, kept: made when it is not there, else used as it is")
	flag.DurationVar(&o.limit, "timeout", 60*time.Minute, "when to give up")
	flag.Parse()
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away must not leave the house standing
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	err := measure(ctx, o, os.Stdout)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// point is one question.
type point struct {
	name string
	ask  func(context.Context, *house) (table, error)
}

// points are in the order in which they are measured.
func points() []point {
	return []point{
		{"machine", machinePoint},
		{"ingest", ingestPoint},
		{"stages", stagesPoint},
		{"flat", flatPoint},
		{"start", startPoint},
		{"questions", questionsPoint},
		{"pages", pagesPoint},
		{"clicks", clicksPoint},
		{"people", peoplePoint},
		{"push", pushPoint},
		{"findings", findingsPoint},
		{"planning", planningPoint},
		{"messages", messagesPoint},
		{"reports", reportsPoint},
		{"incidents", incidentsPoint},
		{"sharing", sharingPoint},
	}
}

// chosen are the points that only names; an unknown name is an error.
func chosen(only string) ([]point, error) {
	all := points()
	if only == "" {
		return all, nil
	}
	var out []point
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(p point) bool { return p.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no point %q", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

func measure(ctx context.Context, o options, out io.Writer) (err error) {
	list, err := chosen(o.only)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"on", "off", "auto"}, o.gates) || o.rows < 1000 || o.runs < 1 {
		return errors.New("-gates takes on, off or auto; -rows at least 1000; -runs at least 1")
	}
	h, err := openHouse(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	begun := time.Now()
	tables, failed := askAll(ctx, h, list, out)
	closing := summary(tables, o.rows, time.Since(begun))
	fmt.Fprint(out, closing)
	if o.docs != "" && o.only == "" && o.rows >= fullRows && failed == nil {
		failed = writeDocument(filepath.Clean(o.docs), tables, closing)
	}
	return errors.Join(failed, verdict(tables, o))
}

// askAll measures each point and prints its table at once: one that fails does not stop the others.
func askAll(ctx context.Context, h *house, list []point, out io.Writer) (tables []table, failed error) {
	for _, p := range list {
		if ctx.Err() != nil {
			return tables, errors.Join(failed, context.Cause(ctx))
		}
		t, err := p.ask(ctx, h)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", p.name, err))
			continue
		}
		fmt.Fprint(out, t)
		tables = append(tables, t)
	}
	return tables, failed
}

// verdict fails on a missed gate, if gates count in this run.
func verdict(tables []table, o options) error {
	if o.gates == "off" || o.gates == "auto" && o.rows < fullRows {
		return nil
	}
	var missed []string
	for _, t := range tables {
		for _, g := range t.gates {
			if !g.met {
				missed = append(missed, g.name)
			}
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("%d gates missed: %s", len(missed), strings.Join(missed, "; "))
	}
	return nil
}
