package incident

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// ToldSince reports whether the timeline of an incident has a line with a code, or with one that begins so, since a time.
func ToldSince(tx *sqldb.Tx, in *Inside, code string, since time.Time) (bool, error) {
	cond, args := in.Rows("incident", 4)
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM incident_entry WHERE at > $1 AND code >= $2 AND code < $3 AND `+cond, append([]any{since, code, beyond(code)}, args...)...).Scan(&n)
	return n > 0, err
}
