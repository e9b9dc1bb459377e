package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// polar is the alias of the demonstration's collection.
const polar = "polar-teams"

// DemoTeams gives the demonstration its fellow teams: a patch that was approved and claims that wait, an agreement in force and one that lapses soon, a
// sharing group, and a collection in which things were shared. What is there already stays.
func (a *App) DemoTeams(ctx context.Context, actor identity.Actor) error {
	if _, err := a.Teams.Import(ctx, actor, strings.NewReader(demo.Teams()), team.ImportOptions{Name: "fellow teams", Format: team.FormatCSV}); err != nil {
		return err
	}
	ids := map[string]string{}
	for _, name := range []string{demo.BouvetTeam, demo.HeardTeam, demo.CampusTeam} {
		e, err := a.Teams.Named(ctx, actor, name)
		if err != nil {
			return err
		}
		ids[name] = e.Team.Organisation
		if err := a.demoTrust(ctx, actor, e); err != nil {
			return err
		}
	}
	group, err := a.demoGroup(ctx, actor, ids)
	if err != nil {
		return err
	}
	return a.demoShared(ctx, actor, group, ids[demo.BouvetTeam])
}

// demoTrust approves what a person would approve of a team, and signs what was signed with it.
func (a *App) demoTrust(ctx context.Context, actor identity.Actor, e team.Entry) error {
	if e.Organisation.Name == demo.HeardTeam {
		var ids []string
		for _, n := range e.Networks {
			if !n.Approved() && slices.Contains(demo.Heard(), n.Value) {
				ids = append(ids, n.ID)
			}
		}
		if len(ids) > 0 {
			if _, err := a.Teams.Approve(ctx, actor, e.Organisation.ID, ids, false); err != nil {
				return err
			}
		}
	}
	signed, err := a.Teams.Agreements(ctx, actor, e.Organisation.ID)
	g, ok := demoAgreement(e.Organisation, a.Clock.Now())
	if err != nil || !ok || len(signed) > 0 {
		return err
	}
	_, err = a.Teams.Sign(ctx, actor, g)
	return err
}

// demoAgreement is what was signed with a team, if anything was.
func demoAgreement(o constituency.Organisation, now time.Time) (g team.Agreement, ok bool) {
	const year = 365 * 24 * time.Hour
	g = team.Agreement{Organisation: o.ID, SignedUs: "Chloé Martin", Out: tlp.Amber, In: tlp.AmberStrict}
	switch o.Name {
	case demo.BouvetTeam:
		g.Kind, g.Scope, g.Version, g.Signed, g.Until, g.SignedThem = team.MoU, "what concerns either patch", "2", now.Add(-year/2), now.Add(year), "Solveig Berg"
	case demo.HeardTeam:
		g.Kind, g.Scope, g.Version, g.Signed, g.Until, g.SignedThem = team.NDA, "observations and indicators", "1", now.Add(20*24*time.Hour-year), now.Add(20*24*time.Hour), "Iain Campbell"
		g.Flows = []team.Flow{team.Observations, team.Indicators}
	default:
		return g, false
	}
	return g, true
}

func (a *App) demoGroup(ctx context.Context, actor identity.Actor, ids map[string]string) (group string, err error) {
	const name = "Polar teams"
	list, err := a.Teams.Groups(ctx, actor)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(list, func(g team.Group) bool { return g.Name == name }); i >= 0 {
		return list[i].ID, nil
	}
	g, err := a.Teams.PutGroup(ctx, actor, team.Group{Name: name, Cap: tlp.Amber, Members: []string{ids[demo.BouvetTeam], ids[demo.HeardTeam]}})
	return g.ID, err
}

// demoShared opens a collection for the group, with what a team sent and what our own team says.
func (a *App) demoShared(ctx context.Context, actor identity.Actor, group, from string) error {
	list, err := a.Sharing.List(ctx, actor)
	if err != nil || slices.ContainsFunc(list, func(c sharing.Collection) bool { return c.Alias == polar }) {
		return err
	}
	c, err := a.Sharing.Open(ctx, actor, sharing.Draft{
		Alias: polar, Title: "Polar teams", Description: "What the teams of the far south tell each other.", Group: group, CanRead: true, CanWrite: true, Label: tlp.Amber,
	})
	if err != nil {
		return err
	}
	in := sharing.In{Collection: c.ID, Source: from, Origin: sharing.OriginUpload, Unmarked: tlp.Amber, Body: strings.NewReader(demo.Shared(a.Clock.Now()))}
	if _, err := a.Sharing.Add(ctx, actor, in); err != nil {
		return err
	}
	sure := 80
	if _, err := a.Indicators.Add(ctx, actor, indicator.Draft{
		Collection: c.ID, Value: "203.0.113.231", Name: "Scans for open RDP", Confidence: &sure, Label: tlp.Green, PAP: tlp.PAPClear,
	}); err != nil {
		return err
	}
	_, err = a.Indicators.Digest(ctx, identity.System("demonstration"))
	return err
}
