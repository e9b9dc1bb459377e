package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
)

type (
	// TeamBody is what a person says of a team; what is left out stays.
	TeamBody struct {
		FullName    *string   `json:"full_name,omitempty" maxLength:"500"`
		Host        *string   `json:"host,omitempty" maxLength:"500" doc:"Of whom it is a part."`
		Serves      *string   `json:"serves,omitempty" maxLength:"4000" doc:"Its constituency, in its own words."`
		National    *bool     `json:"national,omitempty" doc:"It answers for its country."`
		Sectors     *[]string `json:"sectors,omitempty" maxItems:"50" doc:"None: all."`
		Hours       *string   `json:"hours,omitempty" maxLength:"500"`
		Zone        *string   `json:"zone,omitempty" maxLength:"64" doc:"Of the hours, such as Europe/Helsinki."`
		Languages   *[]string `json:"languages,omitempty" maxItems:"50"`
		Handling    *string   `json:"handling,omitempty" maxLength:"30" doc:"The strictest TLP label that it takes."`
		Memberships *[]string `json:"memberships,omitempty" maxItems:"10" doc:"first, tf-csirt, national."`
		Policy      *string   `json:"policy,omitempty" maxLength:"1000" doc:"A URL."`
		Website     *string   `json:"website,omitempty" maxLength:"1000" doc:"A URL."`
		Direct      *bool     `json:"direct,omitempty" doc:"It wants copies sent directly to its providers, too."`
		Public      *[]string `json:"public,omitempty" maxItems:"10" doc:"What it agreed to have shown to everybody: name, mail, phone, website, hours, patch, memberships."`
	}
	teamInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"0" doc:"Of the entry as it was read; 0 makes an organisation of the register a team."`
			TeamBody
		}
	}
	newTeamInput struct {
		Body struct {
			Name    string `json:"name" minLength:"1" maxLength:"500"`
			Country string `json:"country,omitempty" maxLength:"2" doc:"Two letters."`
		}
	}
	teamApproveInput struct {
		ByID
		Body struct {
			Networks []string `json:"networks" minItems:"1" maxItems:"2000" doc:"Ids of networks that the team claims."`
			OursToo  bool     `json:"ours_too,omitempty" doc:"Approve also what covers our own patch, a constituent or the country of one."`
		}
	}
	teamConfirmInput struct {
		ByID
		Body struct {
			How string `json:"how,omitempty" maxLength:"500" doc:"Whom you asked, and how, if you did: the entry is right by their word. None: the team is mailed a link."`
		}
	}
	proposalInput struct {
		ByID
		Body struct {
			Contact string `json:"contact,omitempty" maxLength:"100" doc:"Id of the contact that is changed or removed; none adds one."`
			Version int64  `json:"version,omitempty" minimum:"0" doc:"Of that contact as it was read."`
			Address string `json:"address,omitempty" maxLength:"500" doc:"A mail address, tel:..., or an address of the web; none removes the contact."`
			Purpose string `json:"purpose,omitempty" maxLength:"30" doc:"security if nothing is said."`
			Key     string `json:"key,omitempty" maxLength:"262144" doc:"Its OpenPGP key, armoured, or its S/MIME certificate, in PEM."`
			Because
		}
	}
	decisionInput struct {
		ByID
		Body struct {
			Approve bool   `json:"approve" doc:"Only another person than who proposed it may approve it."`
			Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Needed to refuse."`
		}
	}
	agreementInput struct {
		ByID
		Body struct {
			Kind       string     `json:"kind" enum:"nda,mou,partner"`
			Scope      string     `json:"scope,omitempty" maxLength:"500"`
			Version    string     `json:"version,omitempty" maxLength:"100" doc:"Of the text that was signed."`
			Signed     time.Time  `json:"signed"`
			SignedUs   string     `json:"signed_us" maxLength:"200"`
			SignedThem string     `json:"signed_them" maxLength:"200"`
			From       *time.Time `json:"from,omitempty" doc:"The signature if nothing is said."`
			Until      *time.Time `json:"until,omitempty" doc:"Exclusive; none: no end."`
			Out        string     `json:"out,omitempty" maxLength:"30" doc:"The strictest label that may flow to the team; amber if nothing is said."`
			In         string     `json:"in,omitempty" maxLength:"30" doc:"The strictest label that it may send us; amber+strict if nothing is said."`
			Flows      []string   `json:"flows,omitempty" maxItems:"10" doc:"What may pass: observations, incidents, indicators, vulnerabilities, evidence; none: everything."`
		}
	}
	endInput struct {
		ByID
		Body struct{ Because }
	}
	// GroupBody is a sharing group as a person says it.
	GroupBody struct {
		Name    string   `json:"name" minLength:"1" maxLength:"200"`
		Cap     string   `json:"cap,omitempty" maxLength:"30" doc:"The strictest label that may be shared in it; amber if nothing is said."`
		Members []string `json:"members" maxItems:"2000" doc:"Ids of organisations: these and no others." nullable:"false"`
	}
	groupInput struct {
		Body GroupBody
	}
	groupChangeInput struct {
		ByID
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"Of the group as it was read."`
			GroupBody
		}
	}
	groupRemoveInput struct {
		ByID
		Version int64 `query:"version" minimum:"1" required:"true" doc:"Of the group as it was read."`
	}
)

// TeamProposal is a change of a team's contact that a second person decides.
type TeamProposal struct {
	ID           string     `json:"id"`
	Organisation string     `json:"organisation"`
	Contact      string     `json:"contact,omitempty" doc:"That it changes or removes; none: it adds one."`
	Address      string     `json:"address,omitempty" doc:"None: the contact is removed."`
	Purpose      string     `json:"purpose,omitempty"`
	Fingerprint  string     `json:"fingerprint,omitempty" doc:"Of the key."`
	Reason       string     `json:"reason"`
	Proposer     string     `json:"proposer"`
	Proposed     time.Time  `json:"proposed"`
	State        string     `json:"state" doc:"open, approved or refused."`
	Decided      *time.Time `json:"decided,omitempty"`
	Why          string     `json:"why,omitempty" doc:"It was refused."`
}

func proposalOf(p team.Proposal) TeamProposal {
	out := TeamProposal{
		ID: p.ID, Organisation: p.Organisation, Contact: p.Contact, Reason: p.Reason, Proposer: p.Proposer, Proposed: p.Proposed, State: string(p.State),
		Decided: instant(p.Decided), Why: p.Why,
	}
	if p.Body != nil {
		out.Address, out.Purpose, out.Fingerprint = p.Body.Address, string(p.Body.Purpose), p.Body.KeyFingerprint
	}
	return out
}

func (a *API) addTeamChanges() {
	add(a, operation{
		method: http.MethodPost, path: "/teams", id: "add-team", tag: tagRegister, status: http.StatusCreated, summary: "Make a team by its name",
		detail: "An organisation that the register does not have comes into it as a peer of that country. 409 for one that is a team already.",
	}, func(ctx context.Context, actor identity.Actor, in *newTeamInput) (*body[team.Team], error) {
		return given(a.Teams.Add(ctx, actor, in.Body.Name, in.Body.Country))
	})
	add(a, operation{method: http.MethodPut, path: "/teams/{id}", id: "put-team", tag: tagRegister, summary: "Make an organisation a team, or change its entry"}, a.putTeam)
	add(a, operation{method: http.MethodPost, path: "/teams/{id}/approvals", id: "approve-team-networks", tag: tagRegister, summary: "Approve networks that a team claims", detail: "409, and nothing is approved, where one covers what is ours to handle, unless ours_too says that it is meant."}, a.approveTeam)
	add(a, operation{method: http.MethodPost, path: "/teams/{id}/confirmations", id: "confirm-team", tag: tagRegister, summary: "Ask a team whether its entry is right, or note that somebody did"}, a.confirmTeam)
	add(a, operation{method: http.MethodGet, path: "/teams/{id}/proposals", id: "list-team-proposals", tag: tagRegister, summary: "Proposed changes of a team's contacts"}, a.proposals)
	add(a, operation{
		method: http.MethodPost, path: "/teams/{id}/proposals", id: "propose-team-contact", tag: tagRegister, status: http.StatusCreated, summary: "Propose another contact of a team",
		detail: "A second person decides, and the addresses that the team has hear of it. A team without contacts gets its first one at once.",
	}, a.propose)
	add(a, operation{method: http.MethodPost, path: "/team-proposals/{id}/decision", id: "decide-team-proposal", tag: tagRegister, summary: "Approve or refuse a proposed contact"}, a.decideProposal)
	add(a, operation{method: http.MethodPost, path: "/teams/{id}/agreements", id: "sign-team-agreement", tag: tagRegister, status: http.StatusCreated, summary: "Record an agreement that was signed"}, a.signAgreement)
	add(a, operation{method: http.MethodPost, path: "/team-agreements/{id}/end", id: "end-team-agreement", tag: tagRegister, summary: "End an agreement before its time"}, a.endAgreement)
	add(a, operation{method: http.MethodPost, path: "/sharing-groups", id: "make-sharing-group", tag: tagRegister, status: http.StatusCreated, summary: "Make a sharing group"}, a.makeGroup)
	add(a, operation{method: http.MethodPut, path: "/sharing-groups/{id}", id: "put-sharing-group", tag: tagRegister, summary: "Change a sharing group"}, a.changeGroup)
	add(a, operation{method: http.MethodDelete, path: "/sharing-groups/{id}", id: "remove-sharing-group", tag: tagRegister, summary: "Take a sharing group away"}, a.removeGroup)
}

func (a *API) putTeam(ctx context.Context, actor identity.Actor, in *teamInput) (*body[team.Team], error) {
	t, err := a.Teams.Get(ctx, actor, in.ID)
	if problem.Is(err, problem.NotFound) && in.Body.Version == 0 {
		t, err = team.Team{Organisation: in.ID, Handling: tlp.AmberStrict}, nil
	}
	if err != nil {
		return nil, err
	}
	t.Version = in.Body.Version
	if err := in.Body.into(&t); err != nil {
		return nil, err
	}
	return given(a.Teams.Put(ctx, actor, t))
}

// into puts what was said into an entry.
func (b TeamBody) into(t *team.Team) (err error) {
	for at, said := range map[*string]*string{&t.FullName: b.FullName, &t.Host: b.Host, &t.Serves: b.Serves, &t.Hours: b.Hours, &t.Zone: b.Zone, &t.Policy: b.Policy, &t.Website: b.Website} {
		if said != nil {
			*at = *said
		}
	}
	if b.National != nil {
		t.National = *b.National
	}
	if b.Direct != nil {
		t.Direct = *b.Direct
	}
	said(&t.Sectors, b.Sectors)
	said(&t.Languages, b.Languages)
	said(&t.Memberships, b.Memberships)
	said(&t.Public, b.Public)
	if b.Handling != nil {
		t.Handling, err = tlp.Parse(*b.Handling)
	}
	return err
}

// said puts a list in the place of another, if there is one.
func said[T ~string](at *[]T, list *[]string) {
	if list == nil {
		return
	}
	*at = nil
	for _, s := range *list {
		*at = append(*at, T(s))
	}
}

func (a *API) approveTeam(ctx context.Context, actor identity.Actor, in *teamApproveInput) (*none, error) {
	_, err := a.Teams.Approve(ctx, actor, in.ID, in.Body.Networks, in.Body.OursToo)
	return done(err)
}

func (a *API) confirmTeam(ctx context.Context, actor identity.Actor, in *teamConfirmInput) (*none, error) {
	if in.Body.How != "" {
		return done(a.Teams.Vouch(ctx, actor, in.ID, in.Body.How))
	}
	return done(a.Teams.Ask(ctx, actor, in.ID))
}

func (a *API) proposals(ctx context.Context, actor identity.Actor, in *ByID) (*all[TeamProposal], error) {
	list, err := a.Teams.Proposals(ctx, actor, in.ID)
	out := make([]TeamProposal, len(list))
	for i, p := range list {
		out[i] = proposalOf(p)
	}
	return whole(out), err
}

func (a *API) propose(ctx context.Context, actor identity.Actor, in *proposalInput) (*body[TeamProposal], error) {
	p := team.Proposal{Organisation: in.ID, Contact: in.Body.Contact, Seen: in.Body.Version, Reason: in.Body.Reason}
	if in.Body.Address != "" {
		p.Body = &constituency.Contact{Address: in.Body.Address, Purpose: constituency.Purpose(in.Body.Purpose), Key: in.Body.Key}
		if p.Body.Purpose == "" {
			p.Body.Purpose = constituency.Security
		}
	}
	p, err := a.Teams.Propose(ctx, actor, p)
	return given(proposalOf(p), err)
}

func (a *API) decideProposal(ctx context.Context, actor identity.Actor, in *decisionInput) (*body[TeamProposal], error) {
	p, err := a.Teams.Decide(ctx, actor, in.ID, in.Body.Approve, in.Body.Reason)
	return given(proposalOf(p), err)
}

func (a *API) signAgreement(ctx context.Context, actor identity.Actor, in *agreementInput) (*body[team.Agreement], error) {
	b := in.Body
	g := team.Agreement{Organisation: in.ID, Kind: team.Kind(b.Kind), Scope: b.Scope, Version: b.Version, Signed: b.Signed, SignedUs: b.SignedUs, SignedThem: b.SignedThem}
	if b.From != nil {
		g.From = *b.From
	}
	if b.Until != nil {
		g.Until = *b.Until
	}
	said(&g.Flows, &b.Flows)
	var err error
	if g.Out, err = labelOr(b.Out, tlp.Amber); err != nil {
		return nil, err
	}
	if g.In, err = labelOr(b.In, tlp.AmberStrict); err != nil {
		return nil, err
	}
	return given(a.Teams.Sign(ctx, actor, g))
}

// labelOr reads a label; where nothing is said it is the one given.
func labelOr(text string, usual tlp.Label) (tlp.Label, error) {
	if strings.TrimSpace(text) == "" {
		return usual, nil
	}
	return tlp.Parse(text)
}

func (a *API) endAgreement(ctx context.Context, actor identity.Actor, in *endInput) (*none, error) {
	return done(a.Teams.End(ctx, actor, in.ID, in.Body.Reason))
}

func (a *API) makeGroup(ctx context.Context, actor identity.Actor, in *groupInput) (*body[SharingGroup], error) {
	return a.putGroup(ctx, actor, team.Group{}, in.Body)
}

func (a *API) changeGroup(ctx context.Context, actor identity.Actor, in *groupChangeInput) (*body[SharingGroup], error) {
	return a.putGroup(ctx, actor, team.Group{ID: in.ID, Version: in.Body.Version}, in.Body.GroupBody)
}

func (a *API) putGroup(ctx context.Context, actor identity.Actor, g team.Group, b GroupBody) (*body[SharingGroup], error) {
	var err error
	if g.Cap, err = labelOr(b.Cap, tlp.Amber); err != nil {
		return nil, err
	}
	g.Name, g.Members = b.Name, b.Members
	g, err = a.Teams.PutGroup(ctx, actor, g)
	return given(SharingGroup(g), err)
}

func (a *API) removeGroup(ctx context.Context, actor identity.Actor, in *groupRemoveInput) (*none, error) {
	return done(a.Teams.RemoveGroup(ctx, actor, in.ID, in.Version))
}
