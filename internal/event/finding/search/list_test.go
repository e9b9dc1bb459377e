package search

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestList asks for each name; the numbers are those of some.
func TestList(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", "0123"},
		{"state:notified,open", "01"},
		{"-state:open", "023"},
		{"state:re*", ""},
		{`org:"City Hospital"`, "0"},
		{"org:city*", "02"},
		{"org:o2", "1"},
		{"has:org", "012"},
		{"-org:*", "3"},
		{"network:n1", "0"},
		{"ip:192.0.2.0/24", "02"},
		{"192.0.2.77", "2"},
		{"ip:192.0.2.10..192.0.3.255", "012"},
		{"ip:2001:db8::/32", "3"},
		{"ip:::/0", "3"},
		{"-ip:0.0.0.0/0", "3"},
		{"has:ip", "0123"},
		{"class:PHISHING", "2"},
		{"taxonomy:vulnerable", "03"},
		{"identifier:open-telnet", "0"},
		{"identifier:*TEL*", "0"},
		{"malware:mirai", ""},
		{"malware:mirai*", "1"},
		{"port:>=23", "03"},
		{"-port:23", "123"},
		{"has:port", "03"},
		{"port:0", ""},
		{"port:..100", "0"},
		{"transport:TCP", "03"},
		{"feed:shadowserver", "03"},
		{"feed:desk", "1"},
		{"feed:feed-63", "2"},
		{"-feed:shadow*", "12"},
		{"feed:*", "0123"},
		{"report:scan_telnet", "0"},
		{"severity:high,low", "03"},
		{"-severity:high", "123"},
		{"host:www.library.example", "2"},
		{"library.example", "2"},
		{"url:*_100%*", "2"},
		{"url:*_100_*", ""},
		{"first:2026-11-01", "03"},
		{"last:>2026-11-20", "13"},
		{"time:2026-11-20..", "013"},
		{"seen:<2026-11-06", "2"},
		{"count:>10", "03"},
		{"told:2026-11", "0"},
		{"-has:told", "123"},
		{"due:..now", "1"},
		{"has:due", "01"},
		{"until:>now", "2"},
		{"reason:*PHONE*", "2"},
		{"telnet", "0"},
		{"(state:open or state:muted) -feed:desk", "2"},
		{`malware:""`, ""},
		{"-()", ""},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		list := some()
		fill(t, db, list)
		for _, tt := range tests {
			t.Run(tt.query, func(t *testing.T) {
				got, err := List(context.Background(), db, tester, Query{Where: parse(t, tt.query), Organisations: fitting})
				if err != nil || numbers(list, got.Items) != tt.want {
					t.Errorf("got %s, %v; want %s", numbers(list, got.Items), err, tt.want)
				}
			})
		}
	})
}

// places names findings by their place in a list.
func places(list, got []finding.Finding) string {
	var out strings.Builder
	for _, f := range got {
		fmt.Fprint(&out, slices.IndexFunc(list, func(g finding.Finding) bool { return g.Key == f.Key }))
	}
	return out.String()
}

// numbers are places without their order.
func numbers(list, got []finding.Finding) string {
	all := []byte(places(list, got))
	slices.Sort(all)
	return string(all)
}

// TestListGivesWhatStands reads a finding back whole.
func TestListGivesWhatStands(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		list := some()
		fill(t, db, list)
		for i, f := range list {
			got, err := List(context.Background(), db, tester, Query{Where: query.Term{Name: "count", Match: []query.Match{query.Ints{From: f.Count, To: f.Count}}}})
			if err != nil || len(got.Items) != 1 || !reflect.DeepEqual(got.Items[0], f) {
				t.Errorf("%d: got %+v, %v\nwant %+v", i, got.Items, err, f)
			}
		}
	})
}

// TestPages reads page by page: each finding once, in order.
func TestPages(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		list := some()
		fill(t, db, list)
		for order, want := range map[Order]string{Newest: "3102", ByAddress: "2013"} {
			var got []finding.Finding
			q := Query{Where: query.Everything, Order: order, Request: page.Request{Limit: 1}}
			for more := true; more; more = q.After != "" {
				p, err := List(context.Background(), db, tester, q)
				if err != nil || len(p.Items) != 1 {
					t.Fatal(len(p.Items), err)
				}
				got = append(got, p.Items...)
				q.After = p.Next
			}
			if places(list, got) != want {
				t.Errorf("order %d: got %s, want %s", order, places(list, got), want)
			}
		}
	})
}

