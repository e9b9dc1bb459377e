package sharing

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/values"
)

// Lent is what was made of objects of a collection: of how many, and of which places the first and the last.
type Lent struct {
	First, Last int64 // microseconds; 0 for none
	Objects     int
}

// Lend gives a collection in another form to who may read it now, and keeps a receipt of it: make reads what it needs, and must look at newest versions
// of one type only. what is Blocklist. Errors: as Read, and those of make.
func (s *Service) Lend(ctx context.Context, actor identity.Actor, collection, what, typ string, make func(tx *sqldb.Tx, c Collection) (Lent, error)) error {
	if err := actor.Authorise(OpRead, collection); err != nil {
		return err
	}
	var c Collection
	var lent Lent
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if c, err = s.access(tx, actor, collection); err != nil {
			return err
		}
		if !c.CanRead {
			return c.closed("read")
		}
		lent, err = make(tx, c)
		return err
	})
	if err != nil {
		return err
	}
	q := Question{What: what, Filter: Filter{Types: []string{typ}}.Normal()}
	return s.receive(ctx, actor, q, c.ID, lent)
}

// Alike gives the objects in which a value stands, the newest first, n at most, and how many those are, up to most. It is a step of somebody's
// operation and does not authorise.
func Alike(tx *sqldb.Tx, value string, n, most int) (list []Stored, total int, err error) {
	value = Normal(value)
	nums, err := values.Find(tx, mark(value), max(most, 10*n))
	if err != nil || len(nums) == 0 {
		return nil, 0, err
	}
	list, err = holding(tx, value, nums[:min(len(nums), 10*n)])
	return slices.Clip(list[:min(n, len(list))]), min(len(nums), most), err
}
