package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/identity"
)

type (
	teamsInput struct {
		Text    string `query:"q" maxLength:"200" doc:"Part of a name."`
		Country string `query:"country" maxLength:"2" doc:"Two letters (ISO 3166-1)."`
		Waiting bool   `query:"waiting" doc:"Only those with something that waits for a person."`
		Stale   bool   `query:"stale" doc:"Only those that have to be confirmed again."`
	}
	teamImportInput struct {
		Format  string `query:"format" enum:"first,ti,csv," doc:"first is FIRST's teams API, ti Trusted Introducer's teams.json; none: by looking at the file."`
		Name    string `query:"name" maxLength:"200" doc:"What the file is called, for the record."`
		DryRun  bool   `query:"dry_run" doc:"Show what would change, and change nothing."`
		Approve bool   `query:"approve" doc:"Approve the networks that the file claims."`
		RawBody []byte `contentType:"application/octet-stream"`
	}
)

// FellowTeam is all that is known of a team.
type FellowTeam struct {
	Name       string           `json:"name"`
	Country    string           `json:"country,omitempty"`
	Entry      team.Team        `json:"entry"`
	Networks   []Network        `json:"networks" nullable:"false" doc:"Those without approved_by match nothing yet."`
	Contacts   []Contact        `json:"contacts" nullable:"false"`
	Agreements []team.Agreement `json:"agreements" nullable:"false"`
}

// SharingGroup is who shares with whom. (A group of findings is another thing.)
type SharingGroup team.Group

func (a *API) addTeams() {
	add(a, operation{method: http.MethodGet, path: "/teams", id: "list-teams", tag: tagRegister, summary: "The directory of fellow teams"}, a.teams)
	add(a, operation{method: http.MethodGet, path: "/teams/{id}", id: "get-team", tag: tagRegister, summary: "One fellow team with its networks, contacts and agreements"}, a.team)
	add(a, operation{
		method: http.MethodPost, path: "/teams/imports", id: "import-teams", tag: tagRegister, limit: team.MaxUpload, summary: "Bring teams in from a file",
		detail: "Networks come in as claims, which match nothing until a person approves them; another contact of a team that has some is proposed to a second person.",
	}, a.importTeams)
	add(a, operation{method: http.MethodGet, path: "/sharing-groups", id: "list-sharing-groups", tag: tagRegister, summary: "The sharing groups, with their members' ids"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[SharingGroup], error) {
			groups, err := a.Teams.Groups(ctx, actor)
			out := make([]SharingGroup, len(groups))
			for i, g := range groups {
				out[i] = SharingGroup(g)
			}
			return whole(out), err
		})
	a.addTeamChanges()
}

func (a *API) teams(ctx context.Context, actor identity.Actor, in *teamsInput) (*all[team.Listed], error) {
	list, err := a.Teams.List(ctx, actor, team.Filter{
		Text: in.Text, Country: constituency.Country(strings.ToUpper(in.Country)), Waiting: in.Waiting, Stale: in.Stale,
	})
	return whole(list), err
}

func (a *API) team(ctx context.Context, actor identity.Actor, in *ByID) (*body[FellowTeam], error) {
	e, err := a.Teams.Entry(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	signed, err := a.Teams.Agreements(ctx, actor, in.ID)
	out := FellowTeam{
		Name: e.Organisation.Name, Country: string(e.Organisation.Country), Entry: e.Team, Networks: []Network{}, Contacts: []Contact{},
		Agreements: append([]team.Agreement{}, signed...),
	}
	for _, n := range e.Networks {
		out.Networks = append(out.Networks, Network{
			ID: n.ID, Rule: string(n.Rule), Value: n.Value, From: instant(n.From), Until: instant(n.Until), ApprovedBy: n.ApprovedBy,
			InForce: n.InForce(a.Clock.Now()), Version: n.Version,
		})
	}
	for _, c := range e.Contacts {
		out.Contacts = append(out.Contacts, Contact{
			ID: c.ID, Channel: string(c.Channel), Address: c.Address, Purpose: string(c.Purpose), Language: c.Language, Fingerprint: c.KeyFingerprint,
			KeyExpires: instant(c.KeyExpires), Encryption: c.Encryption, Health: string(c.Health), Version: c.Version,
		})
	}
	return &body[FellowTeam]{out}, err
}

func (a *API) importTeams(ctx context.Context, actor identity.Actor, in *teamImportInput) (*body[team.Report], error) {
	return given(a.Teams.Import(ctx, actor, strings.NewReader(string(in.RawBody)), team.ImportOptions{Name: in.Name, Format: team.Format(in.Format), DryRun: in.DryRun, Approve: in.Approve}))
}
