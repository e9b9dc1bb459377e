package incident

import (
	"fmt"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Marks tells, by texts that differ when something has changed, that pages of reports and incidents are not up to date.
func Marks(tx *sqldb.Tx) (map[string]string, error) {
	var newest, incident string
	var changed, moved int64
	err := tx.QueryRow(`SELECT coalesce((SELECT max(id) FROM report), ''), coalesce((SELECT max(changed) FROM report), 0),
		coalesce((SELECT max(id) FROM incident), ''), coalesce((SELECT max(changed) FROM incident), 0)`).Scan(&newest, &changed, &incident, &moved)
	return map[string]string{"reports": fmt.Sprint(newest, changed), "incidents": fmt.Sprint(incident, moved)}, err
}
