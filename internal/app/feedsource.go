package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/release"
)

// feedPermits is what the source of a feed lets be done, as the configuration has it. What cannot be read permits nothing.
func feedPermits(f config.Feed) (tlp.PAP, *iep.Policy) {
	pap, err := tlp.ParsePAP(cmp.Or(f.PAP, tlp.PAPClear.String()))
	policy, wrong := iep.Parse(f.IEP)
	if err != nil || wrong != nil {
		return tlp.PAPRed, &iep.Policy{Actions: iep.NoAction, NoNotify: true}
	}
	return pap, policy
}

// feedAllows is the strictest PAP of a feed and its policy now.
func (a *App) feedAllows(name string) tlp.PAP {
	pap, policy := feedPermits(a.Config.Feeds[name])
	return max(pap, policy.At(a.Clock.Now()).PAP())
}

// giver is who gives a feed: an organisation of the register, or a mail address. The zero giver is nobody's.
type giver struct {
	organisation constituency.Organisation
	address      string
}

// FeedGiver tells who gives a feed, as the configuration names it in source: the id of an organisation of the register and its name, or a mail address.
// All are empty where it names nobody. Error: NotFound for one who is not in the register.
func (a *App) FeedGiver(ctx context.Context, actor identity.Actor, feed string) (organisation, name, address string, err error) {
	g, err := a.giver(ctx, actor, feed)
	return g.organisation.ID, cmp.Or(g.organisation.Name, g.address), g.address, err
}

func (a *App) giver(ctx context.Context, actor identity.Actor, feed string) (g giver, err error) {
	named := strings.TrimSpace(a.Config.Feeds[feed].Source)
	switch {
	case named == "":
		return g, nil
	case strings.Contains(named, "@"):
		contact, found, err := a.contactAt(ctx, actor, named)
		if err != nil || !found {
			return giver{address: named}, err
		}
		g.organisation, err = a.Register.Organisation(ctx, actor, contact.Organisation)
		return giver{g.organisation, named}, err
	}
	if g.organisation, err = a.Register.OrganisationByName(ctx, actor, named); err == nil {
		return g, nil
	}
	g.organisation, err = a.Register.Organisation(ctx, actor, named)
	if err != nil {
		err = problem.New(problem.NotFound, "feeds.%s.source in the configuration names %q, who is not in the register: add the organisation, or name a mail address", feed, named)
	}
	return g, err
}

// giverOf is who is asked about what a feed brought.
func (a *App) giverOf(ctx context.Context, actor identity.Actor, feed string) (to release.Recipient, err error) {
	g, err := a.giver(ctx, actor, feed)
	switch {
	case err != nil:
		return to, err
	case g.organisation.ID != "" && g.address == "":
		return a.askOrganisation(ctx, actor, g.organisation.ID)
	case g.address != "":
		to.Contact, to.As = release.Correspondence(g.address), release.Reporter
		to.Organisation = constituency.Organisation{ID: release.Correspondent, Name: cmp.Or(g.organisation.Name, g.address)}
		return to, nil
	}
	return to, problem.New(problem.Conflict, "nobody is named whom to ask: name an organisation of the register, or a mail address, in feeds.%s.source of the configuration", feed)
}
