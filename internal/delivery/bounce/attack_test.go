package bounce

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const failedFields = "Final-Recipient: rfc822; abuse@isp.example\nAction: failed\nStatus: 5.1.1\n"

func (w *team) path() string { return token.Address(w.Secret[:], w.sent, "cert.example") }

// A return path that somebody finds in an archive silences nobody.
func TestAReportThatComesMonthsLaterIsNotBelieved(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		before := w.state(t)
		w.Clock.(*clock.Fixed).Advance(31 * 24 * time.Hour)
		if out := w.take(t, dsn("Delivered-To: "+w.path()+"\n", failedFields)); out.Unused != 1 || out.Results[0].Did != Nothing || !strings.Contains(out.Results[0].Why, "not believed") {
			t.Errorf("%+v", out)
		}
		if d := cmp.Diff(before, w.state(t)); d != "" {
			t.Errorf("something changed:\n%s", d)
		}
	})
}

// A bounce of the old address says nothing of the new one.
func TestABounceOfTheOldAddressLeavesTheNewOneGood(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		c := w.to.Contact
		c.Address = "soc@isp.example"
		if _, err := w.register.ChangeContact(ctx, actor, c); err != nil {
			t.Fatal(err)
		}
		w.take(t, dsn("Delivered-To: "+w.path()+"\n", failedFields))
		if got := w.state(t); got.Delivery != delivery.Bounced || got.Health == constituency.Bad || got.Failed != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// Who knows the token of one message may go on for ever: what that leaves behind is bounded.
func TestAFloodOfReportsLeavesLittle(t *testing.T) {
	w := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	var mbox strings.Builder
	for i := range 5 * maxReports {
		header := fmt.Sprintf("Delivered-To: %s\nMessage-Id: <%d@evil>\n", w.path(), i)
		mbox.WriteString("From x Sun Nov 22 09:00:00 2026\n" + dsn(header, "Final-Recipient: rfc822; a@isp.example\nAction: delayed\nStatus: 4.0.0\n") + "\n\n")
	}
	w.take(t, mbox.String())
	if got := w.state(t); got.Heard > maxReports || got.Attempts > maxReports || got.Audited > maxReports || got.Delivery != delivery.Delivered {
		t.Errorf("%+v", got)
	}
}

// A forged report that names a hundred recipients is one line, not a hundred.
func TestAForgedReportIsToldOnce(t *testing.T) {
	w := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	if out := w.take(t, dsn("To: cert@cert.example\n", strings.Repeat(failedFields+"\n", 100))); len(out.Results) != 1 || out.Unused != 1 {
		t.Errorf("%d results, %d unused", len(out.Results), out.Unused)
	}
}

func TestForget(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		w.take(t, dsn("Delivered-To: "+w.path()+"\n", failedFields))
		for _, step := range []struct {
			days int
			left int
		}{{0, 1}, {91, 0}} {
			w.Clock.(*clock.Fixed).Advance(time.Duration(step.days) * 24 * time.Hour)
			n, err := w.Forget(ctx, actor, 90*24*time.Hour)
			if got := w.count(t, `SELECT count(*) FROM bounce WHERE delivery = $1`, w.sent); err != nil || got != step.left || n != int64(1-step.left) {
				t.Errorf("after %d days: %d forgotten, %d left, %v", step.days, n, got, err)
			}
		}
	})
}

func TestNobodyMayDoAnything(t *testing.T) {
	w := newTeam(t, sqldbtest.Open(t, sqldb.SQLite))
	before := w.state(t)
	for name, do := range map[string]func() error{
		"Take": func() error {
			_, err := w.Take(ctx, identity.Actor{}, strings.NewReader(dsn("Delivered-To: "+w.path()+"\n", failedFields)))
			return err
		},
		"Forget": func() error { _, err := w.Forget(ctx, identity.Actor{}, 0); return err },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := cmp.Diff(before, w.state(t)); d != "" {
		t.Errorf("something changed:\n%s", d)
	}
}
