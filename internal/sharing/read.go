package sharing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Position is a place's: its moment in microseconds, and its number.
type Position struct {
	Added int64
	Seq   int64
}

// MaxPage is how many places one answer holds at most.
const MaxPage = 1000

// What is asked for, as receipts have it.
const (
	Objects  = "objects"
	Object1  = "object"
	Manifest = "manifest"
	Versions = "versions"
	// Blocklist is what package indicator makes of the indicators in a collection.
	Blocklist = "blocklist"
)

// Question is a page that somebody asks for.
type Question struct {
	Collection string // id or alias
	What       string // Objects, Object1, Manifest, Versions
	Filter     Filter
	After      Position // the last place of the page before; zero for the first page
	Limit      int      // at most MaxPage; 0 is MaxPage
}

// Place is a version of an object in a collection.
type Place struct {
	Position
	ID, Type, SpecVersion string
	Version               time.Time
	Raw                   []byte // nil for a manifest and for versions
}

// Answer is a page.
type Answer struct {
	Collection Collection
	Places     []Place
	More       bool
}

// Read gives a page of a collection to who may read it now, and keeps a receipt of it.
//
// Errors: Forbidden with the reason, for a collection that the reader may know of and not read; NotFound, for what the reader may not know of too,
// and for one object that is not in the collection.
func (s *Service) Read(ctx context.Context, actor identity.Actor, q Question) (a Answer, err error) {
	if err := actor.Authorise(OpRead, q.Collection); err != nil {
		return a, err
	}
	if q.Limit <= 0 || q.Limit > MaxPage {
		q.Limit = MaxPage
	}
	q.Filter = q.Filter.Normal()
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if a.Collection, err = s.access(tx, actor, q.Collection); err != nil {
			return err
		}
		if !a.Collection.CanRead {
			return a.Collection.closed("read")
		}
		a.Places, a.More, err = places(tx, a.Collection, q)
		if err == nil && len(a.Places) == 0 {
			err = there(tx, a.Collection, q)
		}
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return a, s.receipt(ctx, actor, q, a)
}

// there refuses to answer about one object that is not in a collection.
func there(tx *sqldb.Tx, c Collection, q Question) error {
	if q.What == Objects || q.What == Manifest || len(q.Filter.IDs) != 1 {
		return nil
	}
	var n int
	may, args := labelled(c.most, []any{c.ID, q.Filter.IDs[0]})
	err := tx.QueryRow(`SELECT count(*) FROM sharing_member m WHERE m.collection = $1 AND m.object_id = $2`+may, args...).Scan(&n)
	if err == nil && n == 0 {
		err = problem.New(problem.NotFound, "there is no object %s in this collection", short(q.Filter.IDs[0], 100))
	}
	return err
}

// places reads a page. Of several types each is read along its own index, and what comes first is taken.
func places(tx *sqldb.Tx, c Collection, q Question) (list []Place, more bool, err error) {
	kinds := q.Filter.Types
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	for _, kind := range kinds {
		some, err := placesOf(tx, c, kind, q)
		if err != nil {
			return nil, false, err
		}
		list = append(list, some...)
	}
	if len(kinds) > 1 {
		slices.SortFunc(list, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Added, b.Added), cmp.Compare(a.Seq, b.Seq)) })
	}
	if len(list) > q.Limit {
		return list[:q.Limit], true, nil
	}
	return list, false, nil
}

func placesOf(tx *sqldb.Tx, c Collection, kind string, q Question) (list []Place, err error) {
	after, order, args := along(kind, false, []any{c.ID, q.After.Added, q.After.Seq, int64(q.Limit + 1)})
	where, args := q.Filter.where(args)
	may, args := labelled(c.most, args)
	columns, from := "m.added, m.seq, m.object_id, m.type, m.spec, m.version", "sharing_member m"
	raw := q.What == Objects || q.What == Object1
	if raw {
		columns, from = columns+", o.raw", from+" JOIN sharing_object o ON o.num = m.object"
	}
	query := "SELECT " + columns + " FROM " + from + " WHERE m.collection = $1 AND " + after + where + may + " ORDER BY " + order + " LIMIT $4"
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var p Place
		var version int64
		into := []any{&p.Added, &p.Seq, &p.ID, &p.Type, &p.SpecVersion, &version}
		if raw {
			into = append(into, &p.Raw)
		}
		err := scan(into...)
		p.Version = Moment(version)
		list = append(list, p)
		return err
	})
	return list, err
}

// receipt records that a page was read. Readers at the same time share a commit.
func (s *Service) receipt(ctx context.Context, actor identity.Actor, q Question, a Answer) error {
	var first, last int64
	if n := len(a.Places); n > 0 {
		first, last = a.Places[0].Added, a.Places[n-1].Added
	}
	return s.receive(ctx, actor, q, a.Collection.ID, Lent{first, last, len(a.Places)})
}

func (s *Service) receive(ctx context.Context, actor identity.Actor, q Question, collection string, l Lent) error {
	now := s.o.Clock.Now()
	return s.receipts.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO sharing_receipt (id, at, actor, organisation, collection, what, filter, first_added, last_added, objects)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id.NewAt(now), now, actor.ID, actor.Organisation, collection, q.What, q.Filter.String(), l.First, l.Last, int64(l.Objects))
		return err
	})
}

func notThere(err error) bool { return problem.Is(err, problem.NotFound) }
