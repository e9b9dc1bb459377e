package notification

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Batch is the messages of one run.
type Batch struct {
	ID            string    `json:"id"`
	At            time.Time `json:"at"` // of its first message
	Messages      int64     `json:"messages"`
	Organisations int64     `json:"organisations"`
	Findings      int64     `json:"findings"`
	Events        int64     `json:"events"`
}

const batchColumns = `run, min(at), count(*), count(DISTINCT organisation), CAST(sum(findings) AS BIGINT), CAST(sum(events) AS BIGINT)`

func scanBatch(scan func(...any) error) (b Batch, err error) {
	var at int64
	err = scan(&b.ID, &at, &b.Messages, &b.Organisations, &b.Findings, &b.Events)
	b.At = sqldb.Time(at)
	return b, err
}

// Batches lists the runs that made messages, the newest first.
func (s *Service) Batches(ctx context.Context, actor identity.Actor, ask page.Request) (page.Page[Batch], error) {
	if err := actor.Authorise(OpPlan, "batches"); err != nil {
		return page.Page[Batch]{}, err
	}
	before := "~" // behind all ids
	if _, err := ask.After.Into(&before); err != nil {
		return page.Page[Batch]{}, err
	}
	var list []Batch
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT `+batchColumns+` FROM notification WHERE run < $1 GROUP BY run ORDER BY run DESC LIMIT $2`, []any{before, ask.Rows() + 1},
			func(scan func(...any) error) error {
				b, err := scanBatch(scan)
				list = append(list, b)
				return err
			})
	})
	return page.Cut(list, ask.Rows(), func(b Batch) []any { return []any{b.ID} }), err
}

// Batch gives one run. NotFound if it made no message.
func (s *Service) Batch(ctx context.Context, actor identity.Actor, run string) (b Batch, err error) {
	if err := actor.Authorise(OpPlan, run); err != nil {
		return b, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		b, err = scanBatch(tx.QueryRow(`SELECT `+batchColumns+` FROM notification WHERE run = $1 GROUP BY run`, run).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no batch %q: the notifications page lists them", clip(run))
		}
		return err
	})
	return b, err
}

// About is what a message tells, as it was written down when it was made.
type About struct {
	ID           string // of the delivery of its first part
	Run          string
	Organisation string // id of whose networks it is about
	Contact      string // id
	Ticket       string
	Findings     int64
	Events       int64
	Parts        int64
	At           time.Time
}

const aboutColumns = `id, run, organisation, contact, ticket, findings, events, parts, at`

func scanAbout(scan func(...any) error) (a About, err error) {
	var at int64
	err = scan(&a.ID, &a.Run, &a.Organisation, &a.Contact, &a.Ticket, &a.Findings, &a.Events, &a.Parts, &at)
	a.At = sqldb.Time(at)
	return a, err
}

// AboutMessage gives what a message tells, by its batch and ticket: all its parts are one. NotFound for one that no run made.
func (s *Service) AboutMessage(ctx context.Context, actor identity.Actor, run, ticket string) (a About, err error) {
	if err := actor.Authorise(OpPlan, ticket); err != nil {
		return a, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		a, err = scanAbout(tx.QueryRow(`SELECT `+aboutColumns+` FROM notification WHERE run = $1 AND ticket = $2 ORDER BY id LIMIT 1`, run, ticket).Scan)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "no run made the message with ticket %s", clip(ticket))
		}
		return err
	})
	return a, err
}

// aboutBatch reads what the messages of a run tell, by ticket.
func aboutBatch(tx *sqldb.Tx, run string) (map[string]About, error) {
	out := map[string]About{}
	err := tx.Each(`SELECT `+aboutColumns+` FROM notification WHERE run = $1 ORDER BY id`, []any{run}, func(scan func(...any) error) error {
		a, err := scanAbout(scan)
		out[a.Ticket] = a
		return err
	})
	return out, err
}

// clip bounds what is repeated of what somebody sent.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
