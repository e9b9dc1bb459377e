package release

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// laidOut ties each policy version to what its bits mean. What was recorded under one is read by it for ever: add a line, and change none.
var laidOut = map[int]string{
	2: "owner-unknown no-recipient foreign-contact lookup touching pap-no-lookup pap-no-contact self of-source elsewhere granted concerned member chosen public partner acting " +
		"embargoed privileged foi-exempt restricted grouped above-group iep-silent pap-red pap-marked ours marked amber strict red no-receivers not-receiver unconsented agreed " +
		"legal-contact dead-contact phone-contact keyless sensitive",
	3: "owner-unknown no-recipient foreign-contact lookup touching pap-no-lookup pap-no-contact self of-source elsewhere granted concerned member chosen public partner acting " +
		"embargoed privileged foi-exempt restricted grouped above-group iep-silent pap-red pap-marked ours marked amber strict red above-handling no-receivers not-receiver " +
		"unconsented agreed legal-contact dead-contact phone-contact keyless sensitive",
	4: "owner-unknown no-recipient foreign-contact lookup touching pap-no-lookup pap-no-contact self of-source elsewhere granted concerned member chosen public partner acting " +
		"embargoed privileged foi-exempt restricted grouped above-group iep-silent pap-red pap-marked ours marked amber strict red above-handling no-receivers not-receiver " +
		"unconsented agreed legal-contact dead-contact phone-contact keyless sensitive compelled",
}

func TestEachPolicyHasItsLayout(t *testing.T) {
	codes := map[fact]string{}
	for _, q := range questions {
		codes[q.fact] = q.code
	}
	for version := oldestLaidOut; version <= PolicyVersion; version++ {
		var names []string
		for _, f := range layout(version) {
			names = append(names, codes[f])
		}
		if got := strings.Join(names, " "); got != laidOut[version] {
			t.Errorf("the facts of policy %d are %q, want %q: say in layout.go since when there are which", version, got, laidOut[version])
		}
	}
	for _, version := range []int{0, 1, PolicyVersion + 1} {
		if layout(version) != nil {
			t.Errorf("policy %d has a layout", version)
		}
	}
}

// bitsUnder are facts as a policy version recorded them.
func bitsUnder(version int, have fact) (bits fact) {
	for i, f := range layout(version) {
		set(&bits, 1<<i, have&f != 0)
	}
	return bits
}

func TestFactsOfAnOlderPolicyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.IntRange(oldestLaidOut, PolicyVersion).Draw(t, "version")
		have := fact(0)
		for _, f := range layout(version) {
			set(&have, f, rapid.Bool().Draw(t, fmt.Sprintf("%b", f)))
		}
		d := let{Decision: Decision{Policy: version}, have: bitsUnder(version, have)}
		if !d.translate() || d.have != have {
			t.Fatalf("%b was recorded, and is read as %b", have, d.have)
		}
	})
	d := let{Decision: Decision{Policy: 2}, have: 1 << len(layout(2))}
	if d.translate() {
		t.Error("a bit that policy 2 did not have is read")
	}
}

