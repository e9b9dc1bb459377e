package app

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

// OpQuery is asking for events.
const OpQuery identity.Operation = "event.query"

// EventQuery is a question about events.
type EventQuery struct {
	Text   string   // the query language; empty for everything
	By     []string // group and count by these fields, or day and hour
	Fields []string // columns of rows; empty for all
	Limit  int      // rows or groups; 0 for none but the configuration's
	Format string   // of the answer: see render.Formats
}

// Events answers a question about events to w.
func (a *App) Events(ctx context.Context, actor identity.Actor, q EventQuery, w io.Writer) (duck.Summary, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return duck.Summary{}, err
	}
	zone, err := a.zone()
	if err != nil {
		return duck.Summary{}, err
	}
	where, err := query.Parse(q.Text, query.Options{Now: a.Clock.Now(), Zone: zone})
	if err != nil {
		return duck.Summary{}, err
	}
	names, err := a.Register.Names(ctx, actor)
	if err != nil {
		return duck.Summary{}, err
	}
	req, err := a.requestEvents(ctx, q, where, zone, names)
	if err != nil {
		return duck.Summary{}, err
	}
	p, err := plan.Make(req)
	if err != nil {
		return duck.Summary{}, err
	}
	out, err := render.New(q.Format, w, p.Header(), render.Options{Organisation: func(id string) (string, bool) {
		name, ok := names[id]
		return name, ok
	}})
	if err != nil {
		return duck.Summary{}, err
	}
	sum, err := a.answer(ctx, req, p, func(b *answer.Batch) error { return out.Write(b) })
	if err != nil {
		return sum, err
	}
	return sum, out.Close()
}

// answer asks the engine. Rows without a limit are an export: in parts, in no order, since sorting all of them takes all of them at once.
func (a *App) answer(ctx context.Context, req plan.Request, p plan.Plan, sink answer.Sink) (duck.Summary, error) {
	switch {
	case p.Empty:
		return duck.Summary{}, nil
	case len(req.By) == 0 && req.Limit == 0:
		return a.Duck.Export(ctx, req, sink)
	default:
		return a.Duck.Query(ctx, p, sink)
	}
}

func (a *App) requestEvents(ctx context.Context, q EventQuery, where query.Node, zone *time.Location, names map[string]string) (plan.Request, error) {
	segments, err := a.Manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return plan.Request{}, err
	}
	events, err := filepath.Abs(a.layout.Events())
	if err != nil {
		return plan.Request{}, err
	}
	var sort []plan.Order
	if len(q.By) == 0 && q.Limit > 0 {
		sort = []plan.Order{{Field: event.FieldTime, Descending: true}}
	}
	return plan.Request{
		// People at the command line own the data folder: they may see all.
		Where: where, Filter: query.Everything, Files: plan.FromManifest(segments, events), Fields: q.Fields, Sort: sort, By: q.By,
		Limit: q.Limit, Zone: zone, Organisations: func(t query.Text) []string { return fitting(names, t) },
	}, nil
}

// fitting gives the ids of the organisations whose name fits, capitals or not.
func fitting(names map[string]string, t query.Text) []string {
	var ids []string
	lower := t
	lower.Value = strings.ToLower(t.Value)
	for id, name := range names {
		if id == t.Value || t.Fits(name) || lower.Fits(strings.ToLower(name)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// zone is the team's.
func (a *App) zone() (*time.Location, error) {
	z, err := time.LoadLocation(a.Config.Team.TimeZone)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "team.timezone in the configuration")
	}
	return z, nil
}
