package incident

import (
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Sight is what an actor may see: the one predicate of this room. It holds for the transaction in which it was made.
type Sight struct {
	all     bool   // Firehall itself
	account string // "": sees nothing that is restricted
	now     int64
}

// SightOf asks what an actor may see. It is a step of somebody's operation and does not authorise.
func (s *Service) SightOf(tx *sqldb.Tx, actor identity.Actor) (Sight, error) {
	at := s.now()
	v := Sight{all: actor.Kind == identity.SystemKind, now: sqldb.Millis(at)}
	if v.all || actor.ID == "" {
		return v, nil
	}
	bound, err := s.o.InForce(tx, actor.ID, at)
	if bound {
		v.account = actor.ID
	}
	return v, err
}

// Reports gives the condition that rows of the table report, under an alias, have to meet, with its arguments; first is the number of the first.
func (v Sight) Reports(alias string, first int) (string, []any) {
	if v.all {
		return "TRUE", nil
	}
	if v.account == "" {
		return alias + ".hidden = 0", nil
	}
	a, n := "$"+strconv.Itoa(first), "$"+strconv.Itoa(first+1)
	return "(" + alias + ".hidden = 0 OR " + alias + `.id IN (SELECT l.report FROM incident_member m JOIN incident k ON k.root = m.incident JOIN incident_link l ON l.incident = k.id
		WHERE m.account = ` + a + ` AND (m.until = 0 OR m.until > CAST(` + n + ` AS BIGINT))))`, []any{v.account, v.now}
}

// Incidents is Reports for the table incident. Who sees an incident sees what was merged into it, and nobody else.
func (v Sight) Incidents(alias string, first int) (string, []any) {
	if v.all {
		return "TRUE", nil
	}
	if v.account == "" {
		return alias + ".restricted = 0", nil
	}
	a, n := "$"+strconv.Itoa(first), "$"+strconv.Itoa(first+1)
	return "(" + alias + ".restricted = 0 OR " + alias + `.root IN (SELECT m.incident FROM incident_member m
		WHERE m.account = ` + a + ` AND (m.until = 0 OR m.until > CAST(` + n + ` AS BIGINT))))`, []any{v.account, v.now}
}

// query is a condition that grows.
type query struct {
	where []string
	args  []any
}

// and adds a condition; each ? stands for the next argument.
func (q *query) and(cond string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.where = append(q.where, cond)
}

// seen adds a predicate of a Sight.
func (q *query) seen(of func(alias string, first int) (string, []any), alias string) {
	cond, args := of(alias, len(q.args)+1)
	q.args = append(q.args, args...)
	q.where = append(q.where, cond)
}

// last is the number of the last argument, as a statement has it.
func (q *query) last() string { return "$" + strconv.Itoa(len(q.args)) }

func (q *query) String() string {
	if len(q.where) == 0 {
		return "TRUE"
	}
	return strings.Join(q.where, " AND ")
}

// in adds that a column has one of the values.
func (q *query) in(column string, values []string) {
	if len(values) == 0 {
		q.where = append(q.where, "FALSE")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	q.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}
