package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// ReporterBody is who tells us.
type ReporterBody struct {
	Name         string `json:"name,omitempty" maxLength:"1000"`
	Email        string `json:"email,omitempty" maxLength:"1000" doc:"Where answers go."`
	Phone        string `json:"phone,omitempty" maxLength:"1000"`
	Organisation string `json:"organisation,omitempty" maxLength:"1000"`
	Language     string `json:"language,omitempty" maxLength:"35" doc:"BCP 47, in which they wish to be answered."`
}

// AnswersBody is what else a reporter may say.
type AnswersBody struct {
	Urgent    bool              `json:"urgent,omitempty" doc:"Life or an essential service is in danger now: the report goes before all others."`
	Happened  string            `json:"happened,omitempty" maxLength:"10240"`
	When      string            `json:"when,omitempty" maxLength:"10240"`
	Affected  string            `json:"affected,omitempty" maxLength:"10240"`
	Impact    string            `json:"impact,omitempty" maxLength:"10240"`
	Help      string            `json:"help,omitempty" maxLength:"10240" doc:"What help is wanted."`
	Police    bool              `json:"share_police,omitempty" doc:"May be told to the police."`
	Peers     bool              `json:"share_peers,omitempty" doc:"May be told to other teams."`
	Vendor    bool              `json:"share_vendor,omitempty" doc:"May be told to the vendor of what it is about."`
	Provider  bool              `json:"share_provider,omitempty" doc:"May be told to providers, such as a hoster."`
	Privilege bool              `json:"privilege,omitempty" doc:"Is under legal privilege."`
	Exempt    bool              `json:"foi_exempt,omitempty" doc:"Should be left out of answers to freedom-of-information requests."`
	PAP       string            `json:"pap,omitempty" maxLength:"20" doc:"What may be done with it, a label of PAP; none is PAP:CLEAR." example:"PAP:AMBER"`
	IEP       map[string]string `json:"iep,omitempty" doc:"What else its source lets be done: statements of FIRST's IEP 2.0." example:"{\"permitted_actions\": \"none\"}"`
	Children  bool              `json:"children,omitempty" doc:"Shows children being abused: it is quarantined, and only where it was found is told."`
}

// ReportBody is a report to be.
type ReportBody struct {
	Subject      string       `json:"subject,omitempty" maxLength:"500"`
	Text         string       `json:"text" minLength:"1" maxLength:"262144"`
	Reporter     ReporterBody `json:"reporter,omitempty"`
	Confidential bool         `json:"confidential,omitempty" doc:"The text is sealed, and the answer holds a reply code, once."`
	Anonymous    bool         `json:"anonymous,omitempty" doc:"As confidential, and nothing about the reporter is kept."`
	Answers      AnswersBody  `json:"answers,omitempty"`
	TLP          string       `json:"tlp,omitempty" maxLength:"20" doc:"A label of TLP 2.0; none is TLP:AMBER." example:"TLP:AMBER"`
	About        string       `json:"about,omitempty" maxLength:"200" doc:"The id of an event or a finding that it is about."`
}

// ReportMade says what became of it.
type ReportMade struct {
	ID   string `json:"id"`
	Ref  string `json:"ref"`
	Code string `json:"code,omitempty" doc:"Opens the mailbox of a confidential report. It is never shown again."`
}

