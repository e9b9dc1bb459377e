package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// embargoEnds is the kind of the job that looks whether an embargo has ended, under which somebody wanted to tell something.
const embargoEnds = "release.embargo"

// ended is what such a job is about.
type ended struct {
	Kind string `json:"kind"`
}

// embargoed asks to be reminded, once, at the end of an embargo: what a person wanted to tell meanwhile was refused, and nobody thinks of it on that day.
func (a *App) embargoed(tx *sqldb.Tx, item release.Item, until time.Time) error {
	_, err := jobs.Enqueue(tx, a.Clock.Now(), jobs.Post{Kind: embargoEnds, Subject: item.ID, Body: ended{item.Kind}, Due: until, Unique: true, Again: true})
	return err
}

// embargoEnded puts into the team's queue that an embargo has ended; one that was prolonged is looked at again at its end. It names nothing of the item.
func (a *App) embargoEnded(ctx context.Context, t *jobs.Task) error {
	var about ended
	if err := t.Into(&about); err != nil {
		return jobs.Final(err)
	}
	item, known := release.Item{Kind: about.Kind, ID: t.Subject}, false
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		item, known, err = a.itemNow(tx, item)
		return err
	})
	if gone := !known && (about.Kind == incident.ReportItem || about.Kind == incident.IncidentItem); err != nil || gone {
		return err
	}
	_, until, err := a.Release.Effective(ctx, identity.System("release"), item)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if !until.IsZero() {
			return a.embargoed(tx, item, until)
		}
		_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
			Kind: "release-embargo", Object: item.Kind + "/" + item.ID, Title: "What was refused under an embargo may be told by now: " + item.Kind,
			Detail: "Somebody wanted to tell it while the embargo held.",
			Advice: "Open /releases/items/" + item.Kind + "/" + item.ID + ": it says what was refused. What is still to go has to be sent, or put into its collection, again.",
		})
		return err
	})
}
