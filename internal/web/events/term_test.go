package events

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event/query"
)

// TestTerm: whatever a value is, the term that asks for it can be read, and is one term.
func TestTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom([]string{"source.fqdn", "malware.name", "extra.tag", "class", "source.url"}).Draw(t, "field")
		text := term(field, rapid.String().Draw(t, "value"))
		if text == "" {
			return
		}
		n, err := query.Parse(text, query.Options{})
		if err != nil {
			t.Fatalf("%q cannot be read: %v", text, err)
		}
		if _, many := n.(query.All); many {
			t.Fatalf("%q is more than a term: %s", text, n)
		}
	})
}

func TestTermLong(t *testing.T) {
	for _, v := range []string{strings.Repeat("a", 1<<20), strings.Repeat("é", 4000), "\x00", "a\u202eb", "\xff"} {
		if text := term("source.url", v); len(text) > query.MaxLength {
			t.Errorf("%.20q gives %d bytes", v, len(text))
		} else if _, err := query.Parse(text, query.Options{}); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestAdd(t *testing.T) {
	tests := []struct{ text, term, want string }{
		{"", "class:spam", "class:spam"},
		{"port:80", "class:spam", "port:80 class:spam"},
		{"a or b", "class:spam", "(a or b) class:spam"},
		{"port:80", "", "port:80"},
	}
	for _, tt := range tests {
		if got := (question{Text: tt.text}).add(tt.term); got.Text != tt.want {
			t.Errorf("%q and %q: got %q", tt.text, tt.term, got.Text)
		}
	}
}

// TestRange: a chosen time takes the place of the one before.
func TestRange(t *testing.T) {
	q := question{Text: "class:spam time:7d", Cols: usual, By: "asn"}
	to := strings.NewReplacer("{from}", "2026-11-01T00:00:00Z", "{to}", "2026-11-02T00:00:00Z").Replace(q.rangeURL())
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("q"); got != "class:spam time:2026-11-01T00:00:00Z..2026-11-02T00:00:00Z" || u.Query().Get("by") != "asn" {
		t.Errorf("got %q of %s", got, to)
	}
	if _, err := query.Parse(u.Query().Get("q"), query.Options{Now: time.Now()}); err != nil {
		t.Error(err)
	}
}

// TestQuestion: nothing in a URL is taken as it is but the query.
func TestQuestion(t *testing.T) {
	q := questionOf(url.Values{"q": {" x "}, "cols": {"source.ip,<script>,source.ip", "extra.tag"}, "by": {"no-such-field"}, "after": {"c"}})
	if q.Text != "x" || strings.Join(q.Cols, ",") != "source.ip,extra.tag" || q.By != "class" || q.After != page.Cursor("c") {
		t.Errorf("got %+v", q)
	}
	many := url.Values{"cols": {strings.Repeat("source.ip,", 10) + strings.Repeat("extra.a", 5000)}}
	if q := questionOf(many); len(q.Cols) != 1 {
		t.Errorf("got %d columns", len(q.Cols))
	}
	if again, err := url.Parse(q.url()); err != nil || questionOf(again.Query()).url() != (question{Text: q.Text, Cols: q.Cols, By: q.By}).url() {
		t.Errorf("a question does not come back from its URL: %v", err)
	}
}

func TestMinus(t *testing.T) {
	for in, want := range map[string]string{"a:b": "-a:b", "-a:b": "a:b", "": ""} {
		if got := minus(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
}
