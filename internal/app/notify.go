package app

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
)

// openNotify makes the room that tells owners. Reading the built-in texts takes two milliseconds, so they are read, and tried, at once: a text of
// the team's own that cannot be used is told before anybody waits for mail.
func (a *App) openNotify() error {
	c := a.Config.Notify
	zone, err := a.zone()
	if err != nil {
		return err
	}
	text, err := message.New(a.textOptions())
	if err != nil {
		return err
	}
	o := notification.Options{
		DB: a.DB, Clock: a.Clock, Findings: a.Findings, Register: a.Register, Release: a.Release, Delivery: a.Delivery, Text: text,
		Config: c, Team: a.team(), Zone: zone, Evidence: a.evidence, Owner: a.owner(), Informational: a.informational(), Copies: a.copies(),
		Alone: a.alone(), Workers: runtime.GOMAXPROCS(0), Log: a.Log,
	}
	host, _ := os.Hostname()
	o.Holder = fmt.Sprintf("%s/%d", host, os.Getpid())
	if a.Notify, err = notification.New(o); err == nil {
		a.openOrders()
	}
	return err
}

// team is who signs messages, and where answers go.
func (a *App) team() message.Team {
	m, t := a.Config.Mail, a.Config.Team
	return message.Team{Name: cmp.Or(t.Name, t.Email, m.From, "CSIRT"), Email: cmp.Or(t.Email, m.From), ReplyTo: cmp.Or(m.ReplyTo, t.Email, m.From)}
}

// owner gives what tells whose network a finding is in, as the register stands when it is asked: what the feed room would say of its events now.
func (a *App) owner() notification.Owner {
	var m sync.Mutex
	var owners *feed.Owners
	return func(f finding.Finding) (organisation, network, rule string) {
		m.Lock()
		defer m.Unlock()
		if now := a.Register.Matcher(); owners == nil || !owners.Shows(now) {
			owners = feed.NewOwners(now, a.Enrich)
		}
		t := owners.Of(feed.Asset{Type: f.Type, Addr: f.Addr, FQDN: f.FQDN, URL: f.URL, Network: f.Network, Rule: f.Rule})
		return t.Organisation, t.Network, string(t.Rule)
	}
}

// zone is the team's.
func (a *App) zone() (*time.Location, error) {
	z, err := time.LoadLocation(a.Config.Team.TimeZone)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "team.timezone in the configuration")
	}
	return z, nil
}

// informational gives what tells whether a report asks for nothing. The table of reports is read when somebody asks first.
func (a *App) informational() func(report string) bool {
	table := sync.OnceValue(func() *shadowserver.Table {
		t, err := a.shadowserverTable()
		if err != nil {
			a.Log.Warn("the reports of shadowserver.tsv in the data folder are not known", "error", err)
			return shadowserver.Builtin()
		}
		return t
	})
	return func(report string) bool {
		r, ok := table().Report(report)
		return ok && r.Informational
	}
}