type (
	reportInput struct {
		Key  string `header:"Idempotency-Key" maxLength:"255"`
		Body ReportBody
	}
	reportMade struct {
		Location string `header:"Location"`
		Body     ReportMade
	}
	reportsInput struct {
		Paged
		Q      string `query:"q" maxLength:"1000" doc:"Words, and state:new, class:fraud, severity:high, door:mail, org:ID, assignee:ACCOUNT, from:ADDRESS, incident:none, is:undone, is:confidential." example:"state:new phishing"`
		Folded bool   `query:"folded" doc:"Machines' reports that wait as one line a source."`
	}
	// ReportMove is a move that needs no more than a reason.
	ReportMove struct {
		Move   string `json:"move" enum:"take,reject,test,resolve,reopen,police"`
		Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Needed to reject, to reopen, and for police."`
	}
	reportMoveInput struct {
		ByID
		Body ReportMove
	}
	reportMovesInput struct {
		Body struct {
			IDs []string `json:"ids" minItems:"1" maxItems:"1000" doc:"Ids or refs."`
			ReportMove
		}
	}
	reportEditInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the report as it was read."`
			incident.Edit
		}
	}
	assignInput struct {
		ByID
		Body struct {
			Account string `json:"account" maxLength:"200" doc:"Empty: nobody."`
		}
	}
	noteInput struct {
		ByID
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"102400"`
		}
	}
	noteEditInput struct {
		ByID
		Body struct {
			Text    string `json:"text" minLength:"1" maxLength:"102400"`
			Version int64  `json:"version" minimum:"1" doc:"Of the note as it was read."`
		}
	}
	replyInput struct {
		ByID
		Body struct {
			Subject string `json:"subject,omitempty" maxLength:"500"`
			Text    string `json:"text" minLength:"1" maxLength:"102400"`
		}
	}
	mergeInput struct {
		ByID
		Body struct {
			IDs    []string `json:"ids" minItems:"1" maxItems:"1000" doc:"The duplicates."`
			Reason string   `json:"reason,omitempty" maxLength:"1000"`
		}
	}
	referInput struct {
		ByID
		Body struct {
			To     incident.Party `json:"to"`
			Text   string         `json:"text,omitempty" maxLength:"102400" doc:"Is mailed to them; empty: they were told another way."`
			Reason string         `json:"reason" minLength:"1" maxLength:"1000"`
			Due    time.Time      `json:"due" doc:"By when they should have answered."`
		}
	}
	outcomeInput struct {
		ByID
		Body struct {
			Outcome string `json:"outcome" minLength:"1" maxLength:"1000"`
		}
	}
	// SignificanceBody is a significance test.
	SignificanceBody struct {
		Version        int64           `json:"version" minimum:"0" doc:"Of the test before; 0 for none."`
		Economy        incident.Ground `json:"economy,omitempty"`
		Infrastructure incident.Ground `json:"infrastructure,omitempty"`
		Government     incident.Ground `json:"government,omitempty"`
		Security       incident.Ground `json:"security,omitempty"`
		CrossBorder    incident.Ground `json:"cross_border,omitempty"`
	}
	significanceInput struct {
		ByID
		Body SignificanceBody
	}
	becauseInput struct {
		ByID
		Body Because
	}
	// CallBackBody says who was rung.
	CallBackBody struct {
		Number string `json:"number" minLength:"1" maxLength:"100" doc:"That was rung: it stands in the register."`
		Person string `json:"person" minLength:"1" maxLength:"200" doc:"Who answered."`
		Note   string `json:"note,omitempty" maxLength:"1000"`
	}
	callBackInput struct {
		ByID
		Body CallBackBody
	}
	defineInput struct {
		Body struct {
			Version int64  `json:"version" minimum:"0" doc:"Of the definition as it was read."`
			Text    string `json:"text" minLength:"1" maxLength:"102400"`
		}
	}
	suggestInput struct {
		Q string `query:"q" required:"true" minLength:"1" maxLength:"200"`
	}
)

func (a *API) addReports() {
	add(a, operation{
		method: http.MethodPost, path: "/reports", id: "report", tag: tagReports, summary: "Report something", status: http.StatusCreated,
		detail: "It is stored durably when the answer comes. The same report under the same Idempotency-Key is one.",
	}, a.report)
	add(a, operation{method: http.MethodGet, path: "/reports", id: "list-reports", tag: tagReports, summary: "List reports, the most urgent first"}, a.reports)
	add(a, operation{
		method: http.MethodGet, path: "/reports/{id}", id: "get-report", tag: tagReports, summary: "One report with all that is known of it",
		detail: "By id or ref. What went to named handlers is given, to who worked on it, with passed and nothing else.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[incident.Report], error) {
		return given(a.Incidents.Report(ctx, actor, in.ID))
	})
	add(a, operation{method: http.MethodGet, path: "/reports-passed", id: "list-passed-reports", tag: tagReports, summary: "Reports that were passed to named handlers"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[incident.Passed], error) {
			list, err := a.Incidents.PassedOn(ctx, actor)
			return whole(list), err
		})
	add(a, operation{method: http.MethodGet, path: "/suggest", id: "suggest", tag: tagReports, summary: "Reports and incidents that have words beginning so"},
		func(ctx context.Context, actor identity.Actor, in *suggestInput) (*all[incident.Hit], error) {
			list, err := a.Incidents.Suggest(ctx, actor, in.Q)
			return whole(list), err
		})
	a.addReportMoves()
	a.addReportWords()
	a.addReportCare()
}

func (a *API) addReportMoves() {
	add(a, operation{method: http.MethodPost, path: "/reports/moves", id: "move-reports", tag: tagReports, summary: "Move several reports to another state"},
		func(ctx context.Context, actor identity.Actor, in *reportMovesInput) (*body[incident.Moved], error) {
			return given(a.Incidents.Move(ctx, actor, in.Body.IDs, incident.MoveName(in.Body.Move), in.Body.Reason))
		})
	add(a, operation{method: http.MethodPost, path: "/reports/{id}/moves", id: "move-report", tag: tagReports, summary: "Move one report to another state"},
		func(ctx context.Context, actor identity.Actor, in *reportMoveInput) (*body[incident.Moved], error) {
			return given(a.Incidents.Move(ctx, actor, []string{in.ID}, incident.MoveName(in.Body.Move), in.Body.Reason))
		})
	add(a, operation{method: http.MethodPatch, path: "/reports/{id}", id: "edit-report", tag: tagReports, summary: "Change class, severity, label or confidentiality"},
		func(ctx context.Context, actor identity.Actor, in *reportEditInput) (*body[incident.Report], error) {
			return given(a.Incidents.Edit(ctx, actor, in.ID, in.Body.Version, in.Body.Edit))
		})
	add(a, operation{method: http.MethodPut, path: "/reports/{id}/assignee", id: "assign-report", tag: tagReports, summary: "Give a report to somebody"},
		func(ctx context.Context, actor identity.Actor, in *assignInput) (*body[incident.Moved], error) {
			return given(a.Incidents.Assign(ctx, actor, []string{in.ID}, in.Body.Account))
		})
	add(a, operation{
		method: http.MethodPost, path: "/reports/{id}/duplicates", id: "merge-reports", tag: tagReports, summary: "Make reports duplicates of this one",
		detail: "They keep all that they have: the merge can be undone.",
	}, func(ctx context.Context, actor identity.Actor, in *mergeInput) (*body[incident.Moved], error) {
		return given(a.Incidents.Merge(ctx, actor, in.ID, in.Body.IDs, in.Body.Reason))
	})
	add(a, operation{method: http.MethodPost, path: "/reports/{id}/unmerge", id: "unmerge-report", tag: tagReports, summary: "Undo that a report is a duplicate", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
			return done(a.Incidents.Unmerge(ctx, actor, in.ID, in.Body.Reason))
		})
	add(a, operation{method: http.MethodPost, path: "/reports/{id}/hand-back", id: "hand-back-report", tag: tagReports, summary: "Give a report that was passed to you to the queue", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
			return done(a.Incidents.HandBack(ctx, actor, in.ID, in.Body.Reason))
		})
	add(a, operation{method: http.MethodPost, path: "/reports/{id}/referrals", id: "refer-report", tag: tagReports, summary: "Pass a report on to another team", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *referInput) (*body[incident.Referral], error) {
			b := in.Body
			return given(a.Incidents.Refer(ctx, actor, in.ID, incident.ReferralDraft{To: b.To, Text: b.Text, Reason: b.Reason, Due: b.Due}))
		})
	add(a, operation{method: http.MethodPost, path: "/referrals/{id}/answer", id: "answer-referral", tag: tagReports, summary: "Note what the other team answered", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *outcomeInput) (*none, error) {
			return done(a.Incidents.Answered(ctx, actor, in.ID, in.Body.Outcome))
		})
}

func (a *API) addReportWords() {
	add(a, operation{method: http.MethodPost, path: "/reports/{id}/notes", id: "note-report", tag: tagReports, summary: "Write a note for the team", status: http.StatusCreated}, a.addNote)
	add(a, operation{
		method: http.MethodPut, path: "/notes/{id}", id: "edit-note", tag: tagReports, summary: "Change a note", clashes: true, detail: "409, with both texts, if somebody changed it since version.",
	}, func(ctx context.Context, actor identity.Actor, in *noteEditInput) (*body[incident.Note], error) {
		return given(a.Incidents.EditNote(ctx, actor, in.ID, in.Body.Version, in.Body.Text))
	})
	add(a, operation{
		method: http.MethodPost, path: "/reports/{id}/replies", id: "reply", tag: tagReports, summary: "Write to the reporter", status: http.StatusCreated,
		detail: "By mail, or into the mailbox of a confidential report.",
	}, func(ctx context.Context, actor identity.Actor, in *replyInput) (*body[incident.Message], error) {
		return given(a.Incidents.Reply(ctx, actor, in.ID, in.Body.Subject, in.Body.Text))
	})
	add(a, operation{method: http.MethodPut, path: "/reports/{id}/significance", id: "judge-report", tag: tagReports, summary: "Record the significance test", clashes: true}, a.judge)
}

// addReportCare adds what is done about the reporter, and with the team's definition.
func (a *API) addReportCare() {
	add(a, operation{
		method: http.MethodPost, path: "/reports/{id}/call-back", id: "call-back", tag: tagReports, summary: "Record that a caller was rung back", status: http.StatusNoContent,
		detail: "At a number of the register. Nothing is disclosed to a caller before: a caller's own number proves nothing.",
	}, func(ctx context.Context, actor identity.Actor, in *callBackInput) (*none, error) {
		return done(a.Incidents.CallBack(ctx, actor, in.ID, incident.CallBack(in.Body)))
	})
	add(a, operation{
		method: http.MethodPost, path: "/reports/{id}/erase", id: "erase-report", tag: tagReports, summary: "Make a report's text and files unreadable for good", status: http.StatusNoContent,
		detail: "That there was one, and what was done with it, stays.",
	}, func(ctx context.Context, actor identity.Actor, in *becauseInput) (*none, error) {
		return done(a.Incidents.Erase(ctx, actor, in.ID, in.Body.Reason))
	})
	add(a, operation{method: http.MethodGet, path: "/definition", id: "get-definition", tag: tagIncidents, summary: "What the team calls an incident"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[incident.Definition], error) {
			return given(a.Incidents.Definition(ctx, actor))
		})
	add(a, operation{method: http.MethodPut, path: "/definition", id: "define", tag: tagIncidents, summary: "Write the team's own definition of an incident", clashes: true},
		func(ctx context.Context, actor identity.Actor, in *defineInput) (*body[incident.Definition], error) {
			return given(a.Incidents.Define(ctx, actor, in.Body.Version, in.Body.Text))
		})
}

func (a *API) report(ctx context.Context, actor identity.Actor, in *reportInput) (*reportMade, error) {
	b := in.Body
	d := incident.Draft{
		Door: incident.API, Subject: b.Subject, Text: b.Text, Confidential: b.Confidential, Anonymous: b.Anonymous, TLP: tlp.Amber, About: b.About,
		Reporter: incident.Reporter{
			Name: b.Reporter.Name, Email: b.Reporter.Email, Phone: b.Reporter.Phone, Organisation: b.Reporter.Organisation, Language: b.Reporter.Language,
		},
	}
	var err error
	if d.Answers, err = b.Answers.answers(); err != nil {
		return nil, err
	}
	if actor.Kind == identity.ProgramKind {
		d.Reporter.Verified = incident.ByToken
	}
	if in.Key != "" {
		d.Key = actor.ID + " " + in.Key
	}
	if b.TLP != "" {
		if d.TLP, err = tlp.Parse(b.TLP); err != nil {
			return nil, err
		}
	}
	r, err := a.Incidents.Accept(ctx, actor, d)
	if err != nil {
		return nil, err
	}
	return &reportMade{Root + "/reports/" + r.ID, ReportMade{r.ID, r.Ref, r.Code}}, nil
}

// answers reads what the body says. Errors: Invalid for no label of PAP, and for no statement of IEP.
func (b AnswersBody) answers() (a incident.Answers, err error) {
	a = incident.Answers{
		Urgent: b.Urgent, Happened: b.Happened, When: b.When, Affected: b.Affected, Impact: b.Impact, Help: b.Help, Police: b.Police, Peers: b.Peers, Vendor: b.Vendor,
		Provider: b.Provider, Privilege: b.Privilege, Exempt: b.Exempt, Children: b.Children,
	}
	if b.PAP != "" {
		if a.PAP, err = tlp.ParsePAP(b.PAP); err != nil {
			return a, err
		}
	}
	a.IEP, err = iep.Parse(b.IEP)
	return a, err
}

func (a *API) reports(ctx context.Context, actor identity.Actor, in *reportsInput) (*rows[incident.Row], error) {
	p, err := a.Incidents.Reports(ctx, actor, incident.Filter{Query: in.Q, Folded: in.Folded, Request: in.request()})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

func (a *API) addNote(ctx context.Context, actor identity.Actor, in *noteInput) (*body[incident.Note], error) {
	return given(a.Incidents.AddNote(ctx, actor, in.ID, in.Body.Text))
}

func (a *API) judge(ctx context.Context, actor identity.Actor, in *significanceInput) (*body[incident.Significance], error) {
	b := in.Body
	return given(a.Incidents.SetSignificance(ctx, actor, in.ID, b.Version, incident.Significance{
		Economy: b.Economy, Infrastructure: b.Infrastructure, Government: b.Government, Security: b.Security, CrossBorder: b.CrossBorder,
	}))
}
