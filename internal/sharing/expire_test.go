package sharing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/values"
)

var (
	keeper  = identity.System("retention")
	auditor = identity.Actor{ID: "p2", Name: "eve", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Auditor}}
)

const days = 24 * time.Hour

var terms = Terms{Keep: 100 * days, Types: map[string]time.Duration{"ipv4-addr": 10 * days}, Revoked: 5 * days, Ended: 20 * days}

func (w *world) expire(t *testing.T, dry bool) Expired {
	t.Helper()
	out, err := w.Expire(ctx, keeper, terms, dry, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kept lists what is in the tables: of each version the id's end and the version.
func (w *world) kept(t *testing.T) string {
	t.Helper()
	var out []string
	w.tx(t, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT object_id, version FROM sharing_object ORDER BY object_id, version`, nil, func(scan func(...any) error) error {
			var id string
			var version int64
			err := scan(&id, &version)
			name := id[:2] + id[len(id)-2:]
			if m := Moment(version); m.Year() == 2026 && m.Month() < 4 {
				name += fmt.Sprintf("v%d", m.Month())
			}
			out = append(out, name)
			return err
		})
	})
	return strings.Join(out, " ")
}

func (w *world) tx(t *testing.T, do func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := w.db.Read(ctx, do); err != nil {
		t.Fatal(err)
	}
}

// count counts rows of a table.
func (w *world) count(t *testing.T, where string, args ...any) (n int) {
	t.Helper()
	w.tx(t, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM `+where, args...).Scan(&n) })
	return n
}

// A version goes when its time is over since it was given last, by its type; where it stood stays on record, what it said is nowhere any more.
func TestTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), address(1, "198.51.100.7"), address(2, "198.51.100.8"), indicator(3, v1, ""))
		w.give(t, ada, indicator(4, v1, ""))
		w.give(t, peer("north"), `{"type":"x"}`)
		w.now.Advance(8 * days)
		w.give(t, peer("north"), address(2, "198.51.100.8"))
		w.now.Advance(3 * days)
		if out := w.expire(t, true); out.Old != 1 || w.kept(t) != "in03v1 in04v1 ip01 ip02" {
			t.Errorf("a dry run: %+v, %s", out, w.kept(t))
		}
		if out := w.expire(t, false); out.Old != 1 || w.kept(t) != "in03v1 in04v1 ip02" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		if got := w.read(t, ada, Filter{}, 10); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "002") }) || len(got) != 3 {
			t.Errorf("read: %v", got)
		}
		w.tx(t, func(tx *sqldb.Tx) error {
			nums, err := values.Find(tx, mark("198.51.100.7"), 10)
			if len(nums) > 0 {
				t.Errorf("the index knows its value: %v", nums)
			}
			return err
		})
		if n := w.count(t, `sharing_gone WHERE object_id = $1 AND decision = 'd-green'`, "ipv4-addr--"+uid(1)); n != 1 {
			t.Errorf("by which decision it stood there is not kept: %d", n)
		}
		w.now.Advance(200 * days)
		if out := w.expire(t, false); out.Old != 3 || out.Aside != 1 || w.kept(t) != "" || w.count(t, `sharing_member`)+w.count(t, `sharing_chunk`)+w.count(t, `sharing_aside`) != 0 {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		if n := w.count(t, `audit_payload WHERE operation = $1`, string(OpForget)); n != 4 {
			t.Errorf("%d lines on record", n)
		}
		if out := w.expire(t, false); out.Sum() != 0 {
			t.Errorf("again: %+v", out)
		}
	})
}

