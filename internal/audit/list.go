package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Query says which entries to list; an empty field means any.
type Query struct {
	Actor     string
	Operation string
	Object    string
	page.Request
}

// Line is an entry as listed. Erased entries are not listed: there is nothing
// to say.
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

// List returns entries by time, the newest first. It pages by time and id and
// not by position, which entries not yet sealed lack.
func (l *Log) List(ctx context.Context, q Query) (page.Page[Line], error) {
	at, last := sqldb.Millis(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), "~"
	if _, err := q.After.Into(&at, &last); err != nil {
		return page.Page[Line]{}, err
	}
	limit := q.Rows()
	var lines []Line
	err := l.db.Read(ctx, func(tx *sqldb.Tx) error {
		lines = nil
		return tx.Each(`SELECT `+payloadColumns+`, coalesce(e.seq, 0)
			FROM audit_payload p JOIN audit_entry e ON e.id = p.id
			WHERE (p.at, p.id) < (CAST($1 AS BIGINT), CAST($2 AS TEXT))
				AND (CAST($3 AS TEXT) = '' OR p.actor = $3)
				AND (CAST($4 AS TEXT) = '' OR p.operation = $4)
				AND (CAST($5 AS TEXT) = '' OR p.object = $5)
			ORDER BY p.at DESC, p.id DESC LIMIT $6`,
			[]any{at, last, q.Actor, q.Operation, q.Object, limit + 1}, func(scan func(...any) error) error {
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

func (p payload) line(seq int64) Line {
	return Line{
		ID: p.ID, At: sqldb.Time(p.At), Actor: p.Actor, ActorKind: p.ActorKind, Via: p.Via, Operation: p.Operation,
		Object: p.Object, Reason: p.Reason, Before: json.RawMessage(p.Before), After: json.RawMessage(p.After), Sealed: seq,
	}
}
