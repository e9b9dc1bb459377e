package sharing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// Own names a thing of the team's own that some objects tell of, as release names it. The zero Own is none.
type Own struct {
	Kind string `json:"kind"`
	Item string `json:"item"` // id
}

// Told is where a thing of the team's own stands.
type Told struct {
	Own
	Collection string    `json:"collection"` // id
	Title      string    `json:"title"`
	Objects    int       `json:"objects"`
	Decision   string    `json:"decision"`
	Label      tlp.Label `json:"label"` // of the thing when it was put there
	Put        time.Time `json:"put"`
}

// Content is what of some objects is looked through before they are put into a collection: all of their bytes.
func Content(list []Object) leak.Content {
	c := leak.Content{}
	for i := range list {
		c.Files = append(c.Files, leak.File{Name: list[i].Type + ".json", MediaType: "application/json", Data: list[i].Raw})
	}
	return c
}

// covered checks that the permit of what is given is for this collection, and for exactly these objects.
func (t *intake) covered(ctx context.Context, list []Object) error {
	if t.in.Permit.Decision() == "" {
		return nil
	}
	c := Content(list)
	if t.in.Source != "" || t.s.o.Audience == nil || !t.in.Permit.Fits(c.Digest()) {
		return problem.New(problem.Conflict, "the permit is not for these objects: decide anew")
	}
	to, err := t.s.o.Audience(ctx, t.c)
	if err == nil && !t.in.Permit.Covers(to.Contact) {
		err = problem.New(problem.Conflict, "the permit is not for this collection: decide anew")
	}
	return err
}

// permitted lets stand what the permit is for.
func (t *intake) permitted() {
	allowed := t.fresh[:0]
	for _, e := range t.fresh {
		if e.label > t.in.Permit.Label() {
			t.refuse(&e.Object, CodeRefused, "it is "+e.label.String()+", and what was decided is "+t.in.Permit.Label().String())
			continue
		}
		e.decision = t.in.Permit.Decision()
		allowed = append(allowed, e)
	}
	t.fresh = allowed
}

// settleOwn records which thing the objects tell of, and takes out what told of it before and does not any more.
func (t *intake) settleOwn(tx *sqldb.Tx) error {
	if t.in.Own == (Own{}) {
		return t.raised(tx)
	}
	before, err := ownObjects(tx, t.c.ID, t.in.Own)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	rows := make([][]any, 0, len(t.fresh))
	for i := range t.fresh {
		e := &t.fresh[i]
		if e.stands && !now[e.ID] {
			now[e.ID] = true
			rows = append(rows, []any{t.c.ID, t.in.Own.Kind, t.in.Own.Item, e.ID, e.decision, t.in.Permit.Label().String(), sqldb.Millis(t.now), 0})
		}
	}
	if err := t.s.leave(tx, t.c.ID, t.in.Own, slices.DeleteFunc(before, func(id string) bool { return now[id] })); err != nil {
		return err
	}
	// What stands on another decision now is none of the earlier one's any more.
	_, err = tx.Exec(`UPDATE sharing_own SET gone = $4 WHERE collection = $1 AND kind = $2 AND item = $3 AND gone = 0`, t.c.ID, t.in.Own.Kind, t.in.Own.Item, t.now)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := tx.BulkUpsert(ownInto, rowsOf(rows)); err != nil {
		return err
	}
	return t.stricter(tx)
}

// stricter takes out the earlier versions that carry a wider label than the new one: whoever asks for them would be told what holds no more.
func (t *intake) stricter(tx *sqldb.Tx) error {
	for i := range t.fresh {
		e := &t.fresh[i]
		wider := func(g gone) bool { return g.version < e.version() && g.label < e.label }
		if e.version() == 0 || !e.stands {
			continue
		}
		if err := t.s.takeOut(tx, t.c.ID, e.ID, wider); err != nil {
			return err
		}
	}
	return nil
}

