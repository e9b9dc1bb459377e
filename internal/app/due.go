package app

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/incidents"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/words"
)

// dueRooms are the rooms that know what is due in an incident.
func (a *App) dueRooms() []func(ctx context.Context, actor identity.Actor, incident string) ([]incidents.Due, error) {
	return []func(ctx context.Context, actor identity.Actor, incident string) ([]incidents.Due, error){a.dueClocks, a.dueTasks}
}

// dueClocks are the stages that the law, or a promise, wants by a time.
func (a *App) dueClocks(ctx context.Context, actor identity.Actor, incident string) (out []incidents.Due, err error) {
	if a.Clocks == nil {
		return nil, nil
	}
	list, err := a.Clocks.Of(ctx, actor, incident)
	for _, s := range list {
		if s.State == obligation.Running || s.State == obligation.Overdue {
			out = append(out, incidents.Due{Text: s.In(string(words.Of(ctx))), Link: tabs.Path(incident, "clocks"), At: s.Due})
		}
	}
	return out, err
}

// dueTasks are the tasks that are not done, and have a time.
func (a *App) dueTasks(ctx context.Context, actor identity.Actor, incident string) (out []incidents.Due, err error) {
	if a.Playbooks == nil {
		return nil, nil
	}
	sheet, err := a.Playbooks.Of(ctx, actor, incident)
	for i := range sheet.Tasks {
		t := &sheet.Tasks[i]
		if (t.State == playbook.Open || t.State == playbook.Doing) && !t.Due.IsZero() {
			out = append(out, incidents.Due{Text: t.Title.In(string(words.Of(ctx))), Link: tabs.Path(incident, "tasks"), At: t.Due})
		}
	}
	return out, err
}
