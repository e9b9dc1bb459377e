package search

import (
	"context"
	"net/netip"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// standing is how many findings the benchmark asks among.
const standing = 100_000

// BenchmarkSearch asks what people ask most.
func BenchmarkSearch(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	base := some()
	list := make([]finding.Finding, 0, standing)
	for i := range standing {
		f := base[i%len(base)]
		f.Addr = netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		f.URL, f.FQDN, f.Last = "", "", day(1+i%20)
		f.Key = keyOf(f)
		list = append(list, f)
	}
	fill(b, db, list)
	for _, bm := range []struct {
		name, query string
		order       Order
	}{
		{"prefix", "ip:11.0.8.0/24", Newest},
		{"by address", "state:open", ByAddress},
		{"newest", "state:open", Newest},
		{"text", "identifier:*tel*", Newest},
	} {
		b.Run(bm.name, func(b *testing.B) {
			q := Query{Where: parse(b, bm.query), Order: bm.order, Request: page.Request{Limit: 50}}
			for b.Loop() {
				if p, err := List(context.Background(), db, tester, q); err != nil || len(p.Items) != 50 {
					b.Fatal(len(p.Items), err)
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if _, err := Count(context.Background(), db, tester, Query{Where: parse(b, "last:7d")}, []string{"state", "feed"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
