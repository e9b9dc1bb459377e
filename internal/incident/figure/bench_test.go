package figure

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The numbers that issue 6 asks for: an incident for every five reports, ten observables for every report, and one incident with very much.
const (
	reportsEach = 5
	seenEach    = 10
	bigEntries  = 5000
	bigSeen     = 10_000
	correlated  = 200
)

// load is a data folder that is filled.
type load struct {
	*testing.B
	db        *sqldb.DB
	incidents *incident.Service
	seen      *observable.Service
	reports   int
	ids       []string // of the incidents
}

// BenchmarkLoad fills a data folder, named by FIREHALL_BENCH_DATA, in which there are reports already, with incidents and all that hangs on them, and
// then measures what correlating takes. `make bench` serves the folder (test/bench, incidents).
func BenchmarkLoad(b *testing.B) {
	data := os.Getenv("FIREHALL_BENCH_DATA")
	if data == "" {
		b.Skip("FIREHALL_BENCH_DATA names no folder")
	}
	l := open(b, data)
	l.reports, _ = strconv.Atoi(os.Getenv("FIREHALL_BENCH_REPORTS"))
	l.open()
	l.takedowns()
	l.hang()
	l.busy()
	big := l.big()
	begun := time.Now()
	for i := range correlated {
		draft := observable.Draft{Value: fmt.Sprintf("new%d.host%d.example", i, i*17)}
		if _, err := l.seen.Add(b.Context(), ada, big, []observable.Draft{draft}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(begun).Microseconds())/1000/correlated, "correlate-ms")
}

func open(b *testing.B, data string) *load {
	b.Helper()
	db, err := sqldb.Open(b.Context(), "sqlite:"+filepath.Join(data, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	ring := keyring.Open(disk.OS{}, filepath.Join(data, "keys"), clock.Real{})
	s, err := incident.New(incident.Options{DB: db, Log: slog.Default(), FS: disk.OS{}, Dir: filepath.Join(data, "evidence"), Keys: ring, Moment: Keep})
	if err != nil {
		b.Fatal(err)
	}
	key, err := ring.Secret(observable.Secret)
	if err != nil {
		b.Fatal(err)
	}
	return &load{B: b, db: db, incidents: s, seen: observable.New(observable.Options{DB: db, Incidents: s, Key: key})}
}

// open opens the incidents as people do: the texts are sealed and indexed.
func (l *load) open() {
	for i := range l.reports / reportsEach {
		in, err := l.incidents.OpenIncident(l.Context(), ada, incident.Opening{
			Title: fmt.Sprintf("Phishing kit %d at host%d.example", i, i%500), Class: classes[i%len(classes)], Severity: "medium", TLP: tlp.Amber,
		})
		if err != nil {
			l.Fatal(err)
		}
		l.ids = append(l.ids, in.ID)
	}
}

// do runs statements in a transaction.
func (l *load) do(statements ...string) {
	err := l.db.Write(l.Context(), func(tx *sqldb.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(s); err != nil {
				return fmt.Errorf("%.60s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

// hang hangs reports, moments and observables on the incidents, in bulk.
func (l *load) hang() {
	each, n := strconv.Itoa(reportsEach), strconv.Itoa(l.reports*seenEach)
	l.do(
		`CREATE TEMP TABLE turn AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM incident`,
		`CREATE UNIQUE INDEX temp.turn_n ON turn (n)`,
		`INSERT INTO incident_link (incident, report, alert, actor, at)
			SELECT t.id, r.id, 0, 'ada', r.received FROM (SELECT id, received, row_number() OVER (ORDER BY id) - 1 AS n FROM report) r JOIN turn t ON t.n = r.n / `+each+` WHERE true`,
		`UPDATE incident SET state = 'resolved', closed = opened + 86400000 WHERE id IN (SELECT id FROM turn WHERE n % 3 > 0)`,
		`INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/closed', 1, id, 'closed', closed, 86400000, 1 FROM incident WHERE closed > 0`,
		`INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/arrived', 0, id, 'arrived', received, 0, 1 FROM report WHERE true`,
		`INSERT INTO moment (id, about, subject, code, at, took, standing)
			SELECT id || '/acknowledged', 0, id, 'acknowledged', received + rank * 60000, rank * 60000, 1 FROM report WHERE true`,
		`INSERT INTO moment (id, about, subject, code, at, took, standing)
			SELECT id || '/triaged', 0, id, 'triaged', received + rank * 90000, rank * 90000, 1 FROM report WHERE state <> 'new'`,
		`WITH RECURSIVE s (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < `+n+` - 1)
			INSERT INTO observable (id, incident, kind, mark, value, low, role, tlp, pap, first, last, source, origin, detection, listed, quiet, secret, sealed, added, actor,
				removed, removed_by, version)
			SELECT 'o' || s.i, t.id, 'domain', random(), 'www' || s.i || '.host' || (s.i % 5000) || '.example', '', '', 2, 2, 0, 0, 'person', '', 0, '', 0, 0, 0, 0, 'ada', 0, '', 1
			FROM s JOIN turn t ON t.n = s.i % (SELECT count(*) FROM turn)`,
		`INSERT INTO observable_above (mark, observable) SELECT CAST(substr(id, 2) AS INTEGER) % 50000, id FROM observable`,
		`INSERT INTO obligation (id, incident, duty, organisation, applies, facts, kind, entity, crossing, crime, actor, at, computed, version, body)
			SELECT id || '.service', id, 'service/incident', '', 1, '', '', '', '', '', 'ada', opened, 4102444800000, 1, x'' FROM incident WHERE true`,
		`INSERT INTO obligation_clock (obligation, stage, incident, duty, side, begun, due, done, reminded, escalated)
			SELECT i.id || '.service', s.stage, i.id, 'service/incident', 'team', i.opened, i.opened + s.within, i.closed, 0, 1
			FROM incident i CROSS JOIN (SELECT 'acknowledge' AS stage, 3600000 AS within UNION ALL SELECT 'triage', 14400000 UNION ALL SELECT 'contain', 259200000
				UNION ALL SELECT 'close', 2592000000) s WHERE true`,
		`DROP TABLE turn`,
	)
}

// big is an incident with very much on it.
func (l *load) big() string {
	i, err := l.incidents.OpenIncident(l.Context(), ada, incident.Opening{Title: "The great flood of all incidents", TLP: tlp.Amber})
	if err != nil {
		l.Fatal(err)
	}
	err = l.incidents.Work(l.Context(), ada, i.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		for n := range bigEntries {
			if err := l.incidents.Tell(tx, ada, in, incident.Entry{World: n%2 == 0, Text: fmt.Sprintf("Host %d answered, and what it said was kept.", n)}); err != nil {
				return err
			}
		}
		return nil
	})
	for n := 0; err == nil && n < bigSeen; n += 500 {
		var drafts []observable.Draft
		for k := n; k < n+500; k++ {
			drafts = append(drafts, observable.Draft{Value: fmt.Sprintf("big%d.host%d.example", k, k%5000)})
		}
		_, err = l.seen.Add(l.Context(), ada, i.ID, drafts)
	}
	if err != nil {
		l.Fatal(err)
	}
	return i.ID
}
