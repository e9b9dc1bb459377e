package evidence

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// A file is found by each hash that others may know it by, as long as it is kept and in no quarantine; what is kept for that tells nothing by itself.
func TestFoundByEachHash(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		v, _ := vault(t)
		s := stored(t, v, "a file that somebody looks for")
		if err := add(t, db, v, s, now); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			hash string
			want []string
		}{
			"SHA-256":   {s.SHA256, []string{"r"}},
			"SHA-1":     {s.SHA1, []string{"r"}},
			"MD5":       {s.MD5, []string{"r"}},
			"another":   {strings.Repeat("0", 32), nil},
			"no hash":   {"a file", nil},
			"its start": {s.SHA1[:32], nil},
		} {
			if got := holders(t, db, v, c.hash); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		clear := 0
		write(t, db, func(tx *sqldb.Tx) error {
			if err := tx.QueryRow(`SELECT count(*) FROM evidence_sum WHERE sum IN ($1, $2)`, s.SHA1, s.MD5).Scan(&clear); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE evidence_item SET quarantined = 1`)
			return err
		})
		if clear != 0 {
			t.Error("hashes are kept in clear")
		}
		if got := holders(t, db, v, s.MD5); got != nil {
			t.Errorf("in quarantine it is found: %v", got)
		}
	})
}

func holders(t *testing.T, db *sqldb.DB, v *Vault, hash string) (list []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		list, err = v.Holding(tx, hash)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
