package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What ended long ago goes with all that hangs on it; what may still be sent stays, however old.
func TestExpire(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.mail.answer = answers(Result{Outcome: Refused, Code: 554, Detail: "spam"})
		old := h.put("a@a.example", feeds("f"))
		h.drain()
		held := h.put("b@a.example", feeds("f"))
		h.exec(`UPDATE delivery SET state = 'held' WHERE id = $1`, held)
		h.clock.Advance(800 * 24 * time.Hour)
		fresh := h.put("c@a.example")
		h.drain()
		for want := range []int64{1, 0} {
			n, err := h.s.Expire(t.Context(), tester, 732*24*time.Hour)
			if h.ok(err); n != int64(1-want) {
				t.Errorf("%d went", n)
			}
		}
		for _, table := range []string{"delivery_body", "delivery_feed", "delivery_attempt"} {
			if got := h.texts(`SELECT delivery FROM ` + table); slices.Contains(got, old) {
				t.Errorf("%s keeps it", table)
			}
		}
		h.is(held, Held)
		h.is(fresh, Delivered)
	})
}

// Names and subjects that somebody else chose are kept in a form that every database takes, and shows.
func TestHostileNames(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		for i, name := range []string{"a\x00b", "a\r\nBcc: x@evil.example", "\xff\xfe", strings.Repeat("long ", 2<<20)} {
			m := h.put("a@a.example", func(d *Draft) { d.ToName, d.Generic, d.Ticket = name, name, name })
			if d := h.get(m); len(d.ToName) > 2*maxShown || strings.ContainsAny(d.ToName+d.Subject+d.Ticket, "\x00\r\n") {
				t.Errorf("%d: %.80q", i, d.ToName)
			}
		}
	})
}
