package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
)

type (
	// AssetBody is what is to go.
	AssetBody struct {
		Kind    string `json:"kind" enum:"url,domain,ip,mailbox,other"`
		Value   string `json:"value" minLength:"1" maxLength:"4096" doc:"Harmless spellings (hxxp, [.]) are read too."`
		Address string `json:"address,omitempty" maxLength:"100" doc:"The IP address at which it was seen."`
		Marker  string `json:"marker,omitempty" maxLength:"1000" doc:"A text in the page, by which a check knows that it is still there."`
		SHA256  string `json:"sha256,omitempty" maxLength:"64" doc:"Of the file, in hexadecimal digits."`
	}
	// PartyBody is who can act.
	PartyBody struct {
		Name     string `json:"name,omitempty" maxLength:"300"`
		Email    string `json:"email,omitempty" maxLength:"320"`
		Contact  string `json:"contact,omitempty" maxLength:"100" doc:"Id in the register; then address and key are taken from it."`
		Provider string `json:"provider,omitempty" maxLength:"100" doc:"One of the configuration, which is asked by its abuse API."`
		Role     string `json:"role,omitempty" enum:"owner,hoster,cdn,mailhost,registrar,registry,upstream,csirt,other"`
	}
	// ChecklistBody is what has to be known before anybody is asked.
	ChecklistBody struct {
		Origin      string `json:"origin,omitempty" enum:"compromised,malicious"`
		Evidence    string `json:"evidence,omitempty" maxLength:"100" doc:"Id of an item of the incident."`
		NoEvidence  string `json:"no_evidence,omitempty" maxLength:"1000" doc:"Why there is none."`
		Police      string `json:"police,omitempty" enum:"none,objects,not-asked" doc:"What they said about asking now."`
		PoliceAsked string `json:"police_asked,omitempty" maxLength:"1000" doc:"Whom you asked; or why not."`
		Requester   string `json:"requester,omitempty" maxLength:"1000" doc:"How you know that who wants this is who they say."`
	}
	// PlanBody is a countermeasure as a person writes it.
	PlanBody struct {
		Kind        string         `json:"kind,omitempty" enum:"takedown,block"`
		Asset       *AssetBody     `json:"asset,omitempty"`
		Abuse       string         `json:"abuse,omitempty" enum:"phishing,malware,fraud,compromise,control,spam,other"`
		Words       *string        `json:"words,omitempty" maxLength:"20480" doc:"What the parties are told beside the asset."`
		Checklist   *ChecklistBody `json:"checklist,omitempty"`
		Ladder      *[]PartyBody   `json:"ladder,omitempty" maxItems:"10" doc:"Who is asked next, in order, if one does not act."`
		Quarantined bool           `json:"quarantined,omitempty" doc:"It is suspected to show the abuse of children: it is never fetched. This is not taken back."`
	}
	countermeasureInput struct {
		ByID
		Body PlanBody
	}
	countermeasureEditInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the countermeasure as it was read."`
			PlanBody
		}
	}
	countermeasuresInput struct {
		Paged
		State   string `query:"state" enum:"draft,asked,chased,escalated,gone,relapsed,refused,withdrawn,lifting,lifted,"`
		Waiting bool   `query:"waiting" doc:"Only those in which somebody is to act."`
		Role    string `query:"role" enum:"owner,hoster,cdn,mailhost,registrar,registry,upstream,csirt,other,"`
		Party   string `query:"party" maxLength:"300" doc:"A part of its name or address."`
		Overdue bool   `query:"overdue"`
		Sort    string `query:"sort" enum:"opened,changed,due,asked,"`
	}
	countermeasureMade struct {
		Location string `header:"Location"`
		Body     Countermeasure
	}
	countermeasureMoveInput struct {
		ByID
		Body struct {
			To      string     `json:"to" enum:"ask,chase,escalate,verify,relapse,refuse,withdraw,lift,confirm,keep,reopen" doc:"lift asks to lift a block, which counts as in force until confirm."`
			Reason  string     `json:"reason,omitempty" maxLength:"1000" doc:"Most moves need one; so does asking the owner of what is malicious."`
			Party   *PartyBody `json:"party,omitempty" doc:"Of ask and escalate; without it the next of the ladder is asked."`
			Text    string     `json:"text,omitempty" maxLength:"102400" doc:"The letter, if it is to be another than ours."`
			Silent  bool       `json:"silent,omitempty" doc:"Of withdraw, lift and keep: the party is not written to."`
			Version int64      `json:"version,omitempty" minimum:"0"`
		}
	}
	countermeasuresMoveInput struct {
		Body struct {
			IDs    []string `json:"ids" minItems:"1" maxItems:"200"`
			To     string   `json:"to" enum:"chase,withdraw"`
			Reason string   `json:"reason,omitempty" maxLength:"1000"`
			Silent bool     `json:"silent,omitempty"`
		}
	}
	checkNoteInput struct {
		ByID
		Body struct {
			Outcome string `json:"outcome,omitempty" enum:"clean,present,unclear" doc:"What a person saw; without it, it is looked now."`
			Words   string `json:"words,omitempty" maxLength:"1000" doc:"How it was seen."`
		}
	}
	whoCanActInput struct {
		ByID
		Ask bool `query:"ask" doc:"Whether registries and the DNS are asked too, as far as the PAP allows."`
	}
)

