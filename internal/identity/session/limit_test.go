package session

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestTooManyWrongLinks(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	wrong := strings.Repeat("0", 26) + "." + strings.Repeat("B", 43)
	for range wrongAtOnce {
		h.post(browser(t), "/login", wrong)
	}
	logged := strings.Count(h.logs.String(), "refused")
	for _, token := range []string{wrong, "x", h.link(ada) + "x"} {
		if got := h.post(browser(t), "/login", token); got != 403 || strings.Count(h.logs.String(), "refused") != logged {
			t.Errorf("after too many wrong ones another gives %d, and is looked for", got)
		}
	}
	right := h.link(ada)
	if got := h.post(browser(t), "/login", right); got != 200 {
		t.Errorf("strangers at the same address keep somebody out: %d", got)
	}
	if got := h.post(browser(t), "/login", right); got != 403 {
		t.Errorf("a right one works twice: %d", got)
	}
}

// Right links are not counted.
func TestRightLinksAreNotCounted(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	for i := range 3 * wrongAtOnce {
		if got := h.post(browser(t), "/login", h.link(ada)); got != 200 {
			t.Fatalf("log-in %d gives %d", i, got)
		}
	}
}

func TestLimiterByAddress(t *testing.T) {
	tests := []struct {
		name, one, other string
		same             bool
	}{
		{"another port", "192.0.2.1:1", "192.0.2.1:2", true},
		{"another address", "192.0.2.1:1", "192.0.2.2:1", false},
		{"mapped", "192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"one IPv6 network", "[2001:db8::1]:1", "[2001:db8::ffff]:1", true},
		{"two IPv6 networks", "[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
		{"no addresses", "@", "nonsense", true},
	}
	for _, tt := range tests {
		l := newLimiter()
		for range wrongAtOnce {
			if _, err := l.attempt(now, tt.one); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.attempt(now, tt.other); problem.Is(err, problem.Unavailable) != tt.same {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter()
	for i := range maxAddresses + 10 {
		if _, err := l.attempt(now.Add(time.Duration(i)), "10."+strconv.Itoa(i>>16&255)+"."+strconv.Itoa(i>>8&255)+"."+strconv.Itoa(i&255)+":1"); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.all) > maxAddresses {
		t.Errorf("%d addresses are remembered", len(l.all))
	}
}
