package lesson

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The sealed parts.
type (
	lessonBody struct {
		Text    string `json:"text"`
		Grounds string `json:"grounds,omitempty"`
	}
	actionBody struct {
		Text    string `json:"text"`
		Outcome string `json:"outcome,omitempty"`
	}
)

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}

func insertLesson(tx *sqldb.Tx, in *incident.Inside, l *Lesson) error {
	sealed, err := in.Put("lesson/"+l.ID, lessonBody{l.Text, l.Grounds})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO lesson (id, incident, kind, state, actor, created, editor, changed, removed, version, body) VALUES ($1, $2, $3, $4, $5, $6, $5, $6, 0, 1, $7)`,
		l.ID, in.ID, string(l.Kind), string(l.State), l.By, l.Created, sealed)
	return err
}

// updateLesson writes a lesson that was changed.
func updateLesson(tx *sqldb.Tx, in *incident.Inside, l *Lesson, removed int64) error {
	sealed, err := in.PutFor(l.Incident, "lesson/"+l.ID, lessonBody{l.Text, l.Grounds})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE lesson SET state = $2, editor = $3, changed = $4, version = $5, body = $6, removed = $7 WHERE id = $1`,
		l.ID, string(l.State), l.Editor, l.Changed, l.Version, sealed, removed)
	return err
}

const lessonColumns = `id, incident, kind, state, actor, created, editor, changed, version, body`

func readLesson(in *incident.Inside, scan func(...any) error) (l Lesson, err error) {
	var sealed []byte
	if err := scan(&l.ID, &l.Incident, &l.Kind, &l.State, &l.By, moment{&l.Created}, &l.Editor, moment{&l.Changed}, &l.Version, &sealed); err != nil {
		return l, err
	}
	var b lessonBody
	err = in.Get(l.Incident, "lesson/"+l.ID, sealed, &b)
	l.Text, l.Grounds = b.Text, b.Grounds
	return l, err
}

func lessonsOf(tx *sqldb.Tx, in *incident.Inside) (list []Lesson, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT `+lessonColumns+` FROM lesson WHERE `+cond+` AND removed = 0 ORDER BY created, id`, args, func(scan func(...any) error) error {
		l, err := readLesson(in, scan)
		list = append(list, l)
		return err
	})
	return list, err
}

func lessonOf(tx *sqldb.Tx, in *incident.Inside, name string) (Lesson, error) {
	cond, args := in.Rows("incident", 2)
	l, err := readLesson(in, tx.QueryRow(`SELECT `+lessonColumns+` FROM lesson WHERE id = $1 AND removed = 0 AND `+cond, append([]any{name}, args...)...).Scan)
	if sqldb.NoRows(err) {
		return l, problem.New(problem.NotFound, "there is no lesson %q", name)
	}
	return l, err
}

func insertAction(tx *sqldb.Tx, in *incident.Inside, a *Action) error {
	sealed, err := in.Put("action/"+a.ID, actionBody{a.Text, a.Outcome})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO lesson_action (id, incident, lesson, state, owner, due, ended, ended_by, actor, created, version, body)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8, 1, $9)`, a.ID, in.ID, a.Lesson, string(a.State), a.Owner, a.Due, a.By, a.Created, sealed)
	return err
}

