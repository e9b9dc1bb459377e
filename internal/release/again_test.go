package release

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// turns is what stands in other rooms while a message waits.
type turns struct {
	*world
	peer   Recipient
	item   Item // as its room has it; Kind "" when it has it no more
	agreed tlp.Label
	circle Circle
}

func openTurns(t *testing.T, db *sqldb.DB) *turns {
	w := &turns{world: open(t, db), agreed: tlp.Amber}
	w.peer = w.add(t, "CERT Elsewhere", constituency.Peer, "soc@elsewhere.example")
	w.circle = Circle{Cap: tlp.Amber, Members: []string{w.peer.Organisation.ID}}
	w.o.Now = func(_ *sqldb.Tx, _ Item) (Item, bool, error) { return w.item, w.item.Kind != "", nil }
	w.o.Agreements = func(_ *sqldb.Tx, list []string, _ time.Time) (map[string]Lets, error) {
		out := map[string]Lets{}
		for _, o := range list {
			out[o] = func(_ string, l tlp.Label) bool { return l <= w.agreed }
		}
		return out, nil
	}
	w.o.Circle = func(*sqldb.Tx, string, time.Time) (Circle, error) { return w.circle, nil }
	return w
}

// again asks about a decision once more.
func (w *turns) again(t *testing.T, decision string, under tlp.Label) (out Withheld) {
	t.Helper()
	err := w.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = w.Again(tx, []string{decision}, under)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What changes between a decision and the sending keeps the message back, by the rule that a fresh decision would name; when it is as before, it goes.
func TestWhatChangesMeanwhileKeepsAMessageBack(t *testing.T) {
	report := Item{Kind: "report", ID: "r1", Source: ByReporter, Consent: WithPeers, Holds: Technical, Terms: Terms{Label: tlp.Amber}, Count: 1}
	ours := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Amber}, Count: 1}
	shared := Item{Kind: "object", ID: "o1", Source: "other", Group: "circle", Holds: Technical, Terms: Terms{Label: tlp.Amber}, Count: 1}
	tests := []struct {
		name   string
		item   Item
		change func(w *turns)
		rule   string
		until  bool
	}{
		{"nothing", report, func(*turns) {}, "", false},
		{"another word of it", report, func(w *turns) { w.item.Version, w.item.Count = "2", 9 }, "", false},
		{"an embargo", report, func(w *turns) { w.item.Embargo = day.Add(time.Hour) }, "embargo", true},
		{"an embargo that has ended", report, func(w *turns) { w.item.Embargo = day.Add(-time.Hour) }, "", false},
		{"consent withdrawn", report, func(w *turns) { w.item.Consent = WithPolice }, "no-consent", false},
		{"privilege", ours, func(w *turns) { w.item.Marks = Privileged }, "privileged", false},
		{"a freedom-of-information mark, to a named recipient", ours, func(w *turns) { w.item.Marks = Exempt }, "", false},
		{"restricted", ours, func(w *turns) { w.item.Marks = Restricted }, "restricted-partner", false},
		{"an agreement that lapsed", ours, func(w *turns) { w.agreed = tlp.Green }, "no-agreement", false},
		{"out of the group", shared, func(w *turns) { w.circle.Members = nil }, "another-owner", false},
		{"a group that shares less", shared, func(w *turns) { w.circle.Cap = tlp.Green }, "group-label", false},
		{"a raised label", ours, func(w *turns) { w.item.Terms.Label, w.agreed = tlp.AmberStrict, tlp.Red }, RaisedSince, false},
		{"a label raised to RED", ours, func(w *turns) { w.item.Terms.Label = tlp.Red }, RaisedSince, false},
		{"a label that stepped down", ours, func(w *turns) { w.item.Terms.Label = tlp.Green }, "", false},
		{"an IEP that forbids to act", ours, func(w *turns) { w.item.Terms.IEP = &IEP{Actions: iep.NoAction} }, "", false},
		{"an IEP that asks for encryption", ours, func(w *turns) { w.item.Terms.IEP = &IEP{Encrypt: true} }, EncryptedSince, false},
		{"a report about it came since", ours, func(w *turns) { w.item.Source = ByReporter }, "no-consent", false},
		{"it is not kept any more", report, func(w *turns) { w.item = Item{} }, "", false},
		{"not kept, and the agreement lapsed", ours, func(w *turns) { w.item, w.agreed = Item{}, tlp.Clear }, "no-agreement", false},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := openTurns(t, db)
		for i, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				w.agreed, w.circle = tlp.Amber, Circle{Cap: tlp.Amber, Members: []string{w.peer.Organisation.ID}}
				tt.item.ID += "/" + string(rune('a'+i))
				w.item = tt.item
				to := w.peer
				if tt.item.Group == "" {
					to.Chosen = person.ID
				}
				_, d := w.ask(t, tt.item, to)
				if !d.Allowed {
					t.Fatalf("at first: %s by %s", d.Outcome, d.Rule)
				}
				tt.change(w)
				got := w.again(t, d.ID, tlp.Amber)
				if got.Rule != tt.rule || (got.Decision == d.ID) != (tt.rule != "") || !got.Until.IsZero() != tt.until || (got.Reason != "") != (tt.rule != "") {
					t.Errorf("kept back by %q until %v (%s), want %q", got.Rule, got.Until, got.Reason, tt.rule)
				}
				w.item, w.agreed, w.circle = tt.item, tlp.Amber, Circle{Cap: tlp.Amber, Members: []string{w.peer.Organisation.ID}}
				if got := w.again(t, d.ID, tlp.Amber); got.Rule != "" {
					t.Errorf("as before, and kept back by %s", got.Rule)
				}
			})
		}
	})
}

