package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
)

type (
	// WholeIncident is an incident with what is due.
	WholeIncident struct {
		incident.Incident
		Clocks []obligation.Stage `json:"clocks" nullable:"false" doc:"The stages of all duties that apply; due is absent while a stage is pending."`
	}
	clocksInput struct {
		Paged
		State  string `query:"state" enum:"overdue,running" doc:"None: both."`
		By     string `query:"by" enum:"constituent,team" doc:"Who owes it; none: both."`
		Law    string `query:"law" maxLength:"130" doc:"A law's id."`
		Within string `query:"within" maxLength:"20" doc:"Due no later than so far ahead, as Go writes a duration." example:"24h"`
		Sort   string `query:"sort" enum:"due,-due" default:"due"`
	}
	obligationInput struct {
		ByID
		Body obligation.Decision
	}
	dismissInput struct {
		Body struct {
			Obligations []string `json:"obligations" minItems:"1" maxItems:"200" nullable:"false"`
			Reason      string   `json:"reason" minLength:"1" maxLength:"4000"`
		}
	}
	anchorInput struct {
		ByID
		Body struct {
			Obligation string     `json:"obligation,omitempty" maxLength:"200" doc:"None: for the whole incident."`
			Anchor     string     `json:"anchor" enum:"aware,classified,paid,wanted,fixed,handled"`
			At         *time.Time `json:"at,omitempty" doc:"None: what was said is taken back."`
			Reason     string     `json:"reason" minLength:"1" maxLength:"4000" doc:"How you know."`
		}
	}
	submissionInput struct {
		ByID
		Body obligation.Proof
	}
	withdrawInput struct {
		ByID
		Submission string `path:"submission" maxLength:"200"`
		Reason     string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
	}
	forwardInput struct {
		ByID
		Body obligation.Passing
	}
	summaryInput struct {
		Quarter string `path:"quarter" maxLength:"10" example:"2026-Q4"`
		Law     string `query:"law" maxLength:"60" doc:"A law's id; none: nis2."`
	}
)

// addClocks adds what the law, and the team itself, want by when.
func (a *API) addClocks() {
	if a.Clocks == nil {
		return
	}
	add(a, operation{method: http.MethodGet, path: "/clocks", id: "list-clocks", tag: tagIncidents, summary: "What is due in all incidents, the first first"}, a.clocks)
	add(a, operation{method: http.MethodGet, path: "/report-clocks", id: "list-report-clocks", tag: tagReports, summary: "What the team promised itself of reports and is due, the first first"},
		func(ctx context.Context, actor identity.Actor, in *clocksInput) (*rows[obligation.Due], error) {
			return dueList(ctx, actor, in, a.Clocks.ListReports)
		})
	add(a, operation{method: http.MethodGet, path: "/reports/{id}/clocks", id: "get-report-clocks", tag: tagReports, summary: "What the team promised itself of one report, and how it stands"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*all[obligation.Stage], error) {
			list, err := a.Clocks.Levels(ctx, actor, in.ID)
			return whole(list), err
		})
	add(a, operation{method: http.MethodGet, path: "/clocks/laws", id: "list-laws", tag: tagIncidents, summary: "The laws that are known, with their stages"},
		func(_ context.Context, actor identity.Actor, _ *struct{}) (*all[*obligation.Law], error) {
			if err := actor.Authorise(obligation.OpRead, ""); err != nil {
				return nil, err
			}
			return whole(a.Clocks.Laws()), nil
		})
	add(a, operation{
		method: http.MethodGet, path: "/clocks/summaries/{quarter}", id: "summarise-clocks", tag: tagIncidents, summary: "A quarter's notifications in numbers",
		detail: "What the single point of contact reports under NIS2 Article 23(9): counts alone, each of one question.",
	}, func(ctx context.Context, actor identity.Actor, in *summaryInput) (*body[obligation.Summary], error) {
		return given(a.Clocks.Summarise(ctx, actor, in.Law, in.Quarter))
	})
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/clocks", id: "get-clocks", tag: tagIncidents, summary: "The duties of an incident, with stages, submissions and what was said before"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[obligation.View], error) {
			return given(a.Clocks.View(ctx, actor, in.ID))
		})
	a.addClockChanges()
}

