package plan

import (
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// TestFold shows what is left of a query for one segment: no tags, one class,
// the first of November.
func TestFold(t *testing.T) {
	f := File{
		Columns: []string{"source.ip.hi", "source.ip.lo", "source.asn", "classification.type", "attribution.organisation", "time.source", "extra.x.hi"},
		Source:  Span{at(1), at(2).Add(-1)},
		Facts:   map[string][]string{event.FieldType: {"spam"}, event.FieldOrganisation: {"o1"}},
	}
	for _, tt := range []struct{ name, query, want string }{
		{"stays", "asn:1 src:203.0.113.7", "asn:1 src:203.0.113.7"},
		{"no column", "tag:x", "-()"},
		{"no column, negated", "-tag:x asn:1", "asn:1"},
		{"no column within or", "tag:x or asn:1", "asn:1"},
		{"no column within and", "tag:x asn:1", "-()"},
		{"has no column", "has:tag", "-()"},
		{"has a column", "has:asn", "has:asn"},
		{"one of two fields", "ip:203.0.113.7", "ip:203.0.113.7"},
		{"other class", "class:scanner", "-()"},
		{"other class among some", "class:scanner,spam", "class:spam"},
		{"other class, negated", "-class:scanner", ""},
		{"names are not ids", `org:"City Hospital"`, `org:"City Hospital"`},
		{"id", "attribution.organisation:o2", "-()"},
		{"other day", "time:2026-11-02", "-()"},
		{"that day", "time:2026-11-01", "time:2026-11-01T00:00:00Z..2026-11-02T00:00:00Z"},
		{"earlier", "time:<2026-11-01", "-()"},
		{"word", "spam", "spam"},
		{"a column's suffix is no address", "extra.x:1", "-()"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fold(parse(t, tt.query), f, columnsOf(f)).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFoldOfNoWordField(t *testing.T) {
	f := File{Columns: []string{"source.asn"}}
	if got := fold(parse(t, "word"), f, columnsOf(f)); !isNothing(got) {
		t.Errorf("got %s", got)
	}
	unknown := query.Term{Name: "nobody-knows", Match: []query.Match{query.Flag(true)}}
	if got := fold(query.Or(unknown, query.Has{Name: "nobody-knows"}), f, columnsOf(f)); !isNothing(got) {
		t.Errorf("got %s", got)
	}
}

func TestSpanMeets(t *testing.T) {
	known, open := Span{at(2), at(3)}, Span{}
	for _, tt := range []struct {
		name  string
		s     Span
		t     query.Times
		meets bool
	}{
		{"before", known, query.Times{To: at(2)}, false},
		{"up to the first", known, query.Times{To: at(2).Add(1)}, true},
		{"from the last", known, query.Times{From: at(3)}, true},
		{"after", known, query.Times{From: at(3).Add(1)}, false},
		{"within", known, query.Times{From: at(2).Add(1), To: at(2).Add(2)}, true},
		{"around", known, query.Times{From: at(1), To: at(9)}, true},
		{"not known", open, query.Times{From: at(1), To: at(2)}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.s.meets(tt.t) != tt.meets {
				t.Errorf("%+v", tt)
			}
		})
	}
}
