package push

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
)

// Whatever stands in the headers, a plan makes sense or is refused.
func FuzzPlan(f *testing.F) {
	f.Add("?1", "0", "10", int64(10))
	f.Add("?0", "999999999999999", "", int64(-1))
	f.Add(" ?1", "+1", "1e3", int64(3))
	f.Fuzz(func(t *testing.T, complete, offset, length string, size int64) {
		r := &http.Request{Header: http.Header{headComplete: {complete}}, ContentLength: max(size, -1)}
		if offset != "" {
			r.Header[headOffset] = []string{offset}
		}
		if length != "" {
			r.Header[headLength] = strings.Split(length, ",")
		}
		p, err := planOf(r)
		if err != nil {
			return
		}
		if p.offset < -1 || p.length < -1 || p.offset > 1e15 {
			t.Fatalf("%+v", p)
		}
		if p.complete && r.ContentLength >= 0 && p.length != max(p.offset, 0)+r.ContentLength {
			t.Fatalf("%+v of %d bytes", p, r.ContentLength)
		}
	})
}

func TestGuessesAreCountedByNetwork(t *testing.T) {
	g := newGuesses(clock.At(clock.Real{}.Now()))
	for range guessBurst {
		g.wrong("2001:db8::1")
	}
	for from, slow := range map[string]bool{"2001:db8::2": true, "2001:db8:0:1::1": false, "192.0.2.1": false, "a proxy's word": false} {
		if (g.wait(from) > 0) != slow {
			t.Errorf("%s waits %v", from, g.wait(from))
		}
	}
	for i := range 2 * guessers {
		g.wrong(strings.Repeat("x", i))
	}
	if len(g.from) > guessers {
		t.Errorf("%d addresses are remembered", len(g.from))
	}
}
