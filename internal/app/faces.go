package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/events"
	"github.com/firehall/firehall/internal/web/findings"
	"github.com/firehall/firehall/internal/web/lookup"
	"github.com/firehall/firehall/internal/web/organisations"
	"github.com/firehall/firehall/internal/web/overview"
	"github.com/firehall/firehall/internal/web/shell"
)

// openFaces makes the pages, which ask the rooms below.
func (a *App) openFaces() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	o := a.webOptions(zone)
	a.workOptions(&o)
	a.reportOptions(&o)
	a.figureOptions(&o)
	if err := a.formOptions(&o); err != nil {
		return err
	}
	a.peopleOptions(&o)
	a.sharingOptions(&o)
	o.Share, o.Events.STIX = a.shareOptions(), a.Give.Events
	a.indicatorOptions(&o)
	a.Web = web.New(o)
	a.openAPI()
	a.openBlocklists()
	return a.openTAXII()
}

// webOptions says what the pages ask. A page's line stands here.
func (a *App) webOptions(zone *time.Location) web.Options {
	return web.Options{
		Shell: shell.Options{
			Clock: a.Clock, Zone: zone, Team: a.Config.Team.Name, Version: a.Version, Log: a.Log, Metrics: a.Metrics, Sessions: a.Sessions,
			Stops: a.stopBanner, Take: a.Release.Take,
		},
		Overview:      overview.Options{Board: a.Board, Live: a.Live},
		Events:        events.Options{Desk: a.Desk, MostRows: int64(a.Config.Query.MaxRows)},
		Lookup:        lookup.Options{Desk: a.Desk, Observables: a.Observables, Incidents: a.Incidents, Measures: a.Countermeasures},
		Findings:      findings.Options{Desk: a.Desk, Bulk: a.Bulk, Message: a.Delivery.Get, Live: a.Live},
		Organisations: organisations.Options{Desk: a.Desk, Register: a.Register, Imports: a.Imports, Messages: a.Delivery.List, Grants: a.Release.Grants},
	}
}

// stopBanner tells the pages what is stopped.
func (a *App) stopBanner(ctx context.Context, actor identity.Actor) ([]shell.Stop, error) {
	orders, err := a.Delivery.Stops(ctx, actor)
	var out []shell.Stop
	for _, o := range orders {
		out = append(out, shell.Stop{All: o.Scope == delivery.All, What: o.Scope.String(), By: o.By, Reason: o.Reason, At: o.At})
	}
	return out, err
}
