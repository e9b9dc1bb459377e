package sharing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/values"
)

// Search is what the team looks for among the objects.
type Search struct {
	Text       string // an id, or a value that stands in an object; "" for all
	Type       string // "" for all
	Collection string // id; "" for all. Needed to go through all objects
	Page       core.Request
}

// mostFound is how many objects are looked at for one value.
const mostFound = 200

// Find looks for objects: by id, by a value that stands in them (200 at most), or all newest versions of a collection, the newest first. Errors:
// Forbidden; Invalid for a cursor that is none.
func (s *Service) Find(ctx context.Context, actor identity.Actor, q Search) (out core.Page[Stored], err error) {
	if err := actor.Authorise(OpOverview, q.Collection); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		switch text := Normal(q.Text); {
		case text == "":
			out, err = newest(tx, q)
		case idShape.MatchString(text):
			out.Items, err = stored(tx, `o.object_id = $1 ORDER BY o.version DESC LIMIT 200`, text)
		default:
			out.Items, err = inWhich(tx, text, mostFound)
		}
		if err == nil && q.Text != "" {
			out.Items, err = within(tx, out.Items, q)
		}
		return err
	})
	return out, err
}

const storedColumns = `o.num, o.object_id, o.type, o.spec, o.version, o.source, o.label, o.taken, o.raw, o.pap, o.iep`

func scanStored(scan func(...any) error, more ...any) (o Stored, err error) {
	var label, policy string
	var version, taken, pap int64
	if err = scan(append([]any{&o.num, &o.ID, &o.Type, &o.SpecVersion, &version, &o.Source, &label, &taken, &o.Raw, &pap, &policy}, more...)...); err != nil {
		return o, err
	}
	o.PAP, o.IEP = papOf(pap), iep.Kept(policy)
	o.Version, o.Taken = Moment(version), sqldb.Time(taken)
	o.Label, err = tlp.Parse(label)
	return o, err
}

// papOf reads a stored label; what is none is the strictest.
func papOf(n int64) tlp.PAP {
	if n < 0 || n > int64(tlp.PAPRed) {
		return tlp.PAPRed
	}
	return tlp.PAP(n)
}

func stored(tx *sqldb.Tx, where string, args ...any) (list []Stored, err error) {
	err = tx.Each(`SELECT `+storedColumns+` FROM sharing_object o WHERE `+where, args, func(scan func(...any) error) error {
		o, err := scanStored(scan)
		list = append(list, o)
		return err
	})
	return list, err
}

// inWhich gives the objects in which a value stands, the newest first, n at most.
func inWhich(tx *sqldb.Tx, value string, n int) ([]Stored, error) {
	nums, err := values.Find(tx, mark(value), n)
	if err != nil {
		return nil, err
	}
	return holding(tx, value, nums)
}

// holding reads the objects that digests found for a value, the newest first. That the value stands in them is looked at.
func holding(tx *sqldb.Tx, value string, nums []int64) (list []Stored, err error) {
	var found []Stored
	err = eachIn(tx, `SELECT `+storedColumns+` FROM sharing_object o WHERE o.num IN`, nums, func(scan func(...any) error) error {
		o, err := scanStored(scan)
		found = append(found, o)
		return err
	})
	slices.SortFunc(found, func(a, b Stored) int { return cmp.Compare(b.num, a.num) })
	for _, o := range found {
		if slices.Contains(o.Values(), value) {
			list = append(list, o)
		}
	}
	return list, err
}

// Values lists what stands in the object, as it is compared.
func (o *Stored) Values() []string {
	v, err := parsed(o.Raw)
	if err != nil {
		return nil
	}
	return valuesOf(v)
}

// within leaves what is of a type and in a collection.
func within(tx *sqldb.Tx, list []Stored, q Search) (out []Stored, err error) {
	for _, o := range list {
		if q.Type != "" && o.Type != q.Type {
			continue
		}
		n := 1
		if q.Collection != "" {
			err = tx.QueryRow(`SELECT count(*) FROM sharing_member WHERE collection = $1 AND object = $2`, q.Collection, o.num).Scan(&n)
		}
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, o)
		}
	}
	return out, nil
}

