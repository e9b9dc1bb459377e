package sharing

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Terms say how long what is shared is kept. 0 is for ever.
type Terms struct {
	Keep    time.Duration            // a version, since somebody gave it last
	Types   map[string]time.Duration // the same of one type of objects
	Revoked time.Duration            // one that takes its object back; earlier versions of it go at once
	Ended   time.Duration            // what is stricter than TLP:GREEN, once all agreements with who gave it are over
}

// Expired counts what was erased. With a dry run nothing was.
type Expired struct {
	Old     int            `json:"old"`     // versions whose time is over
	Revoked int            `json:"revoked"` // versions of objects that their makers took back
	Ended   int            `json:"ended"`   // versions of teams with whom no agreement is in force any more
	Back    int            `json:"back"`    // versions that who gave them asked to have erased
	Aside   int            `json:"aside"`   // what had been set aside
	Held    int            `json:"held"`    // copies of what waited for the end of an embargo
	Stay    map[string]int `json:"stay"`    // versions that would have gone, by why they stay
}

// Sum is how much goes, or went, of all kinds.
func (e *Expired) Sum() int { return e.Old + e.Revoked + e.Ended + e.Back + e.Aside + e.Held }

// Staying is how many versions stay that would have gone.
func (e *Expired) Staying() (n int) {
	for _, some := range e.Stay {
		n += some
	}
	return n
}

// Why versions stay, as Expired counts them.
const (
	StayKept   = "somebody keeps it"
	StayNeeded = "an open report or incident rests on it"
)

// The reasons for which something goes, as the record has them.
const (
	whyOld     = "its time is over"
	whyRevoked = "who made it took it back"
	whyEnded   = "no agreement with who gave it is in force any more"
	whyBack    = "who gave it asked for it"
)

// due is a reason for which versions go: those for which where holds.
type due struct {
	why   string
	word  string // of who asked for it, in their words; may be empty
	where string // of the table o, with $1 for the first of args
	args  []any
}

// told is why, as the record has it: of a person's order with their words, in each batch, since the last may never come.
func (d due) told() string {
	if d.word == "" {
		return d.why
	}
	return d.why + ": " + d.word
}

// definitions are types that other objects need to be understood; they tell of nobody, and go with the last object of their source.
const definitions = `('marking-definition', 'extension-definition')`

// old holds of versions that nobody gave since $1. What an older process takes in beside this one has no such time, but that of when it came.
const old = `o.given < $1 AND (o.given > 0 OR o.taken < $1)`

// settled holds of versions that whoever reads them has read, or had the time to.
const settled = `(o.taken < $1 OR o.num <= (SELECT min(r.num) FROM sharing_reach r WHERE r.name IN ('heard', 'objects')))`

// Expire erases what is kept longer than the terms say: the object, where it stands, the facts that were read from it, what others said of it. What open
// incidents need, and what somebody keeps, stays. That it stood there, by which decision and for whom, is kept. Each batch is on record. A dry run only reads: whoever
// sees what is shared may ask for it. heed may be nil. Error: Forbidden.
func (s *Service) Expire(ctx context.Context, actor identity.Actor, t Terms, dry bool, heed Heed) (Expired, error) {
	c := &clearing{Service: s, actor: actor, dry: dry, heed: heed, so: Expired{Stay: map[string]int{}}}
	if err := actor.Authorise(erasing(dry), "shared"); err != nil {
		return c.so, err
	}
	e, err := s.expiry(ctx, t)
	if err == nil {
		err = c.expire(ctx, e)
	}
	return c.so, err
}

// expiry is what is over at a time.
type expiry struct {
	list   []due
	before time.Time // what lies beside the objects since then goes; zero: nothing does
}

// expiry says what is over now by the terms.
func (s *Service) expiry(ctx context.Context, t Terms) (e expiry, err error) {
	now := s.o.Clock.Now()
	e.list = t.due(now)
	if t.Keep > 0 {
		e.before = now.Add(-t.Keep)
	}
	if t.Ended == 0 || s.o.Ended == nil {
		return e, nil
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		ended, err := s.o.Ended(tx, now)
		for _, organisation := range slices.Sorted(maps.Keys(ended)) {
			if ended[organisation].Before(now.Add(-t.Ended)) {
				e.list = append(e.list, due{why: whyEnded, where: `o.source = $1 AND o.label NOT IN ('TLP:CLEAR', 'TLP:GREEN')`, args: []any{organisation}})
			}
		}
		return err
	})
	return e, err
}

// count counts what is over.
func (e expiry) count(tx *sqldb.Tx) (int64, error) {
	all, err := count(tx, e.list)
	for _, table := range besides {
		if err == nil && !e.before.IsZero() {
			var n int64
			n, err = countIn(tx, table, olds[table], []any{e.before})
			all += n
		}
	}
	return all, err
}

// expire erases what is over.
func (c *clearing) expire(ctx context.Context, e expiry) error {
	for _, d := range e.list {
		if err := c.clear(ctx, d); err != nil {
			return err
		}
	}
	if e.before.IsZero() {
		return nil
	}
	return c.sweep(ctx, e.before)
}

// erasing is what is asked of somebody who erases, or with dry sees what would be.
func erasing(dry bool) identity.Operation {
	if dry {
		return OpOverview
	}
	return OpErase
}

// due lists the reasons that need to know nothing but the time.
func (t Terms) due(now time.Time) (list []due) {
	typed, names := []any{now.Add(-t.Keep)}, []string{"''"}
	for _, name := range slices.Sorted(maps.Keys(t.Types)) {
		typed = append(typed, name)
		names = append(names, "$"+strconv.Itoa(len(typed)))
		if keep := t.Types[name]; keep > 0 {
			list = append(list, due{why: whyOld, where: old + ` AND o.type = $2`, args: []any{now.Add(-keep), name}})
		}
	}
	if t.Keep > 0 {
		list = append(list, due{why: whyOld, where: old + ` AND o.type NOT IN ` + definitions + ` AND o.type NOT IN (` + strings.Join(names, ", ") + `)`, args: typed},
			due{
				why: whyOld, where: old + ` AND o.type IN ` + definitions + ` AND NOT EXISTS (SELECT 1 FROM sharing_object x WHERE x.source = o.source AND x.type NOT IN ` + definitions + `)`,
				args: []any{now.Add(-t.Keep)},
			})
	}
	const newest = ` AND NOT EXISTS (SELECT 1 FROM sharing_object n WHERE n.object_id = o.object_id AND n.version > o.version AND n.revoked = 0)`
	list = append(list, due{why: whyRevoked, where: `o.source <> '' AND ` + settled + ` AND EXISTS (SELECT 1 FROM sharing_object r WHERE r.object_id = o.object_id AND r.source = o.source
		AND r.revoked = 1 AND r.version > o.version) AND o.object_id IN (SELECT x.object_id FROM sharing_object x WHERE x.revoked = 1)` + newest, args: []any{now.Add(-givenPause)}})
	if t.Revoked > 0 {
		list = append(list, due{why: whyRevoked, where: `o.source <> '' AND o.revoked = 1 AND ` + old + newest, args: []any{now.Add(-t.Revoked)}})
	}
	return list
}
