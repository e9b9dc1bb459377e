package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
)

type (
	findingsInput struct {
		QueryText
		Paged
		Sort string `query:"sort" enum:"last,address" default:"last" doc:"The last seen first, or by address."`
	}
	countFindingsInput struct {
		QueryText
		By []string `query:"by" maxItems:"4" doc:"Fields; none gives one count of all." example:"state"`
	}
	// MoveBody is what a person wants done with findings.
	MoveBody struct {
		To     string `json:"to" enum:"acknowledged,muted,fixed,open" doc:"The state they are to have: see the table of moves in the user guide."`
		Reason string `json:"reason,omitempty" maxLength:"1000"`
		Until  string `json:"until,omitempty" maxLength:"40" doc:"End of muting: 12h, 30d, 8w, a day or an instant."`
	}
	moveInput struct {
		ByID
		Body MoveBody
	}
	moveAllInput struct {
		Body struct {
			Q string `json:"q" minLength:"1" maxLength:"8192" doc:"Which findings are meant, in the query language."`
			MoveBody
		}
	}
)

// Moved is what came of a move.
type Moved struct {
	Meant   int    `json:"meant" doc:"Findings that were meant."`
	Moved   int64  `json:"moved"`
	Unmoved int64  `json:"unmoved" doc:"Their state does not allow it."`
	Job     string `json:"job,omitempty" doc:"The job that moves them, if they are many: nothing else is known yet."`
}

func (a *API) addFindings() {
	add(a, operation{method: http.MethodGet, path: "/findings", id: "list-findings", tag: tagFindings, summary: "List findings"}, a.listFindings)
	add(a, operation{method: http.MethodGet, path: "/findings/count", id: "count-findings", tag: tagFindings, summary: "Count findings by fields"}, a.countFindings)
	add(a, operation{
		method: http.MethodGet, path: "/findings/{id}", id: "get-finding", tag: tagFindings, summary: "One finding: its events, its history, whose it is and why",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[desk.FindingDetail], error) {
		return given(a.Desk.ShowFinding(ctx, actor, in.ID))
	})
	add(a, operation{method: http.MethodPost, path: "/findings/{id}/moves", id: "move-finding", tag: tagFindings, summary: "Move one finding to another state"}, a.moveFinding)
	add(a, operation{
		method: http.MethodPost, path: "/findings/moves", id: "move-findings", tag: tagFindings, summary: "Move all findings that a query means",
		detail: "Many findings are moved by a job, whose number is in the answer.",
	}, a.moveFindings)
}

func (a *API) listFindings(ctx context.Context, actor identity.Actor, in *findingsInput) (*rows[desk.FindingView], error) {
	p, err := a.Desk.ListFindings(ctx, actor, desk.FindingQuery{Text: in.Q, ByAddress: in.Sort == "address", Request: in.request()})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

func (a *API) countFindings(ctx context.Context, actor identity.Actor, in *countFindingsInput) (*all[Group], error) {
	groups, err := a.Desk.CountFindings(ctx, actor, in.Q, in.By)
	out := make([]Group, len(groups))
	for i, g := range groups {
		out[i] = Group{Values: append([]string{}, g.Values...), Count: g.Findings, Events: g.Events}
	}
	return whole(out), err
}

// request reads a move.
func (a *API) request(b MoveBody) (finding.Request, error) {
	r := finding.Request{To: finding.State(b.To), Reason: strings.TrimSpace(b.Reason)}
	if b.Until == "" {
		return r, nil
	}
	var err error
	r.Until, err = a.Desk.ParseUntil(b.Until)
	return r, err
}

func (a *API) moveFinding(ctx context.Context, actor identity.Actor, in *moveInput) (*body[Moved], error) {
	r, err := a.request(in.Body)
	if err != nil {
		return nil, err
	}
	if _, _, err := finding.ParseID(in.ID); err != nil { // else it would be read as a query
		return nil, problem.New(problem.NotFound, "there is no finding %.80q", in.ID)
	}
	keys, err := a.Desk.MeantFindings(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	m, err := a.Desk.MoveFindings(ctx, actor, keys, r)
	return given(movedOf(desk.Ordered{Moved: m, Meant: len(keys)}), err)
}

func (a *API) moveFindings(ctx context.Context, actor identity.Actor, in *moveAllInput) (*body[Moved], error) {
	r, err := a.request(in.Body.MoveBody)
	if err != nil {
		return nil, err
	}
	o, err := a.Bulk.MoveAll(ctx, actor, in.Body.Q, r)
	return given(movedOf(o), err)
}

func movedOf(o desk.Ordered) Moved {
	return Moved{Meant: o.Meant, Moved: o.Moved.Moved, Unmoved: int64(len(o.Unmoved)), Job: o.Job}
}
