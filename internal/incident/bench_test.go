package incident

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// The numbers that issue 5 asks for are of 100,000 reports; FIREHALL_BENCH_REPORTS sets another count.
func benchReports() int {
	if n, err := strconv.Atoi(os.Getenv("FIREHALL_BENCH_REPORTS")); err == nil {
		return n
	}
	return 100_000
}

// fill writes many reports, many a transaction, as Accept and SaveAssessment leave them.
func fill(b *testing.B, h *house, n int) {
	b.Helper()
	states := []State{StateNew, StateOpen, StateResolved, StateRejected}
	for from := 0; from < n; from += 2000 {
		err := h.db.Write(b.Context(), func(tx *sqldb.Tx) error {
			for i := from; i < min(from+2000, n); i++ {
				d := Draft{
					Door: Mail, Subject: fmt.Sprintf("Phishing page %d at host%d.example", i, i%5000),
					Text:     fmt.Sprintf("Somebody received a mail with a link to http://host%d.example/login and asks what to do about it. number%d", i%5000, i),
					Reporter: Reporter{Email: fmt.Sprintf("person%d@org%d.example", i%700, i%90)},
				}
				a := &acceptance{s: h.Service, d: d, actor: system, at: start.Add(time.Duration(i) * time.Second)}
				r, err := a.insert(tx)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(`UPDATE report SET state = $2, rank = $3, class = $4, assessed = 1 WHERE id = $1`, r.ID, string(states[i%4]), i%9, []string{"fraud", "intrusions"}[i%2]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReports(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	h := build(b, db)
	h.sign("ada")
	fill(b, h, benchReports())
	if _, err := h.OpenIncident(b.Context(), ada, IncidentDraft{Title: "x", Restricted: true}); err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name, query string
		actor       identity.Actor
	}{
		{"queue", "state:new", bob},
		{"queue of a member", "state:new", ada},
		{"all", "", bob},
		{"undone", "is:undone", bob},
		{"class", "state:new class:fraud", bob},
		{"one word that all have", "phishing", bob},
		{"a rare word", "number4711", bob},
		{"common and rare", "phishing host42.example", bob},
		{"common words of few", "somebody person7", bob},
		{"no such word", "zebra", bob},
		{"sender", "from:person7@org7.example", bob},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Reports(b.Context(), bench.actor, Filter{Query: bench.query, Folded: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("suggest", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Suggest(b.Context(), bob, "host12"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFill fills a data folder that has a database and keys, named by FIREHALL_BENCH_DATA: `make bench` serves it (test/bench, reports).
func BenchmarkFill(b *testing.B) {
	data := os.Getenv("FIREHALL_BENCH_DATA")
	if data == "" {
		b.Skip("FIREHALL_BENCH_DATA names no folder")
	}
	db, err := sqldb.Open(b.Context(), "sqlite:"+filepath.Join(data, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	s, err := New(Options{DB: db, Log: slog.Default(), FS: disk.OS{}, Dir: filepath.Join(data, "evidence"), Keys: keyring.Open(disk.OS{}, filepath.Join(data, "keys"), clock.Real{})})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, &house{Service: s, db: db}, benchReports())
	b.ReportMetric(float64(benchReports())/b.Elapsed().Seconds(), "reports/s")
}

func BenchmarkAccept(b *testing.B) {
	h := build(b, sqldbtest.Open(b, sqldb.SQLite))
	for b.Loop() {
		r := h.accept(b, Draft{Door: Mail, Subject: "Phishing", Text: "Somebody received a mail with a link to http://host.example/login and asks what to do."})
		assess(b, h, r.ID, triage.Assessment{Class: "fraud", Rank: 4})
	}
}
