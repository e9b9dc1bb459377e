package release

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Raise notes that the label of an item was raised, so that those who hold a message about it are told. A label that was not raised is nothing to note. It is a
// step of the operation that raises it, which authorises and audits.
func Raise(tx *sqldb.Tx, now time.Time, kind, id string, before, after tlp.Label) error {
	if after <= before {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO release_raised (item, item_kind, item_id, before, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (item) DO UPDATE SET at = excluded.at,
			before = CASE WHEN excluded.before < release_raised.before THEN excluded.before ELSE release_raised.before END`,
		thing{kind, id}.key(), kind, id, int64(before), now)
	return err
}

// Restrict notes that less may be done with an item than before, whatever its label, so that those who hold a message about it are told if they do not know. It is
// a step of the operation that restricts it, which authorises and audits.
func Restrict(tx *sqldb.Tx, now time.Time, kind, id string) error {
	_, err := tx.Exec(`INSERT INTO release_raised (item, item_kind, item_id, before, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (item) DO UPDATE SET at = excluded.at`,
		thing{kind, id}.key(), kind, id, int64(tlp.Red), now)
	return err
}

// handed is how something went into somebody's hands.
const handed = "hand"

// raised is an item whose label was raised, or with which less may be done.
type raised struct {
	thing
	before tlp.Label // the widest that it had; TLP:RED where only something else was restricted
	at     int64
}

// Raised tells those who hold a message about something that its label was raised since, or that less may be done with it, and returns how many letters went. Who
// wrote under another label than the item had meant that, and is left alone; who fetched something hears of a label by Stepped. It is for the clock.
func (s *Service) Raised(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpDecay, ""); err != nil {
		return 0, err
	}
	var due []raised
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		due = nil
		return tx.Each("SELECT item_kind, item_id, before, at FROM release_raised ORDER BY at, item LIMIT $1", []any{decayBatch}, func(scan func(...any) error) error {
			var r raised
			var before int64
			err := scan(&r.kind, &r.id, &before, &r.at)
			r.before = tlp.Label(before) //nolint:gosec // a label
			due = append(due, r)
			return err
		})
	})
	for _, r := range due { // one that cannot be told of holds up no other
		told, failed := s.raisedOne(ctx, actor, r)
		if n += told; err == nil {
			err = failed
		}
	}
	return n, err
}

func (s *Service) raisedOne(ctx context.Context, actor identity.Actor, r raised) (n int, err error) {
	label, under, schedule, err := s.strictNow(ctx, r.thing)
	if err != nil {
		return 0, err
	}
	copies, err := s.Holders(ctx, actor, r.kind, r.id)
	if err != nil {
		return 0, err
	}
	for _, h := range holding(copies, schedule) {
		to, what := r.news(h, label, under)
		if what == nil && to == h.knows {
			continue
		}
		told, err := s.step(ctx, actor, Item{Kind: r.kind, ID: r.id}, h, to, what)
		if n += told; err != nil {
			return n, err
		}
	}
	now := s.o.Clock.Now()
	return n, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM release_raised WHERE item = $1 AND at = $2`, r.key(), r.at); err != nil || n == 0 { // raised once more meanwhile: it is looked at again
			return err
		}
		return actor.Audit(tx, now, OpDecay, r.id, nil, map[string]any{"kind": r.kind, "label": label, "told": n})
	})
}

// news is what one who holds something has to be told: the label that they know from then on, and what may be done with it, nil where they know that.
func (r raised) news(h *holder, label tlp.Label, under Handling) (to tlp.Label, what *Handling) {
	if h.To == Self {
		return h.knows, nil
	}
	if under.beyond(h.under) {
		what = &under
	}
	fetched := h.Delivery == "" && h.Via != handed
	if raised := h.knows >= r.before; raised && !fetched || fetched && what != nil { // one letter says both
		return max(h.knows, label), what
	}
	return h.knows, what
}

// strictNow is the label of a thing that is in force, what may be done with it, and its schedule; of one that is not there any more the widest.
func (s *Service) strictNow(ctx context.Context, about thing) (label tlp.Label, under Handling, schedule Schedule, err error) {
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		label, under = tlp.Clear, Handling{}
		if schedule, err = scheduleOf(tx, about.kind, about.id); err != nil || s.o.Now == nil {
			return err
		}
		item, known, err := s.o.Now(tx, Item{Kind: about.kind, ID: about.id})
		if problem.Is(err, problem.NotFound) || err == nil && !known {
			return nil
		}
		if err != nil {
			return err
		}
		label, under, err = s.HandlingNow(tx, item)
		return err
	})
	return label, under, schedule, err
}
