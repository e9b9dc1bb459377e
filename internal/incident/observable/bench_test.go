package observable

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// amount is how many observables the benchmarks stand among: OBSERVABLES=1000000 is the number that the design names.
func amount() int {
	if n, err := strconv.Atoi(os.Getenv("OBSERVABLES")); err == nil {
		return n
	}
	return 100_000
}

// full is a house with many observables in 100 incidents, and 10,000 in the one that it gives.
func full(b *testing.B) (*house, incident.Incident) {
	b.Helper()
	h := build(b, sqldbtest.Open(b, sqldb.SQLite))
	var of []string
	for n := range 100 {
		of = append(of, h.open(b, ada, incident.Opening{Title: fmt.Sprint("Incident ", n), Restricted: n%10 == 0}).ID)
	}
	mine := h.open(b, ada, incident.Opening{Title: "Mine"})
	err := h.db.Write(b.Context(), func(tx *sqldb.Tx) error {
		insert, err := tx.Prepare(insertion)
		if err != nil {
			return err
		}
		above, err := tx.Prepare(insertAbove)
		for n := 0; n < amount() && err == nil; n++ {
			err = h.fill(insert, above, of[n%len(of)], n)
		}
		for n := 0; n < 10_000 && err == nil; n++ {
			err = h.fill(insert, above, mine.ID, n*(amount()/10_000))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return h, mine
}

// fill writes the n-th value: an address, a domain, a URL or a hash.
func (h *house) fill(insert, above *sqldb.Stmt, of string, n int) error {
	v := value{kind: indicator.IP, text: fmt.Sprintf("%d.%d.%d.%d", 20+n>>24, n>>16&255, n>>8&255, n&255)}
	switch n % 4 {
	case 1:
		v = value{kind: indicator.Domain, text: fmt.Sprintf("www%d.evil%d.net", n%7, n/100)}
	case 2:
		v = value{kind: indicator.URL, host: fmt.Sprintf("evil%d.net", n/100), text: fmt.Sprintf("http://evil%d.net/%d", n/100, n)}
	case 3:
		v = value{kind: indicator.SHA256, text: fmt.Sprintf("%064x", n)}
	}
	r := record{mark: h.markOf(v)}
	r.Observable = Observable{ID: id.NewAt(start), Incident: of, Kind: v.kind, Value: v.text, Source: FromPerson, Added: start, By: "ada"}
	args, err := r.insert(nil, v)
	if err == nil {
		_, err = insert.Exec(args...)
	}
	for _, mark := range h.places(&r, v) {
		if err == nil {
			_, err = above.Exec(mark, r.ID)
		}
	}
	return err
}

func BenchmarkCorrelate(b *testing.B) {
	h, mine := full(b)
	for _, text := range []string{"20.1.2.4", "20.1.0.0/16", "evil77.net", "http://evil77.net/7702", "2a00:1:2::77", "good.net"} {
		b.Run(text, func(b *testing.B) {
			v, err := read("", text)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				err := h.db.Read(b.Context(), func(tx *sqldb.Tx) error {
					sight, err := h.incidents.SightOf(tx, eve)
					if err != nil {
						return err
					}
					_, err = h.newSearch(tx, v, sight.Incidents, []string{mine.ID}, MostMatches+1).run()
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkList(b *testing.B) {
	h, mine := full(b)
	for name, f := range map[string]Filter{"all": {}, "kind": {Kinds: []Kind{indicator.URL}}, "text": {Text: "evil7"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l, err := h.List(b.Context(), ada, mine.ID, f, page.Request{Limit: 100})
				if err != nil || len(l.Items) == 0 {
					b.Fatalf("%d, %v", l.Total, err)
				}
			}
		})
	}
}
