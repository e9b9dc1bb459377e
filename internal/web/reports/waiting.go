package reports

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web/overview"
	"github.com/firehall/firehall/internal/web/ui"
)

// What of the queue the first page tells, as questions that its figures lead to.
const (
	critical   = "is:undone severity:critical"
	unanswered = "is:undone is:person is:unanswered"
	overdue    = "is:overdue"
	passed     = "is:undone is:passed"
)

// Waiting is the panel of the first page about reports: what cannot wait, whom to call, and what has no answer yet. Who may not read reports has none.
func Waiting(o Options) overview.Slot {
	return func(ctx context.Context, actor identity.Actor) (*overview.Panel, error) {
		if o.Incidents == nil {
			return nil, nil
		}
		p, err := o.waiting(ctx, actor)
		if problem.Is(err, problem.Forbidden) {
			return nil, nil
		}
		return p, err
	}
}

func (o Options) waiting(ctx context.Context, actor identity.Actor) (*overview.Panel, error) {
	p := &overview.Panel{Title: T(ctx, "reports.waiting.title")}
	for _, f := range []struct {
		query, key string
		bad        bool
	}{{critical, "critical", true}, {unanswered, "unanswered", false}, {overdue, "overdue", true}, {passed, "passed", true}} {
		n, err := o.Incidents.Count(ctx, actor, f.query, mostCount)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			p.Figures = append(p.Figures, overview.Figure{N: int64(n), Label: T(ctx, "reports.waiting."+f.key, "n", n), Href: listURL(f.query), Bad: f.bad})
		}
		if err := o.add(ctx, actor, p, f.query, n); err != nil {
			return nil, err
		}
	}
	if err := o.glasses(ctx, actor, p); err != nil || len(p.Figures) == 0 {
		return nil, err
	}
	return p, nil
}

// add says whom to call about what cannot wait, and since when the oldest has no answer.
func (o Options) add(ctx context.Context, actor identity.Actor, p *overview.Panel, query string, n int) error {
	switch {
	case n > 0 && query == critical:
		p.Alert = T(ctx, "reports.waiting.alert", "n", n) + " " + onCallText(ctx, o.OnCall)
	case n > 0 && query == unanswered:
		at, err := o.Incidents.Oldest(ctx, actor, query)
		if err != nil {
			return err
		}
		p.Figures[len(p.Figures)-1].Note = T(ctx, "reports.waiting.since", "at", at.In(ui.Of(ctx).Zone).Format("2006-01-02 15:04"))
	}
	return nil
}

// glasses tells managers that somebody sees a restricted incident by breaking the glass.
func (o Options) glasses(ctx context.Context, actor identity.Actor, p *overview.Panel) error {
	n, err := o.Incidents.Glasses(ctx, actor)
	if problem.Is(err, problem.Forbidden) {
		return nil
	}
	if n > 0 {
		p.Figures = append(p.Figures, overview.Figure{N: int64(n), Label: T(ctx, "reports.waiting.glass", "n", n), Href: "/audit?q=operation%3Aincident.glass", Bad: true})
	}
	return err
}