// What an older process takes in while tables are new already says not when it was given: then it counts from when it came.
func TestTimeOfOlderProcesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""))
		if err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE sharing_object SET given = 0`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if out := w.expire(t, false); out.Old != 0 || w.kept(t) != "in01v1" {
			t.Errorf("%+v", out)
		}
		w.now.Advance(101 * days)
		if out := w.expire(t, false); out.Old != 1 || w.kept(t) != "" {
			t.Errorf("%+v", out)
		}
	})
}

// What its maker takes back goes: earlier versions once they were read, the last one after a while. A version that is none of theirs stays.
func TestTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""), indicator(2, v1, ""), indicator(3, v1, ""))
		w.give(t, ada, indicator(4, v1, ""))
		w.give(t, peer("north"), indicator(1, v2, `,"revoked":true`), indicator(2, v2, ""))
		w.give(t, peer("south"), indicator(3, v2, `,"revoked":true`)) // is set aside: it is not theirs
		w.give(t, ada, indicator(4, v2, `,"revoked":true`))
		if out := w.expire(t, false); out.Revoked != 0 {
			t.Errorf("nobody had the time to read it: %+v", out)
		}
		w.now.Advance(2 * days)
		if out := w.expire(t, false); out.Revoked != 1 || w.kept(t) != "in01v2 in02v1 in02v2 in03v1 in04v1 in04v2" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		w.now.Advance(4 * days)
		if out := w.expire(t, false); out.Revoked != 1 || w.kept(t) != "in02v1 in02v2 in03v1 in04v1 in04v2" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
	})
}

// Once all agreements with a team are over for a while, what it gave and is not for everybody goes; the others' stays.
func TestAgreementsAreOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.o.Ended = func(*sqldb.Tx, time.Time) (map[string]time.Time, error) {
			return map[string]time.Time{"north": day}, nil
		}
		const amber = `,"object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]`
		w.give(t, peer("north"), indicator(1, v1, amber), indicator(2, v1, ""))
		w.give(t, peer("south"), indicator(3, v1, amber))
		w.now.Advance(19 * days)
		if out := w.expire(t, false); out.Ended != 0 {
			t.Errorf("%+v", out)
		}
		w.now.Advance(2 * days)
		if out := w.expire(t, false); out.Ended != 1 || w.kept(t) != "in02v1 in03v1" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
	})
}