var ownInto = sqldb.Upsert{
	Table:   "sharing_own",
	Columns: []string{"collection", "kind", "item", "object_id", "decision", "label", "put", "gone"},
	Key:     []string{"collection", "kind", "item", "object_id", "decision"},
	Set:     []string{"label = excluded.label", "put = excluded.put", "gone = 0"},
}

// ownObjects lists the objects in a collection that tell of a thing.
func ownObjects(tx *sqldb.Tx, collection string, own Own) (ids []string, err error) {
	err = tx.Each(`SELECT DISTINCT object_id FROM sharing_own WHERE collection = $1 AND kind = $2 AND item = $3 AND gone = 0 ORDER BY object_id`,
		[]any{collection, own.Kind, own.Item}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// leave takes objects that told of a thing out of a collection, save those that tell of another thing there too.
func (s *Service) leave(tx *sqldb.Tx, collection string, own Own, ids []string) error {
	for _, object := range ids {
		_, err := tx.Exec(`UPDATE sharing_own SET gone = $5 WHERE collection = $1 AND kind = $2 AND item = $3 AND object_id = $4 AND gone = 0`,
			collection, own.Kind, own.Item, object, s.o.Clock.Now())
		if err != nil {
			return err
		}
		var others int
		if err := tx.QueryRow(`SELECT count(*) FROM sharing_own WHERE collection = $1 AND object_id = $2 AND gone = 0`, collection, object).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			continue
		}
		ours, err := ownDecisions(tx, collection, object) // of others by whom the same object was given, such as an observable, nothing is taken
		if err == nil {
			err = s.takeOut(tx, collection, object, func(g gone) bool { return slices.Contains(ours, g.decision) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ownDecisions lists the decisions by which an object of ours stands, or stood, in a collection.
func ownDecisions(tx *sqldb.Tx, collection, object string) (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT decision FROM sharing_own WHERE collection = $1 AND object_id = $2`, []any{collection, object}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		list = append(list, id)
		return err
	})
	return list, err
}

// takeOut takes versions of an object out of a collection.
func (s *Service) takeOut(tx *sqldb.Tx, collection, object string, which func(gone) bool) error {
	list, err := leaving(tx, collection, Filter{All: true, IDs: []string{object}})
	for _, g := range list {
		if err == nil && which(g) {
			err = s.drop(tx, collection, g)
		}
	}
	if err != nil {
		return err
	}
	return refresh(tx, collection, []string{object})
}

// Withdraw takes a thing of the team's own out of a collection, or out of all of them for "", and returns how many objects those were. Who read them has
// them still: Readers lists them. Error: Forbidden.
func (s *Service) Withdraw(ctx context.Context, actor identity.Actor, own Own, collection, reason string) (n int, err error) {
	if err := actor.Authorise(OpAdd, own.Item); err != nil {
		return 0, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		list, err := toldOf(tx, own)
		if err != nil {
			return err
		}
		if _, err := take(tx, 0, 0); err != nil { // so that nobody puts one there meanwhile
			return err
		}
		for _, t := range list {
			if collection != "" && t.Collection != collection {
				continue
			}
			n += t.Objects
			if err := s.withdraw(tx, actor, t, reason); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func (s *Service) withdraw(tx *sqldb.Tx, actor identity.Actor, t Told, reason string) error {
	ids, err := ownObjects(tx, t.Collection, t.Own)
	if err != nil {
		return err
	}
	if err := s.leave(tx, t.Collection, t.Own, ids); err != nil {
		return err
	}
	before := map[string]any{"kind": t.Kind, "item": t.Item, "objects": len(ids)}
	return actor.AuditReason(tx, s.o.Clock.Now(), OpAdd, t.Collection, reason, before, nil)
}

// WithdrawObject takes all versions of an object of anybody's out of all collections, and returns of how many. Error: Forbidden.
func (s *Service) WithdrawObject(ctx context.Context, actor identity.Actor, object, reason string) (n int, err error) {
	if err := actor.Authorise(OpAdd, object); err != nil {
		return 0, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		if _, err := take(tx, 0, 0); err != nil {
			return err
		}
		stand, err := standings(tx, object)
		done := map[string]bool{}
		for _, p := range stand {
			if err == nil && !done[p.Collection] {
				done[p.Collection] = true
				err = s.takeOut(tx, p.Collection, object, func(gone) bool { return true })
			}
		}
		if n = len(done); err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec(`UPDATE sharing_own SET gone = $2 WHERE object_id = $1 AND gone = 0`, object, s.o.Clock.Now()); err != nil {
			return err
		}
		return actor.AuditReason(tx, s.o.Clock.Now(), OpAdd, object, reason, map[string]any{"collections": n}, nil)
	})
	return n, err
}

// Where lists where a thing of the team's own stands. Error: Forbidden.
func (s *Service) Where(ctx context.Context, actor identity.Actor, own Own) (list []Told, err error) {
	if err := actor.Authorise(OpOverview, own.Item); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = toldOf(tx, own)
		return err
	})
	return list, err
}

// AllTold lists all things of the team's own that stand in collections. It is for the machine that looks whether they may still. Error: Forbidden.
func (s *Service) AllTold(ctx context.Context, actor identity.Actor) (list []Told, err error) {
	if err := actor.Authorise(OpForget, "own"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = told(tx, `c.closed = 0`)
		return err
	})
	return list, err
}

func toldOf(tx *sqldb.Tx, own Own) ([]Told, error) {
	return told(tx, `o.kind = $1 AND o.item = $2`, own.Kind, own.Item)
}

func told(tx *sqldb.Tx, where string, args ...any) (list []Told, err error) {
	err = tx.Each(`SELECT o.collection, c.title, o.kind, o.item, count(DISTINCT o.object_id), max(o.decision), max(o.label), max(o.put) FROM sharing_own o JOIN sharing_collection c ON c.id = o.collection
		WHERE o.gone = 0 AND `+where+` GROUP BY o.collection, c.title, o.kind, o.item ORDER BY c.title, o.collection, o.kind, o.item`, args, func(scan func(...any) error) error {
		var t Told
		var label string
		var put int64
		err := scan(&t.Collection, &t.Title, &t.Kind, &t.Item, &t.Objects, &t.Decision, &label, &put)
		if err != nil {
			return err
		}
		t.Put = sqldb.Time(put)
		t.Label, err = tlp.Parse(label)
		list = append(list, t)
		return err
	})
	return list, err
}

// Readers lists who read, or may have read, what of the team's own stands, or stood, in a collection by some decisions. Of each reader and decision the first
// reading is given. It is a step of somebody's operation and does not authorise.
func Readers(tx *sqldb.Tx, decisions []string) (list []Receipt, err error) {
	var objects []string
	err = eachIn(tx, `SELECT DISTINCT object_id FROM sharing_own WHERE decision IN`, decisions, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		objects = append(objects, id)
		return err
	})
	known := map[[2]string]bool{}
	for _, object := range objects {
		if err != nil {
			return nil, err
		}
		var readings []Receipt
		readings, err = Holders(tx, object)
		for _, r := range readings {
			key := [2]string{r.Decision, cmp.Or(r.Organisation, r.Actor)}
			if slices.Contains(decisions, r.Decision) && !known[key] {
				known[key] = true
				list = append(list, r)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Receipt) int { return a.At.Compare(b.At) })
	return list, err
}

// ReadersOf is Readers by the thing.
func ReadersOf(tx *sqldb.Tx, own Own) ([]Receipt, error) {
	var decisions []string
	err := tx.Each(`SELECT DISTINCT decision FROM sharing_own WHERE kind = $1 AND item = $2`, []any{own.Kind, own.Item}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		decisions = append(decisions, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return Readers(tx, decisions)
}
