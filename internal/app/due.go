package app

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/incidents"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/words"
)

// dueRooms are the rooms that know what is due in an incident.
func (a *App) dueRooms() []func(ctx context.Context, actor identity.Actor, incident string) ([]incidents.Due, error) {
	return []func(ctx context.Context, actor identity.Actor, incident string) ([]incidents.Due, error){a.dueClocks}
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

// stageName is the name of a stage in a language; law is the law's name. "" for one that no law has now.
func (a *App) stageName(law, id, lang string) string {
	if a.Clocks == nil {
		return ""
	}
	for _, l := range a.Clocks.Laws() {
		for _, t := range l.Tracks {
			i := slices.IndexFunc(t.Stages, func(r obligation.Rule) bool { return r.ID == id })
			if l.Name == law && i >= 0 {
				return t.Stages[i].In(lang)
			}
		}
	}
	return ""
}

// lawName is the name of a law that an id names.
func (a *App) lawName(id string) string {
	laws := a.Clocks.Laws()
	if i := slices.IndexFunc(laws, func(l *obligation.Law) bool { return l.ID == id }); i >= 0 {
		return laws[i].Name
	}
	return id
}

// workOf are the tasks of an incident that are not done: how many, and the first that are due.
func (a *App) workOf(ctx context.Context, actor identity.Actor, incident string) (incidents.Work, error) {
	load, err := a.Playbooks.Due(ctx, actor, incident)
	out := incidents.Work{Undone: load.Undone, Overdue: load.Overdue, Link: tabs.Path(incident, "tasks")}
	for i := range load.Next {
		t := &load.Next[i]
		one := incidents.Task{Text: t.Title.In(string(words.Of(ctx))), Link: out.Link + "#task-" + t.ID, Who: t.Assignee, Doing: t.State == playbook.Doing, Due: t.Due}
		if key := "people.role." + string(t.Role); t.Role != "" && words.Has(key) {
			one.Role = words.T(ctx, key)
		}
		out.Tasks = append(out.Tasks, one)
	}
	return out, err
}