// PAP and an IEP without actions keep in what a party would act on; a feed's new terms what was for a kind of organisations.
func TestHandlingAndTermsThatChangeMeanwhile(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := openTurns(t, db)
		item := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Green}, Count: 1}
		party := Recipient{Contact: Correspondence("abuse@host.example"), Organisation: constituency.Organisation{ID: Correspondent}, As: Party, Chosen: person.ID}
		_, d := w.ask(t, item, party)
		for name, change := range map[string]func(){
			"PAP:RED":                func() { w.item.PAP = tlp.PAPRed },
			"an IEP without actions": func() { w.item.Terms.IEP = &IEP{Actions: iep.NoAction} },
		} {
			w.item = item
			change()
			if got := w.again(t, d.ID, tlp.Green); got.Rule != "pap-red" {
				t.Errorf("%s: kept back by %q", name, got.Rule)
			}
		}
		found := about(w.hospital, tlp.Green)
		_, d = w.ask(t, found, w.hospital)
		for name, tt := range map[string]struct {
			change func()
			rule   string
		}{
			"the same terms":      {func() {}, ""},
			"for others":          {func() { w.item.Terms.Receivers = []string{"peer"} }, "receiver-kind"},
			"for nobody":          {func() { w.item.Terms.Receivers = nil }, "receivers-unnamed"},
			"under another label": {func() { w.item.Terms.Label = tlp.Amber }, RaisedSince},
			"not to tell them":    {func() { w.item.Terms.IEP = &IEP{NoNotify: true} }, "iep-affected"},
		} {
			w.item = found
			tt.change()
			if got := w.again(t, d.ID, tlp.Green); got.Rule != tt.rule {
				t.Errorf("a feed's terms, %s: kept back by %q, want %q", name, got.Rule, tt.rule)
			}
		}
	})
}

// Wishes and schedules count, which release keeps itself; an approval counts as long as its reason is the same; a policy that nobody knows keeps back; what goes to the
// team is not kept back; a grant that is gone is an error.
func TestAgainAsksWhatReleaseKeeps(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := openTurns(t, db)
		item := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Amber}, Count: 1}
		w.item = item
		to := w.peer
		to.Chosen = person.ID
		_, d := w.ask(t, item, to)
		wish, err := w.Record(ctx, person, item, Wish{Marks: Privileged, Word: "our counsel says so"})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.again(t, d.ID, tlp.Amber); got.Rule != "privileged" || !strings.Contains(got.Reason, "CERT Elsewhere") {
			t.Errorf("a mark of a person: %+v", got)
		}
		if _, err = w.Record(ctx, person, item, Wish{Version: wish.Version, Word: "it is over"}); err != nil {
			t.Fatal(err)
		}
		until := day.Add(90 * time.Minute)
		s, err := w.Relax(ctx, person, Relaxation{Item: item, Embargo: until, Word: "agreed by telephone"})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.again(t, d.ID, tlp.Amber); got.Rule != "embargo" || !got.Until.Equal(until) {
			t.Errorf("an embargo of a schedule: %+v", got)
		}
		if _, err = w.Relax(ctx, person, Relaxation{Item: item, Word: "lifted", Version: s.Version}); err != nil {
			t.Fatal(err)
		}
		w.agreed = tlp.Green
		w.item.ID, item.ID = "i2", "i2"
		_, d = w.ask(t, item, to)
		if d.Outcome != Second {
			t.Fatalf("without an agreement: %s", d.Outcome)
		}
		other := person
		other.ID = "os:8"
		if d, err = w.Approve(ctx, other, d.ID, "they can act"); err != nil {
			t.Fatal(err)
		}
		if got := w.again(t, d.ID, tlp.Amber); got.Rule != "" {
			t.Errorf("approved, and kept back: %+v", got)
		}
		w.item.Marks = Restricted
		if got := w.again(t, d.ID, tlp.Amber); got.Rule != "restricted-partner" {
			t.Errorf("approved for another reason: %+v", got)
		}
		w.item.Marks = 0
		if err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE release_decision SET policy = 1 WHERE id = $1`, d.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := w.again(t, d.ID, tlp.Amber); got.Rule != DecidedBefore {
			t.Errorf("under a policy that nobody knows: %+v", got)
		}
		item.ID, w.item.ID = "i3", "i3"
		_, d = w.ask(t, item, Recipient{Contact: TeamContact("team@cert.example"), Organisation: constituency.Organisation{ID: Team}, As: Self})
		w.item.Marks, w.item.Embargo, w.item.Terms.Label = Privileged, until, tlp.Red
		if got := w.again(t, d.ID, tlp.Clear); got.Rule != "" {
			t.Errorf("to the team: %+v", got)
		}
		g := w.grant(t, w.hospital, w.region, day.Add(time.Hour))
		w.item = about(w.hospital, tlp.Green)
		_, d = w.ask(t, w.item, w.region)
		if err := w.Revoke(ctx, person, g.ID, "not any more"); err != nil {
			t.Fatal(err)
		}
		err = db.Write(ctx, func(tx *sqldb.Tx) error { _, err := w.Again(tx, []string{d.ID}, tlp.Green); return err })
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("the grant is gone: %v", err)
		}
	})
}