func updateAction(tx *sqldb.Tx, in *incident.Inside, a *Action) error {
	sealed, err := in.PutFor(a.Incident, "action/"+a.ID, actionBody{a.Text, a.Outcome})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE lesson_action SET state = $2, owner = $3, due = $4, ended = $5, ended_by = $6, version = $7, body = $8 WHERE id = $1`,
		a.ID, string(a.State), a.Owner, a.Due, a.Ended, a.EndedBy, a.Version, sealed)
	return err
}

const actionColumns = `a.id, a.incident, a.lesson, a.state, a.owner, a.due, a.ended, a.ended_by, a.actor, a.created, a.version, a.body`

func scanAction(scan func(...any) error) (a Action, sealed []byte, err error) {
	err = scan(&a.ID, &a.Incident, &a.Lesson, &a.State, &a.Owner, moment{&a.Due}, moment{&a.Ended}, &a.EndedBy, &a.By, moment{&a.Created}, &a.Version, &sealed)
	return a, sealed, err
}

func (a *Action) unseal(in *incident.Inside, sealed []byte) error {
	var b actionBody
	err := in.Get(a.Incident, "action/"+a.ID, sealed, &b)
	a.Text, a.Outcome = b.Text, b.Outcome
	return err
}

func actionsOf(tx *sqldb.Tx, in *incident.Inside) (list []Action, err error) {
	cond, args := in.Rows("a.incident", 1)
	err = tx.Each(`SELECT `+actionColumns+` FROM lesson_action a WHERE `+cond+` ORDER BY a.created, a.id`, args, func(scan func(...any) error) error {
		a, sealed, err := scanAction(scan)
		if err != nil {
			return err
		}
		err = a.unseal(in, sealed)
		list = append(list, a)
		return err
	})
	return list, err
}

func actionOf(tx *sqldb.Tx, in *incident.Inside, name string) (Action, error) {
	cond, args := in.Rows("a.incident", 2)
	a, sealed, err := scanAction(tx.QueryRow(`SELECT `+actionColumns+` FROM lesson_action a WHERE a.id = $1 AND `+cond, append([]any{name}, args...)...).Scan)
	if sqldb.NoRows(err) {
		return a, problem.New(problem.NotFound, "there is no action %q", name)
	}
	if err != nil {
		return a, err
	}
	return a, a.unseal(in, sealed)
}

// turn is a day as the list sorts by it: none is the last.
func turn(due time.Time) int64 {
	if due.IsZero() {
		return math.MaxInt64
	}
	return sqldb.Millis(due)
}

// order is how the list of all is sorted: what has no day is the last.
const order = `CASE a.due WHEN 0 THEN 9223372036854775807 ELSE a.due END`

// which is the condition of the list of all, with its arguments; the last is how many rows: one more than a page holds.
func (f *Filter) which(v incident.Sight) (cond string, args []any, err error) {
	cond, args = v.Incidents("i", 1)
	add := func(format string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			format = strings.Replace(format, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		cond += " AND " + format
	}
	if f.Owner != "" {
		add("a.owner = ?", f.Owner)
	}
	var at int64
	var last string
	more, err := f.After.Into(&at, &last)
	if more {
		add(`(`+order+`, a.id) > (CAST(? AS BIGINT), ?)`, at, last)
	}
	return cond, append(args, f.Rows()+1), err
}

// sealedAction is an action whose text was not opened yet.
type sealedAction struct {
	Action
	sealed []byte
}

func openActions(tx *sqldb.Tx, v incident.Sight, f Filter, open func(string) (*incident.Inside, error)) (list []Action, err error) {
	cond, args, err := f.which(v)
	if err != nil {
		return nil, err
	}
	var rows []sealedAction
	err = tx.Each(`SELECT `+actionColumns+` FROM lesson_action a JOIN incident i ON i.id = a.incident WHERE a.state = 'open' AND `+cond+
		` ORDER BY `+order+`, a.id LIMIT $`+strconv.Itoa(len(args)), args, func(scan func(...any) error) error {
		a, sealed, err := scanAction(scan)
		rows = append(rows, sealedAction{a, sealed})
		return err
	})
	for i := range rows {
		if err != nil {
			return nil, err
		}
		a := &rows[i].Action
		in, missing := open(a.Incident)
		if problem.Is(missing, problem.NotFound) {
			continue // it was merged into one out of sight
		}
		if missing != nil {
			return nil, missing
		}
		a.Ref, a.Title = in.Ref, in.Title
		err = a.unseal(in, rows[i].sealed)
		list = append(list, *a)
	}
	return list, err
}