func TestListRefuses(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	everything := Query{Where: query.Everything}
	for _, tt := range []struct {
		name  string
		actor identity.Actor
		q     Query
		kind  problem.Kind
		says  string
	}{
		{"nobody", identity.Actor{}, everything, problem.Forbidden, ""},
		{"no question", tester, Query{}, problem.Internal, ""},
		{"a name of events", tester, Query{Where: query.Term{Name: "asn"}}, problem.Invalid, "what can be asked"},
		{"has a name of events", tester, Query{Where: query.Negate(query.Has{Name: "source.ip"})}, problem.Invalid, "what can be asked"},
		{"no text", tester, Query{Where: query.Term{Name: "url", Match: []query.Match{query.Text{Value: "a\x00"}}}}, problem.Invalid, "no text"},
		{"a cursor of another list", tester, Query{Where: query.Everything, Request: page.Request{After: page.After("x", 1, 2)}}, problem.Invalid, "another list"},
		{"a cursor that names no key", tester, Query{Where: query.Everything, Request: page.Request{After: page.After(1, "xyz")}}, problem.Invalid, "cursor"},
		{"too many values", tester, Query{Where: query.Term{Name: "org", Match: []query.Match{query.Text{Value: "x"}}}, Organisations: func(query.Text) []string {
			return strings.Split(strings.Repeat("o ", maxValues), " ")
		}}, problem.Invalid, "narrow it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := List(context.Background(), db, tt.actor, tt.q)
			if !problem.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			if _, kerr := Keys(context.Background(), db, tt.actor, tt.q, 9); tt.q.After == "" && problem.KindOf(kerr) != tt.kind {
				t.Errorf("keys: %v", kerr)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		list := some()
		fill(t, db, list)
		got, err := Keys(context.Background(), db, tester, Query{Where: parse(t, "feed:shadowserver")}, 10)
		if err != nil || !slices.Equal(got, []finding.Key{list[0].Key, list[3].Key}) {
			t.Errorf("got %v, %v", got, err)
		}
		if got, err = Keys(context.Background(), db, tester, Query{Where: query.Everything}, 2); err != nil || len(got) != 2 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// TestPrefixReadsItsNeighbours shows that a prefix is found by the key's index and the pages' own.
func TestPrefixReadsItsNeighbours(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := &where{}
	cond := w.addresses(query.Addrs{From: netip.MustParseAddr("192.0.2.0"), To: netip.MustParseAddr("192.0.2.255")})
	var steps []string
	err := db.Read(context.Background(), func(tx *sqldb.Tx) error {
		return tx.Each(`EXPLAIN QUERY PLAN SELECT `+columns+` FROM finding WHERE `+cond, w.args, func(scan func(...any) error) error {
			var a, b, c int
			var step string
			err := scan(&a, &b, &c, &step)
			steps = append(steps, step)
			return err
		})
	})
	text := strings.Join(steps, "; ")
	if err != nil || strings.Contains(text, "SCAN") || !strings.Contains(text, "PRIMARY KEY") || !strings.Contains(text, "finding_addr") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestCount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db, some())
		for _, tt := range []struct {
			query string
			by    []string
			want  string
		}{
			{"", nil, "[{[] 4 56}]"},
			{"state:reopened", nil, "[{[] 0 0}]"},
			{"", []string{"feed"}, "[{[shadowserver] 2 52} {[desk] 1 3} {[feed-63] 1 1}]"},
			{"has:org", []string{"organisation", "class"}, "[{[o1 vulnerable-system] 1 12} {[o2 infected-system] 1 3} {[o3 phishing] 1 1}]"},
			{"", []string{"severity"}, "[{[] 2 4} {[high] 1 12} {[low] 1 40}]"},
			{"feed:shadow*", []string{"state", "feed", "identifier"}, "[{[fixed shadowserver ssl-poodle] 1 40} {[notified shadowserver open-telnet] 1 12}]"},
			{"state:reopened", []string{"class"}, "[]"},
		} {
			got, err := Count(context.Background(), db, tester, Query{Where: parse(t, tt.query)}, tt.by)
			if err != nil || fmt.Sprint(got) != tt.want {
				t.Errorf("%s by %v: got %v, %v; want %s", tt.query, tt.by, got, err, tt.want)
			}
		}
	})
}

func TestCountRefuses(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	for _, tt := range []struct {
		name, says string
		by         []string
	}{
		{"unknown", `did you mean "severity"`, []string{"severty"}},
		{"not countable", "by class", []string{"url"}},
		{"twice", "twice", []string{"class", "type"}},
		{"too many", "at most 8", make([]string, 9)},
	} {
		if _, err := Count(context.Background(), db, tester, Query{Where: query.Everything}, tt.by); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	if _, err := Count(context.Background(), db, identity.Actor{}, Query{}, nil); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: got %v", err)
	}
}
