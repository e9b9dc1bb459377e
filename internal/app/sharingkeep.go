package app

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/hear"
)

// keepSharedJob is the kind of the daily job that erases what is shared for too long. There is one of it, which posts the next.
const (
	keepSharedJob   = "sharing.keep"
	keepSharedPause = 24 * time.Hour
)

// openKeepShared makes the daily job, and those that people order.
func (a *App) openKeepShared() {
	a.SharingOrders = &sharing.Orders{Sharing: a.Sharing, Queue: a.Jobs, Terms: a.sharingTerms(), Replay: a.Hear.Replay, Before: a.Hear.Before}
	kind := jobs.Kind{Name: keepSharedJob, Attempts: 20, Backoff: shortBackoff, Lease: doorLease, Concurrency: 1, Do: a.keepShared}
	a.Jobs.Handle(kind)
	for _, kind.Name = range []string{sharing.KindErase, sharing.KindExpire, sharing.KindReplay} {
		kind.Do = a.SharingOrders.Do
		a.Jobs.Handle(kind)
	}
}

// sharingTerms say how long what is shared is kept.
func (a *App) sharingTerms() sharing.Terms {
	c := a.Config.Sharing
	return sharing.Terms{Keep: c.Keep, Types: c.KeepTypes, Revoked: c.KeepRevoked, Ended: c.AfterAgreement}
}

// ExpireShared erases what is shared for longer than the configuration says. heed may be nil.
func (a *App) ExpireShared(ctx context.Context, actor identity.Actor, dry bool, heed sharing.Heed) (sharing.Expired, error) {
	return a.Sharing.Expire(ctx, actor, a.sharingTerms(), dry, heed)
}

// Registered finds an organisation of the register by what a person calls it: its id or its name. Errors: Forbidden; Invalid for what can be no name; NotFound.
func (a *App) Registered(ctx context.Context, actor identity.Actor, text string) (id string, err error) {
	o, err := a.Register.Organisation(ctx, actor, text)
	if problem.Is(err, problem.NotFound) {
		o, err = a.Register.OrganisationByName(ctx, actor, text)
	}
	if problem.Is(err, problem.NotFound) {
		return "", problem.New(problem.NotFound, "nobody of this id or name is in the register: %q", text)
	}
	return o.ID, err
}

func (a *App) keepShared(ctx context.Context, t *jobs.Task) error {
	system := identity.System("retention")
	if err := a.Sharing.Forget(ctx, system); err != nil {
		return err
	}
	out, err := a.ExpireShared(ctx, system, false, nil)
	if err != nil {
		return err
	}
	a.Log.InfoContext(ctx, "what was shared for too long is erased", "old", out.Old, "taken_back", out.Revoked, "without_agreement", out.Ended, "aside", out.Aside, "held", out.Held)
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := t.Fence(tx); err != nil {
			return err
		}
		return postKeepShared(tx, a.Clock.Now(), a.Clock.Now().Add(keepSharedPause), true)
	})
}

func postKeepShared(tx *sqldb.Tx, now, due time.Time, again bool) error {
	_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: keepSharedJob, Subject: "shared", Due: due, Unique: true, Again: again})
	return err
}

// postShared sees to it that there is the daily job.
func (a *App) postShared(ctx context.Context) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error { return postKeepShared(tx, a.Clock.Now(), a.Clock.Now(), false) })
}

// neededShared tells which objects something that is going on needs: an open incident that they tell of, and the report that one of them became.
func (a *App) neededShared(tx *sqldb.Tx, ids []string) (map[string]string, error) {
	things, err := sharing.ThingsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	reports, err := hear.ReportsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	var ask []string
	for _, of := range []map[string][]string{things, reports} {
		for _, list := range of {
			ask = append(ask, list...)
		}
	}
	goes, err := incident.Ongoing(tx, ask)
	out := map[string]string{}
	for _, of := range []map[string][]string{things, reports} {
		for id, list := range of {
			for _, thing := range list {
				if goes[thing] {
					out[id] = sharing.StayNeeded
				}
			}
		}
	}
	return out, err
}

// erasedShared erases what was read from objects that are gone.
func (a *App) erasedShared(tx *sqldb.Tx, now time.Time, ids []string) error {
	if a.Indicators == nil {
		return problem.New(problem.Internal, "indicators are not open yet")
	}
	return a.Indicators.Erased(tx, now, ids)
}

// endedAgreements gives the teams with whom no agreement is in force any more.
func endedAgreements(tx *sqldb.Tx, now time.Time) (map[string]time.Time, error) {
	return team.Lapsed(tx, now)
}
