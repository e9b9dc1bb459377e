package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations on saved queries.
const (
	OpSavedRead   identity.Operation = "saved.read"
	OpSavedKeep   identity.Operation = "saved.keep"
	OpSavedForget identity.Operation = "saved.forget"
)

// The pages whose queries can be saved.
const (
	SavedEvents   = "events"
	SavedFindings = "findings"
)

// Saved is a query that a person keeps under a name. Queries of one person and page have different names.
type Saved struct {
	ID     string    `json:"id"`
	Page   string    `json:"page"` // SavedEvents or SavedFindings
	Name   string    `json:"name"`
	Query  string    `json:"query"`
	Shared bool      `json:"shared"` // everybody of the team sees it; only its owner changes it
	Owner  string    `json:"owner"`  // id of who keeps it
	By     string    `json:"by"`     // and their name
	At     time.Time `json:"at"`
}

// Limits of saved queries.
const (
	maxSavedName = 80  // characters
	mostSaved    = 200 // of one person
	mostShown    = 500
)

const savedColumns = `id, page, name, query, shared, owner, owner_name, at`

func scanSaved(scan func(...any) error) (s Saved, err error) {
	var at int64
	err = scan(&s.ID, &s.Page, &s.Name, &s.Query, &s.Shared, &s.Owner, &s.By, &at)
	s.At = sqldb.Time(at)
	return s, err
}

// SavedQueries lists a page's queries that the actor may see: their own and those that others share, by name.
func (d *Desk) SavedQueries(ctx context.Context, actor identity.Actor, page string) (out []Saved, err error) {
	if err := actor.Authorise(OpSavedRead, page); err != nil {
		return nil, err
	}
	err = d.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT `+savedColumns+` FROM saved_query WHERE page = $1 AND (owner = $2 OR shared = 1) ORDER BY lower(name), id LIMIT $3`,
			[]any{page, actor.ID, mostShown}, func(scan func(...any) error) error {
				s, err := scanSaved(scan)
				out = append(out, s)
				return err
			})
	})
	return out, err
}

// SaveQuery keeps a query under a name; one of the same name of the same person is replaced. The query must be one that can be asked. Errors:
// Invalid; Conflict when the person keeps too many.
func (d *Desk) SaveQuery(ctx context.Context, actor identity.Actor, s Saved) (Saved, error) {
	if err := actor.Authorise(OpSavedKeep, s.Page); err != nil {
		return Saved{}, err
	}
	s.Name, s.Query = strings.Join(strings.Fields(s.Name), " "), strings.TrimSpace(s.Query)
	if err := d.checkSaved(s); err != nil {
		return Saved{}, err
	}
	now := d.o.Clock.Now()
	s.ID, s.Owner, s.By, s.At = id.NewAt(now), actor.ID, actor.Name, now
	err := d.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var n int64
		if err := tx.QueryRow(`SELECT count(*) FROM saved_query WHERE owner = $1`, actor.ID).Scan(&n); err != nil {
			return err
		}
		if n >= mostSaved {
			return problem.New(problem.Conflict, "you keep %d queries already: forget some first", n)
		}
		err := tx.QueryRow(`INSERT INTO saved_query (`+savedColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (owner, page, name) DO UPDATE SET query = excluded.query, shared = excluded.shared, owner_name = excluded.owner_name, at = excluded.at
			RETURNING id`, s.ID, s.Page, s.Name, s.Query, flag(s.Shared), s.Owner, s.By, sqldb.Millis(now)).Scan(&s.ID)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpSavedKeep, s.ID, nil, s)
	})
	return s, err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (d *Desk) checkSaved(s Saved) (err error) {
	switch n := utf8.RuneCountInString(s.Name); {
	case n == 0:
		return problem.New(problem.Invalid, "a saved query needs a name")
	case n > maxSavedName || !utf8.ValidString(s.Name) || strings.ContainsRune(s.Name, 0):
		return problem.New(problem.Invalid, "the name of a saved query is at most %d characters of text", maxSavedName)
	}
	switch s.Page {
	case SavedEvents:
		_, err = query.Parse(s.Query, query.Options{Now: d.o.Clock.Now(), Zone: d.o.Zone})
	case SavedFindings:
		_, err = search.Parse(s.Query, d.o.Clock.Now(), d.o.Zone)
	default:
		err = problem.New(problem.Invalid, "queries of the page %q cannot be saved", s.Page)
	}
	return err
}

// ForgetQuery drops a query of the actor's own. NotFound for one that is not there, or is somebody else's.
func (d *Desk) ForgetQuery(ctx context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(OpSavedForget, name); err != nil {
		return err
	}
	return d.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		s, err := scanSaved(tx.QueryRow(`DELETE FROM saved_query WHERE id = $1 AND owner = $2 RETURNING `+savedColumns, name, actor.ID).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "you keep no such query: the list on the page is the present one")
		}
		if err != nil {
			return err
		}
		return actor.Audit(tx, d.o.Clock.Now(), OpSavedForget, name, s, nil)
	})
}
