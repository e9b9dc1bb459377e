package release

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// asksOf are questions about n organisations, one each, to the owner.
func asksOf(n int, version string) []Ask {
	asks := make([]Ask, n)
	for i := range asks {
		o := constituency.Organisation{ID: fmt.Sprintf("organisation-%d", i), Name: fmt.Sprintf("Organisation %d", i), Kind: constituency.Constituent}
		c := constituency.Contact{ID: fmt.Sprintf("contact-%d", i), Organisation: o.ID, Channel: constituency.Mail, Address: fmt.Sprintf("soc@o%d.example", i), Purpose: constituency.Abuse}
		to := Recipient{Contact: c, Organisation: o, Chain: ChainOwn}
		item := about(to, tlp.Amber)
		item.Version = version
		asks[i] = Ask{item, to}
	}
	return asks
}

// BenchmarkDecide decides 10,000 asks in one transaction: new ones; ones that
// only the table remembers; ones that memory does.
func BenchmarkDecide(b *testing.B) {
	const n = 10_000
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		for _, known := range []string{"new", "recorded", "remembered"} {
			b.Run(string(engine)+"/"+known, func(b *testing.B) {
				w := open(b, sqldbtest.Open(b, engine))
				for i := 0; b.Loop(); i++ {
					b.StopTimer()
					version := "1"
					switch {
					case known == "new":
						version = fmt.Sprint(i)
					case i == 0 || known == "recorded":
						w.decideAll(b, asksOf(n, version))
					}
					if known == "recorded" {
						w.cache = newCache()
					}
					asks := asksOf(n, version)
					b.StartTimer()
					w.decideAll(b, asks)
				}
				b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
			})
		}
	}
}

// BenchmarkDecideOne decides one ask at a time, each a new one, and keeps it: findings to their owner, and an incident to a peer, about which the schedule, what
// was recorded of its reporters' wishes, and the agreements count. The median is that of the program; what the disk takes for a commit now and then is in ns/op.
func BenchmarkDecideOne(b *testing.B) {
	kinds := []struct {
		name string
		ask  func(w *world, i int) Ask
	}{
		{"findings", func(_ *world, i int) Ask { return asksOf(1, fmt.Sprint(i))[0] }},
		{"incident to a peer", func(w *world, i int) Ask {
			to := w.nordic
			to.Chosen, to.Organisation.Kind = person.ID, constituency.Peer
			return Ask{Item{Kind: "incident", ID: fmt.Sprint(i), Holds: Technical, Terms: Terms{Label: tlp.Amber}, Count: 1}, to}
		}},
	}
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		for _, kind := range kinds {
			b.Run(string(engine)+"/"+kind.name, func(b *testing.B) {
				w := open(b, sqldbtest.Open(b, engine))
				w.o.Agreements = func(_ *sqldb.Tx, list []string, _ time.Time) (map[string]Lets, error) {
					return map[string]Lets{list[0]: func(string, tlp.Label) bool { return true }}, nil
				}
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					begun := time.Now()
					w.decideAll(b, []Ask{kind.ask(w, i)})
					took = append(took, time.Since(begun))
				}
				slices.Sort(took)
				b.ReportMetric(took[len(took)/2].Seconds()*1000, "median-ms")
			})
		}
	}
}

func (w *world) decideAll(b *testing.B, asks []Ask) {
	permits, _, err := w.Decide(ctx, system, asks)
	if err != nil || !permits[len(permits)-1].Valid() {
		b.Fatal(err)
	}
}
