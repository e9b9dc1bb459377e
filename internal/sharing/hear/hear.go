package hear

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// OpHear is to hand on what fellow teams told: a machine does.
const OpHear identity.Operation = "sharing.hear"

// Options is what a Hearer stands on. All of it is needed but Clock and Log.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	Log   *slog.Logger
	// Events takes a bundle of what an organisation observed, as an input of that name of its feed. The same bundle, and the same observation in
	// another, is taken once.
	Events func(ctx context.Context, organisation, name string, bundle []byte) error
	// Report takes an incident that an organisation tells of, and gives the id of the report that it became: the same one for the same version.
	Report func(ctx context.Context, t Told) (report string, err error)
	// Again adds a new version to the report that an earlier one became, once.
	Again func(ctx context.Context, report string, t Told) error
	// PerDay is how many reports, and messages to them, the incidents of one organisation become in a day (UTC) at most; 0: as many as come.
	PerDay int
}

// Told is an incident as an organisation tells of it.
type Told struct {
	Organisation   string // id
	Object         string // id
	Version        time.Time
	Title, Summary string
	By             string // name of who made the object, as it says
	Classes        []string
	Status         string
	Related        []string // what goes with it, in words: "indicates 198.51.100.7"
	Label          tlp.Label
	Proof          string // how it is known who gave it: one of sharing's Proof constants
	Handling       stix.Handling
	Revoked        bool
	Bundle         []byte // the object with what came along about it
}

// Hearer hands on. One at a time does.
type Hearer struct{ Options }

// New makes one.
func New(o Options) *Hearer {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Hearer{o}
}

// stride is how many objects are gone over at once.
const stride = 1000

// Hear hands on what came since it was called last, and gives how many objects it handed on. Errors: Forbidden; those of who takes it, but for Invalid:
// what cannot be taken at all is logged, and holds up nothing.
func (h *Hearer) Hear(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpHear, ""); err != nil {
		return 0, err
	}
	for more := true; more && err == nil; {
		var did int
		did, more, err = h.stretch(ctx, cursor, nil)
		n += did
	}
	if err != nil {
		return n, err
	}
	late, err := h.late(ctx)
	return n + late, err
}

// Replay hands on, once, what was there before fellow teams were heard, and gives how many objects it handed on. heed hears, in each transaction in which the
// cursor moves, how many those are once that is committed; its error undoes that one. It may be nil. Errors: as of Hear.
func (h *Hearer) Replay(ctx context.Context, actor identity.Actor, heed func(tx *sqldb.Tx, n int) error) (n int, err error) {
	if err := actor.Authorise(sharing.OpOrder, "replay"); err != nil {
		return 0, err
	}
	for more := true; more && err == nil; {
		var did int
		did, more, err = h.stretch(ctx, replayed, func(tx *sqldb.Tx, did int) error {
			if did > 0 {
				if err := actor.Audit(tx, h.Clock.Now(), sharing.OpOrder, "replay", nil, map[string]any{"objects": did}); err != nil {
					return err
				}
			}
			if heed == nil {
				return nil
			}
			return heed(tx, n+did)
		})
		n += did
	}
	return n, err
}

