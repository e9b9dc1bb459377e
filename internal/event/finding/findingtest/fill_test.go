package findingtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/findingtest"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestFill(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		findingtest.Fill(t, db, findingtest.Range{From: 0, To: 200, Seen: day, Told: day.Add(time.Hour), Next: day.AddDate(0, 0, 7)})
		findingtest.Fill(t, db, findingtest.Range{From: 200, To: 300, Seen: day, Due: 10})
		var all []finding.Finding
		err := db.Read(context.Background(), func(tx *sqldb.Tx) (err error) {
			all, err = finding.Select(tx, "ORDER BY key")
			return err
		})
		if err != nil || len(all) != 300 {
			t.Fatal(len(all), err)
		}
		due := 0
		for i, f := range all {
			if f.Key != finding.KeyOf(findingtest.Asset(i)) || f.Organisation != findingtest.Organisation(i) || f.Network != findingtest.Network(i) ||
				f.Report != findingtest.Report(i) || f.Identifier != findingtest.Identifier(i) || f.Told.IsZero() == (i < 200) {
				t.Fatalf("%d: %+v", i, f)
			}
			if !f.Due.IsZero() {
				due++
			}
		}
		if due != 10 {
			t.Errorf("%d are due", due)
		}
	})
}
