package jobs

import (
	"context"
	"fmt"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Filter says which jobs to list; empty fields mean all.
type Filter struct {
	State   State
	Kind    string
	Subject string
	page.Request
}

// where gives the conditions and their arguments.
func (f Filter) where(after string) (string, []any) {
	text, args := "id < $1", []any{after}
	for _, c := range []struct{ column, value string }{{"state", string(f.State)}, {"kind", f.Kind}, {"subject", f.Subject}} {
		if c.value != "" {
			args = append(args, c.value)
			text += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	return text, args
}

// List gives a page of jobs, the latest posted first. Who may see them is for the caller to decide.
func (q *Queue) List(ctx context.Context, f Filter) (page.Page[Job], error) {
	after := "~" // sorts behind every id
	if _, err := f.After.Into(&after); err != nil {
		return page.Page[Job]{}, err
	}
	var out []Job
	where, args := f.where(after)
	err := q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(fmt.Sprintf(`SELECT %s FROM job WHERE %s ORDER BY id DESC LIMIT %d`, columns, where, f.Rows()+1), args,
			func(scan func(...any) error) error {
				j, err := scanJob(scan)
				out = append(out, j)
				return err
			})
	})
	return page.Cut(out, f.Rows(), func(j Job) []any { return []any{j.ID} }), err
}

// Get gives one job; NotFound if there is none.
func (q *Queue) Get(ctx context.Context, name string) (j Job, err error) {
	err = q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		j, err = load(tx, name)
		return err
	})
	return j, err
}

func load(tx *sqldb.Tx, name string) (Job, error) {
	j, err := scanJob(tx.QueryRow(`SELECT `+columns+` FROM job WHERE id = $1`, name).Scan)
	if sqldb.NoRows(err) {
		return j, problem.New(problem.NotFound, "there is no job %q: it was discarded, or is done for more than a day", clean(name, 40))
	}
	return j, err
}

// Counts gives how many jobs are in each state; every state is there.
func (q *Queue) Counts(ctx context.Context) (out map[State]int, err error) {
	err = q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = map[State]int{Waiting: 0, Running: 0, Done: 0, Dead: 0}
		return tx.Each(`SELECT state, count(*) FROM job GROUP BY state`, nil, func(scan func(...any) error) error {
			var s State
			var n int
			err := scan(&s, &n)
			out[s] = n
			return err
		})
	})
	return out, err
}
