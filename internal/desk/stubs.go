package desk

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
)

func quick(field string) bool { return !strings.HasPrefix(field, event.ExtraPrefix) }

var errSoon = problem.New(problem.Unavailable, "this question cannot be answered yet")

// Rows gives one page of events, the newest first. Events that came meanwhile do not move those of later pages.
func (d *Desk) Rows(ctx context.Context, actor identity.Actor, q RowQuery) (EventPage, error) {
	return EventPage{}, errSoon
}

// Histogram counts events over time.
func (d *Desk) Histogram(ctx context.Context, actor identity.Actor, q HistogramQuery) (Histogram, error) {
	return Histogram{}, errSoon
}

// Breakdown counts the most frequent values of a field. A field that is not Quick may take long: see AskLong.
func (d *Desk) Breakdown(ctx context.Context, actor identity.Actor, q BreakdownQuery) (Breakdown, error) {
	return Breakdown{}, errSoon
}

// AskLong begins a breakdown as a long question. Errors: Conflict when the actor has as many under way as may be.
func (d *Desk) AskLong(ctx context.Context, actor identity.Actor, q BreakdownQuery) (LongQuestion, error) {
	return LongQuestion{}, errSoon
}

// Long tells how far a long question of the actor's is. NotFound if there is none such.
func (d *Desk) Long(ctx context.Context, actor identity.Actor, id string) (LongQuestion, error) {
	return LongQuestion{}, errSoon
}

// CancelLong ends a long question.
func (d *Desk) CancelLong(ctx context.Context, actor identity.Actor, id string) error { return errSoon }
