package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/problem"
)

func TestAsk(t *testing.T) {
	zone := time.FixedZone("EET", 2*60*60)
	tests := []struct {
		name, text string
		want       audit.Query
	}{
		{"nothing", "  ", audit.Query{}},
		{"words", `two  "words here"`, audit.Query{Text: "two words here"}},
		{"parts", `actor:os:1000 operation:feed object:"City Hospital" x`, audit.Query{Actor: "os:1000", Operation: "feed", Object: "City Hospital", Text: "x"}},
		{"days of the zone", "from:2026-11-01 to:2026-11-02", audit.Query{From: time.Date(2026, 11, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 11, 3, 0, 0, 0, 0, zone)}},
		{"a minute", "from:2026-11-01T03:04", audit.Query{From: time.Date(2026, 11, 1, 3, 4, 0, 0, zone)}},
		{"a name that is none", "https://x.example", audit.Query{Text: "https://x.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := audit.Ask(tt.text, zone); err != nil || got != tt.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	for _, bad := range []string{"from:yesterday", "to:2026-13-01", strings.Repeat("x", 2000)} {
		if _, err := audit.Ask(bad, zone); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if got := audit.Term("object", `City "A" Hospital`); got != `object:"City A Hospital"` {
		t.Errorf("got %s", got)
	}
}

func TestListFilters(t *testing.T) {
	each(t, func(f fixture) {
		begin := f.clock.Now()
		f.record(5)
		tests := []struct {
			name string
			q    audit.Query
			want int
		}{
			{"a room", audit.Query{Operation: "organisation"}, 5},
			{"half a room's name", audit.Query{Operation: "organ"}, 0},
			{"text in the reason", audit.Query{Text: "MERGED"}, 5},
			{"text in a value", audit.Query{Text: `"name":"new"`}, 5},
			{"text with what LIKE gives a meaning", audit.Query{Text: "org%"}, 0},
			{"another such", audit.Query{Text: "org_1"}, 0},
			{"text of one", audit.Query{Text: "org-1"}, 1},
			{"from", audit.Query{From: begin.Add(3 * time.Second)}, 2},
			{"to", audit.Query{To: begin.Add(3 * time.Second)}, 3},
			{"all together", audit.Query{Actor: "os:1000", Object: "org-2", Text: "merged", From: begin, To: begin.Add(time.Hour)}, 1},
		}
		for _, tt := range tests {
			if p, err := f.List(ctx, tt.q); err != nil || len(p.Items) != tt.want {
				t.Errorf("%s: %d entries, %v", tt.name, len(p.Items), err)
			}
		}
		if names, err := f.Operations(ctx); err != nil || len(names) != 1 || names[0] != "organisation.rename" {
			t.Errorf("operations: %v, %v", names, err)
		}
	})
}

func TestOne(t *testing.T) {
	each(t, func(f fixture) {
		f.record(2)
		f.seal(2)
		id := f.idAt(1)
		if line, erased, err := f.One(ctx, id); err != nil || erased != nil || line.Object != "org-0" || line.Sealed != 1 {
			t.Errorf("%+v, %v, %v", line, erased, err)
		}
		f.must(f.erase(id))
		line, erased, err := f.One(ctx, id)
		if err != nil || erased == nil || erased.Reason != "asked to" || line.Operation != "" || line.Sealed != 1 {
			t.Errorf("erased: %+v, %+v, %v", line, erased, err)
		}
		if _, _, err := f.One(ctx, "nothing"); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestDifferences(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"nothing", ``, ``, ``},
		{"made", ``, `{"name":"x"}`, `+name[>x]`},
		{"changed and not", `{"a":1,"b":{"c":"x"}}`, `{"a":1,"b":{"c":"y"}}`, `+b.c[x>y] a[1>1]`},
		{"lists", `{"l":["a","b"],"n":[{"v":1}]}`, `{"l":["a"],"n":[{"v":12345678901234567}]}`, `+l[a, b>a] +n.1.v[1>12345678901234567]`},
		{"a plain value", `"old"`, `"new"`, `+[old>new]`},
		{"no JSON", `{`, ``, `+[{>]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, _ := audit.Differences(json.RawMessage(tt.before), json.RawMessage(tt.after))
			var got []string
			for _, d := range list {
				mark := ""
				if d.Changed {
					mark = "+"
				}
				got = append(got, mark+d.Field+"["+d.Before+">"+d.After+"]")
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s", s)
			}
		})
	}
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	if list, _ := audit.Differences(nil, json.RawMessage(deep)); len(list) != 1 {
		t.Errorf("a deep object has %d fields", len(list))
	}
	wide, err := json.Marshal(map[string][]map[string]int{"l": make([]map[string]int, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if list, more := audit.Differences(nil, wide); len(list) != 0 || more != 0 {
		t.Errorf("nulls count: %v, %d", list, more)
	}
}
