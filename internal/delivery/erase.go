package delivery

import (
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Erase drops the bytes of messages, and to whom they went, for good: what they tell of is erased. Those that wait are not sent any more. It is a
// step of somebody's operation, which authorises and audits; a name of no message is passed over.
func (s *Service) Erase(tx *sqldb.Tx, names []string) error {
	for _, name := range names {
		_, err := tx.Exec(`UPDATE delivery SET state = 'cancelled', version = version + 1, settled_at = $2, detail = 'erased'
			WHERE id = $1 AND state IN ('queued', 'doubtful', 'held')`, name, s.Clock.Now())
		if err == nil {
			_, err = tx.Exec(`UPDATE delivery SET to_name = '', address = '' WHERE id = $1 AND state <> 'sending'`, name)
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM delivery_body WHERE delivery = $1`, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
