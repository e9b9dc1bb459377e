package observable

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// body is what of an observable is sealed.
type body struct {
	Value  string `json:"value,omitempty"` // while it does not stand in clear
	Note   string `json:"note,omitempty"`
	Reason string `json:"reason,omitempty"` // of its removal
}

// record is a row.
type record struct {
	Observable
	mark   int64
	sealed bool
}

const columns = `o.id, o.incident, o.kind, o.mark, o.value, o.role, o.tlp, o.pap, o.first, o.last, o.source, o.origin, o.detection, o.listed, o.quiet, o.secret, o.sealed,
	o.added, o.actor, o.removed, o.removed_by, o.version, o.body`

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}

// row reads columns. The body stays sealed until open.
func row(scan func(...any) error) (r record, sealed []byte, err error) {
	var label, pap int64
	var listed string
	err = scan(&r.ID, &r.Incident, &r.Kind, &r.mark, &r.Value, &r.Role, &label, &pap, moment{&r.First}, moment{&r.Last}, &r.Source, &r.Origin, &r.Detection,
		&listed, &r.Quiet, &r.Secret, &r.sealed, moment{&r.Added}, &r.By, moment{&r.Removed}, &r.RemovedBy, &r.Version, &sealed)
	r.TLP, r.PAP = tlp.Label(label), tlp.PAP(pap)
	if listed != "" {
		r.Listed = strings.Split(listed, ",")
	}
	return r, sealed, err
}

// open reads what is sealed, and lets the incident's labels hold.
func (r *record) open(in *incident.Inside, sealed []byte) error {
	var b body
	if err := in.Get(r.Incident, "observable/"+r.ID, sealed, &b); err != nil {
		return err
	}
	if r.sealed {
		r.Value = b.Value
	}
	r.Note, r.Reason = b.Note, b.Reason
	r.TLP, r.PAP = max(r.TLP, in.TLP), max(r.PAP, in.PAP)
	return nil
}

// close gives what is to be sealed.
func (r *record) close(in *incident.Inside) ([]byte, error) {
	b := body{Note: r.Note, Reason: r.Reason}
	if r.sealed {
		b.Value = r.Value
	}
	if b == (body{}) {
		return nil, nil
	}
	return in.PutAs(r.Incident, "observable/"+r.ID, b)
}

// scan reads rows of an incident.
func scan(tx *sqldb.Tx, in *incident.Inside, query string, args []any, do func(r record) error) error {
	return tx.Each(query, args, func(next func(...any) error) error {
		r, sealed, err := row(next)
		if err == nil {
			err = r.open(in, sealed)
		}
		if err == nil {
			err = do(r)
		}
		return err
	})
}

// one reads an observable of an incident. Errors: NotFound.
func one(tx *sqldb.Tx, in *incident.Inside, name string) (found record, err error) {
	cond, args := in.Rows("o.incident", 2)
	err = scan(tx, in, `SELECT `+columns+` FROM observable o WHERE o.id = $1 AND `+cond, append([]any{name}, args...), func(r record) error {
		found = r
		return nil
	})
	if err == nil && found.ID == "" {
		err = gone(name)
	}
	return found, err
}

const insertion = `INSERT INTO observable (id, incident, kind, mark, value, low, role, tlp, pap, first, last, source, origin, detection, listed, quiet, secret, sealed, added, actor,
	removed, removed_by, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, '', 1, $21) ON CONFLICT DO NOTHING`

// clear gives the columns that hold a value in clear: none of one that is sealed.
func (r *record) clear(v value) (text, low string) {
	if r.sealed {
		return "", ""
	}
	return v.text, v.low()
}

// insert gives the arguments of insertion.
func (r *record) insert(in *incident.Inside, v value) ([]any, error) {
	sealed, err := r.close(in)
	text, low := r.clear(v)
	return []any{
		r.ID, r.Incident, string(r.Kind), r.mark, text, low, string(r.Role), int64(r.TLP), int64(r.PAP), r.First, r.Last, string(r.Source), r.Origin, r.Detection,
		strings.Join(r.Listed, ","), r.Quiet, r.Secret, r.sealed, r.Added, r.By, sealed,
	}, err
}

// places lists the marks of what a value lies in, as the table observable_above keeps them.
func (s *Service) places(r *record, v value) []int64 {
	if r.Quiet {
		return nil
	}
	list := v.above()
	if r.sealed {
		list = append(list, kept(v.net())...)
	}
	return s.marks(list)
}

const insertAbove = `INSERT INTO observable_above (mark, observable) VALUES ($1, $2) ON CONFLICT DO NOTHING`

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

// with adds a condition that numbers its own arguments.
func (q *query) with(of func(column string, first int) (string, []any), column string) {
	cond, args := of(column, len(q.args)+1)
	q.args = append(q.args, args...)
	q.where = append(q.where, cond)
}

// marks adds that a column has one of some values.
func (q *query) in(column string, values []int64) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	q.and(column+" IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")+")", args...)
}

func (q *query) String() string { return strings.Join(q.where, " AND ") }

// copy is a query that grows apart from q.
func (q *query) copy() query { return query{slices.Clone(q.where), slices.Clone(q.args)} }
