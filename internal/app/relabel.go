package app

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/relabel"
)

// openRelabel makes what lets the things in collections follow their labels.
func (a *App) openRelabel() {
	a.Relabel = relabel.New(relabel.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Sharing: a.Sharing, Release: a.Release, Audience: a.audienceOf, Object: objectItem, Names: a.namesSince,
		Thing: func(ctx context.Context, actor identity.Actor, id string, to release.Recipient) (relabel.Thing, error) {
			t, err := a.toldThing(ctx, actor, id, to)
			return relabel.Thing{Item: t.Item, Names: t.Names}, err
		},
	})
}

// objectItem is an object of somebody's as release decides about it, but for its group.
func objectItem(o sharing.Stored) release.Item {
	return release.Item{Kind: sharedObject, ID: o.ID, Owner: owner(o.Source), Source: o.Source, Terms: release.Terms{Label: o.Label, IEP: o.IEP}, PAP: o.PAP, Count: 1}
}

// objectsInForce gives the labels in force of objects that have a schedule of their own.
func (a *App) objectsInForce(ctx context.Context, own map[string]tlp.Label) (map[string]tlp.Label, error) {
	return a.Release.InForce(ctx, identity.System("sharing"), sharedObject, own)
}

// lookPause lies between two looks whether somebody changed what may be told: an embargo that is recorded holds what stands in collections soon.
const lookPause = 10 * time.Second

// watchLabels gives what wakes a loop when somebody recorded an embargo, another label or a wish since the look before. That a time has come the loop sees itself.
func (a *App) watchLabels(wake chan<- struct{}) func(context.Context) error {
	var last [3]int64
	looked := false
	return func(ctx context.Context) error {
		mark, err := a.Release.Mark(ctx, identity.System("release"))
		if err != nil {
			return err
		}
		if looked && mark != last {
			select {
			case wake <- struct{}{}:
			default: // it is awake
			}
		}
		last, looked = mark, true
		return nil
	}
}

// followLabels lets what stands in collections follow its label, and takes out what may not stand there any more.
func (a *App) followLabels(ctx context.Context) error {
	done, err := a.Relabel.Run(ctx, identity.System("sharing"))
	if done.Any() {
		a.Log.InfoContext(ctx, "what stands in collections followed its label", "marked", done.Marked, "out", done.Out, "held", done.Held, "back", done.Back, "letters", done.Letters)
	}
	if also := a.reviewShared(ctx); err == nil {
		err = also
	}
	return err
}

// namesSince puts into the team's queue that what stands in a collection names somebody, as is known since. It names nothing of the thing.
func (a *App) namesSince(ctx context.Context, t sharing.Told) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
			Kind: "sharing-names", Object: strings.Join([]string{t.Kind, t.Item, t.Collection}, "/"), Title: "Look at what is shared: " + t.Kind,
			Detail: "Its label has stepped down. What stands in a collection keeps the label before, since it says what may not be told, as is known now.",
			Advice: "Open the page of the " + t.Kind + ", look at what of it is shared, and take it out or put it there again.",
		})
		return err
	})
}
