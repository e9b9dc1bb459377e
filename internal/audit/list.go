package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Query says which entries to list; an empty field means any.
type Query struct {
	Actor     string    // an id
	Operation string    // "feed.ingest", or "feed" for all of a room
	Object    string    // an id or name
	Text      string    // stands anywhere in an entry, capitals or not
	From, To  time.Time // at or after, and before
	page.Request
}

// maxText bounds Query.Text, in bytes.
const maxText = 200

// Line is an entry as listed. Erased entries are not listed: there is nothing
// to say. The entries that tell of the erasures are.
type Line struct {
	ID        string          `json:"id"`
	At        time.Time       `json:"at"`
	Actor     string          `json:"actor"`
	ActorKind string          `json:"actor_kind"`
	Via       string          `json:"via,omitempty"`
	Operation string          `json:"operation"`
	Object    string          `json:"object,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Sealed    int64           `json:"sealed,omitempty"` // the position in the chain; 0 while it waits for the sealer
}

// latest is later than every entry, in milliseconds.
var latest = sqldb.Millis(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))

// List returns entries by time, the newest first. It pages by time and id and
// not by position, which entries not yet sealed lack. Errors: Invalid for a
// cursor of another list, or a text that is too long.
func (l *Log) List(ctx context.Context, q Query) (page.Page[Line], error) {
	if len(q.Text) > maxText {
		return page.Page[Line]{}, problem.New(problem.Invalid, "search for a text of %d bytes at most", maxText)
	}
	at, last := latest, "~"
	if _, err := q.After.Into(&at, &last); err != nil {
		return page.Page[Line]{}, err
	}
	limit := q.Rows()
	where, args := q.where(at, last)
	args = append(args, limit+1)
	var lines []Line
	err := l.db.Read(ctx, func(tx *sqldb.Tx) error {
		lines = nil
		return tx.Each(fmt.Sprintf(`SELECT %s, coalesce(e.seq, 0) FROM audit_payload p JOIN audit_entry e ON e.id = p.id
			WHERE %s ORDER BY p.at DESC, p.id DESC LIMIT $%d`, payloadColumns, where, len(args)), args, func(scan func(...any) error) error {
			var p payload
			var seq int64
			if err := scan(append(p.into(), &seq)...); err != nil {
				return err
			}
			lines = append(lines, p.line(seq))
			return nil
		})
	})
	if err != nil {
		return page.Page[Line]{}, err
	}
	return page.Cut(lines, limit, func(x Line) []any { return []any{sqldb.Millis(x.At), x.ID} }), nil
}

// searched are the columns that Query.Text looks at.
var searched = []string{"actor", "operation", "object", "reason", "before_value", "after_value"}

// where writes the condition with what is asked only, so that the index of the one column that is asked for is used.
func (q Query) where(at int64, last string) (string, []any) {
	parts, args := []string{`(p.at, p.id) < (CAST($1 AS BIGINT), CAST($2 AS TEXT))`}, []any{at, last}
	add := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, strings.ReplaceAll(condition, "$$", fmt.Sprintf("$%d", len(args))))
	}
	if q.Actor != "" {
		add(`p.actor = $$`, q.Actor)
	}
	switch {
	case strings.Contains(q.Operation, "."):
		add(`p.operation = $$`, q.Operation)
	case q.Operation != "":
		add(`p.operation >= $$`, q.Operation+".")
		add(`p.operation < $$`, q.Operation+"/") // the character behind the dot
	}
	if q.Object != "" {
		add(`p.object = $$`, q.Object)
	}
	if !q.From.IsZero() {
		add(`p.at >= $$`, q.From)
	}
	if !q.To.IsZero() {
		add(`p.at < $$`, q.To)
	}
	if q.Text != "" {
		add(`(lower(p.`+strings.Join(searched, `) LIKE $$ ESCAPE '\' OR lower(p.`)+`) LIKE $$ ESCAPE '\')`, "%"+escaped.Replace(strings.ToLower(q.Text))+"%")
	}
	return strings.Join(parts, " AND "), args
}

// escaped takes the meaning from what LIKE gives one.
var escaped = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// One returns an entry. Where its content was erased, erased tells by whom, when and why, and the line has an id and a position only.
// Errors: NotFound.
func (l *Log) One(ctx context.Context, entry string) (line Line, erased *Line, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		var seq int64
		if err := tx.QueryRow(`SELECT coalesce(seq, 0) FROM audit_entry WHERE id = $1`, entry).Scan(&seq); err != nil {
			return err
		}
		p, err := load(tx, entry)
		if sqldb.NoRows(err) {
			line = Line{ID: entry, Sealed: seq}
			erased, err = erasureOf(tx, entry)
			return err
		}
		line = p.line(seq)
		return err
	})
	if sqldb.NoRows(err) {
		return line, nil, problem.Wrap(problem.NotFound, err, "there is no audit entry %.60q", entry)
	}
	return line, erased, err
}

// erasureOf returns the entry that tells of an erasure; nil if there is none, which is a fault of the record.
func erasureOf(tx *sqldb.Tx, entry string) (*Line, error) {
	var p payload
	err := tx.QueryRow(`SELECT `+payloadColumns+` FROM audit_payload p WHERE p.object = $1 AND p.operation = $2 ORDER BY p.at LIMIT 1`, entry, OperationErase).
		Scan(p.into()...)
	if sqldb.NoRows(err) {
		return nil, nil
	}
	line := p.line(0)
	return &line, err
}

// Operations lists those that were ever recorded, by name. It leaps from one to the next in the index, however many entries there are.
func (l *Log) Operations(ctx context.Context) (names []string, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		names = nil
		return tx.Each(`WITH RECURSIVE leap(name) AS (
				SELECT min(operation) FROM audit_payload
				UNION ALL SELECT (SELECT min(operation) FROM audit_payload WHERE operation > leap.name) FROM leap WHERE leap.name IS NOT NULL
			) SELECT name FROM leap WHERE name IS NOT NULL`, nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	})
	return names, err
}

func (p payload) line(seq int64) Line {
	return Line{
		ID: p.ID, At: sqldb.Time(p.At), Actor: p.Actor, ActorKind: p.ActorKind, Via: p.Via, Operation: p.Operation,
		Object: p.Object, Reason: p.Reason, Before: json.RawMessage(p.Before), After: json.RawMessage(p.After), Sealed: seq,
	}
}
