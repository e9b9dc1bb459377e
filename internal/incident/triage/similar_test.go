package triage

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const letter = `Dear team, since Tuesday our customers receive messages that look as if they came from our bank and ask them
to confirm their address on a page that is not ours. We have blocked the page at our own proxy and would be glad if you could help us to have it taken down.`

func TestSimilar(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		tr := setup(t, db)
		for id, text := range map[string]string{
			"same-text":  strings.Replace(letter, "Tuesday", "Wednesday", 1),
			"same-url":   "hxxps://login-bank[.]fr/a is bad",
			"same-host":  "https://login-bank.fr/another/page",
			"other":      "Our printer is on fire since the morning, and nobody knows why that may be.",
			"same-cve":   "CVE-2024-3094 is bad",
			"same-empty": "d41d8cd98f00b204e9800998ecf8427e and 10.0.0.1",
		} {
			assess(t, tr, Report{ID: id, Text: text})
		}
		r := Report{ID: "new", Text: letter + " https://login-bank.fr/a CVE-2024-3094 d41d8cd98f00b204e9800998ecf8427e 10.0.0.1"}
		a := assess(t, tr, r)
		var got []string
		for _, s := range a.Similar {
			got = append(got, s.Report+" "+s.Why[0].Code)
		}
		if want := "same-url similar.indicator, same-text similar.text, same-host similar.indicator"; strings.Join(got, ", ") != want {
			t.Errorf("similar: %v %+v", got, a.Similar)
		}
		if again := assess(t, tr, r); len(again.Similar) != len(a.Similar) {
			t.Errorf("judged again it resembles %+v", again.Similar)
		}
		if err := db.Write(context.Background(), func(tx *sqldb.Tx) error { return tr.Forget(tx, "same-url") }); err != nil {
			t.Fatal(err)
		}
		if a := assess(t, tr, r); len(a.Similar) != 2 {
			t.Errorf("what was forgotten is still found: %+v", a.Similar)
		}
	})
}

func TestWhatIsCommonSaysNothing(t *testing.T) {
	tr := open(t)
	err := tr.o.DB.Write(context.Background(), func(tx *sqldb.Tx) error {
		for i := range common + 1 {
			if err := keep(tx, fmt.Sprint("r", i), tr.traits(nil), []int64{tr.mark("domain", "no")}); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO triage_trait (mark, report) VALUES ($1, $2)`, tr.mark("domain", "evil.com"), fmt.Sprint("r", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := assess(t, tr, Report{ID: "new", Text: "evil.com"}); len(a.Similar) != 0 {
		t.Errorf("similar %+v", a.Similar)
	}
}

func TestIncidentsOfSimilarReports(t *testing.T) {
	tr := open(t)
	tr.o.Incidents = func(_ context.Context, _ identity.Actor, reports []string) (map[string][]string, error) {
		return map[string][]string{reports[0]: {"one", "two"}}, nil
	}
	assess(t, tr, Report{ID: "old", Text: "http://evil.com/a"})
	a := assess(t, tr, Report{ID: "new", Text: "http://evil.com/a"})
	if len(a.Similar) != 2 || a.Similar[0].Incident != "one" || a.Similar[1].Incident != "two" || a.Similar[1].Report != "old" {
		t.Errorf("similar %+v", a.Similar)
	}
}

func TestNothingIsKeptInTheClear(t *testing.T) {
	tr, other := open(t), open(t)
	other.o.Key = [32]byte{2}
	if tr.mark("ip", "192.0.2.1") == other.mark("ip", "192.0.2.1") || tr.mark("ip", "192.0.2.1") == tr.mark("domain", "192.0.2.1") {
		t.Error("digests do not depend on the key and the kind")
	}
	if one, two := tr.bandsOf(letter), other.bandsOf(letter); one[0] == two[0] || len(one) != bands {
		t.Error("bands do not depend on the key")
	}
}

// BenchmarkSimilar looks for the like of a report among 100,000, or FIREHALL_BENCH_REPORTS (make bench).
func BenchmarkSimilar(b *testing.B) {
	tr, n := setup(b, sqldbtest.Open(b, sqldb.SQLite)), 100_000
	if other, err := strconv.Atoi(os.Getenv("FIREHALL_BENCH_REPORTS")); err == nil {
		n = other
	}
	fill(b, tr, n)
	r := Report{ID: "new", Text: letter + " https://login-bank.fr/a " + strings.Repeat("198.51.100.7 evil7.fr evil8.fr evil9.fr 192.0.2.8 ", 3)}
	b.ResetTimer()
	for b.Loop() {
		if _, err := tr.Assess(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// fill stores reports as a team gets them: every tenth has the same text, and indicators repeat.
func fill(tb testing.TB, tr *Triage, n int) {
	tb.Helper()
	start := time.Now()
	for at := 0; at < n; at += 1000 {
		err := tr.o.DB.Write(context.Background(), func(tx *sqldb.Tx) error {
			for i := at; i < min(at+1000, n); i++ {
				text := fmt.Sprintf("report %d of somebody with words %d %d %d and so on %d, evil%d.fr 192.0.2.%d", i, i%7, i%31, i%101, i%1009, i%5000, i%250)
				if i%10 == 0 {
					text = letter
				}
				traits := tr.traits(indicator.Extract(text, indicator.Limits{}).List)
				if err := keep(tx, fmt.Sprintf("r%07d", i), traits, tr.bandsOf(text)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	tb.Logf("%d reports in %v", n, time.Since(start))
}
