package app

import (
	"github.com/firehall/firehall/internal/api"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/platform/idempotent"
	"github.com/firehall/firehall/internal/release"
)

// openAPI makes the face for programs, which asks the same rooms as the pages do.
func (a *App) openAPI() {
	if a.Tokens == nil {
		a.Tokens = &token.Tokens{DB: a.DB, Clock: a.Clock}
	}
	a.API = api.New(api.Options{
		Clock: a.Clock, Log: a.Log, Version: a.Version, Sessions: a.Sessions, Repeats: a.repeats(), Desk: a.Desk, Board: a.Board, Bulk: a.Bulk,
		Accounts: a.Accounts, Programs: a.Programs, BaseURL: BaseURL(a.Config.Serve),
		Jobs: a.JobDesk(), Imports: a.Imports, Register: a.Register, Teams: a.Teams, Feeds: a.Feeds, Tokens: a.Tokens, Notify: a.Notify, Texts: a.Texts, Delivery: a.Delivery,
		Tasks: a.Queue, Release: a.Release, RecipientOf: a.RecipientOf, Record: a.Record, Incidents: a.Incidents, Observables: a.Observables, Countermeasures: a.Countermeasures, Clocks: a.Clocks, Playbooks: a.Playbooks, Live: a.Live, KnowsFeed: a.KnowsFeed, Push: a.Push,
		FeedTerms: a.feedTerms, Sharing: a.Sharing, Indicators: a.Indicators, Give: a.Give, Poll: a.Poll, Hear: a.Hear, Orders: a.SharingOrders, Figures: a.Figures, Dossier: a.Dossier,
		Lessons: lesson.New(lesson.Options{DB: a.DB, Clock: a.Clock, Incidents: a.Incidents}), Liaison: liaison.New(a.Incidents),
	}).Handler()
}

// repeats remembers what was answered to requests that may come again.
func (a *App) repeats() *idempotent.Store { return &idempotent.Store{DB: a.DB, Clock: a.Clock} }

// feedTerms are the terms of a feed that the configuration has. A label that cannot be read is as strict as can be.
func (a *App) feedTerms(name string) (release.Terms, bool) {
	f, ok := a.Config.Feeds[name]
	if !ok {
		return release.Terms{}, false
	}
	label, err := tlp.Parse(f.TLP)
	if err != nil {
		label = tlp.Red
	}
	_, policy := feedPermits(f)
	return release.Terms{Feed: name, Label: label, Receivers: f.Receivers, Attribution: f.Attribution, IEP: policy}, true
}