// newest reads a page of a collection backwards.
func newest(tx *sqldb.Tx, q Search) (out core.Page[Stored], err error) {
	before := Position{Added: 1 << 62}
	if _, err := q.Page.After.Into(&before.Added, &before.Seq); err != nil {
		return out, err
	}
	behind, order, args := along(q.Type, true, []any{q.Collection, before.Added, before.Seq, int64(q.Page.Rows() + 1)})
	where, args := Filter{Last: true}.where(args)
	var at []Position
	err = tx.Each(`SELECT `+storedColumns+`, m.added, m.seq FROM sharing_member m JOIN sharing_object o ON o.num = m.object
		WHERE m.collection = $1 AND `+behind+where+` ORDER BY `+order+` LIMIT $4`, args, func(scan func(...any) error) error {
		var p Position
		o, err := scanStored(scan, &p.Added, &p.Seq)
		out.Items, at = append(out.Items, o), append(at, p)
		return err
	})
	if n := q.Page.Rows(); len(out.Items) > n {
		out.Items = out.Items[:n]
		out.Next = core.After(at[n-1].Added, at[n-1].Seq)
	}
	return out, err
}

// Standings is where a version stands.
type Standings struct {
	Collection string    `json:"collection"` // id
	Title      string    `json:"title"`
	Version    time.Time `json:"version"`
	Added      time.Time `json:"added"`
	Decision   string    `json:"decision"`
}

// Relation is a value that stands in other objects too.
type Relation struct {
	Value string   `json:"value"`
	Other []Stored `json:"other"` // 20 at most
	More  bool     `json:"more"`
}

// Whole is all that is known of one object.
type Whole struct {
	Versions []Stored    `json:"versions"` // the newest first
	In       []Standings `json:"in"`
	Related  []Relation  `json:"related"`
	Read     []Receipt   `json:"read"` // who has it, or may have it
	Kept     *Kept       `json:"kept,omitempty"`
}

// Bounds of correlation: so many values of an object, so many objects of a value. It is worked out when it is asked for, so a value that stands
// in everything costs no more than another.
const (
	relatedValues  = 50
	relatedObjects = 20
	mostReadings   = 200
)

// Look gives all that is known of an object. Errors: Forbidden; NotFound.
func (s *Service) Look(ctx context.Context, actor identity.Actor, object string) (w Whole, err error) {
	if err := actor.Authorise(OpOverview, object); err != nil {
		return w, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		w = Whole{}
		if w.Versions, err = stored(tx, `o.object_id = $1 ORDER BY o.version DESC LIMIT 100`, short(object, 300)); err != nil {
			return err
		}
		if len(w.Versions) == 0 {
			return problem.New(problem.NotFound, "there is no object %q", short(object, 100))
		}
		if w.In, err = standings(tx, object); err != nil {
			return err
		}
		if w.Read, err = Holders(tx, object); err != nil {
			return err
		}
		w.Read = w.Read[max(0, len(w.Read)-mostReadings):]
		list, err := keptBy(tx, "WHERE object_id = $1", object)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			w.Kept = &list[0]
		}
		w.Related, err = related(tx, w.Versions[0])
		return err
	})
	return w, err
}

func standings(tx *sqldb.Tx, object string) (list []Standings, err error) {
	err = tx.Each(`SELECT c.id, c.title, m.version, m.added, m.decision FROM sharing_object o JOIN sharing_member m ON m.object = o.num
		JOIN sharing_collection c ON c.id = m.collection WHERE o.object_id = $1 ORDER BY m.added DESC LIMIT 200`, []any{object}, func(scan func(...any) error) error {
		var p Standings
		var version, added int64
		err := scan(&p.Collection, &p.Title, &version, &added, &p.Decision)
		p.Version, p.Added = Moment(version), Moment(added)
		list = append(list, p)
		return err
	})
	return list, err
}

// related finds what has a value in common with an object.
func related(tx *sqldb.Tx, o Stored) (list []Relation, err error) {
	held := o.Values()
	held = held[:min(len(held), relatedValues)]
	marks := make([]int64, len(held))
	for i, value := range held {
		marks[i] = mark(value)
	}
	nums, err := values.FindEach(tx, marks, relatedObjects+1)
	if err != nil {
		return nil, err
	}
	for i, value := range held {
		found, err := holding(tx, value, nums[marks[i]])
		if err != nil {
			return nil, err
		}
		others := slices.DeleteFunc(found, func(f Stored) bool { return f.ID == o.ID })
		if len(others) > 0 {
			n := min(len(others), relatedObjects)
			list = append(list, Relation{value, others[:n], len(others) > n})
		}
	}
	return list, nil
}
