package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
)

// questionLimit is how long a question over ten million events may take.
const questionLimit = 500 * time.Millisecond

const (
	questionFiles = 10 // each a day earlier than the one before
	questionRuns  = 5
)

// question is what an analyst asks.
type question struct {
	name string
	desk.EventQuery
}

// args ask it at the command line.
func (q question) args() []string {
	args := []string{"events", "--format", q.Format, "--limit", fmt.Sprint(q.Limit)}
	if len(q.By) > 0 {
		args = append(args, "--by", strings.Join(q.By, ","))
	}
	if len(q.Fields) > 0 {
		args = append(args, "--fields", strings.Join(q.Fields, ","))
	}
	if q.Text != "" {
		args = append(args, q.Text)
	}
	return args
}

// questions about an organisation, a day and an address that the data holds.
func questions(organisation, day, ip string) []question {
	fields := []string{"time.source", "classification.type", "malware.name", "source.ip", "source.port"}
	return []question{
		{"count by day and class", desk.EventQuery{By: []string{"day", "class"}, Format: "json"}},
		{"top 20 AS numbers", desk.EventQuery{By: []string{"source.asn"}, Limit: 20, Format: "json"}},
		{"top 20 malware", desk.EventQuery{By: []string{"malware.name"}, Limit: 20, Format: "json"}},
		{"one organisation's day", desk.EventQuery{Text: fmt.Sprintf("org:%q time:%s", organisation, day), Fields: fields, Format: "json"}},
		{"one IP's history", desk.EventQuery{Text: "ip:" + ip, Fields: append(fields, "attribution.organisation"), Format: "json"}},
	}
}

// questionsPoint asks each question of ten times as many events as a file has rows.
func questionsPoint(ctx context.Context, h *house) (t table, err error) {
	data, in, err := h.manyEvents(ctx)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	a, err := h.openApp(ctx, data)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	list, err := h.about(ctx, a)
	if err != nil {
		return t, err
	}
	t = table{title: fmt.Sprintf("Questions over %s events", thousands(in.rows)), head: []string{"question", "rows of the answer", "warm", "CLI, process start included"}}
	for _, q := range list {
		if err := h.askQuestion(ctx, &t, a, data, q); err != nil {
			return t, fmt.Errorf("%s: %w", q.name, err)
		}
	}
	t.note("%d files, half scan_telnet, half event4_sinkhole_http, each a day earlier: %s B/event of segments. Medians of %d. *Warm*: the program runs and so does its query child, as under `serve`; "+
		"the plan, the query and writing the answer as JSON count. *CLI*: exec to exit, starting the query child too.", questionFiles, number(in.each(in.segments)), questionRuns)
	return t, nil
}

func (h *house) askQuestion(ctx context.Context, t *table, a *app.App, data string, q question) error {
	rows, warm, err := askWarm(ctx, a, q)
	if err != nil {
		return err
	}
	var walls []time.Duration
	for range questionRuns {
		u, err := h.run(ctx, append([]string{"--data", data}, q.args()...)...)
		if err != nil {
			return err
		}
		walls = append(walls, u.wall)
	}
	t.add(q.name, thousands(int64(rows)), milliseconds(warm), milliseconds(median(walls)))
	t.gates = append(t.gates, atMost(q.name+", warm", float64(warm)/1e6, float64(questionLimit.Milliseconds()), " ms"))
	return nil
}

// askWarm asks once for nothing and then for the time.
func askWarm(ctx context.Context, a *app.App, q question) (rows int, took time.Duration, err error) {
	var times []time.Duration
	for range questionRuns + 1 {
		var out bytes.Buffer
		begun := time.Now()
		if _, err := a.Desk.Events(ctx, identity.System("bench"), q.EventQuery, &out); err != nil {
			return 0, 0, err
		}
		times = append(times, time.Since(begun))
		if rows, err = countRows(&out); err != nil {
			return 0, 0, err
		}
	}
	if rows == 0 {
		return 0, 0, errors.New("the answer is empty: not what was to be measured")
	}
	return rows, median(times[1:]), nil
}

func countRows(r io.Reader) (int, error) {
	var rows []json.RawMessage
	err := json.NewDecoder(r).Decode(&rows)
	return len(rows), err
}

// manyEvents ingests the files in one process.
func (h *house) manyEvents(ctx context.Context) (data string, in ingested, err error) {
	if data, err = h.data(); err != nil {
		return "", in, err
	}
	var files []string
	defer func() {
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
	}()
	for i := range questionFiles {
		f, err := h.report(shapes[i%2].report, h.rows, uint64(200+i), time.Duration(i)*24*time.Hour)
		if err != nil {
			return data, in, err
		}
		files = append(files, f)
	}
	in, err = h.ingest(ctx, data, h.rows*questionFiles, files...)
	return data, in, err
}

func (h *house) openApp(ctx context.Context, data string) (*app.App, error) {
	c := config.Default()
	c.Data.Dir = data
	return app.New(ctx, app.Options{Config: c, Log: slog.New(slog.DiscardHandler), Duck: []string{h.binary, "__duck"}, Write: true})
}

// about chooses an organisation and an address that occur, so that the answers are not empty: the organisation in the middle of those
// that a day's events concern, and the address of some event.
func (h *house) about(ctx context.Context, a *app.App) ([]question, error) {
	day := h.now.UTC().AddDate(0, 0, -3).Format(time.DateOnly)
	groups, err := a.Desk.Count(ctx, identity.System("bench"), desk.EventQuery{Text: "time:" + day, By: []string{"organisation"}})
	if err != nil {
		return nil, err
	}
	var known []desk.Group
	for _, g := range groups {
		if g.Values[0] != "" {
			known = append(known, g)
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("no event of %s has an owner", day)
	}
	addresses, err := a.Desk.Count(ctx, identity.System("bench"), desk.EventQuery{Text: "time:" + day, By: []string{"source.ip"}, Limit: 1})
	if err != nil || len(addresses) == 0 {
		return nil, errors.Join(err, errors.New("no event has an address"))
	}
	return questions(known[len(known)/2].Values[0], day, addresses[0].Values[0]), nil
}