// Before counts what came before anybody was heard and Replay would hand on: observations, sightings and incidents. Error: Forbidden.
func (h *Hearer) Before(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(sharing.OpOverview, "replay"); err != nil {
		return 0, err
	}
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) error {
		from, err := reach(tx, replayed)
		if err != nil {
			return err
		}
		end, err := reach(tx, began)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT count(*) FROM sharing_object WHERE num > $1 AND num <= $2 AND source <> '' AND type IN ('observed-data', 'sighting', 'incident')`, from, end).Scan(&n)
	})
	return n, err
}

// stretch hands on what lies between a cursor and the end of a stretch, and moves the cursor. What refers to something that did not come yet waits, but for what
// is replayed. moved is called in the transaction that moves the cursor, with how many objects were handed on; nil: nothing is to be done then.
func (h *Hearer) stretch(ctx context.Context, name string, moved func(tx *sqldb.Tx, n int) error) (n int, more bool, err error) {
	var s stretch
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		s, err = load(tx, name)
		return err
	})
	if err != nil || s.upto == s.from {
		return 0, false, err
	}
	var waits []waiting
	for _, one := range s.sources {
		if name == cursor {
			waits = append(waits, one.sift()...)
		}
		if err := h.source(ctx, s, one); err != nil {
			return n, false, err
		}
		n += len(one.seen) + len(one.incidents)
	}
	return n, true, h.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := move(tx, name, s.from, s.upto); err != nil {
			return err
		}
		if moved != nil {
			if err := moved(tx, n); err != nil {
				return err
			}
		}
		return wait(tx, h.Clock.Now(), waits)
	})
}

// source hands on what one organisation told.
func (h *Hearer) source(ctx context.Context, s stretch, one *source) error {
	if len(one.seen) > 0 {
		bundle, err := one.bundle(one.seen)
		if err == nil {
			err = h.Events(ctx, one.organisation, fmt.Sprintf("%s-%d-%d.json", s.name, s.from+1, s.upto), bundle)
		}
		if err := h.passed(ctx, one.organisation, err); err != nil {
			return err
		}
	}
	for _, o := range one.incidents {
		if err := h.passed(ctx, one.organisation, h.incident(ctx, one, o)); err != nil {
			return err
		}
	}
	return nil
}

// passed lets pass what no other attempt would mend.
func (h *Hearer) passed(ctx context.Context, organisation string, err error) error {
	if problem.Is(err, problem.Invalid) {
		h.Log.ErrorContext(ctx, "what a fellow team told could not be taken", "organisation", organisation, "error", err)
		return nil
	}
	return err
}

// incident makes a report of an incident, or adds it to the one that an earlier version became. Beyond what its source may send in a day it is set aside; that
// something is taken back is always told.
func (h *Hearer) incident(ctx context.Context, one *source, o *object) error {
	t, err := one.told(o)
	if err != nil {
		return err
	}
	var k heard
	var today int
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if today, err = reportsOn(tx, one.organisation, h.Clock.Now()); err == nil {
			k, err = heardOf(tx, one.organisation, o.id)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case k.report != "" && k.version >= o.version, k.report == "" && t.Revoked: // old, or nothing to take back
		return nil
	case h.PerDay > 0 && today >= h.PerDay && !t.Revoked:
		return h.setAside(ctx, one, o)
	}
	_, err = h.hand(ctx, one, o, k, t, nil)
	return err
}

// hand makes the report, or the message to it, and notes that; also does more in the same transaction.
func (h *Hearer) hand(ctx context.Context, one *source, o *object, k heard, t Told, also func(tx *sqldb.Tx, report string) error) (report string, err error) {
	if k.report != "" {
		err = h.Again(ctx, k.report, t)
	} else {
		k.report, err = h.Report(ctx, t)
	}
	if err != nil {
		return "", err
	}
	return k.report, h.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := keep(tx, one.organisation, o.id, heard{k.report, o.version}); err != nil {
			return err
		}
		if err := count(tx, one.organisation, h.Clock.Now()); err != nil || also == nil {
			return err
		}
		return also(tx, k.report)
	})
}

// bundle writes objects with all that they refer to. The same objects make the same bytes.
func (s *source) bundle(roots []*object) ([]byte, error) {
	var bodies []stix.Body
	done := map[string]bool{}
	var add func(o *object)
	add = func(o *object) {
		if o == nil || o.parsed == nil || done[o.key()] {
			return
		}
		done[o.key()] = true
		for _, r := range o.parsed.Refs {
			add(s.others[r.ID])
		}
		bodies = append(bodies, o.labelled())
	}
	for _, o := range roots {
		for _, r := range s.relations[o.id] {
			add(r)
		}
		add(o)
	}
	var out bytes.Buffer
	err := stix.WriteBundle(&out, "", bodies)
	return out.Bytes(), err
}

// labelled is the object with the label under which it is kept, which may be stricter than what it says itself.
func (o *object) labelled() stix.Body {
	_, tail := o.parsed.Body.Common()
	switch ref := stix.RefTLP(o.label); {
	case stix.ClassOf(o.typ) == stix.Observable || stix.ClassOf(o.typ) == stix.Meta || o.typ == "identity":
	case !slices.Contains(tail.Markings, ref):
		tail.Markings = append(slices.Clone(tail.Markings), ref)
	}
	return o.parsed.Body
}
