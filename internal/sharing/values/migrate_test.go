package values_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// move runs the statements of the migration that turn rows into runs.
func move(t testing.TB, db *sqldb.DB) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "platform", "sqldb", "migrations", string(db.Engine()), "00053_sharing_values.sql"))
	if err != nil {
		t.Fatal(err)
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	_, moving, found := strings.Cut(up, "INSERT INTO sharing_run")
	if !found {
		t.Fatal("the migration moves nothing")
	}
	write(t, db, func(tx *sqldb.Tx) error {
		for one := range strings.SplitSeq("INSERT INTO sharing_run"+moving, ";\n") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			if _, err := tx.Exec(one); err != nil {
				return err
			}
		}
		return nil
	})
}
