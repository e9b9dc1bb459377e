package app

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/triage"
)

// triageSecret names the key of the digests by which reports are compared.
const triageSecret = "triage"

// newTriage makes what judges reports. linked tells to which incidents reports belong.
func (a *App) newTriage(linked func(context.Context, identity.Actor, []string) (map[string][]string, error)) (*triage.Triage, error) {
	secret, err := a.Keys.Secret(triageSecret)
	if err != nil {
		return nil, err
	}
	return triage.New(triage.Options{DB: a.DB, Register: a.Register, Key: secret, Findings: a.standingFindings, Incidents: linked, Observed: a.observedIn}), nil
}

// observedIn tells triage in which incidents indicators of a report were seen.
func (a *App) observedIn(ctx context.Context, actor identity.Actor, found []indicator.Indicator) (out []triage.Seen, err error) {
	if a.Observables == nil {
		return nil, nil
	}
	list, err := a.Observables.Name(ctx, actor, found)
	for _, n := range list {
		out = append(out, triage.Seen{Incident: n.Incident, Kind: n.Kind, Value: n.Value, Near: n.Why != observable.Same, Others: n.Others})
	}
	return out, err
}

// standingFindings counts the findings that stand among those that a question finds.
func (a *App) standingFindings(ctx context.Context, actor identity.Actor, question string) (int, error) {
	counts, err := a.Desk.CountFindings(ctx, actor, "("+question+") state:open,notified,acknowledged,reopened", nil)
	if err != nil {
		a.Log.WarnContext(ctx, "the findings of a report's indicators could not be counted", "error", err)
		return 0, nil // a report is judged all the same
	}
	n := int64(0)
	for _, c := range counts {
		n += c.Findings
	}
	return int(n), nil
}

// AssessReports judges every report that waits for it, as the jobs of a server do, and returns how many.
func (a *App) AssessReports(ctx context.Context) (int, error) {
	judge, err := a.newTriage(a.Incidents.Linked)
	if err != nil {
		return 0, err
	}
	actor := identity.System("triage")
	ids, err := a.Incidents.Unassessed(ctx, actor, false)
	for _, id := range ids {
		if err := a.assessOne(ctx, judge, actor, id); err != nil {
			return 0, err
		}
	}
	return len(ids), err
}
