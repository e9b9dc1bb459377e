package constituency

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// world draws unique prefixes: five of IPv4 (/16 to /24) to one of IPv6 (/32 to /48).
func world(n int) []netip.Prefix {
	r := rand.New(rand.NewPCG(1, 2))
	seen := make(map[netip.Prefix]bool, n)
	list := make([]netip.Prefix, 0, n)
	for len(list) < n {
		var p netip.Prefix
		if len(list)%6 != 5 {
			a := [4]byte{byte(11 + r.IntN(89)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
			p = netip.PrefixFrom(netip.AddrFrom4(a), 16+r.IntN(9)).Masked()
		} else {
			a := [16]byte{0x2a, byte(r.IntN(16)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
			p = netip.PrefixFrom(netip.AddrFrom16(a), 32+r.IntN(17)).Masked()
		}
		if !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

const million = 1_200_000

// BenchmarkIPv4 looks up random addresses; the ratio is to a plain Go map of
// the same size, which finds exact addresses only.
func BenchmarkIPv4(b *testing.B) {
	for _, n := range []int{1000, 100_000, million} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := matcherOf(world(n))
			exact := make(map[uint32]Slot, n)
			asked := make([]uint32, 1<<16)
			r := rand.New(rand.NewPCG(3, 4))
			for i := range n {
				exact[r.Uint32()] = Slot(i)
			}
			for i := range asked {
				asked[i] = uint32(11+r.IntN(89))<<24 | r.Uint32()>>8
			}
			start := time.Now()
			var sum Slot
			for i := range 1 << 20 {
				sum += exact[asked[i&0xffff]]
			}
			yardstick := float64(1<<20) / time.Since(start).Seconds()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				sum += m.IPv4(asked[i&0xffff])
			}
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate/1e6, "Mlookups/s")
			b.ReportMetric(rate/yardstick, "x-map")
			runtime.KeepAlive(sum)
		})
	}
}

func BenchmarkDomain(b *testing.B) {
	bld := newBuilder()
	bld.orgs = []matchedOrg{{"", "org"}}
	for i := range 100_000 {
		bld.others = append(bld.others, otherRow{1, fmt.Sprintf("customer%d.example", i), strings.Repeat("x", idWidth), 0})
	}
	m := bld.matcher()
	names := []string{"www.customer5.example", "a.b.c.Customer77777.example", "customer.other.test"}
	b.ReportAllocs()
	for i := range b.N {
		m.Domain(names[i%3])
	}
}

// BenchmarkStart compares the ways to a matcher of 1.2 M prefixes: from the
// state store and from the snapshot file. The ratio is snapshot to store.
func BenchmarkStart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "snapshot")
	db := sqldbtest.Open(b, sqldb.SQLite)
	r, now := register(b, db, Options{})
	var text strings.Builder
	text.WriteString("organisation,network\n")
	for i, p := range world(million) {
		fmt.Fprintf(&text, "Organisation %d,%s\n", i%20_000, p)
	}
	imported := time.Now()
	load(b, r, CSV, text.String())
	b.Logf("import of %d rows: %s", million, time.Since(imported).Round(time.Millisecond))
	withFile := New(db, Options{Clock: now, Snapshot: path})
	var store, file time.Duration
	for range b.N {
		start := time.Now()
		if err := withFile.rebuild(ctx); err != nil {
			b.Fatal(err)
		}
		store += time.Since(start)
		fresh := New(db, Options{Clock: now, Snapshot: path})
		start = time.Now()
		if err := fresh.Load(ctx); err != nil || fresh.Matcher().Len() != million {
			b.Fatal(err, fresh.Matcher().Len())
		}
		file += time.Since(start)
	}
	b.ReportMetric(store.Seconds()/float64(b.N), "s-store")
	b.ReportMetric(file.Seconds()/float64(b.N), "s-snapshot")
	b.ReportMetric(store.Seconds()/file.Seconds(), "x-faster")
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapAlloc)/1e6, "MB-heap")
}

// BenchmarkImport imports 100,000 rows into an empty register.
func BenchmarkImport(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			r, _ := register(b, sqldbtest.Open(b, engine), Options{})
			var text strings.Builder
			text.WriteString("organisation,kind,sector,country,network,contact,purpose,language\n")
			for i, p := range world(100_000) {
				fmt.Fprintf(&text, "Organisation %d,constituent,health,FI,%s,soc@o%d.example,security,fi\n", i/4, p, i/4)
			}
			for range b.N {
				b.StopTimer()
				empty(b, r)
				b.StartTimer()
				load(b, r, CSV, text.String())
			}
			b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
