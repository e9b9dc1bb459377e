package credential

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// fail tries a wrong password so often, as fast as it is let, and tells how often it was heard.
func (h *house) fail(login, address, browser string, times int) (heard int) {
	h.Helper()
	for range times {
		_, err := h.LogIn(h.Context(), Attempt{Login: login, Password: "wrong password", Code: "123456", Address: address, Browser: browser})
		switch {
		case problem.Is(err, problem.Forbidden):
			heard++
		case !problem.Is(err, problem.Unavailable) || Wait(err) <= 0:
			h.Fatalf("another answer: %v", err)
		}
	}
	return heard
}

// Guessing is slowed down where it comes from, and the right person gets in from elsewhere meanwhile.
func testThrottle(h *house) {
	s := h.withPassword("ada")
	if heard := h.fail("ada", here, "", 30); heard != int(byPair.free)+1 {
		h.Errorf("%d guesses were heard", heard)
	}
	right := Attempt{Login: "ada", Password: good, Code: h.code(s), Address: here}
	_, err := h.LogIn(h.Context(), right)
	if !problem.Is(err, problem.Unavailable) || Wait(err) != 2*time.Second {
		h.Errorf("the right one, from where guesses come: %v, %s", err, Wait(err))
	}
	right.Address = there
	if _, err := h.LogIn(h.Context(), right); err != nil {
		h.Errorf("from elsewhere: %v", err)
	}
	h.clock.Advance(2 * step)
	right.Address, right.Code = here, h.code(s)
	if _, err := h.LogIn(h.Context(), right); err != nil {
		h.Errorf("after the wait: %v", err)
	}
	if heard := h.fail("ada", here, "", 30); heard != int(byPair.free)+1 {
		h.Errorf("after a log-in %d guesses were heard", heard)
	}
}

// A name that nobody has is slowed down likewise.
func TestThrottleOfUnknownNames(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.withPassword("ada")
	if known, unknown := h.fail("ada", here, "", 20), h.fail("eve", there, "", 20); known != unknown {
		t.Errorf("%d guesses at a name were heard, and %d at one that nobody has", known, unknown)
	}
}

func TestThrottleOfNetworks(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.withPassword("ada")
	heard := 0
	for i := range 40 { // many names, many addresses of one IPv6 network
		heard += h.fail(fmt.Sprintf("p%d", i), fmt.Sprintf("[2001:db8:1:2::%x]:1", i), "", 1)
	}
	if heard != int(byNetwork.free)+1 {
		t.Errorf("%d guesses were heard", heard)
	}
	if h.fail("ada", "[2001:db8:1:3::1]:1", "", 1) != 1 {
		t.Error("the network beside waits too")
	}
}

// Guesses from very many networks delay networks that the owner never came from, and briefly; a browser of the owner's does not wait for them.
func TestThrottleOfManyNetworks(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	s := h.withPassword("ada")
	browser, _, err := h.Remember("ada")
	h.must(err)
	for i := range int(byAccount.free) + 20 {
		h.fail("ada", fmt.Sprintf("10.%d.%d.1:1", i/200, i%200), "", 1)
	}
	right := Attempt{Login: "ada", Password: good, Code: h.code(s), Address: there}
	_, err = h.LogIn(t.Context(), right)
	if wait := Wait(err); wait <= 0 || wait > byAccount.longest {
		t.Errorf("a new network: %v, %s", err, wait)
	}
	right.Browser = browser
	if _, err := h.LogIn(t.Context(), right); err != nil {
		t.Errorf("a browser of the owner's: %v", err)
	}
	if heard := h.fail("ada", there, browser, 20); heard != int(byBrowser.free)+1 {
		t.Errorf("from it %d guesses were heard", heard)
	}
	if key := h.known("bob", browser); key != "" {
		t.Error("the browser counts as somebody else's")
	}
}

func TestDelaysGrow(t *testing.T) {
	for _, s := range []scale{byPair, byNetwork, byAccount, byBrowser} {
		last := time.Duration(0)
		for n := range int64(200) {
			d := s.delay(s.free + n)
			if n == 0 && d != 0 || n == 1 && d != 2*time.Second || d < last || d > s.longest {
				t.Errorf("%s: after %d: %s", s.use, n, d)
			}
			last = d
		}
		if last != s.longest || s.delay(0) != 0 {
			t.Errorf("%s ends at %s", s.use, last)
		}
	}
}

// What is remembered is bounded, and forgotten after a day.
func testThrottleIsBounded(h *house) {
	h.must(h.DB.Write(h.Context(), func(tx *sqldb.Tx) error {
		return tx.BulkUpsert(sqldb.Upsert{Table: "throttle", Columns: []string{"key", "failures", "last", "until"}, Key: []string{"key"}}, func(yield func([]any) bool) {
			for i := range maxThrottle + 500 {
				if !yield([]any{[]byte(fmt.Sprint(i)), 1, sqldb.Millis(noon.Add(-time.Hour)) + int64(i), 0}) {
					return
				}
			}
		})
	}))
	h.fail("ada", here, "", 1)
	if n := h.count(); n > maxThrottle+5 {
		h.Errorf("%d rows are kept", n)
	}
	h.clock.Advance(remembered)
	h.fail("ada", there, "", 1)
	if n := h.count(); n != 3 {
		h.Errorf("%d rows are kept after a day", n)
	}
}

func (h *house) count() (n int) {
	h.Helper()
	h.must(h.DB.Read(h.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM throttle`).Scan(&n) }))
	return n
}

// Many at the same time are not heard more often than one after the other.
func testThrottleAtTheSameTime(h *house) {
	heard := make(chan int, 40)
	for range cap(heard) {
		go func() {
			_, err := h.LogIn(h.Context(), Attempt{Login: "ada", Password: "wrong password", Address: here})
			heard <- map[bool]int{true: 1}[problem.Is(err, problem.Forbidden)]
		}()
	}
	all := 0
	for range cap(heard) {
		all += <-heard
	}
	if all != int(byPair.free)+1 {
		h.Errorf("%d were heard", all)
	}
}

func TestNetwork(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1/32", "192.0.2.1": "192.0.2.1/32", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64", "2001:db8::1": "2001:db8::/64",
		"[::ffff:192.0.2.1]:80": "192.0.2.1/32", "[fe80::1%eth0]:80": "fe80::/64", "": "invalid Prefix", "pipe": "invalid Prefix",
	} {
		if got := Network(remote).String(); got != want {
			t.Errorf("%q: %s", remote, got)
		}
	}
	for remote, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "2001:db8::1": "2001:db8::1", "pipe": "unknown"} {
		if got := host(remote); got != want {
			t.Errorf("%q: %s", remote, got)
		}
	}
}

// The counters' keys tell nobody who reads the database what was typed.
func TestThrottleKeepsNoNames(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	h.fail("a-password-typed-as-name", here, "", 1)
	h.must(h.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT key FROM throttle`, nil, func(scan func(...any) error) error {
			var key []byte
			err := scan(&key)
			if strings.Contains(string(key), "password") || len(key) != 32 {
				t.Errorf("%q", key)
			}
			return err
		})
	}))
}
