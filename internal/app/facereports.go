package app

import (
	"cmp"
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/clocks"
	"github.com/firehall/firehall/internal/web/countermeasures"
	"github.com/firehall/firehall/internal/web/incidents"
	"github.com/firehall/firehall/internal/web/observables"
	"github.com/firehall/firehall/internal/web/reports"
	"github.com/firehall/firehall/internal/web/tasks"
)

// reportOptions says what the pages of reports and incidents ask.
func (a *App) reportOptions(o *web.Options) {
	o.Reports = reports.Options{
		Incidents: a.Incidents, Names: a.Register.Names, Contacts: a.Register.Contacts, People: a.peopleNames, Clocks: a.Clocks,
		OnCall: reports.OnCall{Mail: a.Config.Reports.OnCallMail, Phone: a.Config.Reports.OnCallPhone}, Live: a.Live,
	}
	o.Overview.Slots = append(o.Overview.Slots, reports.Waiting(o.Reports))
	a.evidenceOptions(o)
	o.Tasks = tasks.Options{Playbooks: a.Playbooks, People: a.peopleNames}
	o.Overview.Slots = append(o.Overview.Slots, tasks.Waiting(o.Tasks))
	o.Observables = observables.Options{Observables: a.Observables, Incidents: a.Incidents, People: a.peopleNames}
	o.Incidents = incidents.Options{Incidents: a.Incidents, People: a.peopleNames, Due: a.dueRooms()}
	if a.Playbooks != nil {
		o.Incidents.Work = a.workOf
	}
	o.Clocks = clocks.Options{Clocks: a.Clocks, People: a.peopleNames, Incidents: a.Incidents, Names: a.Register.Names}
	o.Countermeasures = countermeasures.Options{Countermeasures: a.Countermeasures, People: a.peopleNames}
	o.Overview.Slots = append(o.Overview.Slots, clocks.Waiting(o.Clocks))
	a.dialogueOptions(o)
}

// peopleNames are the names of those who act: of the team's people by their accounts, and of programs by "token:" and their tokens.
func (a *App) peopleNames(ctx context.Context) (map[string]string, error) {
	pages := identity.System("pages")
	list, err := a.Accounts.List(ctx, pages)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(list))
	for _, who := range list {
		names[who.ID] = cmp.Or(who.Name, who.Login)
	}
	if a.Programs == nil {
		return names, nil
	}
	tokens, err := a.Programs.List(ctx, pages)
	for _, one := range tokens {
		names["token:"+one.ID] = one.Name
	}
	return names, err
}