// What somebody keeps, or an open incident needs, stays until that is over, and it is counted why.
func TestWhatMustStay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		needed := "indicator--" + uid(2)
		w.o.Needed = func(_ *sqldb.Tx, ids []string) (map[string]string, error) {
			out := map[string]string{}
			if slices.Contains(ids, needed) {
				out[needed] = "an incident"
			}
			return out, nil
		}
		w.give(t, peer("north"), indicator(1, v1, ""), indicator(2, v1, ""), indicator(3, v1, ""))
		if err := w.Keep(ctx, ada, "indicator--"+uid(1), "the court asked for it"); err != nil {
			t.Fatal(err)
		}
		w.give(t, peer("north"), indicator(1, v2, ""))
		if whole, err := w.Look(ctx, auditor, "indicator--"+uid(1)); err != nil || whole.Kept == nil || whole.Kept.Reason != "the court asked for it" {
			t.Errorf("%+v, %v", whole.Kept, err)
		}
		w.now.Advance(200 * days)
		out := w.expire(t, false)
		if out.Old != 1 || w.kept(t) != "in01v1 in01v2 in02v1" || out.Stay["an incident"] != 1 || len(out.Stay) != 2 {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		out, err := w.TakeBack(ctx, ada, "north", "", "they asked", false, nil)
		if err != nil || out.Back != 0 || len(out.Stay) != 2 {
			t.Errorf("%+v, %v", out, err)
		}
		list, err := w.KeptObjects(ctx, auditor)
		if err != nil || len(list) != 1 || list[0].Reason != "the court asked for it" || list[0].Actor != "ada (p1)" || list[0].Newest == nil || VersionStamp(list[0].Newest.Version) != v2 {
			t.Errorf("%+v, %v", list, err)
		}
		needed = ""
		if err := w.LetGo(ctx, ada, "indicator--"+uid(1), "the case is over"); err != nil {
			t.Fatal(err)
		}
		if out := w.expire(t, false); out.Old != 3 || w.kept(t) != "" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		for name, err := range map[string]error{"unknown": w.Keep(ctx, ada, "x", "why"), "nothing kept": w.LetGo(ctx, ada, "x", "why")} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Who gave something has it erased at once: with what was set aside of it, and copies that wait.
func TestAskedToErase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""), indicator(2, v1, ""), `{"type":"x"}`)
		w.give(t, peer("south"), indicator(3, v1, ""), `{"type":"x"}`)
		w.give(t, ada, indicator(4, v1, ""))
		object := "indicator--" + uid(2)
		if n, err := w.Hold(ctx, ada, Held{Collection: w.c.ID, Object: object, Source: "north", Label: tlp.Green}, "an embargo"); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if out, err := w.TakeBack(ctx, ada, "north", "", "they asked", true, nil); err != nil || out.Back != 1 || out.Aside != 1 || out.Held != 1 || w.kept(t) != "in01v1 in03v1 in04v1" {
			t.Errorf("a dry run: %+v, %v, %s", out, err, w.kept(t))
		}
		if out, err := w.TakeBack(ctx, ada, "north", "", "they asked", false, nil); err != nil || out.Back != 1 || out.Aside != 1 || out.Held != 1 || w.kept(t) != "in03v1 in04v1" {
			t.Errorf("%+v, %v, %s", out, err, w.kept(t))
		}
		if n := w.count(t, `sharing_held`) + w.count(t, `sharing_aside WHERE source = 'north'`); n != 0 {
			t.Errorf("%d copies are left", n)
		}
		if out, err := w.TakeBack(ctx, ada, "south", "indicator--"+uid(3), "they asked", false, nil); err != nil || out.Back != 1 || out.Aside != 0 || w.kept(t) != "in04v1" {
			t.Errorf("one object: %+v, %v, %s", out, err, w.kept(t))
		}
		var batches int // of objects of both, of what was set aside and of what was held; each says in whose words it was asked for
		if err := w.db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = $1 AND reason = $2`, string(OpForget), "who gave it asked for it: they asked").Scan(&batches)
		}); err != nil || batches != 4 {
			t.Errorf("%d batches say it, %v", batches, err)
		}
		_, none := w.TakeBack(ctx, ada, "north", "", "again", false, nil)
		_, why := w.TakeBack(ctx, ada, "north", "", " ", false, nil)
		_, who := w.TakeBack(ctx, ada, "", "", "ours", false, nil)
		_, theirs := w.TakeBack(ctx, peer("north"), "north", "", "why", false, nil)
		_, long := w.TakeBack(ctx, ada, "south", "", strings.Repeat("é", MaxReason+1), false, nil)
		_, ours := w.Expire(ctx, peer("north"), terms, true, nil)
		_, looks := w.Expire(ctx, auditor, terms, true, nil)
		_, erases := w.Expire(ctx, auditor, terms, false, nil)
		if looks != nil {
			t.Errorf("who reads may not see what would go: %v", looks)
		}
		for err, kind := range map[error]problem.Kind{
			none: problem.NotFound, why: problem.Invalid, who: problem.Invalid, long: problem.Invalid, theirs: problem.Forbidden, ours: problem.Forbidden, erases: problem.Forbidden,
		} {
			if !problem.Is(err, kind) {
				t.Errorf("%v, want %v", err, kind)
			}
		}
	})
}

// Many versions go in several batches, and markings with the last object of who gave them.
func TestMarkingsGoLast(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		marking := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + uid(900) + `","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Keep it"}}`
		list := []string{marking}
		for n := range 450 {
			list = append(list, address(n+1, fmt.Sprintf("10.0.%d.%d", n/200, n%200)))
		}
		w.give(t, peer("north"), append(list, indicator(1, v1, ""))...)
		w.now.Advance(99 * days)
		if out := w.expire(t, false); out.Old != 450 {
			t.Errorf("%+v", out)
		}
		w.give(t, peer("north"), indicator(1, v1, ""))
		w.now.Advance(2 * days)
		if out := w.expire(t, false); out.Old != 0 || !strings.Contains(w.kept(t), "ma") {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
		w.now.Advance(100 * days)
		if out := w.expire(t, false); out.Old != 2 || w.kept(t) != "" {
			t.Errorf("%+v, %s", out, w.kept(t))
		}
	})
}
