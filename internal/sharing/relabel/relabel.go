package relabel

import (
	"context"
	"log/slog"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
)

// Thing is something of the team's own that stands in a collection.
type Thing struct {
	Item  release.Item // but for its group
	Names leak.Names   // of whom a copy for that recipient must not name
}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Sharing *sharing.Service
	Release *release.Service
	// Thing finds a thing by its id; to is whom it is told. Error: NotFound if it is gone.
	Thing func(ctx context.Context, actor identity.Actor, id string, to release.Recipient) (Thing, error)
	// Object gives an object of somebody's as release decides about it, but for its group and label.
	Object func(o sharing.Stored) release.Item
	// Audience gives the group of a collection as a recipient. Error: Conflict if the group is gone.
	Audience func(ctx context.Context, c sharing.Collection) (release.Recipient, error)
	// Names tells the team that what stands in a collection names somebody, as is known since: it cannot be marked anew by itself. nil: nobody is told.
	Names func(ctx context.Context, t sharing.Told) error
}

// Service follows labels. It is for the clock.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service { return &Service{o} }

// Tally is what was done.
type Tally struct {
	Marked  int // things and objects that were marked anew
	Out     int // that were taken out
	Held    int // that wait for the end of an embargo
	Back    int // that came back
	Letters int
}

// Any tells whether something was done.
func (t Tally) Any() bool { return t != Tally{} }

// Run looks once at all that has a label of its own in time. What cannot be done for one stops nothing of the others; the first error is given.
func (s *Service) Run(ctx context.Context, actor identity.Actor) (t Tally, err error) {
	r := &round{Service: s, actor: actor, tally: &t}
	for _, step := range []func(context.Context) error{r.things, r.objects, r.held, r.raised} {
		if failed := step(ctx); err == nil {
			err = failed
		}
	}
	return t, err
}

// round is one look.
type round struct {
	*Service
	actor identity.Actor
	tally *Tally
}

// place is a collection, and whom it is for.
type place struct {
	c  sharing.Collection
	to release.Recipient
}

// at finds a collection; ok is false if nothing can be done in it.
func (r *round) at(ctx context.Context, collection string) (p place, ok bool, err error) {
	if p.c, err = r.o.Sharing.Get(ctx, r.actor, collection); err == nil {
		p.to, err = r.o.Audience(ctx, p.c)
	}
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Conflict) {
		return p, false, nil
	}
	p.to.Chosen = r.actor.ID
	return p, err == nil, err
}

// decide takes the decision about an item for a collection anew, on record.
func (r *round) decide(ctx context.Context, item release.Item, p place) (release.Decision, error) {
	item.Group = p.c.Group
	_, decisions, err := r.o.Release.ForAll(ctx, r.actor, []release.Item{item}, p.to)
	if err != nil {
		return release.Decision{}, err
	}
	return decisions[0], nil
}

// embargo is the rule of release that ends by itself.
const embargo = "embargo"

// lets tells whether something may stand in a collection; why is the reason if not.
func lets(d release.Decision, c sharing.Collection) (ok bool, why string) {
	switch {
	case !d.Allowed:
		return false, d.Reason
	case d.Effective > c.Label:
		return false, "it is " + d.Effective.String() + ", and the collection takes " + c.Label.String() + " at most"
	}
	return true, ""
}

// each does something with all of a list, and gives the first error.
func each[T any](list []T, do func(T) error) (err error) {
	for _, one := range list {
		if failed := do(one); err == nil {
			err = failed
		}
	}
	return err
}

// letters tells who fetched something of its label now. That nothing can be sent from here holds nothing up.
func (r *round) letters(ctx context.Context, kind, id string, label tlp.Label) error {
	n, err := r.o.Release.Stepped(ctx, r.actor, kind, id, label)
	r.tally.Letters += n
	if problem.Is(err, problem.Unavailable) {
		r.o.Log.WarnContext(ctx, "who fetched something was not told of its new label", "kind", kind, "item", id, "error", err)
		return nil
	}
	return err
}
