package feed

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// RunOutcome is what came of one knock at a door.
type RunOutcome string

// The outcomes of a run.
const (
	RunNew       RunOutcome = "new"       // an input that was not known
	RunKnown     RunOutcome = "known"     // the same input as before: nothing new
	RunUnchanged RunOutcome = "unchanged" // the source says that nothing has changed
	RunFailed    RunOutcome = "failed"    // nothing was received
)

// Run is one time that a feed came, or that it was asked and brought nothing.
type Run struct {
	ID      string
	Feed    string
	Door    string // push, fetch, shadowserver, drop; empty: the command line
	At      time.Time
	Outcome RunOutcome
	Intake  *Intake // of new and known; nil if there is none
	Name    string
	Bytes   int64
	Error   string // of failed

	intake string
}

// Duration is how long it took from its arrival until its events were visible; 0 if they are not, or if nothing came.
func (r Run) Duration() time.Duration {
	if r.Intake == nil || r.Outcome != RunNew || r.Intake.Done.IsZero() {
		return 0
	}
	return r.Intake.Done.Sub(r.Intake.Arrived)
}

// Lag is how old its latest event was when it arrived; false if it has no events.
func (r Run) Lag() (time.Duration, bool) {
	if r.Intake == nil || r.Intake.Latest.IsZero() {
		return 0, false
	}
	return r.Intake.Arrived.Sub(r.Intake.Latest), true
}

// Rate is how many rows a second were made visible; 0 if that cannot be told.
func (r Run) Rate() float64 {
	if d := r.Duration(); d > 0 {
		return float64(r.Intake.Counts.Rows) / d.Seconds()
	}
	return 0
}

func runOf(in, first Intake, outcome RunOutcome) Run {
	return Run{Feed: in.Feed, Door: in.Door, At: in.Arrived, Outcome: outcome, Name: in.Name, Bytes: in.Bytes, intake: first.ID}
}

func insertRun(tx *sqldb.Tx, r Run) error {
	_, err := tx.Exec(`INSERT INTO feed_run (id, feed, door, at, outcome, intake, name, bytes, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id.NewAt(r.At), r.Feed, r.Door, r.At, string(r.Outcome), r.intake, r.Name, r.Bytes, plainText(r.Error))
	return err
}

// Ran notes, in the transaction of the door that knows of it, a run that brought nothing: unchanged or failed. It is a step of the door's
// operation and does not authorise.
func Ran(tx *sqldb.Tx, r Run) error { return insertRun(tx, r) }

// Runs lists the runs of a feed, of all feeds if it is "", newest first.
func (s *Service) Runs(ctx context.Context, actor identity.Actor, feed string, ask page.Request) (page.Page[Run], error) {
	if err := actor.Authorise(OpRead, feed); err != nil {
		return page.Page[Run]{}, err
	}
	before := "~" // behind all ids
	if _, err := ask.After.Into(&before); err != nil {
		return page.Page[Run]{}, err
	}
	var list []Run
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = listRuns(tx, feed, before, ask.Rows()+1)
		return err
	})
	return page.Cut(list, ask.Rows(), func(r Run) []any { return []any{r.ID} }), err
}

func listRuns(tx *sqldb.Tx, feed, before string, limit int) (list []Run, err error) {
	err = tx.Each(`SELECT id, feed, door, at, outcome, intake, name, bytes, error FROM feed_run
		WHERE ($1 = '' OR feed = $1) AND id < $2 ORDER BY id DESC LIMIT $3`, []any{feed, before, limit}, func(scan func(...any) error) error {
		var r Run
		var at int64
		err := scan(&r.ID, &r.Feed, &r.Door, &at, &r.Outcome, &r.intake, &r.Name, &r.Bytes, &r.Error)
		r.At = sqldb.Time(at)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].intake == "" {
			continue
		}
		if in, err := getIntake(tx, list[i].intake); err == nil {
			list[i].Intake = &in
		}
	}
	return list, nil
}

// ForgetRuns forgets runs older than age; the intakes stay.
func (s *Service) ForgetRuns(ctx context.Context, actor identity.Actor, age time.Duration) (n int64, err error) {
	if err := actor.Authorise(OpForget, "runs"); err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err = tx.Exec(`DELETE FROM feed_run WHERE at < $1`, s.Clock.Now().Add(-age))
		if err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, s.Clock.Now(), OpForget, "runs", nil, map[string]any{"runs": n})
	})
	return n, err
}
