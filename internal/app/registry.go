package app

import (
	"cmp"
	"context"
	"net/netip"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/abuse"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	findingsearch "github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/event/query"
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

// mayAsk decides whether a registry may be asked about something: by the strictest PAP of the incident that is named, of those in which it was seen, and of
// the feeds that showed it.
func (a *App) mayAsk(ctx context.Context, actor identity.Actor, asked, name string) (d release.Decision, err error) {
	about, label, err := a.knownUnder(ctx, actor, asked)
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

// knownUnder gives the strictest PAP under which something was seen, or shown by a feed, and what a registry would learn beside it: of a name, the domain that
// somebody registered. about is where it was seen, "" for nowhere.
func (a *App) knownUnder(ctx context.Context, actor identity.Actor, asked string) (about string, label tlp.PAP, err error) {
	texts := []string{asked}
	if question, err := constituency.ParseQuestion(asked); err == nil && question.RegistryLearns() != "" {
		texts = append(texts, question.RegistryLearns())
	}
	stricter := func(by string, is tlp.PAP) {
		if by != "" && (about == "" || is > label) {
			about, label = by, is
		}
	}
	for _, text := range texts {
		incident, is, err := a.seenUnder(ctx, actor, text)
		if err != nil {
			return "", tlp.PAPRed, err
		}
		stricter(incident, is)
		feed, is, err := a.shownUnder(ctx, text)
		if err != nil {
			return "", tlp.PAPRed, err
		}
		if feed != "" {
			stricter(release.FeedItem+"/"+feed, is)
		}
	}
	return about, label, nil
}

// mayAskWho decides for who asks the register whom something concerns.
func (a *App) mayAskWho(ctx context.Context, actor identity.Actor, asked string) (bool, string, error) {
	if a.Observables == nil || a.Incidents == nil || a.Release == nil { // not all rooms are open
		return false, "it cannot be decided here whether a registry may be asked", nil
	}
	d, err := a.mayAsk(ctx, actor, asked, "")
	return d.Allowed, d.Reason, err
}

// registrarOf asks the registry of a domain, if what was seen of it anywhere allows that. Errors: Forbidden if it does not.
func (a *App) registrarOf(ctx context.Context, domain string) (rdap.Answer, error) {
	d, err := a.mayAsk(ctx, identity.System("registry"), domain, "")
	if err == nil && !d.Allowed {
		err = problem.New(problem.Forbidden, "%s", d.Reason)
	}
	if err != nil {
		return rdap.Answer{}, err
	}
	return a.rdap.Domain(ctx, domain)
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

// Bounds of how much is looked through for the feeds that showed something. Beyond, the strictest feed of all counts.
const mostShown = 5 * page.MaxLimit

// shownUnder gives the strictest PAP of the feeds that showed an address, a prefix or a name, as they and persons say it now, and the feed; none for what no
// feed showed.
func (a *App) shownUnder(ctx context.Context, asked string) (feed string, label tlp.PAP, err error) {
	bits, err := a.shownBy(ctx, asked)
	if err != nil || bits == 0 {
		return "", tlp.PAPClear, err
	}
	sources, err := a.Findings.Sources(ctx)
	if err != nil {
		return "", tlp.PAPRed, err
	}
	now := a.Clock.Now()
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		feed, label = "", tlp.PAPClear
		for _, s := range sources {
			if bits&(1<<s.Bit) == 0 {
				continue
			}
			item, err := release.Wished(tx, release.Item{Kind: findingItems, Terms: release.Terms{Feed: s.Feed, IEP: s.IEP}, PAP: s.PAP})
			if err != nil {
				return err
			}
			if is := max(item.PAP, item.Terms.IEP.At(now).PAP()); feed == "" || is > label {
				feed, label = cmp.Or(s.Feed, "unknown"), is
			}
		}
		return nil
	})
	return feed, label, err
}

// shownBy gives the bits of the sources that showed something; all of them where it is too much to look through.
func (a *App) shownBy(ctx context.Context, asked string) (bits uint64, err error) {
	question, err := constituency.ParseQuestion(asked)
	if err != nil {
		return 0, nil //nolint:nilerr // what is no asset no feed shows
	}
	var text string
	switch {
	case question.Prefix.IsValid():
		text = "ip:" + question.Prefix.String()
	case question.Addr.IsValid():
		text = "ip:" + question.Addr.String()
	case question.Domain != "":
		text = query.Term{Name: "host", Match: []query.Match{query.Text{Value: question.Domain}}}.String()
	default:
		return 0, nil
	}
	where, err := findingsearch.Parse(text, a.Clock.Now(), a.zoneOrUTC())
	if err != nil {
		return 0, err
	}
	q := findingsearch.Query{Where: where, Order: findingsearch.ByAddress, Quick: true, Request: page.Request{Limit: page.MaxLimit}}
	for n := 0; n < mostShown; {
		found, err := findingsearch.List(ctx, a.DB, identity.System("registry"), q)
		if err != nil {
			return 0, err
		}
		for _, f := range found.Items {
			bits |= f.Sources
		}
		n += len(found.Items)
		if q.After = found.Next; q.After == "" {
			return bits, nil
		}
	}
	return ^uint64(0), nil
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
