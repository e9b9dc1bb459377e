package incident

import (
	"crypto/md5" //nolint:gosec // what others look for files by
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Files that were kept before their sums were are found by MD5 once the job was there. One that is cut off goes on where it was.
func TestOldFilesGetTheirSums(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		i := h.opened(t, ada, Opening{})
		texts := []string{"one", "two", "three"}
		for _, text := range texts {
			if _, err := h.Attach(t.Context(), ada, i.ID, File{Name: text, MediaType: "text/plain", Body: strings.NewReader(text)}); err != nil {
				t.Fatal(err)
			}
		}
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM evidence_sum`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		found := func() (list []string) {
			for _, text := range texts {
				sum := md5.Sum([]byte(text))
				err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
					holders, err := h.vault.Holding(tx, hex.EncodeToString(sum[:]))
					if len(holders) > 0 {
						list = append(list, text)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			return list
		}
		if some, err := h.Unsummed(t.Context(), system, ""); err != nil || !some || len(found()) != 0 {
			t.Fatalf("%t, %v, %v", some, found(), err)
		}
		round, lost := 0, errors.New("the lease is lost")
		if _, n, err := h.SumVault(t.Context(), system, func(*sqldb.Tx) error {
			if round++; round == 2 {
				return lost
			}
			return nil
		}, ""); !errors.Is(err, lost) || n != 1 || len(found()) != 1 {
			t.Fatalf("cut off: %d, %v, %v", n, found(), err)
		}
		last, n, err := h.SumVault(t.Context(), system, func(*sqldb.Tx) error { return nil }, "")
		if err != nil || last != "" || n != 2 || !slices.Equal(found(), texts) {
			t.Errorf("%q, %d, %v, %v", last, n, found(), err)
		}
		if some, err := h.Unsummed(t.Context(), system, ""); err != nil || some {
			t.Errorf("%t, %v", some, err)
		}
	})
}
