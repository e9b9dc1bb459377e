package finding

import (
	"context"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestNumber shows that words have one number, other words another, and that a number which other words have is not shared.
func TestNumber(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		taken := sign([]string{"n3", "prefix"}, 0)
		numbers := map[int64]bool{taken: true}
		err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`INSERT INTO finding_owner (id, network, rule) VALUES ($1, 'other', 'words')`, taken); err != nil {
				return err
			}
			for _, words := range [][]string{{"n1", "prefix"}, {"n1prefix", ""}, {"", ""}, {"n3", "prefix"}} {
				first, err := ownerWords.number(tx, words)
				if err != nil {
					return err
				}
				again, err := ownerWords.number(tx, words)
				if err != nil {
					return err
				}
				if numbers[first] || first != again || first < 0 || first >= 1<<48 {
					t.Errorf("%q: %d, then %d", words, first, again)
				}
				numbers[first] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
