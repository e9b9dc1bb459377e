package app

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// takedownPause is between looks for blocks and take-downs of which something is due.
const takedownPause = 30 * time.Second

// openCountermeasures makes the room of blocks and take-downs.
func (a *App) openCountermeasures() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	c := a.Config.Takedown
	o := countermeasure.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Incidents: a.Incidents, Release: a.Release,
		Team: countermeasure.Team{Name: a.Config.Team.Name, Email: a.Config.Team.Email, Zone: zone},
		Policy: countermeasure.Policy{
			ByHand: c.ByHand, ChaseAfter: c.ChaseAfter, Chases: c.Chases, CheckEvery: c.CheckEvery, CleanChecks: c.CleanChecks, CleanOver: c.CleanOver,
			WatchFor: c.WatchFor, WatchEvery: c.WatchEvery,
		},
		Exits: a.exits(), Providers: a.providers(), Who: a.Register.Who,
		Marks: func(text string) (observable.Marks, error) { return a.Observables.Marks(text) },
	}
	if c.Chases == 0 {
		o.Policy.Chases = -1
	}
	if a.rdap != nil {
		o.Registered = a.registrarOf
	}
	if c.Resolve {
		o.Resolve, o.Mail, o.Alias = addresses(net.DefaultResolver), exchangers, net.DefaultResolver.LookupCNAME
	}
	if c.Resolver != "" {
		o.Second = addresses(resolverAt(c.Resolver))
	}
	a.Countermeasures = countermeasure.New(o)
	a.Incidents.Hang(a.Countermeasures.Part())
	return nil
}

// addresses asks a resolver for the addresses of a name.
func addresses(r *net.Resolver) func(ctx context.Context, name string) ([]netip.Addr, error) {
	return func(ctx context.Context, name string) ([]netip.Addr, error) { return r.LookupNetIP(ctx, "ip", name) }
}

// exchangers asks the DNS who takes the mail of a domain, the first to be tried first.
func exchangers(ctx context.Context, domain string) (hosts []string, err error) {
	list, err := net.DefaultResolver.LookupMX(ctx, domain)
	for _, m := range list {
		hosts = append(hosts, m.Host)
	}
	if len(hosts) > 0 {
		err = nil // some of several were no names
	}
	return hosts, err
}

// resolverAt is a resolver at an address of the configuration, which has checked it.
func resolverAt(address string) *net.Resolver {
	if addr, err := netip.ParseAddr(address); err == nil {
		address = netip.AddrPortFrom(addr, 53).String()
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, address)
	}}
}

// exits are the ways by which it is looked whether things are gone: ourselves first, then those of the configuration by name.
func (a *App) exits() (list []countermeasure.Exit) {
	if a.Config.Takedown.Direct {
		list = append(list, countermeasure.Exit{Name: "direct", Look: countermeasure.NewLook(httpx.Options{}, countermeasure.Disguise{})})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Config.TakedownExits)) {
		e := a.Config.TakedownExits[name]
		var o httpx.Options
		if via, err := url.Parse(e.Proxy); err == nil && e.Proxy != "" { // the configuration has checked it
			o.Via = via
		}
		d := countermeasure.Disguise{UserAgent: e.UserAgent, Referrer: e.Referrer, Language: e.Language}
		list = append(list, countermeasure.Exit{Name: name, Look: countermeasure.NewLook(o, d)})
	}
	return list
}

// providers are those whose abuse APIs stand in the configuration.
func (a *App) providers() (list []countermeasure.Provider) {
	for _, name := range slices.Sorted(maps.Keys(a.Config.TakedownProviders)) {
		if p := a.Config.TakedownProviders[name]; p.URL != "" {
			list = append(list, countermeasure.NewProvider(name, httpx.Options{Internal: p.Internal, Plain: p.Internal}, p.URL, tokenHeader(p)))
		}
	}
	return list
}

func tokenHeader(p config.TakedownProvider) http.Header {
	if p.Token == "" {
		return nil
	}
	if http.CanonicalHeaderKey(p.TokenHeader) == "Authorization" {
		return http.Header{"Authorization": {"Bearer " + p.Token}}
	}
	return http.Header{http.CanonicalHeaderKey(p.TokenHeader): {p.Token}}
}

// runTakedowns does what is due of blocks and take-downs.
func (a *App) runTakedowns(ctx context.Context) error {
	done, err := a.Countermeasures.Run(ctx, identity.System("countermeasure"))
	if done != (countermeasure.Done{}) {
		a.Log.InfoContext(ctx, "blocks and take-downs", "posted", done.Posted, "chased", done.Due, "checked", done.Checked)
		a.Live.Wake()
	}
	return err
}
