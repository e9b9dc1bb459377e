package obligation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Window says what a Tally counts: what fell due in a time, of the incidents that it is about.
type Window struct {
	From, To     time.Time // To is not in it
	Organisation string    // id: what it owes itself; and what nobody by name owes, of incidents that concern it
	// Incidents narrows to the incidents that are asked of: the condition that a column with an incident's id has to meet; nil: all.
	Incidents func(column string, first int) (string, []any)
	// Reports narrows to the reports that are asked of, as Incidents does; nil: all.
	Reports func(column string, first int) (string, []any)
}

// Tally is how the stages of one kind were kept that fell due in a time.
type Tally struct {
	Duty   string `json:"duty"` // "nis2/incident"
	Law    string `json:"law"`  // name
	Stage  string `json:"stage"`
	Name   string `json:"name"`
	French string `json:"fr,omitempty"`
	By     Side   `json:"by"`
	Kept   int    `json:"kept"`
	Missed int    `json:"missed"` // done too late, or overdue
	Open   int    `json:"open"`   // not due yet
}

// In gives the stage's name in a language.
func (t Tally) In(lang string) string { return in(lang, t.Name, t.French) }

// Tally counts the stages that fell due in a time, of the incidents and reports that the actor sees, by duty and stage. Errors: Invalid for a time that ends before
// it begins.
func (s *Service) Tally(ctx context.Context, actor identity.Actor, w Window) (list []Tally, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	if w.To.Before(w.From) {
		return nil, problem.New(problem.Invalid, "the time ends before it begins")
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = []Tally{}
		q, err := s.tallied(tx, actor, &w)
		if err != nil {
			return err
		}
		if list, err = s.addTallies(tx, list, q, "c.side", "obligation_clock c JOIN obligation o ON o.id = c.obligation JOIN incident i ON i.id = c.incident", w.To); err != nil {
			return err
		}
		if q, err = s.talliedReports(tx, actor, &w); err == nil {
			list, err = s.addTallies(tx, list, q, "'"+string(Team)+"'", "report_clock c JOIN report r ON r.id = c.report", w.To)
		}
		return err
	})
	slices.SortFunc(list, func(a, b Tally) int {
		if c := strings.Compare(a.Duty, b.Duty); c != 0 {
			return c
		}
		return strings.Compare(a.Stage, b.Stage)
	})
	return list, err
}

// addTallies adds the clocks c of a query to a list, by duty and stage.
func (s *Service) addTallies(tx *sqldb.Tx, list []Tally, q query, side, from string, at time.Time) ([]Tally, error) {
	q.args = append(q.args, sqldb.Millis(s.o.Clock.Now()))
	now := "CAST($" + strconv.Itoa(len(q.args)) + " AS BIGINT)"
	err := tx.Each(`SELECT c.duty, c.stage, `+side+`, count(*) FILTER (WHERE c.done > 0 AND c.done <= c.due),
		count(*) FILTER (WHERE c.done > c.due OR c.done = 0 AND c.due < `+now+`), count(*) FILTER (WHERE c.done = 0 AND c.due >= `+now+`)
		FROM `+from+` WHERE `+strings.Join(q.where, " AND ")+` GROUP BY 1, 2, 3`, q.args, func(scan func(...any) error) error {
		var t Tally
		err := scan(&t.Duty, &t.Stage, &t.By, &t.Kept, &t.Missed, &t.Open)
		s.entitle(&t, at)
		list = append(list, t)
		return err
	})
	return list, err
}

// talliedReports is tallied for reports: for an organisation, those that concern it.
func (s *Service) talliedReports(tx *sqldb.Tx, actor identity.Actor, w *Window) (q query, err error) {
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return q, err
	}
	q.of(func(first int) (string, []any) { return sight.Reports("r", first) })
	q.and("r.test = 0 AND r.duplicate = '' AND c.due >= CAST(? AS BIGINT) AND c.due < CAST(? AS BIGINT)", w.From, w.To)
	if w.Reports != nil {
		q.of(func(first int) (string, []any) { return w.Reports("c.report", first) })
	}
	return q, nil
}

// tallied is the query for the clocks that a tally counts.
func (s *Service) tallied(tx *sqldb.Tx, actor identity.Actor, w *Window) (q query, err error) {
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return q, err
	}
	q.of(func(first int) (string, []any) { return sight.Incidents("i", first) })
	q.and("c.due > 0 AND c.due >= CAST(? AS BIGINT) AND c.due < CAST(? AS BIGINT)", w.From, w.To)
	if w.Incidents == nil {
		return q, nil
	}
	about := func(first int) (string, []any) { return w.Incidents("c.incident", first) }
	if w.Organisation == "" {
		q.of(about)
		return q, nil
	}
	q.of(func(first int) (string, []any) {
		cond, args := about(first + 1)
		return "(o.organisation = $" + strconv.Itoa(first) + " OR o.organisation = '' AND " + cond + ")", append([]any{w.Organisation}, args...)
	})
	return q, nil
}

// of adds a condition that numbers its own arguments.
func (q *query) of(make func(first int) (string, []any)) {
	cond, args := make(len(q.args) + 1)
	q.where, q.args = append(q.where, cond), append(q.args, args...)
}

// entitle gives a tally the names of its law and stage as they were at a time.
func (s *Service) entitle(t *Tally, at time.Time) {
	t.Law, t.Name = t.Duty, t.Stage
	law, track, err := s.o.Laws.Duty(t.Duty, at)
	if err != nil {
		return
	}
	t.Law = law.Name
	for _, r := range track.Stages {
		if r.ID == t.Stage {
			t.Name, t.French = r.Name, r.French
			return
		}
	}
}