// Countermeasure is one, with how long it took in seconds.
type Countermeasure struct {
	countermeasure.Countermeasure
	PAP        string `json:"pap"`
	SecondsTo  int64  `json:"seconds_to_gone,omitempty" doc:"From asking first to the first of the clean checks."`
	AssetShown string `json:"asset_defanged"`
}

func countermeasureOf(c countermeasure.Countermeasure) Countermeasure {
	return Countermeasure{c, c.PAP.String(), int64(c.Took / time.Second), countermeasure.Defang(c.Asset.Value)}
}

func (a *API) addCountermeasures() {
	add(a, operation{method: http.MethodGet, path: "/countermeasures", id: "list-countermeasures", tag: tagIncidents, summary: "List blocks and take-downs"}, a.countermeasures)
	add(a, operation{method: http.MethodPost, path: "/countermeasures/moves", id: "move-countermeasures", tag: tagIncidents, summary: "Chase or withdraw several"},
		func(ctx context.Context, actor identity.Actor, in *countermeasuresMoveInput) (*body[incident.Moved], error) {
			b := in.Body
			return given(a.Countermeasures.MoveAll(ctx, actor, b.IDs, countermeasure.Moving{Move: countermeasure.MoveName(b.To), Reason: b.Reason, Silent: b.Silent}))
		})
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/countermeasures", id: "list-incident-countermeasures", tag: tagIncidents, summary: "Blocks and take-downs of an incident"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*all[Countermeasure], error) {
			list, err := a.Countermeasures.OfIncident(ctx, actor, in.ID)
			return whole(countermeasuresOf(list)), err
		})
	add(a, operation{
		method: http.MethodPost, path: "/incidents/{id}/countermeasures", id: "open-countermeasure", tag: tagIncidents, summary: "Open a draft of a block or take-down",
		detail: "Nobody is asked before the checklist is answered: then move it with `ask`.", status: http.StatusCreated,
	}, a.openCountermeasure)
	add(a, operation{method: http.MethodGet, path: "/countermeasures/{id}", id: "get-countermeasure", tag: tagIncidents, summary: "One with its messages as sent, checks and moves"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[Countermeasure], error) {
			c, err := a.Countermeasures.Countermeasure(ctx, actor, in.ID)
			return given(countermeasureOf(c), err)
		})
	add(a, operation{method: http.MethodPatch, path: "/countermeasures/{id}", id: "edit-countermeasure", tag: tagIncidents, summary: "Change one, or answer its checklist"},
		func(ctx context.Context, actor identity.Actor, in *countermeasureEditInput) (*body[Countermeasure], error) {
			c, err := a.Countermeasures.Edit(ctx, actor, in.ID, in.Body.Version, in.Body.plan())
			return given(countermeasureOf(c), err)
		})
	a.addCountermeasureWork()
}

