package web

import (
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

// register adds each page to the shell: one line a page.
func register(s *shell.Shell, o Options) {
	overview.Register(s, o.Overview)
	events.Register(s, o.Events)
	findings.Register(s, o.Findings)
	reports.Register(s, o.Reports)
	report.Register(s, o.Report)
	finder.Register(s, o.Finder)
	phone.Register(s, o.Phone)
	incidents.Register(s, o.Incidents)
	observables.Register(s, o.Observables)
	printed.Register(s, o.Printed)
	figures.Register(s, o.Figures)
	timeline.Register(s, o.Timeline)
	notes.Register(s, o.Notes)
	dialogues.Register(s, o.Dialogues)
	lessons.Register(s, o.Lessons)
	liaison.Register(s, o.Liaison)
	evidence.Register(s, o.Evidence)
	share.Register(s, o.Share)
	tasks.Register(s, o.Tasks)
	clocks.Register(s, o.Clocks)
	countermeasures.Register(s, o.Countermeasures)
	organisations.Register(s, o.Organisations)
	teams.Register(s, o.Teams)
	lookup.Register(s, o.Lookup)
	sharing.Register(s, o.Sharing)
	indicators.Register(s, o.Indicators)
	releases.Register(s, o.Releases)
	notifications.Register(s, o.Notifications)
	feeds.Register(s, o.Feeds)
	stops.Register(s, o.Stops)
	templates.Register(s, o.Templates)
	jobs.Register(s, o.Jobs)
	login.Register(s, o.Login)
	account.Register(s, o.Account)
	people.Register(s, o.People)
	audit.Register(s, o.Audit)
}
