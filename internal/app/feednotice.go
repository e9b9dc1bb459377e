package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// tellHealth writes to the team what has changed about its feeds. Without a mailbox, or a way to it, nothing is told, and nothing is lost: the
// pages and `firehall feed health` say the same.
func (a *App) tellHealth(ctx context.Context) error {
	m := a.Config.Mail
	if a.Config.Team.Email == "" || a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return nil
	}
	actor := identity.System("feeds")
	return a.Feeds.Tell(ctx, actor, func(tx *sqldb.Tx, d feed.Digest) error {
		permit, to, err := a.Release.ForTeam(tx, actor, "feeds")
		if err != nil {
			return err
		}
		zone, err := a.zone()
		if err != nil {
			return err
		}
		subject, text := feedNotice(d, zone)
		ready, err := a.Delivery.Compose(ctx, permit, delivery.Draft{
			ID: id.NewAt(a.Clock.Now()), To: to, ToName: a.Config.Team.Name, Subject: subject, Generic: "How your feeds are has changed", Text: text,
			Label: permit.Label(), Language: "en", Date: a.Clock.Now(),
		})
		if err != nil {
			return err
		}
		return a.Delivery.Enqueue(tx, permit, ready)
	})
}

// feedNotice writes subject and text. Names of files and columns come from outside: they are cut and cleaned.
func feedNotice(d feed.Digest, zone *time.Location) (subject, text string) {
	var parts []string
	if n := len(d.Bad); n > 0 {
		parts = append(parts, fmt.Sprintf("%d to look at", n))
	}
	if n := len(d.Well); n > 0 {
		parts = append(parts, fmt.Sprintf("%d well again", n))
	}
	var b strings.Builder
	for _, c := range d.Bad {
		fmt.Fprintf(&b, "%s: %s\n  %s\n  since %s\n", c.Feed, c.State, render.Clean(c.Reason, 500), stamp(c.Since, zone))
		if c.Do != "" {
			fmt.Fprintf(&b, "  what to do: %s\n", c.Do)
		}
		b.WriteString("\n")
	}
	for _, c := range d.Well {
		fmt.Fprintf(&b, "%s: no longer %s, since %s\n\n", c.Feed, c.State, stamp(c.Since, zone))
	}
	b.WriteString("firehall feed health says how all feeds are now. Each change is told once.\n")
	return "Feeds: " + strings.Join(parts, ", "), b.String()
}

func stamp(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