// older makes a recorded decision one of an older policy.
func (w *turns) older(t *testing.T, decision string, version int, also string) {
	t.Helper()
	w.now.Advance(time.Second)
	err := w.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, have, err := w.one(tx, system, decision)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE release_decision SET policy = $2, facts = $3`+also+` WHERE id = $1`, d.ID, version, int64(bitsUnder(version, have))) //nolint:gosec // bits
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// about lists what was decided about an item, the newest first.
func (w *turns) about(t *testing.T, id string) []Decision {
	t.Helper()
	list, err := w.Decisions(ctx, system, Filter{Kind: "incident", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// shutting puts a rule of a new policy before all others.
func shutting(t *testing.T, r rule) {
	before := policy
	policy = append([]rule{r}, policy...)
	t.Cleanup(func() { policy = before })
}

// What waits since an older policy is decided again under that of now, once, and the record says which decision it takes the place of.
func TestAnotherPolicyDecidesAnew(t *testing.T) {
	ours := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Amber, IEP: &IEP{NoResale: true}}, Count: 1}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := openTurns(t, db)
		ask := func(t *testing.T, id string) Decision {
			item, to := ours, w.peer
			item.ID, to.Chosen = id, person.ID
			w.item = item
			_, decisions, err := w.ForAll(ctx, person, []Item{item}, to)
			if err != nil {
				t.Fatal(err)
			}
			return decisions[0]
		}
		t.Run("it may still go", func(t *testing.T) {
			for version := oldestLaidOut; version < PolicyVersion; version++ {
				d := ask(t, fmt.Sprint("goes ", version))
				w.older(t, d.ID, version, "")
				for range 2 {
					if got := w.again(t, d.ID, tlp.Amber); got != (Withheld{}) {
						t.Errorf("policy %d: kept back: %+v", version, got)
					}
				}
				list := w.about(t, d.Item.ID)
				if len(list) != 2 || list[0].InsteadOf != d.ID || list[0].Policy != PolicyVersion || list[0].By != person.ID || !list[0].Allowed || list[1].Policy != version {
					t.Errorf("policy %d: on record: %+v", version, list)
				}
				if list[0].Item.Terms.IEP == nil || !list[0].Item.Terms.IEP.NoResale {
					t.Errorf("the source's policy is not on record: %+v", list[0].Item.Terms.IEP)
				}
			}
		})
		t.Run("it may not any more", func(t *testing.T) {
			d := ask(t, "stays")
			w.older(t, d.ID, 3, "")
			shutting(t, rule{"shut", partner, inside, Refused, "{organisation} gets nothing any more."})
			got := w.again(t, d.ID, tlp.Amber)
			list := w.about(t, "stays")
			if got.Rule != "shut" || got.Reason != "CERT Elsewhere gets nothing any more." || len(list) != 2 || list[0].InsteadOf != d.ID || list[0].Allowed || got.Decision != list[0].ID {
				t.Errorf("%+v, on record %+v", got, list)
			}
		})
		t.Run("a second person", func(t *testing.T) {
			d := ask(t, "second")
			w.older(t, d.ID, 3, "")
			shutting(t, rule{"two", partner, inside, Second, "Somebody else has to agree."})
			if got := w.again(t, d.ID, tlp.Amber); got.Rule != "two" {
				t.Fatalf("%+v", got)
			}
			asked := w.about(t, "second")[0]
			if _, err := w.Approve(ctx, person, asked.ID, "my own letter"); err == nil {
				t.Error("who wrote it agreed to it")
			}
			other := person
			other.ID = "os:8"
			if _, err := w.Approve(ctx, other, asked.ID, "they have to know"); err != nil {
				t.Fatal(err)
			}
			if got := w.again(t, d.ID, tlp.Amber); got.Rule != "" || len(w.about(t, "second")) != 2 {
				t.Errorf("approved, and kept back by %+v", got)
			}
		})
		t.Run("approved under the older policy", func(t *testing.T) {
			w.agreed = tlp.Clear
			d := ask(t, "approved")
			other := person
			other.ID = "os:8"
			if _, err := w.Approve(ctx, other, d.ID, "they have to know"); err != nil {
				t.Fatal(err)
			}
			w.older(t, d.ID, 3, "")
			if got := w.again(t, d.ID, tlp.Amber); got.Rule != "no-agreement" || w.about(t, "approved")[0].Outcome != Second {
				t.Errorf("%+v", got)
			}
			w.agreed = tlp.Amber
			if got := w.again(t, d.ID, tlp.Amber); got.Rule != "" {
				t.Errorf("an agreement was made, and it is kept back by %+v", got)
			}
		})
		t.Run("what was written does not hold", func(t *testing.T) {
			d := ask(t, "raised")
			w.older(t, d.ID, 3, "")
			w.item.Terms.Label = tlp.AmberStrict
			if got := w.again(t, d.ID, tlp.Amber); got.Rule != RaisedSince || len(w.about(t, "raised")) != 1 {
				t.Errorf("%+v", got)
			}
		})
		t.Run("a policy that nobody knows", func(t *testing.T) {
			d := ask(t, "unknown")
			for _, version := range []int{1, PolicyVersion + 1} {
				w.older(t, d.ID, version, "")
				if got := w.again(t, d.ID, tlp.Amber); got.Rule != DecidedBefore || got.Decision != d.ID {
					t.Errorf("policy %d: %+v", version, got)
				}
			}
		})
	})
}

// A copy from which less was taken than would be now never goes, whatever the rules say.
func TestACopyIsNoWiderThanOneOfNow(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := openTurns(t, db)
		n := 0
		ask := func(holds Sensitivity, to Recipient) string {
			n++
			w.item = Item{Kind: "incident", ID: fmt.Sprint("copy ", n), Holds: holds, Terms: Terms{Label: tlp.Green}, Count: 1}
			to.Chosen = person.ID
			_, d := w.ask(t, w.item, to)
			if !d.Allowed {
				t.Fatalf("%s by %s", d.Outcome, d.Rule)
			}
			return d.ID
		}
		for name, tt := range map[string]struct {
			holds Sensitivity
			also  string // as it was recorded
			rule  string
		}{
			"redacted as it would be now":       {Victim | Technical, "", ""},
			"redacted less":                     {Victim | Technical, ", actions = 'kkdk'", RedactedSince},
			"redacted more":                     {Victim | Technical, ", actions = 'dddd'", ""},
			"less of what it does not hold":     {Victim | Technical, ", actions = 'kpkk'", ""},
			"nobody knows how":                  {Victim | Technical, ", actions = ''", RedactedSince},
			"a letter that nobody knows":        {Victim | Technical, ", actions = 'xxxx'", RedactedSince},
			"whole, of what everybody may have": {Technical, "", ""},
			"whole, of what would be taken out": {Technical, ", holds = 3", RedactedSince},
			"whole, and nobody knows of what":   {Technical, ", holds = -1", RedactedSince},
		} {
			id := ask(tt.holds, w.peer)
			w.older(t, id, 3, tt.also)
			if got := w.again(t, id, tlp.Green); got.Rule != tt.rule {
				t.Errorf("%s: kept back by %q, want %q", name, got.Rule, tt.rule)
			}
		}
		// Under the same policy too: its source says by now that the victim is to be covered up.
		id := ask(Victim|Technical, Recipient{Contact: w.hospital.Contact, Organisation: w.hospital.Organisation})
		w.item.Terms.IEP = &iep.Policy{Attribution: iep.MustNotAttribute}
		if got := w.again(t, id, tlp.Green); got.Rule != "" {
			t.Errorf("what covers it is asked for by nobody: %+v", got)
		}
		owned := about(w.hospital, tlp.Green)
		owned.Holds, w.item = Victim|Technical, owned
		_, d := w.ask(t, owned, w.hospital)
		if got := w.again(t, d.ID, tlp.Green); got.Rule != "" || d.Outcome != Allowed {
			t.Errorf("to the owner: %s, %+v", d.Outcome, got)
		}
		w.item.Terms.IEP = &iep.Policy{Obfuscate: true}
		if got := w.again(t, d.ID, tlp.Green); got.Rule != RedactedSince {
			t.Errorf("to be covered up by now: %+v", got)
		}
		w.item.Terms.IEP = nil
		// An item that nobody knows any more keeps what was said of it.
		w.item = Item{}
		w.older(t, d.ID, 3, "")
		if got := w.again(t, d.ID, tlp.Green); got.Rule != "" {
			t.Errorf("not kept any more: %+v", got)
		}
		if list, err := w.Decisions(ctx, system, Filter{Kind: "findings"}); err != nil || !slices.ContainsFunc(list, func(o Decision) bool { return o.InsteadOf == d.ID }) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