func (a *API) addCountermeasureWork() {
	add(a, operation{
		method: http.MethodPost, path: "/countermeasures/{id}/moves", id: "move-countermeasure", tag: tagIncidents, summary: "Ask, chase, escalate, say that it is gone or back, withdraw",
		detail: "409 if it cannot make the move from its state, before the checklist is answered, while the police object, or to ask the owner of what is malicious without a reason.",
	}, func(ctx context.Context, actor identity.Actor, in *countermeasureMoveInput) (*body[Countermeasure], error) {
		b := in.Body
		m := countermeasure.Moving{Move: countermeasure.MoveName(b.To), Reason: b.Reason, Text: b.Text, Silent: b.Silent, Version: b.Version}
		if b.Party != nil {
			p := b.Party.party()
			m.Party = &p
		}
		c, err := a.Countermeasures.Move(ctx, actor, in.ID, m)
		return given(countermeasureOf(c), err)
	})
	add(a, operation{
		method: http.MethodPost, path: "/countermeasures/{id}/checks", id: "check-countermeasure", tag: tagIncidents, summary: "Look whether it is still there, or note what a person saw",
		detail: "To look touches the target: 409 if the incident's PAP forbids that, 403 for what must never be fetched.",
	}, func(ctx context.Context, actor identity.Actor, in *checkNoteInput) (*body[countermeasure.Check], error) {
		if in.Body.Outcome == "" {
			if in.Body.Words != "" {
				return nil, problem.New(problem.Invalid, "words without an outcome: say what you saw, or nothing to look now")
			}
			return given(a.Countermeasures.Check(ctx, actor, in.ID))
		}
		return given(a.Countermeasures.Note(ctx, actor, in.ID, countermeasure.Outcome(in.Body.Outcome), in.Body.Words))
	})
	add(a, operation{method: http.MethodGet, path: "/countermeasures/{id}/suggestions", id: "suggest-countermeasure", tag: tagIncidents, summary: "Who can act, and why"},
		func(ctx context.Context, actor identity.Actor, in *whoCanActInput) (*body[countermeasure.Suggestions], error) {
			return given(a.Countermeasures.Suggest(ctx, actor, in.ID, in.Ask))
		})
}

func countermeasuresOf(list []countermeasure.Countermeasure) []Countermeasure {
	out := make([]Countermeasure, len(list))
	for i, c := range list {
		out[i] = countermeasureOf(c)
	}
	return out
}

func (a *API) countermeasures(ctx context.Context, actor identity.Actor, in *countermeasuresInput) (*rows[Countermeasure], error) {
	p, err := a.Countermeasures.Countermeasures(ctx, actor, countermeasure.Filter{
		State: countermeasure.State(in.State), Waiting: in.Waiting, Role: countermeasure.Role(in.Role), Party: in.Party, Overdue: in.Overdue, Sort: in.Sort,
		Request: in.request(),
	})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, countermeasuresOf(p.Items), string(p.Next)), nil
}

func (a *API) openCountermeasure(ctx context.Context, actor identity.Actor, in *countermeasureInput) (*countermeasureMade, error) {
	c, err := a.Countermeasures.Open(ctx, actor, in.ID, in.Body.plan())
	if err != nil {
		return nil, err
	}
	return &countermeasureMade{Root + "/countermeasures/" + c.ID, countermeasureOf(c)}, nil
}

func (p PartyBody) party() countermeasure.Party {
	return countermeasure.Party{Party: incident.Party{Name: p.Name, Email: p.Email, Contact: p.Contact}, Role: countermeasure.Role(p.Role), Provider: p.Provider}
}

// plan is what was written, for the room.
func (b PlanBody) plan() (p countermeasure.Plan) {
	if b.Kind != "" {
		kind := countermeasure.Kind(b.Kind)
		p.Kind = &kind
	}
	if b.Abuse != "" {
		abuse := countermeasure.Abuse(b.Abuse)
		p.Abuse = &abuse
	}
	if v := b.Asset; v != nil {
		p.Asset = &countermeasure.Asset{Kind: countermeasure.AssetKind(v.Kind), Value: v.Value, Seen: v.Address, Marker: v.Marker, Hash: v.SHA256}
	}
	if c := b.Checklist; c != nil {
		p.Checklist = &countermeasure.Checklist{
			Origin: countermeasure.Origin(c.Origin), Evidence: c.Evidence, NoEvidence: c.NoEvidence, Police: countermeasure.Objection(c.Police),
			PoliceAsked: c.PoliceAsked, Requester: c.Requester,
		}
	}
	if b.Ladder != nil {
		ladder := []countermeasure.Party{}
		for _, v := range *b.Ladder {
			ladder = append(ladder, v.party())
		}
		p.Ladder = &ladder
	}
	p.Words, p.Quarantined = b.Words, b.Quarantined
	return p
}
