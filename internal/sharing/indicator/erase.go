package indicator

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Erased erases what is known of objects of which no version is left: an indicator with its values and all that anybody said of it, our own watch too; what
// a sighting or an opinion said; a relation. It is a step of an operation that has authorised.
func (s *Service) Erased(tx *sqldb.Tx, now time.Time, ids []string) error {
	for _, id := range ids {
		var of []string
		err := tx.Each(`SELECT DISTINCT indicator FROM sharing_sighting WHERE once = $1 OR once > $2 AND once < $3`, []any{id, id + " ", id + "!"}, func(next func(...any) error) error {
			var one string
			err := next(&one)
			of = append(of, one)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sharing_sighting WHERE once = $1 OR once > $2 AND once < $3`, id, id+" ", id+"!"); err != nil {
			return err
		}
		for _, table := range []string{`sharing_indicator WHERE id`, `sharing_indicator_value WHERE indicator`, `sharing_sighting WHERE indicator`, `sharing_relation WHERE id`} {
			if _, err := tx.Exec(`DELETE FROM `+table+` = $1`, id); err != nil {
				return err
			}
		}
		for _, one := range of {
			if err := sum(tx, now, one); err != nil {
				return err
			}
		}
	}
	return nil
}
