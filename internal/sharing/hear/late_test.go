package hear

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

func (w *world) rows(where string) (n int) {
	w.Helper()
	w.must(w.DB.Read(w.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + where).Scan(&n) }))
	return n
}

// An observation waits for what it refers to, however many requests later that comes, and is handed on once, also where handing on fails in between.
func TestObservablesComeLater(t *testing.T) {
	engines(t, func(w *world) {
		two := strings.Replace(seen("0000000d", "0", "0000000a", ""), `"]`, `","ipv4-addr--0000000b`+zeros+`"]`, 1)
		w.give("north", two, seen("0000000e", "0", "0000000c", ""))
		if w.hear(); len(w.events) != 0 || w.rows(`sharing_waiting`) != 3 {
			t.Fatalf("%q, %d wait", w.events, w.rows(`sharing_waiting`))
		}
		w.give("north", address("0000000a", "198.51.100.7"))
		if w.hear(); len(w.events) != 0 || w.rows(`sharing_waiting`) != 2 {
			t.Errorf("half of it: %q, %d wait", w.events, w.rows(`sharing_waiting`))
		}
		w.give("north", address("0000000b", "198.51.100.8"))
		w.fails = problem.New(problem.Unavailable, "the disk is full")
		if _, err := w.Hear(t.Context(), machine); !problem.Is(err, problem.Unavailable) {
			t.Error(err)
		}
		w.fails, w.events = nil, nil
		if n := w.hear(); n != 1 || len(w.events) != 2 || !strings.HasPrefix(w.names[len(w.names)-1], "shared-late-") || w.names[0] != w.names[1] {
			t.Errorf("%d, %q, %q", n, w.events, w.names)
		}
		if n := w.hear(); n != 0 || len(w.events) != 2 {
			t.Errorf("again: %d, %q", n, w.events)
		}
		// What never comes is handed on all the same after a day, to be set aside; if it comes after all, it is handed on whole.
		w.at.Advance(patience + time.Second)
		if w.hear(); len(w.events) != 3 || !strings.Contains(w.events[2], "unfit") {
			t.Errorf("after a day: %q", w.events)
		}
		if n := w.hear(); n != 0 {
			t.Errorf("it is told again and again: %d", n)
		}
		w.give("north", address("0000000c", "198.51.100.9"))
		if w.hear(); len(w.events) != 4 || w.events[3] != "north amber 198.51.100.9" || w.rows(`sharing_waiting`) != 0 {
			t.Errorf("after all: %q", w.events)
		}
		w.give("north", seen("0000000f", "0", "000000ff", ""))
		w.hear()
		w.at.Advance(memory + time.Second)
		if w.hear(); w.rows(`sharing_waiting`) != 0 {
			t.Error("it is waited for for ever")
		}
	})
}

// What somebody else gives does not complete an observation, and nobody's own wait is for another's.
func TestOthersDoNotComplete(t *testing.T) {
	engines(t, func(w *world) {
		w.give("south", seen("0000000d", "0", "0000000a", ""))
		w.hear()
		w.give("north", address("0000000a", "198.51.100.7"))
		for range 2 {
			if w.hear(); len(w.events) != 0 || w.rows(`sharing_waiting`) != 1 {
				t.Errorf("%q, %d", w.events, w.rows(`sharing_waiting`))
			}
		}
	})
}

// Of many that wait for the same thing each is handed on once.
func TestManyWait(t *testing.T) {
	engines(t, func(w *world) {
		var list []string
		for i := range atOnce + 50 {
			list = append(list, seen(fmt.Sprintf("%08x", i+0x100), "0", "0000000a", ""))
		}
		w.give("north", list...)
		w.hear()
		w.give("north", address("0000000a", "198.51.100.7"))
		if n := w.hear(); n != atOnce+50 || len(w.events) != atOnce+50 || w.rows(`sharing_waiting`) != 0 {
			t.Errorf("%d, %d events, %d wait", n, len(w.events), w.rows(`sharing_waiting`))
		}
	})
}

func incidentOf(number, version, more string) string {
	return "{" + head("incident", number, version) + `,"name":"Break-in ` + number + `"` + more + "}"
}

func (w *world) asides() []sharing.Aside {
	w.Helper()
	list, err := w.sharing.SetAside(w.Context(), team, core.Request{})
	w.must(err)
	return list.Items
}

