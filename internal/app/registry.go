package app

import (
	"context"
	"net/netip"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/abuse"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// registries is how the desk asks registries, if the configuration allows it.
func (a *App) registries() (r desk.Registries) {
	if a.rdap == nil {
		return r
	}
	r.Allow = a.mayAsk
	r.Ask = func(ctx context.Context, asked constituency.Asked) (rdap.Answer, error) {
		return constituency.Registered(ctx, a.rdap, asked)
	}
	return r
}

// mayAsk decides whether a registry may be asked about something: by the strictest PAP of the incident that is named and of those in which it was seen.
func (a *App) mayAsk(ctx context.Context, actor identity.Actor, asked, name string) (d release.Decision, err error) {
	about, label, err := a.seenUnder(ctx, actor, asked)
	if err != nil {
		return d, err
	}
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if name != "" {
			in, err := a.Incidents.Inside(tx, actor, name)
			if err != nil {
				return err
			}
			if about == "" || in.PAP >= label {
				about, label = in.ID, in.PAP
			}
		}
		d, err = a.Release.ForLookup(tx, actor, about, "rdap", release.Passive, label)
		return err
	})
	return d, err
}

// abuseContacts keeps the abuse contacts that registries name, for copies to the providers of teams that want them. nil: registries are not asked here.
func (a *App) abuseContacts() *abuse.Service {
	if a.rdap == nil {
		return nil
	}
	return abuse.New(abuse.Options{
		DB: a.DB, Clock: a.Clock, Keep: a.Config.RDAP.Cache, Ask: a.rdap.Addr,
		Allow: a.mayAskAbout,
	})
}

// mayAskAbout decides whether a registry may be asked about an address, by the strictest PAP under which it was seen.
func (a *App) mayAskAbout(ctx context.Context, actor identity.Actor, address netip.Addr) (abuse.Verdict, error) {
	d, err := a.mayAsk(ctx, actor, address.String(), "")
	return abuse.Verdict{Decision: d.ID, Allowed: d.Allowed, Reason: d.Reason}, err
}

// seenUnder gives the strictest PAP under which something was seen, and the incident; none for what was seen nowhere.
func (a *App) seenUnder(ctx context.Context, actor identity.Actor, asked string) (about string, label tlp.PAP, err error) {
	found, err := a.Observables.Search(ctx, actor, "", asked)
	if problem.Is(err, problem.Invalid) {
		return "", tlp.PAPClear, nil
	}
	for _, m := range found.Matches {
		if about == "" || m.PAP > label {
			about, label = m.Incident, m.PAP
		}
	}
	return about, label, err
}
