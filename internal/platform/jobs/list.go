package jobs

import (
	"context"

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

// List gives a page of jobs, the latest posted first. Who may see them is for the caller to decide.
func (q *Queue) List(ctx context.Context, f Filter) (page.Page[Job], error) {
	after := "~" // sorts behind every id
	if _, err := f.After.Into(&after); err != nil {
		return page.Page[Job]{}, err
	}
	var out []Job
	err := q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`SELECT `+columns+` FROM job WHERE id < $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR subject = $4)
			ORDER BY id DESC LIMIT $5`, []any{after, string(f.State), f.Kind, f.Subject, f.Rows() + 1}, func(scan func(...any) error) error {
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
