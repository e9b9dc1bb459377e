// Package web is the face for people: server-rendered pages. One folder a page; shell is their frame, ui their parts, words their texts.
//
// Pages ask the rooms below and decide nothing: no SQL, no rules.
package web

//go:generate go tool -modfile=../../tools/go.mod templ generate

import (
	"net/http"

	"github.com/firehall/firehall/internal/web/account"
	"github.com/firehall/firehall/internal/web/audit"
	"github.com/firehall/firehall/internal/web/clocks"
	"github.com/firehall/firehall/internal/web/countermeasures"
	"github.com/firehall/firehall/internal/web/dialogues"
	"github.com/firehall/firehall/internal/web/events"
	"github.com/firehall/firehall/internal/web/evidence"
	"github.com/firehall/firehall/internal/web/feeds"
	"github.com/firehall/firehall/internal/web/figures"
	"github.com/firehall/firehall/internal/web/finder"
	"github.com/firehall/firehall/internal/web/findings"
	"github.com/firehall/firehall/internal/web/incidents"
	"github.com/firehall/firehall/internal/web/indicators"
	"github.com/firehall/firehall/internal/web/jobs"
	"github.com/firehall/firehall/internal/web/lessons"
	"github.com/firehall/firehall/internal/web/liaison"
	"github.com/firehall/firehall/internal/web/login"
	"github.com/firehall/firehall/internal/web/lookup"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/notifications"
	"github.com/firehall/firehall/internal/web/observables"
	"github.com/firehall/firehall/internal/web/organisations"
	"github.com/firehall/firehall/internal/web/overview"
	"github.com/firehall/firehall/internal/web/people"
	"github.com/firehall/firehall/internal/web/phone"
	"github.com/firehall/firehall/internal/web/printed"
	"github.com/firehall/firehall/internal/web/releases"
	"github.com/firehall/firehall/internal/web/report"
	"github.com/firehall/firehall/internal/web/reports"
	"github.com/firehall/firehall/internal/web/share"
	"github.com/firehall/firehall/internal/web/sharing"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stops"
	"github.com/firehall/firehall/internal/web/tasks"
	"github.com/firehall/firehall/internal/web/teams"
	"github.com/firehall/firehall/internal/web/templates"
	"github.com/firehall/firehall/internal/web/timeline"
)

// Options is the union of what the pages ask.
type Options struct {
	Shell           shell.Options
	Overview        overview.Options
	Events          events.Options
	Findings        findings.Options
	Reports         reports.Options
	Report          report.Options
	Finder          finder.Options
	Teams           teams.Options
	Phone           phone.Options
	Incidents       incidents.Options
	Observables     observables.Options
	Printed         printed.Options
	Figures         figures.Options
	Timeline        timeline.Options
	Notes           notes.Options
	Dialogues       dialogues.Options
	Lessons         lessons.Options
	Liaison         liaison.Options
	Tasks           tasks.Options
	Clocks          clocks.Options
	Countermeasures countermeasures.Options
	Organisations   organisations.Options
	Lookup          lookup.Options
	Notifications   notifications.Options
	Feeds           feeds.Options
	Stops           stops.Options
	Templates       templates.Options
	Jobs            jobs.Options
	Login           login.Options
	Account         account.Options
	People          people.Options
	Audit           audit.Options

	Evidence   evidence.Options
	Share      share.Options
	Sharing    sharing.Options
	Indicators indicators.Options
	Releases   releases.Options
}

// New makes the handler of all pages.
func New(o Options) *shell.Shell {
	o.Shell.Ways = login.Ways(o.Login)
	s := shell.New(o.Shell)
	register(s, o)
	return s
}

var _ http.Handler = (*shell.Shell)(nil)
