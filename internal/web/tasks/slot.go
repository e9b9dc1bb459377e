package tasks

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/overview"
)

// Waiting is the panel of the first page about tasks: one's own, what is overdue, and the team's. Who may not read them, or has nothing to do, has none.
func Waiting(o Options) overview.Slot {
	return func(ctx context.Context, actor identity.Actor) (*overview.Panel, error) {
		if o.Playbooks == nil {
			return nil, nil
		}
		load, err := o.Playbooks.Due(ctx, actor, "")
		if problem.Is(err, problem.Forbidden) || err == nil && load.Undone == 0 {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return &overview.Panel{Title: T(ctx, "tasks.title"), Figures: []overview.Figure{
			{N: int64(load.Overdue), Label: T(ctx, "tasks.preset.overdue"), Href: listURL(playbook.Overdue), Bad: load.Overdue > 0},
			{N: int64(load.Mine), Label: T(ctx, "tasks.preset.mine"), Href: listPath},
			{N: int64(load.Undone), Label: T(ctx, "tasks.preset.team"), Href: listURL(playbook.Team)},
		}}, nil
	}
}
