package playbook

import (
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// record is a row of task.
type record struct {
	id, incident, run, step string
	rank                    int64
	state                   State
	assignee                string
	due                     time.Time
	answer                  Answer
	why                     string
	created, changed, ended time.Time
	actor                   string
	version                 int64
	sealed                  []byte
}

// body is what of a task is sealed.
type body struct {
	Title  string `json:"title,omitempty"` // of a free one
	Note   string `json:"note,omitempty"`
	Reason string `json:"reason,omitempty"`
	Step   Words  `json:"step,omitzero"` // title of the step of one that was carried: a later text of its playbook may lack it
}

func field(id string) string { return "task/" + id }

const columns = `t.id, t.incident, t.run, t.step, t.rank, t.state, t.assignee, t.due, t.answer, t.why, t.created, t.changed, t.ended, t.actor, t.version, t.body`

func (r *record) scan(scan func(...any) error) error {
	return scan(&r.id, &r.incident, &r.run, &r.step, &r.rank, &r.state, &r.assignee, moment{&r.due}, &r.answer, &r.why, moment{&r.created}, moment{&r.changed},
		moment{&r.ended}, &r.actor, &r.version, &r.sealed)
}

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}

// records reads tasks; what follows WHERE names the table t.
func records(tx *sqldb.Tx, where string, args ...any) (list []record, err error) {
	err = tx.Each(`SELECT `+columns+` FROM incident_task t WHERE `+where, args, func(scan func(...any) error) error {
		var r record
		err := r.scan(scan)
		list = append(list, r)
		return err
	})
	return list, err
}

func insert(tx *sqldb.Tx, r *record) error {
	_, err := tx.Exec(`INSERT INTO incident_task (id, incident, run, step, rank, state, assignee, due, answer, why, created, changed, ended, actor, version, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.id, r.incident, r.run, r.step, r.rank, string(r.state), r.assignee, r.due, string(r.answer), r.why, r.created, r.changed, r.ended, r.actor, r.version, r.sealed)
	return err
}

// save writes a task over the version that was read: who was slower is refused, and loses nothing of the other's.
func save(tx *sqldb.Tx, r *record) error {
	n, err := tx.Exec(`UPDATE incident_task SET rank = $3, state = $4, assignee = $5, due = $6, answer = $7, why = $8, changed = $9, ended = $10, actor = $11, body = $12, run = $13, step = $14,
		version = version + 1 WHERE id = $1 AND version = $2`,
		r.id, r.version, r.rank, string(r.state), r.assignee, r.due, string(r.answer), r.why, r.changed, r.ended, r.actor, r.sealed, r.run, r.step)
	if err == nil && n == 0 {
		return changedMeanwhile()
	}
	r.version++
	return err
}

func changedMeanwhile() error {
	return problem.New(problem.Conflict, "somebody else changed the task meanwhile: look at it again, nothing of theirs is lost")
}

// run is a row of playbook_run.
type run struct {
	id, incident, book string
	version            int
	digest             string
	started            time.Time
	actor              string
}

func runs(tx *sqldb.Tx, where string, args ...any) (list []run, err error) {
	err = tx.Each(`SELECT id, incident, book, version, digest, started, actor FROM playbook_run WHERE `+where+` ORDER BY started, id`, args, func(scan func(...any) error) error {
		var r run
		err := scan(&r.id, &r.incident, &r.book, &r.version, &r.digest, moment{&r.started}, &r.actor)
		list = append(list, r)
		return err
	})
	return list, err
}

// condition is a list of conditions that grows; each ? stands for the next argument.
type condition struct {
	where []string
	args  []any
}

func (c *condition) and(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.where = append(c.where, text)
}

// of adds a condition that numbers its own arguments.
func (c *condition) of(make func(first int) (string, []any)) {
	text, args := make(len(c.args) + 1)
	c.where, c.args = append(c.where, text), append(c.args, args...)
}

func (c *condition) String() string { return strings.Join(c.where, " AND ") }
