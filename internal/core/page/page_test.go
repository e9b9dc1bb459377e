package page_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
)

func TestCursorComesBack(t *testing.T) {
	c := page.After(int64(1<<60+1), `name "with" ünïcode`)
	var n int64
	var s string
	if ok, err := c.Into(&n, &s); !ok || err != nil || n != 1<<60+1 || s != `name "with" ünïcode` {
		t.Errorf("got %v, %v, %d, %q", ok, err, n, s)
	}
	if strings.ContainsAny(string(c), "+/=&? ") {
		t.Errorf("%q does not fit in a URL", c)
	}
}

func TestEmptyCursorIsTheBeginning(t *testing.T) {
	n := 7
	if ok, err := page.Cursor("").Into(&n); ok || err != nil || n != 7 {
		t.Errorf("got %v, %v, %d", ok, err, n)
	}
}

func TestBrokenCursors(t *testing.T) {
	tests := []struct {
		name   string
		cursor page.Cursor
	}{
		{"no base64", "!"},
		{"no JSON", "eA"},
		{"of another list", page.After("a", "b")},
		{"of other types", page.After("a")},
		{"too long", page.Cursor(strings.Repeat("A", 5000))},
	}
	for _, tt := range tests {
		var n int
		if _, err := tt.cursor.Into(&n); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestRows(t *testing.T) {
	want := map[int]int{-1: page.DefaultLimit, 0: page.DefaultLimit, 1: 1, page.MaxLimit: page.MaxLimit, 1 << 30: page.MaxLimit}
	for limit, rows := range want {
		if got := (page.Request{Limit: limit}).Rows(); got != rows {
			t.Errorf("%d: got %d, want %d", limit, got, rows)
		}
	}
}

// Reading page by page gives every row once.
func TestCut(t *testing.T) {
	all := []int{1, 2, 3, 4, 5, 6, 7}
	key := func(n int) []any { return []any{n} }
	for limit := 1; limit <= 8; limit++ {
		var got []int
		var next page.Cursor
		for range 10 {
			after := 0
			if _, err := next.Into(&after); err != nil {
				t.Fatal(err)
			}
			p := page.Cut(slices.Clone(all[after:min(len(all), after+limit+1)]), limit, key)
			got = append(got, p.Items...)
			if next = p.Next; next == "" {
				break
			}
		}
		if !slices.Equal(got, all) {
			t.Errorf("limit %d: got %v", limit, got)
		}
	}
}

func TestAfterRefusesWhatIsNoValue(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a function was taken for a sort key")
		}
	}()
	page.After(func() {})
}
