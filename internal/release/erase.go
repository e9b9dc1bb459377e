package release

import (
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// EraseStops forgets the copies of some items, by id, that were stopped because they name somebody, whatever a second person has said: what they were about
// is erased. It is a step of who erases, which authorises and audits.
func EraseStops(tx *sqldb.Tx, items []string) error {
	var ids []string
	err := eachIn(tx, `SELECT id FROM release_leak WHERE item_id IN`, items, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			_, err = tx.Exec(`DELETE FROM release_leak WHERE id = $1`, id)
		}
	}
	return err
}
