package sharing

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Aside is what was not taken in.
type Aside struct {
	ID         string    `json:"id"`
	Source     string    `json:"source,omitempty"`
	Origin     string    `json:"origin"`
	Collection string    `json:"collection"`
	Object     string    `json:"object,omitempty"` // its id, as far as it is known
	Code       string    `json:"code"`
	Detail     string    `json:"detail"`
	At         time.Time `json:"at"`
	Raw        []byte    `json:"-"` // 64 KiB of it at most
}

const asideColumns = `id, source, origin, collection, object_id, code, detail, at, raw`

func scanAside(scan func(...any) error) (a Aside, err error) {
	var at int64
	err = scan(&a.ID, &a.Source, &a.Origin, &a.Collection, &a.Object, &a.Code, &a.Detail, &at, &a.Raw)
	a.At = sqldb.Time(at)
	return a, err
}

// SetAside lists what was not taken in, the newest first. Errors: Forbidden; Invalid for a cursor that is none.
func (s *Service) SetAside(ctx context.Context, actor identity.Actor, ask core.Request) (out core.Page[Aside], err error) {
	if err := actor.Authorise(OpOverview, "set aside"); err != nil {
		return out, err
	}
	before := "~" // after all ids
	if _, err := ask.After.Into(&before); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out.Items = nil
		return tx.Each(`SELECT `+asideColumns+` FROM sharing_aside WHERE id < $1 ORDER BY id DESC LIMIT $2`, []any{before, int64(ask.Rows() + 1)},
			func(scan func(...any) error) error {
				a, err := scanAside(scan)
				out.Items = append(out.Items, a)
				return err
			})
	})
	if n := ask.Rows(); len(out.Items) > n {
		out.Items = out.Items[:n]
		out.Next = core.After(out.Items[n-1].ID)
	}
	return out, err
}

// PutAside sets something aside that was stored: each once. It is a step of an operation that has authorised.
func PutAside(tx *sqldb.Tx, now time.Time, a Aside) error {
	once := digestOf(a.Source, a.Origin, a.Collection, a.Object, a.Code, string(a.Raw))
	return tx.BulkUpsert(asideInto, rowsOf([][]any{{
		id.NewAt(now), once, a.Source, a.Origin, a.Collection, short(a.Object, 300), a.Code, short(a.Detail, 1000), sqldb.Millis(now), clip(orEmpty(a.Raw)),
	}}))
}

// TakeAside gives one thing that was set aside, and forgets it. It is a step of an operation that has authorised. Error: NotFound.
func TakeAside(tx *sqldb.Tx, name string) (Aside, error) {
	a, err := scanAside(tx.QueryRow(`SELECT `+asideColumns+` FROM sharing_aside WHERE id = $1`, short(name, 100)).Scan)
	if sqldb.NoRows(err) {
		return a, problem.New(problem.NotFound, "nothing of that number is set aside")
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM sharing_aside WHERE id = $1`, a.ID)
	}
	return a, err
}

// Dismiss forgets one thing that was set aside: somebody has looked at it. Errors: Forbidden; NotFound.
func (s *Service) Dismiss(ctx context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(OpOrder, name); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := TakeAside(tx, name)
		if err != nil {
			return err
		}
		return s.audit(tx, actor, OpOrder, a.ID, map[string]any{"dismissed": a.Object, "code": a.Code, "source": a.Source})
	})
}

func (s *Service) audit(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, object string, before any) error {
	return actor.Audit(tx, s.o.Clock.Now(), op, object, before, nil)
}

// How long is kept what nobody looks at any more.
const (
	keepStatus   = 30 * 24 * time.Hour
	keepReceipts = 5 * 365 * 24 * time.Hour
)

// Forget drops statuses after 30 days, and receipts after five years. Error: Forbidden.
func (s *Service) Forget(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(OpForget, "sharing"); err != nil {
		return err
	}
	now := s.o.Clock.Now()
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM sharing_status WHERE at < $1`, now.Add(-keepStatus)); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sharing_order WHERE at < $1`, now.Add(-keepOrders)); err != nil {
			return err
		}
		for _, old := range []string{`DELETE FROM sharing_gone WHERE at < $1`, `DELETE FROM sharing_own WHERE gone > 0 AND gone < $1`} {
			if _, err := tx.Exec(old, now.Add(-keepReceipts)); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`DELETE FROM sharing_receipt WHERE at < $1`, now.Add(-keepReceipts))
		if err != nil || n == 0 {
			return err
		}
		return s.audit(tx, actor, OpForget, "receipts", map[string]int64{"receipts": n})
	})
}
