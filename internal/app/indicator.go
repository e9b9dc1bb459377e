package app

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/api/blocklist"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	builtin "github.com/firehall/firehall/internal/incident/warninglist"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/sharing/indicator/warninglist"
	"github.com/firehall/firehall/internal/web"
	webindicators "github.com/firehall/firehall/internal/web/indicators"
)

// Indicators are read from what is shared: soon after it came, and what is gone is forgotten some time.
const (
	digestPause = 5 * time.Second
	relistPause = time.Minute
	sweepGone   = time.Hour
)

// openIndicators makes the room of what is known of indicators.
func (a *App) openIndicators() error {
	key, err := a.Keys.Secret(indicator.Secret)
	if err != nil {
		return err
	}
	a.lists = warninglist.Open(a.Config.Indicators.WarningLists, a.Config.Indicators.Unsought, a.Log)
	if err := a.lists.Reload(); err != nil {
		a.Log.Error("the warning lists could not be read: indicators are held against the built-in ones only", "error", err)
	}
	a.Indicators = indicator.New(indicator.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Sharing: a.Sharing, Lists: warnings{a.lists}, Key: key[:], Fresh: lookFor(indicator.JobPast), Said: a.recordedPAP,
	})
	a.openWatcher()
	return nil
}

// recordedPAP is what somebody recorded of what may be done with objects, by their ids.
func (a *App) recordedPAP(tx *sqldb.Tx) (map[string]tlp.PAP, error) {
	list, err := release.Wishes(tx, sharedObject)
	out := make(map[string]tlp.PAP, len(list))
	for _, w := range list {
		out[w.ID] = w.Acts(a.Clock.Now())
	}
	return out, err
}

// indicatorTasks are the loops of indicators, for a server.
func (a *App) indicatorTasks() []task {
	system := identity.System("indicator")
	return []task{
		{name: "read indicators from what is shared", every: digestPause, soon: true, do: func(ctx context.Context) error {
			_, err := a.Indicators.Digest(ctx, system)
			return err
		}},
		{name: "hold indicators against warning lists", every: relistPause, soon: true, do: func(ctx context.Context) error {
			if err := a.lists.Reload(); err != nil {
				return err
			}
			_, err := a.Indicators.Relist(ctx, system)
			return err
		}},
		{name: "post what is to be searched for indicators", every: digestPause, do: a.watchEvents},
		{name: "forget indicators that are gone", every: sweepGone, do: func(ctx context.Context) error { return a.Indicators.Sweep(ctx, system) }},
	}
}

// indicatorOptions says what the pages of indicators ask.
func (a *App) indicatorOptions(o *web.Options) {
	o.Indicators = webindicators.Options{Indicators: a.Indicators, Sharing: a.Sharing, Names: a.Register.Names}
}

// openBlocklists makes the face for programs that ask what to block.
func (a *App) openBlocklists() {
	team := a.Config.Team.Name
	if team == "" {
		team = "Firehall"
	}
	a.Blocklists = blocklist.New(blocklist.Options{Log: a.Log, Indicators: a.Indicators, Sharing: a.Sharing, Tokens: a.Programs, Accounts: a.Accounts, Team: team})
}

// warnings are the built-in warning lists, which observables are held against too, and those of the folder.
type warnings struct{ folder *warninglist.Folder }

// Version is another one when the lists are others.
func (w warnings) Version() string { return "built in 1\n" + w.folder.Version() }

// On gives the names of the lists that speak against blocking a value, and of those that speak against looking for it.
func (w warnings) On(kind indicator.Kind, value string) (block, search []string) {
	block, search = w.folder.On(kind, value)
	codes := builtinOn(kind, value)
	for _, l := range builtin.Speak(codes, builtin.Act) {
		block = append(block, string(l))
	}
	for _, l := range builtin.Speak(codes, builtin.Search) {
		search = append(search, string(l))
	}
	slices.Sort(block)
	slices.Sort(search)
	return slices.Compact(block), slices.Compact(search)
}

func builtinOn(kind indicator.Kind, value string) []string {
	switch kind {
	case "ip":
		if a, err := netip.ParseAddr(value); err == nil {
			return builtin.Addr(a)
		}
	case "cidr":
		if p, err := netip.ParsePrefix(value); err == nil {
			return builtin.Prefix(p)
		}
	case "domain":
		return builtin.Name(value)
	case "md5", "sha1", "sha256", "sha512":
		return builtin.Hash(value)
	}
	return nil
}