func (a *API) addClockChanges() {
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/clocks", id: "decide-clock", tag: tagIncidents, summary: "Decide whether a duty applies", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *obligationInput) (*body[obligation.Obligation], error) {
			return given(a.Clocks.Decide(ctx, actor, in.ID, in.Body))
		})
	add(a, operation{
		method: http.MethodPost, path: "/clocks/dismissals", id: "dismiss-clocks", tag: tagIncidents, summary: "Decide that several duties do not apply, for one reason",
		detail: "Duties by the `obligation` of what is due; a duty goes with all its stages. " + eachForItself,
	}, func(ctx context.Context, actor identity.Actor, in *dismissInput) (*body[incident.Moved], error) {
		return given(a.Clocks.Dismiss(ctx, actor, in.Body.Obligations, in.Body.Reason))
	})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/clocks/anchors", id: "state-anchor", tag: tagIncidents, summary: "Say when something happened from which times are counted",
		status: http.StatusNoContent, detail: "Due times are calculated anew, and what was said before stays on record. 409 if it contradicts a submission.",
	}, func(ctx context.Context, actor identity.Actor, in *anchorInput) (*none, error) {
		s := obligation.Statement{Obligation: in.Body.Obligation, Anchor: obligation.Anchor(in.Body.Anchor)}
		if in.Body.At != nil {
			s.At = *in.Body.At
		}
		return done(a.Clocks.State(ctx, actor, in.ID, s, in.Body.Reason))
	})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/clocks/submissions", id: "submit-stage", tag: tagIncidents, summary: "Record that a stage was submitted, with its proof", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *submissionInput) (*body[obligation.Submission], error) {
			return given(a.Clocks.Submit(ctx, actor, in.ID, in.Body))
		})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/clocks/submissions/{submission}", id: "withdraw-submission", tag: tagIncidents, summary: "Withdraw the record of a submission", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *withdrawInput) (*none, error) {
			return done(a.Clocks.Withdraw(ctx, actor, in.ID, in.Submission, in.Reason))
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/clocks/forwards", id: "forward-report", tag: tagIncidents, summary: "Pass on what was notified", status: http.StatusCreated,
		detail: "With a text it is mailed, in a dialogue of its own; without, it went another way.",
	}, func(ctx context.Context, actor identity.Actor, in *forwardInput) (*body[obligation.Forward], error) {
		return given(a.Clocks.Forward(ctx, actor, in.ID, in.Body))
	})
}

func (a *API) clocks(ctx context.Context, actor identity.Actor, in *clocksInput) (*rows[obligation.Due], error) {
	return dueList(ctx, actor, in, a.Clocks.List)
}

// dueList answers with a page of what is due, as it is asked of one of the lists.
func dueList(ctx context.Context, actor identity.Actor, in *clocksInput, ask func(context.Context, identity.Actor, obligation.Filter) (page.Page[obligation.Due], error)) (*rows[obligation.Due], error) {
	f := obligation.Filter{State: obligation.State(in.State), Side: obligation.Side(in.By), Law: in.Law, Latest: in.Sort == "-due", Request: in.request()}
	if in.Within != "" {
		var err error
		if f.Within, err = time.ParseDuration(in.Within); err != nil {
			return nil, problem.New(problem.Invalid, "within is a duration such as 24h, and not %q", in.Within)
		}
	}
	p, err := ask(ctx, actor, f)
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

// wholeIncident gives one incident with its clocks.
func (a *API) wholeIncident(ctx context.Context, actor identity.Actor, in *ByID) (*body[WholeIncident], error) {
	i, err := a.Incidents.Incident(ctx, actor, in.ID)
	out := &body[WholeIncident]{WholeIncident{Incident: i, Clocks: []obligation.Stage{}}}
	if err == nil && a.Clocks != nil {
		out.Body.Clocks, err = a.Clocks.Of(ctx, actor, i.ID)
	}
	return out, err
}