// Beyond so many in a day what a team tells of incidents is set aside, once; the next day begins anew, that something is taken back is told, and others are not
// held up. A person takes in what was set aside, once.
func TestTooManyIncidents(t *testing.T) {
	engines(t, func(w *world) {
		w.PerDay = 2
		relation := "{" + head("relationship", "0000000f", "0") + `,"relationship_type":"related-to","source_ref":"incident--000000c3` + zeros + `","target_ref":"ipv4-addr--0000000a` + zeros + `"}`
		w.give("north", incidentOf("000000c1", "0", ""), incidentOf("000000c2", "0", ""), address("0000000a", "198.51.100.7"), incidentOf("000000c3", "0", ""), incidentOf("000000c1", "1", ""), relation)
		w.give("south", incidentOf("000000c4", "0", ""))
		w.hear()
		list := w.asides()
		if len(w.reports) != 3 || len(w.again) != 0 || len(list) != 2 || list[0].Code != sharing.CodeMany || list[0].Source != "north" || !strings.Contains(list[0].Detail, "reports_per_day") {
			t.Fatalf("%d reports, %v, %+v", len(w.reports), w.again, list)
		}
		w.give("north", incidentOf("000000c2", "1", `,"revoked":true`))
		if w.hear(); len(w.again) != 1 || !strings.HasSuffix(w.again[0], "true") {
			t.Errorf("that it was taken back: %v", w.again)
		}
		at := slices.IndexFunc(list, func(a sharing.Aside) bool { return strings.HasPrefix(a.Object, "incident--000000c3") })
		report, err := w.TakeIn(t.Context(), team, list[at].ID)
		w.must(err)
		if report != "R4" || w.reports[3].Title != "Break-in 000000c3" || len(w.asides()) != 1 {
			t.Errorf("%s, %+v, %+v", report, w.reports, w.asides())
		}
		_, again := w.TakeIn(t.Context(), team, list[at].ID)
		_, peers := w.TakeIn(t.Context(), peer("north"), list[1-at].ID)
		if !problem.Is(again, problem.NotFound) || !problem.Is(peers, problem.Forbidden) {
			t.Error(again, peers)
		}
		w.at.Advance(day)
		w.give("north", incidentOf("000000c5", "0", ""), incidentOf("000000c1", "2", ""))
		if w.hear(); len(w.reports) != 5 || len(w.again) != 2 || len(w.asides()) != 1 {
			t.Errorf("the next day: %d reports, %v", len(w.reports), w.again)
		}
		// The older version that was set aside is told already by the newer one.
		report, err = w.TakeIn(t.Context(), team, list[1-at].ID)
		w.must(err)
		if report != "R1" || len(w.again) != 2 || len(w.asides()) != 0 {
			t.Errorf("%s, %v, %+v", report, w.again, w.asides())
		}
	})
}

// What was there before anybody was heard is handed on when somebody asks for it, once; what comes afterwards is not concerned.
func TestReplay(t *testing.T) {
	engines(t, func(w *world) {
		w.give("north", address("0000000a", "198.51.100.7"), seen("0000000d", "0", "0000000a", ""), incidentOf("000000c1", "0", ""))
		w.must(w.DB.Write(t.Context(), func(tx *sqldb.Tx) error { // as an upgrade leaves it
			_, err := tx.Exec(`UPDATE sharing_reach SET num = (SELECT max(num) FROM sharing_object) WHERE name IN ('heard', 'late', 'before')`)
			return err
		}))
		w.give("north", seen("0000000e", "0", "0000000a", ""))
		if w.hear(); len(w.events) != 1 || len(w.reports) != 0 {
			t.Fatalf("%q, %+v", w.events, w.reports)
		}
		waits, err := w.Before(t.Context(), team)
		w.must(err)
		n, err := w.Replay(t.Context(), team, nil)
		w.must(err)
		left, err := w.Before(t.Context(), team)
		w.must(err)
		if waits != 2 || left != 0 {
			t.Errorf("%d came before, and %d are left", waits, left)
		}
		if n != 2 || len(w.events) != 2 || len(w.reports) != 1 || !strings.HasPrefix(w.names[1], "replayed-") {
			t.Errorf("%d, %q, %q, %+v", n, w.events, w.names, w.reports)
		}
		n, err = w.Replay(t.Context(), team, nil)
		w.must(err)
		if n != 0 || len(w.events) != 2 || len(w.reports) != 1 {
			t.Errorf("again: %d, %q", n, w.events)
		}
		// Cursors that an older backup does not have begin at the beginning.
		w.must(w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM sharing_reach WHERE name IN ('late', 'before', 'replayed')`)
			return err
		}))
		n, err = w.Replay(t.Context(), team, nil)
		w.must(err)
		if late := w.hear(); n != 0 || late != 0 || w.rows(`sharing_reach WHERE name = 'late'`) != 1 {
			t.Errorf("after an older backup: %d, %d", n, late)
		}
		if _, err := w.Replay(t.Context(), peer("north"), nil); !problem.Is(err, problem.Forbidden) {
			t.Error(err)
		}
	})
}

// How a team proved who it is goes with what it told.
func TestProof(t *testing.T) {
	engines(t, func(w *world) {
		add := func(organisation, how, origin, number string) {
			t.Helper()
			who := peer(organisation)
			in := sharing.In{Collection: "community", Origin: origin, Proof: how, Source: organisation, Body: strings.NewReader(`{"objects":[` + incidentOf(number, "0", "") + `]}`)}
			switch {
			case origin != sharing.OriginTAXII:
				who = machine
			case how == sharing.ProofCertificate:
				who.ID = "certificate:x"
			}
			st, err := w.sharing.Add(t.Context(), who, in)
			if err != nil || st.New != 1 {
				t.Fatal(st, err)
			}
		}
		add("north", sharing.ProofToken, sharing.OriginTAXII, "000000c1")
		add("north", sharing.ProofCertificate, sharing.OriginTAXII, "000000c2")
		add("north", sharing.ProofServer, sharing.OriginPoll+"x", "000000c3")
		add("north", "", sharing.OriginPoll+"y", "000000c4")
		w.hear()
		var got []string
		for _, r := range w.reports {
			got = append(got, r.Proof)
		}
		if !slices.Equal(got, []string{"token", "certificate", "server", ""}) {
			t.Errorf("%q", got)
		}
	})
}
