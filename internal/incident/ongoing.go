package incident

import (
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Ongoing tells which of some reports and incidents, by their ids, are not over: a report that is neither resolved nor rejected or is part of an open incident,
// and an incident that is open, or merged into one that is. It is a step of somebody's operation, which authorises.
func Ongoing(tx *sqldb.Tx, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range slices.Chunk(ids, 500) {
		args, marks := make([]any, len(part)), make([]string, len(part))
		for i, id := range part {
			args[i], marks[i] = id, "$"+strconv.Itoa(i+1)
		}
		in := strings.Join(marks, ", ")
		err := tx.Each(`SELECT r.id FROM report r WHERE r.id IN (`+in+`) AND (r.ended = 0 OR EXISTS (SELECT 1 FROM incident_link l JOIN incident k ON k.id = l.incident
				JOIN incident i ON i.id = k.root WHERE l.report = r.id AND i.state = 'open'))
			UNION SELECT k.id FROM incident k JOIN incident i ON i.id = k.root WHERE k.id IN (`+in+`) AND i.state = 'open'`, args, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			out[id] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
