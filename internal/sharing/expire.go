package sharing

import (
	"cmp"
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
// sees what is shared may ask for it. Error: Forbidden.
func (s *Service) Expire(ctx context.Context, actor identity.Actor, t Terms, dry bool) (out Expired, err error) {
	if err := actor.Authorise(erasing(dry), "shared"); err != nil {
		return out, err
	}
	out.Stay = map[string]int{}
	now := s.o.Clock.Now()
	list := t.due(now)
	if t.Ended > 0 && s.o.Ended != nil {
		err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
			ended, err := s.o.Ended(tx, now)
			for _, organisation := range slices.Sorted(maps.Keys(ended)) {
				if ended[organisation].Before(now.Add(-t.Ended)) {
					list = append(list, due{why: whyEnded, where: `o.source = $1 AND o.label NOT IN ('TLP:CLEAR', 'TLP:GREEN')`, args: []any{organisation}})
				}
			}
			return err
		})
	}
	for _, d := range list {
		if err == nil {
			err = s.clear(ctx, actor, d, dry, &out)
		}
	}
	if err != nil || t.Keep == 0 {
		return out, err
	}
	return out, s.sweep(ctx, actor, now.Add(-t.Keep), dry, &out)
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

// eraseBatch is how many versions one transaction erases.
const eraseBatch = 200

// clear erases all versions for which a reason holds, batch by batch in the order of their numbers.
func (s *Service) clear(ctx context.Context, actor identity.Actor, d due, dry bool, out *Expired) error {
	do := s.o.DB.Write
	if dry {
		do = s.o.DB.Read
	}
	for after := int64(0); ; {
		var seen int
		var erased, last int64
		var stay map[string]int
		err := do(ctx, func(tx *sqldb.Tx) (err error) {
			if !dry {
				if _, err := take(tx, 0, 0); err != nil { // so that nobody puts one there meanwhile
					return err
				}
			}
			list, err := dueNow(tx, d, after)
			if err != nil || len(list) == 0 {
				seen = 0
				return err
			}
			seen, last = len(list), list[len(list)-1].num
			list, stay, err = s.staying(tx, list, d.why == whyBack)
			if erased = int64(len(list)); err != nil || dry || erased == 0 {
				return err
			}
			return s.erase(tx, actor, d.told(), list)
		})
		if err != nil || seen == 0 {
			return err
		}
		out.add(d.why, int(erased), stay)
		after = last
	}
}

func (e *Expired) add(why string, n int, stay map[string]int) {
	switch why {
	case whyOld:
		e.Old += n
	case whyRevoked:
		e.Revoked += n
	case whyEnded:
		e.Ended += n
	case whyBack:
		e.Back += n
	}
	for why, n := range stay {
		e.Stay[why] += n
	}
}

// version is one that may go.
type version struct {
	num         int64
	object, typ string
	source      string
}

func dueNow(tx *sqldb.Tx, d due, after int64) (list []version, err error) {
	args := append(slices.Clone(d.args), after, int64(eraseBatch))
	err = tx.Each(`SELECT o.num, o.object_id, o.type, o.source FROM sharing_object o WHERE `+d.where+
		` AND o.num > $`+strconv.Itoa(len(args)-1)+` ORDER BY o.num LIMIT $`+strconv.Itoa(len(args)), args, func(scan func(...any) error) error {
		var v version
		err := scan(&v.num, &v.object, &v.typ, &v.source)
		list = append(list, v)
		return err
	})
	return list, err
}

// staying leaves of versions those that may go, and counts the others by why they stay.
func (s *Service) staying(tx *sqldb.Tx, list []version, asked bool) ([]version, map[string]int, error) {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = v.object
	}
	why := map[string]string{}
	err := eachIn(tx, `SELECT object_id FROM sharing_kept WHERE object_id IN`, ids, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		why[id] = StayKept
		return err
	})
	if err == nil && s.o.Needed != nil {
		var needed map[string]string
		needed, err = s.o.Needed(tx, ids)
		for id, reason := range needed {
			why[id] = cmp.Or(why[id], reason)
		}
	}
	stay := map[string]int{}
	going := slices.DeleteFunc(list, func(v version) bool {
		if why[v.object] != "" {
			stay[why[v.object]]++
		}
		return why[v.object] != ""
	})
	return going, stay, err
}

// erase erases versions: where they stand, what was read from them, and the bytes.
func (s *Service) erase(tx *sqldb.Tx, actor identity.Actor, why string, list []version) error {
	now := s.o.Clock.Now()
	by := map[string]int{}
	for _, v := range list {
		by[v.source]++
		if err := s.eraseVersion(tx, now, v); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(list))
	for _, v := range list {
		ids = append(ids, v.object)
	}
	slices.Sort(ids)
	if err := s.eraseFacts(tx, now, slices.Compact(ids)); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpForget, "shared", why, map[string]any{"versions": len(list), "of": by}, nil)
}

func (s *Service) eraseVersion(tx *sqldb.Tx, now time.Time, v version) error {
	var places []string
	if err := tx.Each(`SELECT DISTINCT collection FROM sharing_member WHERE object = $1 ORDER BY collection`, []any{v.num}, func(scan func(...any) error) error {
		var c string
		err := scan(&c)
		places = append(places, c)
		return err
	}); err != nil {
		return err
	}
	for _, c := range places {
		list, err := leaving(tx, c, Filter{All: true, IDs: []string{v.object}})
		for _, g := range list {
			if err == nil && g.num == v.num {
				err = s.drop(tx, c, g)
			}
		}
		if err == nil {
			err = refresh(tx, c, []string{v.object})
		}
		if err == nil { // what told of a thing of ours does not any more; by which decision it did stays
			_, err = tx.Exec(`UPDATE sharing_own SET gone = $3 WHERE collection = $1 AND object_id = $2 AND gone = 0
				AND NOT EXISTS (SELECT 1 FROM sharing_member m WHERE m.collection = $1 AND m.object_id = $2)`, c, v.object, now)
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM sharing_waiting WHERE object = $1`, v.num)
	return err
}

// eraseFacts erases what is kept of objects of which no version is left.
func (s *Service) eraseFacts(tx *sqldb.Tx, now time.Time, ids []string) error {
	left := map[string]bool{}
	err := eachIn(tx, `SELECT object_id FROM sharing_object WHERE object_id IN`, ids, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		left[id] = true
		return err
	})
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return left[id] })
	for _, id := range gone {
		if _, err := tx.Exec(`DELETE FROM sharing_raised WHERE object_id = $1`, id); err != nil {
			return err
		}
	}
	if s.o.Erased == nil || len(gone) == 0 {
		return nil
	}
	return s.o.Erased(tx, now, gone)
}
