package desk

import (
	"context"
	"io"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

// The operations on events.
const (
	OpQuery  identity.Operation = "event.query"  // ask about them
	OpExport identity.Operation = "event.export" // take as many away as the configuration allows
)

// EventQuery is a question about events.
type EventQuery struct {
	Text   string   // the query language; empty for everything
	By     []string // group and count by these fields, or day and hour
	Fields []string // columns of rows; empty for all
	Limit  int      // rows or groups; 0 for none but the configuration's
	Format string   // of the answer: see render.Formats
}

// operation is what the question asks: rows without a limit are an export.
func (q EventQuery) operation() identity.Operation {
	if len(q.By) == 0 && q.Limit == 0 {
		return OpExport
	}
	return OpQuery
}

// Events answers a question about events to w.
func (d *Desk) Events(ctx context.Context, actor identity.Actor, q EventQuery, w io.Writer) (duck.Summary, error) {
	if err := actor.Authorise(q.operation(), "events"); err != nil {
		return duck.Summary{}, err
	}
	ask, err := d.askEvents(ctx, actor, q)
	if err != nil {
		return duck.Summary{}, err
	}
	req := ask.req
	p, err := plan.Make(req)
	if err != nil {
		return duck.Summary{}, err
	}
	out, err := render.New(q.Format, w, p.Header(), render.Options{Organisation: func(id string) (string, bool) {
		name, ok := ask.names[id]
		return name, ok
	}})
	if err != nil {
		return duck.Summary{}, err
	}
	sum, err := d.answer(ctx, req, p, func(b *answer.Batch) error { return out.Write(b) })
	if err != nil {
		return sum, err
	}
	return sum, out.Close()
}

// answer asks the engine. Rows without a limit are an export: in parts, in no order, since sorting all of them takes all of them at once.
func (d *Desk) answer(ctx context.Context, req plan.Request, p plan.Plan, sink answer.Sink) (duck.Summary, error) {
	switch {
	case p.Empty:
		return duck.Summary{}, nil
	case len(req.By) == 0 && req.Limit == 0:
		return d.slow().Export(ctx, req, sink)
	default:
		return d.o.Duck.Query(ctx, p, sink)
	}
}

// slow is the engine for what takes its time: exports and long questions do not keep pages waiting.
func (d *Desk) slow() *duck.Client {
	if d.o.Slow != nil {
		return d.o.Slow
	}
	return d.o.Duck
}

// asked is a question that was understood.
type asked struct {
	req   plan.Request
	names map[string]string // of organisations, by their ids
}

// askEvents reads a question.
func (d *Desk) askEvents(ctx context.Context, actor identity.Actor, q EventQuery) (asked, error) {
	where, err := query.Parse(q.Text, query.Options{Now: d.o.Clock.Now(), Zone: d.o.Zone})
	if err != nil {
		return asked{}, err
	}
	names, err := d.o.Register.Names(ctx, actor)
	if err != nil {
		return asked{}, err
	}
	segments, err := d.o.Manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return asked{}, err
	}
	var sort []plan.Order
	if len(q.By) == 0 && q.Limit > 0 {
		sort = []plan.Order{{Field: event.FieldTime, Descending: true}}
	}
	return asked{plan.Request{
		// People at the command line own the data folder: they may see all.
		Where: where, Filter: query.Everything, Files: plan.FromManifest(segments, d.o.Events), Fields: q.Fields, Sort: sort, By: q.By,
		Limit: q.Limit, Zone: d.o.Zone, Organisations: func(t query.Text) []string { return Fitting(names, t) },
	}, names}, nil
}

// Fitting gives the ids of the organisations whose name fits, capitals or not.
func Fitting(names map[string]string, t query.Text) []string {
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
