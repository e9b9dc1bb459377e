package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/api/blocklist"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/indicator"
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
	a.Indicators = indicator.New(indicator.Options{DB: a.DB, Clock: a.Clock, Log: a.Log, Sharing: a.Sharing, Key: key[:]})
	return nil
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
			_, err := a.Indicators.Relist(ctx, system)
			return err
		}},
		{name: "forget indicators that are gone", every: sweepGone, do: func(ctx context.Context) error { return a.Indicators.Sweep(ctx, system) }},
	}
}

// openBlocklists makes the face for programs that ask what to block.
func (a *App) openBlocklists() {
	team := a.Config.Team.Name
	if team == "" {
		team = "Firehall"
	}
	a.Blocklists = blocklist.New(blocklist.Options{Log: a.Log, Indicators: a.Indicators, Sharing: a.Sharing, Tokens: a.Programs, Accounts: a.Accounts, Team: team})
}
