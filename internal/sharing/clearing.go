package sharing

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// eraseBatch is how many versions one transaction erases.
const eraseBatch = 200

// Heed hears, in each transaction in which something goes, what is gone and what stays once that is committed. An error of it undoes that transaction.
type Heed func(tx *sqldb.Tx, so Expired) error

// clearing is an erasing as it goes on.
type clearing struct {
	*Service
	actor identity.Actor
	dry   bool
	heed  Heed    // nil: nobody asks
	so    Expired // what is gone, and stays
}

// tell tells how far it is.
func (c *clearing) tell(tx *sqldb.Tx, so Expired) error {
	if c.dry || c.heed == nil {
		return nil
	}
	return c.heed(tx, so)
}

// within is what a step does in: a transaction that writes, unless it is a dry run.
func (c *clearing) within() func(context.Context, func(*sqldb.Tx) error) error {
	if c.dry {
		return c.o.DB.Read
	}
	return c.o.DB.Write
}

// clear erases all versions for which a reason holds, batch by batch in the order of their numbers.
func (c *clearing) clear(ctx context.Context, d due) error {
	for after := int64(0); ; {
		last, so := after, c.so
		err := c.within()(ctx, func(tx *sqldb.Tx) (err error) {
			last, so, err = c.batch(tx, d, after)
			return err
		})
		if err != nil || last == after {
			return err
		}
		c.so, after = so, last
	}
}

// batch erases the next versions behind a number for which a reason holds, and gives the last number that it looked at and what is gone by then.
func (c *clearing) batch(tx *sqldb.Tx, d due, after int64) (last int64, so Expired, err error) {
	if !c.dry {
		if _, err := take(tx, 0, 0); err != nil { // so that nobody puts one there meanwhile
			return after, c.so, err
		}
	}
	list, err := dueNow(tx, d, after)
	if err != nil || len(list) == 0 {
		return after, c.so, err
	}
	last = list[len(list)-1].num
	list, stay, err := c.staying(tx, list, d.why == whyBack)
	if err != nil {
		return after, c.so, err
	}
	if len(list) > 0 && !c.dry {
		if err := c.erase(tx, c.actor, d.told(), list); err != nil {
			return after, c.so, err
		}
	}
	so = c.so.with(d.why, len(list), stay)
	return last, so, c.tell(tx, so)
}

// with is what it counts with a batch more.
func (e Expired) with(why string, n int, stay map[string]int) Expired {
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
	e.Stay = maps.Clone(e.Stay)
	for why, n := range stay {
		e.Stay[why] += n
	}
	return e
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

// besides are the tables of what lies beside the objects: what was set aside, and copies of what waits for the end of an embargo.
var besides = []string{"sharing_aside", "sharing_held"}

// olds are the conditions under which a line of one of besides is older than $1.
var olds = map[string]string{"sharing_aside": `at < $1`, "sharing_held": `since < $1 AND source <> ''`}

// sweep erases what lies beside the objects for too long.
func (c *clearing) sweep(ctx context.Context, before time.Time) error {
	for _, table := range besides {
		if err := c.beside(ctx, table, olds[table], []any{before}, whyOld); err != nil {
			return err
		}
	}
	return nil
}

// beside erases what of a table lies beside the objects, and puts it on record in the same transaction.
func (c *clearing) beside(ctx context.Context, table, where string, args []any, why string) error {
	var so Expired
	err := c.within()(ctx, func(tx *sqldb.Tx) (err error) {
		var n int64
		so = c.so
		if c.dry {
			n, err = countIn(tx, table, where, args)
		} else {
			n, err = tx.Exec(`DELETE FROM `+table+` WHERE `+where, args...)
		}
		if err != nil || n == 0 {
			return err
		}
		what := "aside"
		if table == "sharing_held" {
			so.Held, what = so.Held+int(n), "held"
		} else {
			so.Aside += int(n)
		}
		if c.dry {
			return nil
		}
		if err := c.actor.AuditReason(tx, c.o.Clock.Now(), OpForget, "shared", why, map[string]any{what: n}, nil); err != nil {
			return err
		}
		return c.tell(tx, so)
	})
	if err == nil {
		c.so = so
	}
	return err
}

// countIn counts lines of a table.
func countIn(tx *sqldb.Tx, table, where string, args []any) (n int64, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE `+where, args...).Scan(&n)
	return n, err
}

// count counts the versions for which some reasons hold; one for which two hold counts twice.
func count(tx *sqldb.Tx, list []due) (all int64, err error) {
	for _, d := range list {
		n, err := countIn(tx, "sharing_object o", d.where, d.args)
		if all += n; err != nil {
			return all, err
		}
	}
	return all, nil
}
