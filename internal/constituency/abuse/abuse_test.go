package abuse

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var system = identity.System("test")

func at(text string) netip.Addr { return netip.MustParseAddr(text) }

// registry is one at the world's edge.
type registry struct {
	answers map[string]rdap.Answer
	down    bool
	asked   []string
}

func (r *registry) ask(_ context.Context, a netip.Addr) (rdap.Answer, error) {
	r.asked = append(r.asked, a.String())
	if r.down {
		return rdap.Answer{}, problem.New(problem.Unavailable, "no answer")
	}
	answer, ok := r.answers[a.String()]
	if !ok {
		return answer, problem.New(problem.NotFound, "no such network")
	}
	return answer, nil
}

func answer(from, to, mail string) rdap.Answer {
	a := rdap.Answer{Name: "NET", Source: "rdap.example", From: at(from), To: at(to)}
	if mail != "" {
		a.Contacts = []rdap.Contact{{Mail: mail}}
	}
	return a
}

// TestAsk asks about addresses in turn: what is kept, for whom, for how long, and that what release forbids is not asked.
func TestAsk(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		world := &registry{answers: map[string]rdap.Answer{
			"198.51.100.7":   answer("198.51.100.0", "198.51.100.63", "abuse@far.example"),
			"198.51.100.9":   answer("198.51.100.8", "198.51.100.15", "abuse@narrow.example"),
			"203.0.113.9":    answer("0.0.0.0", "255.255.255.255", "abuse@everything.example"),
			"192.0.2.177":    answer("192.0.2.160", "192.0.2.191", ""),
			"2001:db8::1":    answer("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "abuse@six.example"),
			"198.51.100.200": answer("192.0.2.0", "192.0.2.255", "abuse@other.example"), // not about what was asked
		}}
		now := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		s := New(Options{DB: db, Clock: now, Ask: world.ask, Keep: 7 * 24 * time.Hour, Allow: func(_ context.Context, _ identity.Actor, a netip.Addr) (Verdict, error) {
			return Verdict{Decision: "d-" + a.String(), Allowed: a != at("192.0.2.66"), Reason: "PAP:RED"}, nil
		}})
		ask := func(addrs ...string) {
			t.Helper()
			var list []netip.Addr
			for _, a := range addrs {
				list = append(list, at(a))
			}
			if _, err := s.Ask(t.Context(), system, list); err != nil {
				t.Fatal(err)
			}
		}
		known := func(a string) Contact {
			t.Helper()
			got, err := s.Known(t.Context(), system, []netip.Addr{at(a)})
			if err != nil {
				t.Fatal(err)
			}
			return got[at(a)]
		}
		ask("198.51.100.7", "203.0.113.9", "192.0.2.177", "192.0.2.66", "2001:db8::1", "198.51.100.200", "10.0.0.1", "127.0.0.1", "224.0.0.1")
		if want := []string{"198.51.100.7", "203.0.113.9", "192.0.2.177", "2001:db8::1", "198.51.100.200"}; !slices.Equal(world.asked, want) {
			t.Fatalf("asked %v, not %v", world.asked, want)
		}
		ask("198.51.100.7", "198.51.100.20", "::ffff:198.51.100.21", "203.0.113.10", "192.0.2.177", "192.0.2.66", "2001:db8::2")
		if len(world.asked) != 5 {
			t.Errorf("asked again: %v", world.asked)
		}
		for name, want := range map[string]Contact{
			"198.51.100.7":   {Outcome: Told, Mail: "abuse@far.example", Decision: "d-198.51.100.7", Source: "rdap.example", Name: "NET"},
			"198.51.100.20":  {Outcome: Told, Mail: "abuse@far.example", Decision: "d-198.51.100.7"},
			"198.51.100.64":  {},                                                                           // beyond the range
			"203.0.113.10":   {Outcome: Told, Mail: "abuse@everything.example", Decision: "d-203.0.113.9"}, // in the same /24
			"203.0.112.9":    {},                                                                           // the world is not taken at its word
			"192.0.2.177":    {Outcome: None, Decision: "d-192.0.2.177"},
			"192.0.2.66":     {Outcome: Refused, Reason: "PAP:RED", Decision: "d-192.0.2.66"},
			"2001:db8::ffff": {Outcome: Told, Mail: "abuse@six.example", Decision: "d-2001:db8::1"},
			"2001:db8:1::1":  {},
			"198.51.100.201": {},
			"198.51.100.200": {Outcome: Told, Mail: "abuse@other.example", Decision: "d-198.51.100.200"},
		} {
			got := known(name)
			if got.Outcome != want.Outcome || got.Mail != want.Mail || got.Decision != want.Decision || want.Reason != "" && got.Reason != want.Reason {
				t.Errorf("%s: %+v", name, got)
			}
		}
		now.Advance(keepRefused)
		ask("192.0.2.66", "192.0.2.177")
		now.Advance(24 * time.Hour)
		world.down = true
		ask("192.0.2.177", "198.51.100.7")
		if got := known("192.0.2.177"); len(world.asked) != 6 || got.Outcome != Failed {
			t.Errorf("%v, %+v", world.asked, got)
		}
		now.Advance(7 * 24 * time.Hour)
		world.down = false
		ask("198.51.100.9", "198.51.100.7")
		if got := known("198.51.100.10"); got.Mail != "abuse@narrow.example" {
			t.Errorf("the narrower range does not win: %+v", got)
		}
		rows := 0
		if err := db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow("SELECT count(*) FROM registry_contact").Scan(&rows) }); err != nil || rows != 2 {
			t.Errorf("%d rows are kept, %v", rows, err)
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		if _, err := s.Ask(ended, system, []netip.Addr{at("192.0.2.1")}); err != nil {
			t.Errorf("no time is no fault: %v", err)
		}
		if _, err := s.Known(t.Context(), identity.Actor{}, nil); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody may read: %v", err)
		}
	})
}
