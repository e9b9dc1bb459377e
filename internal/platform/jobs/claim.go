package jobs

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// place is how many jobs of a kind may be begun.
type place struct {
	kind string
	free int
}

// places lists the kinds that have places free.
func (q *Queue) places() (out []place) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.order {
		if free := w.Concurrency - w.running; free > 0 {
			out = append(out, place{w.Name, free})
		}
	}
	return out
}

// wanted leaves those places for which something is due. It only reads, so that an idle queue keeps no writer waiting.
func (q *Queue) wanted(ctx context.Context, places []place) (out []place, err error) {
	if len(places) == 0 {
		return nil, nil
	}
	args, free := []any{q.Clock.Now()}, map[string]int{}
	var kinds []string
	for _, p := range places {
		args, free[p.kind] = append(args, p.kind), p.free
		kinds = append(kinds, fmt.Sprintf("(CAST($%d AS TEXT))", len(args)))
	}
	err = q.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(`WITH k (kind) AS (VALUES `+strings.Join(kinds, ", ")+`)
			SELECT kind FROM k WHERE EXISTS (SELECT 1 FROM job WHERE job.state = 'waiting' AND job.kind = k.kind AND job.due <= $1)`, args,
			func(scan func(...any) error) error {
				var p place
				err := scan(&p.kind)
				p.free = free[p.kind]
				out = append(out, p)
				return err
			})
	})
	return out, err
}

// take claims jobs for places, in one transaction.
func (q *Queue) take(ctx context.Context, places []place) (jobs []Job, err error) {
	err = q.DB.Write(ctx, func(tx *sqldb.Tx) error {
		jobs = nil
		now := q.Clock.Now()
		for _, p := range places {
			some, err := q.takeKind(tx, now, p)
			if err != nil {
				return err
			}
			jobs = append(jobs, some...)
		}
		return nil
	})
	return jobs, err
}

// takeKind claims jobs of one kind: first those whose time has come (they are few, and were waiting before), then those due at once.
func (q *Queue) takeKind(tx *sqldb.Tx, now time.Time, p place) (jobs []Job, err error) {
	for _, which := range []string{"due > 0 AND due <= $2 ORDER BY due, id", "due = 0 AND due <= $2 ORDER BY due, id"} {
		// The limit is part of the text, so that PostgreSQL plans for a few rows.
		text := `UPDATE job SET state = 'running', epoch = epoch + 1, beat = 0, holder = $3, attempts = attempts + 1, began = $2, ended = 0, progress = ''
			WHERE id IN (SELECT id FROM job WHERE state = 'waiting' AND kind = $1 AND ` + which + ` LIMIT ` + strconv.Itoa(p.free-len(jobs)) + `)
			AND state = 'waiting' AND due <= $2 RETURNING ` + columns
		err = tx.Each(text, []any{p.kind, now, q.Holder}, func(scan func(...any) error) error {
			j, err := scanJob(scan)
			jobs = append(jobs, j)
			return err
		})
		if err != nil || len(jobs) >= p.free {
			break
		}
	}
	return jobs, err
}
