package reports

import (
	"context"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// levels are the stages of what the team promises itself of a report, as far as the reader may know.
func (p *page) levels(r *shell.Request, report string) ([]obligation.Stage, error) {
	if p.o.Clocks == nil || !r.Actor.May(obligation.OpRead) {
		return nil, nil
	}
	return p.o.Clocks.Levels(r.Context(), r.Actor, report)
}

// due is what is due first of each report of the queue.
func (p *page) due(r *shell.Request, list []incident.Row) (map[string]obligation.Due, error) {
	if p.o.Clocks == nil || !r.Actor.May(obligation.OpRead) {
		return nil, nil
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return p.o.Clocks.NextOf(r.Context(), r.Actor, ids)
}

var levelTones = map[obligation.State]ui.Tone{obligation.Running: ui.Info, obligation.Overdue: ui.Bad, obligation.Done: ui.Good, obligation.Late: ui.Warn, obligation.Pending: ui.Quiet}

// lang is the reader's language.
func lang(ctx context.Context) string { return string(words.Of(ctx)) }
