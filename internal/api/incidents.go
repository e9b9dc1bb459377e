package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
)

type (
	// MemberBody is somebody who is to see a restricted incident.
	MemberBody struct {
		Until  *time.Time `json:"until,omitempty" doc:"Needed for an ad-hoc member."`
		AdHoc  bool       `json:"ad_hoc,omitempty"`
		Reason string     `json:"reason,omitempty" maxLength:"1000"`
	}
	// IncidentBody is an incident to be.
	IncidentBody struct {
		Title      string   `json:"title" minLength:"1" maxLength:"300"`
		Summary    string   `json:"summary,omitempty" maxLength:"51200"`
		Class      string   `json:"class,omitempty" maxLength:"60" doc:"Of RSIT."`
		Severity   string   `json:"severity,omitempty" enum:"low,medium,high,critical"`
		TLP        string   `json:"tlp,omitempty" maxLength:"20" doc:"A label of TLP 2.0; none is TLP:AMBER." example:"TLP:AMBER"`
		PAP        string   `json:"pap,omitempty" maxLength:"20" doc:"A label of PAP; none is PAP:AMBER." example:"PAP:AMBER"`
		Assignee   string   `json:"assignee,omitempty" maxLength:"200" doc:"An account."`
		Campaign   string   `json:"campaign,omitempty" maxLength:"40" doc:"Id or ref."`
		Restricted bool     `json:"restricted,omitempty" doc:"Its members alone see it."`
		Members    []string `json:"members,omitempty" maxItems:"100" doc:"Accounts, of a restricted one; who opens it is one of them, if bound by an agreement."`
		Reports    []string `json:"reports,omitempty" maxItems:"1000" doc:"Ids or refs."`
		Reason     string   `json:"reason,omitempty" maxLength:"1000"`
	}
	incidentInput  struct{ Body IncidentBody }
	incidentsInput struct {
		Paged
		Q    string `query:"q" maxLength:"1000" doc:"Words, and state:open, class:, severity:, assignee:, campaign:, country:, victim:, origin:, transit:, org:, is:restricted, is:mine, is:unassigned, is:closed, is:merged." example:"state:open country:FI"`
		Sort string `query:"sort" enum:"-changed,changed,-opened,opened,-severity,severity" doc:"None is -changed: the latest changed first."`
	}
	incidentMade struct {
		Location string `header:"Location"`
		Body     incident.Incident
	}
	incidentEditInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the incident as it was read."`
			incident.Revision
		}
	}
	incidentMoveInput struct {
		ByID
		Body struct {
			To     string `json:"to" enum:"resolved,abandoned,open,resolve,abandon,reopen" doc:"The state it is to have, or the move."`
			Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Goes on record. None: that the API was asked for the move."`
			Lift   bool   `json:"lift,omitempty" doc:"Blocks and take-downs that are in force are lifted with it. Without it 409 lists them, and what would end too."`
			Parts  bool   `json:"parts,omitempty" doc:"Incidents that are parts of it stay open. Without it 409 lists those that are open."`
		}
	}
	incidentMovesInput struct {
		Body struct {
			IDs    []string `json:"ids" minItems:"1" maxItems:"1000" doc:"Ids or refs."`
			To     string   `json:"to" enum:"resolved,abandoned,open,resolve,abandon,reopen"`
			Reason string   `json:"reason,omitempty" maxLength:"1000"`
		}
	}
	incidentsEditInput struct {
		Body struct {
			IDs      []string `json:"ids" minItems:"1" maxItems:"1000" doc:"Ids or refs."`
			Assignee *string  `json:"assignee,omitempty" maxLength:"200" doc:"Account; empty for nobody."`
			Severity *string  `json:"severity,omitempty" enum:"low,medium,high,critical"`
			Campaign *string  `json:"campaign,omitempty" maxLength:"40" doc:"Id or ref; empty for none."`
		}
	}
	linkInput struct {
		ByID
		Body struct {
			Reports []string `json:"reports" minItems:"1" maxItems:"1000" doc:"Ids or refs."`
		}
	}
	unlinkInput struct {
		ByID
		Report string `path:"report" maxLength:"200"`
		Reason string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
	}
	memberInput struct {
		ByID
		Account string `path:"account" maxLength:"200"`
		Body    MemberBody
	}
	unmemberInput struct {
		ByID
		Account string `path:"account" maxLength:"200"`
		Reason  string `query:"reason" required:"true" minLength:"1" maxLength:"1000"`
	}
	restrictInput struct {
		ByID
		Body struct {
			Restricted bool     `json:"restricted"`
			Members    []string `json:"members,omitempty" maxItems:"100"`
			Reason     string   `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	investigationsInput struct {
		Paged
		Turn     string `query:"turn" enum:"ours,theirs,over," doc:"Whose turn it is: ours once they wrote last. Without it, all that are open."`
		Assignee string `query:"assignee" maxLength:"200" doc:"An account."`
		Nobody   bool   `query:"nobody" doc:"Only those that nobody has in hand."`
		Text     string `query:"text" maxLength:"500" doc:"A part of the party's name or address, of the subject, or of the number."`
	}
	investigateInput struct {
		Body struct {
			Report   string         `json:"report,omitempty" maxLength:"200" doc:"This, or an incident."`
			Incident string         `json:"incident,omitempty" maxLength:"200"`
			Party    incident.Party `json:"party"`
			Subject  string         `json:"subject" minLength:"1" maxLength:"500"`
			Text     string         `json:"text" minLength:"1" maxLength:"102400"`
		}
	}
	investigationMoveInput struct {
		ByID
		Body struct {
			Move string `json:"move" enum:"resolve,reopen"`
		}
	}
)

func (a *API) addIncidents() {
	add(a, operation{method: http.MethodGet, path: "/incidents", id: "list-incidents", tag: tagIncidents, summary: "List incidents, the latest changed first"}, a.incidents)
	add(a, operation{method: http.MethodPost, path: "/incidents", id: "open-incident", tag: tagIncidents, summary: "Open an incident", status: http.StatusCreated}, a.openIncident)
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}", id: "get-incident", tag: tagIncidents, summary: "One incident with all that hangs on it"}, a.wholeIncident)
	add(a, operation{method: http.MethodPatch, path: "/incidents/{id}", id: "edit-incident", tag: tagIncidents, summary: "Change title, summary, class, severity or label", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *incidentEditInput) (*body[incident.Incident], error) {
			return given(a.Incidents.EditIncident(ctx, actor, in.ID, in.Body.Version, in.Body.Revision))
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/moves", id: "move-incident", tag: tagIncidents, summary: "Resolve, abandon or reopen an incident", clashes: true,
		detail: "What hangs on it ends with it. 409, with what stands in the way, if a block or take-down is in force and lift is not set, or a part of it is open and parts is not.",
	}, a.moveIncident)
	add(a, operation{method: http.MethodPost, path: "/incidents/moves", id: "move-incidents", tag: tagIncidents, summary: "Resolve, abandon or reopen several incidents"},
		func(ctx context.Context, actor identity.Actor, in *incidentMovesInput) (*body[incident.Moved], error) {
			return given(a.Incidents.MoveIncidents(ctx, actor, in.Body.IDs, moveTo(in.Body.To), because(in.Body.Reason)))
		})
	add(a, operation{method: http.MethodPatch, path: "/incidents", id: "edit-incidents", tag: tagIncidents, summary: "Give several incidents an assignee, a severity or a campaign: one of the three"}, a.editIncidents)
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/reports", id: "link-reports", tag: tagIncidents, summary: "Add reports to an incident"},
		func(ctx context.Context, actor identity.Actor, in *linkInput) (*body[incident.Moved], error) {
			return given(a.Incidents.Link(ctx, actor, in.ID, in.Body.Reports))
		})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/reports/{report}", id: "unlink-report", tag: tagIncidents, summary: "Take a report out of an incident", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *unlinkInput) (*none, error) {
			return done(a.Incidents.Unlink(ctx, actor, in.ID, in.Report, in.Reason))
		})
	add(a, operation{method: http.MethodPost, path: "/incidents/{id}/notes", id: "note-incident", tag: tagIncidents, summary: "Write a note for the team", status: http.StatusCreated}, a.addNote)
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/significance", id: "judge-incident", tag: tagIncidents, summary: "Record the significance test", clashes: true}, a.judge)
	a.addNeedToKnow()
	a.addInvestigations()
	a.addHandling()
}

func (a *API) addNeedToKnow() {
	add(a, operation{
		method: http.MethodPut, path: "/incidents/{id}/members/{account}", id: "put-member", tag: tagIncidents, summary: "Let somebody see a restricted incident", status: http.StatusNoContent,
		detail: "409 for who has no signed agreement in force.",
	}, func(ctx context.Context, actor identity.Actor, in *memberInput) (*none, error) {
		m := incident.Member{Account: in.Account, AdHoc: in.Body.AdHoc, Reason: in.Body.Reason}
		if in.Body.Until != nil {
			m.Until = *in.Body.Until
		}
		return done(a.Incidents.AddMember(ctx, actor, in.ID, m))
	})
	add(a, operation{method: http.MethodDelete, path: "/incidents/{id}/members/{account}", id: "remove-member", tag: tagIncidents, summary: "End that", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *unmemberInput) (*none, error) {
			return done(a.Incidents.RemoveMember(ctx, actor, in.ID, in.Account, in.Reason))
		})
	add(a, operation{method: http.MethodPut, path: "/incidents/{id}/restriction", id: "restrict-incident", tag: tagIncidents, summary: "Restrict an incident to members, or open it to the team"},
		func(ctx context.Context, actor identity.Actor, in *restrictInput) (*body[incident.Incident], error) {
			return given(a.Incidents.Restrict(ctx, actor, in.ID, in.Body.Restricted, membersOf(in.Body.Members), in.Body.Reason))
		})
	add(a, operation{
		method: http.MethodPost, path: "/glass/{id}", id: "break-glass", tag: tagIncidents, summary: "See, for four hours, what a report or an incident hides", status: http.StatusNoContent,
		detail: "The managers and the members are told, and the reason goes on record.",
	}, func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
		return done(a.Incidents.BreakGlass(ctx, actor, in.ID, in.Body.Reason))
	})
}

func (a *API) addInvestigations() {
	add(a, operation{method: http.MethodPost, path: "/investigations", id: "investigate", tag: tagIncidents, summary: "Begin a dialogue with a party", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *investigateInput) (*body[incident.Investigation], error) {
			b := in.Body
			return given(a.Incidents.Investigate(ctx, actor, incident.InvestigationDraft{Report: b.Report, Incident: b.Incident, Party: b.Party, Subject: b.Subject, Text: b.Text}))
		})
	add(a, operation{
		method: http.MethodGet, path: "/investigations", id: "list-investigations", tag: tagIncidents, summary: "List the dialogues of all reports and incidents",
		detail: "The open ones, who has waited longest first; with turn=over those that are resolved, the newest first. Without their messages.",
	}, a.investigations)
	add(a, operation{method: http.MethodGet, path: "/investigations/{id}", id: "get-investigation", tag: tagIncidents, summary: "One dialogue with its messages"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[incident.Investigation], error) {
			return given(a.Incidents.Investigation(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPost, path: "/investigations/{id}/messages", id: "write-to-party", tag: tagIncidents, summary: "Write a further message", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *noteInput) (*body[incident.Message], error) {
			return given(a.Incidents.Write(ctx, actor, in.ID, in.Body.Text))
		})
	add(a, operation{method: http.MethodPost, path: "/investigations/{id}/moves", id: "move-investigation", tag: tagIncidents, summary: "Resolve or reopen a dialogue", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *investigationMoveInput) (*none, error) {
			return done(a.Incidents.MoveInvestigation(ctx, actor, in.ID, incident.MoveName(in.Body.Move)))
		})
}

func (a *API) incidents(ctx context.Context, actor identity.Actor, in *incidentsInput) (*rows[incident.Listed], error) {
	p, err := a.Incidents.Incidents(ctx, actor, incident.Filter{Query: in.Q, Sort: in.Sort, Request: in.request()})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

func membersOf(accounts []string) (list []incident.Member) {
	for _, account := range accounts {
		list = append(list, incident.Member{Account: account})
	}
	return list
}

func (a *API) openIncident(ctx context.Context, actor identity.Actor, in *incidentInput) (*incidentMade, error) {
	b, label := in.Body, tlp.Amber
	if b.TLP != "" {
		var err error
		if label, err = tlp.Parse(b.TLP); err != nil {
			return nil, err
		}
	}
	var pap *tlp.PAP
	if b.PAP != "" {
		p, err := tlp.ParsePAP(b.PAP)
		if err != nil {
			return nil, err
		}
		pap = &p
	}
	i, err := a.Incidents.OpenIncident(ctx, actor, incident.Opening{
		Title: b.Title, Summary: b.Summary, Class: rsit.Class(b.Class), Severity: triage.Severity(b.Severity), TLP: label, PAP: pap, Assignee: b.Assignee, Campaign: b.Campaign, Restricted: b.Restricted,
		Members: membersOf(b.Members), Reports: b.Reports, Reason: b.Reason,
	})
	if err != nil {
		return nil, err
	}
	return &incidentMade{Root + "/incidents/" + i.ID, i}, nil
}

// moveIncident takes the state that an incident is to have for the move that leads there.
func (a *API) moveIncident(ctx context.Context, actor identity.Actor, in *incidentMoveInput) (*body[incident.Incident], error) {
	return given(a.Incidents.MoveIncidentWith(ctx, actor, in.ID, moveTo(in.Body.To), because(in.Body.Reason), incident.Agreed{Lift: in.Body.Lift, Parts: in.Body.Parts}))
}

func moveTo(to string) incident.MoveName {
	for _, m := range incident.MovesOfIncidents() {
		if m.By == incident.Person && string(m.To) == to {
			return m.Name
		}
	}
	return incident.MoveName(to)
}

// because is the reason of who gives none.
func because(reason string) string {
	if reason == "" {
		return "the API was asked for it"
	}
	return reason
}

// editIncidents sets one field of several incidents.
func (a *API) editIncidents(ctx context.Context, actor identity.Actor, in *incidentsEditInput) (*body[incident.Moved], error) {
	b := in.Body
	switch {
	case b.Assignee != nil && b.Severity == nil && b.Campaign == nil:
		return given(a.Incidents.AssignIncidents(ctx, actor, b.IDs, *b.Assignee))
	case b.Severity != nil && b.Assignee == nil && b.Campaign == nil:
		return given(a.Incidents.GradeIncidents(ctx, actor, b.IDs, triage.Severity(*b.Severity)))
	case b.Campaign != nil && b.Assignee == nil && b.Severity == nil:
		return given(a.Incidents.GroupIncidents(ctx, actor, b.IDs, *b.Campaign))
	}
	return nil, problem.New(problem.Invalid, "name one of assignee, severity and campaign")
}

func (a *API) investigations(ctx context.Context, actor identity.Actor, in *investigationsInput) (*rows[incident.Talk], error) {
	p, err := a.Incidents.Talks(ctx, actor, incident.TalkFilter{Turn: incident.Turn(in.Turn), Assignee: in.Assignee, Nobody: in.Nobody, Text: in.Text, Request: in.request()})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}
