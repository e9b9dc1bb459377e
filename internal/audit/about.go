package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mostObjects is how many objects one statement asks about.
const mostObjects = 500

// About returns what was done to objects, the newest first, at most limit
// entries. Who may ask is for the caller to decide.
func (l *Log) About(ctx context.Context, objects []string, limit int) (lines []Line, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		lines = nil
		for part := range slices.Chunk(objects, mostObjects) {
			some, err := about(tx, part, limit)
			if err != nil {
				return err
			}
			lines = append(lines, some...)
		}
		return nil
	})
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID, a.ID)) })
	return lines[:min(limit, len(lines))], err
}

func about(tx *sqldb.Tx, objects []string, limit int) (lines []Line, err error) {
	marks, args := make([]string, len(objects)), []any{limit}
	for i, o := range objects {
		args = append(args, o)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	err = tx.Each(`SELECT `+payloadColumns+`, coalesce(e.seq, 0) FROM audit_payload p JOIN audit_entry e ON e.id = p.id
		WHERE p.object IN (`+strings.Join(marks, ", ")+`) ORDER BY p.at DESC, p.id DESC LIMIT $1`, args, func(scan func(...any) error) error {
		var p payload
		var seq int64
		err := scan(append(p.into(), &seq)...)
		lines = append(lines, p.line(seq))
		return err
	})
	return lines, err
}
