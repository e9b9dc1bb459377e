package release

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What the source of a feed agreed counts for all that its feed brought, whoever's network it is, and for nothing else.
func TestAFeedsLabelIsRelaxedForItsFindings(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		hospital, region := about(w.hospital, tlp.Red), about(w.region, tlp.Red)
		other := about(w.hospital, tlp.Red)
		other.Terms.Feed = "other"
		for _, item := range []Item{hospital, region, other} {
			if _, d := w.ask(t, item, w.hospital); d.Allowed {
				t.Fatalf("%+v", d)
			}
		}
		one := Item{Kind: "findings", ID: "f-1", Version: "1", Owner: hospital.Owner, Terms: hospital.Terms}
		if _, err := w.Relax(ctx, person, Relaxation{Item: one, Stages: []Stage{{Label: tlp.Green}}}); !problem.Is(err, problem.Invalid) {
			t.Fatalf("without the source's word: %v", err)
		}
		s, err := w.Relax(ctx, person, Relaxation{Item: one, Stages: []Stage{{Label: tlp.Green}}, Word: "the feed's desk, by mail"})
		if err != nil || s.Kind != FeedItem || s.ID != "shadow" {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, d := w.ask(t, hospital, w.hospital); !d.Allowed || d.Effective != tlp.Green || d.Label != tlp.Red {
			t.Errorf("%+v", d)
		}
		if _, d := w.ask(t, region, w.region); !d.Allowed {
			t.Errorf("another owner's: %+v", d)
		}
		if _, d := w.ask(t, other, w.hospital); d.Allowed {
			t.Errorf("another feed's: %+v", d)
		}
		if got, err := w.ScheduleOf(ctx, person, one); err != nil || got.Version != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if label, _, err := w.Effective(ctx, person, one); err != nil || label != tlp.Green {
			t.Errorf("%s, %v", label, err)
		}
	})
}

// A word about a finding counts for its feed; what has no label of its own takes none.
func TestAWordAboutAFeed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		item := about(w.hospital, tlp.Green)
		w.grant(t, w.hospital, w.nordic, time.Time{})
		if _, d := w.ask(t, item, w.nordic); !d.Allowed {
			t.Fatalf("%+v", d)
		}
		red, none := tlp.PAPRed, tlp.PAPClear
		if _, err := w.Record(ctx, person, item, Wish{PAP: &red, Word: "the feed's desk, by mail"}); err != nil {
			t.Fatal(err)
		}
		if _, d := w.ask(t, item, w.nordic); d.Rule != "pap-red" || d.Item.PAP != tlp.PAPRed {
			t.Errorf("%+v", d)
		}
		if _, d := w.ask(t, item, w.hospital); !d.Allowed {
			t.Errorf("its owner: %+v", d)
		}
		// What is not named stays, and what the configuration says no wish relaxes.
		if _, err := w.Record(ctx, person, item, Wish{IEP: &IEP{NoNotify: true}, Word: "again", Version: 1}); err != nil {
			t.Fatal(err)
		}
		if _, d := w.ask(t, item, w.hospital); d.Rule != "iep-affected" || d.Item.PAP != tlp.PAPRed {
			t.Errorf("%+v", d)
		}
		if _, err := w.Record(ctx, person, item, Wish{PAP: &none, IEP: &IEP{}, Word: "they take it back", Version: 2}); err != nil {
			t.Fatal(err)
		}
		strict := item
		strict.PAP = tlp.PAPAmber
		if got, as, err := w.Wish(ctx, person, strict); err != nil || got.Version != 3 || as.PAP != tlp.PAPAmber || as.Terms.IEP != nil || *got.IEP != (IEP{}) {
			t.Errorf("%+v, %+v, %v", got, as, err)
		}
		if _, d := w.ask(t, item, w.hospital); !d.Allowed {
			t.Errorf("%+v", d)
		}
		for name, err := range map[string]error{
			"a notice's label": func() error {
				_, err := w.Relax(ctx, person, Relaxation{Item: notice("x"), Stages: []Stage{{Label: tlp.Clear}}, Word: "x"})
				return err
			}(),
			"a notice's mark": func() error {
				_, err := w.Record(ctx, person, notice("x"), Wish{Marks: Privileged, Word: "x"})
				return err
			}(),
			"a feed's consent": func() error {
				_, err := w.Record(ctx, person, item, Wish{Consent: WithPeers, Word: "x", Version: 3})
				return err
			}(),
		} {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// At a report the word takes the place of what came with it; elsewhere it only adds.
func TestWishedPolicy(t *testing.T) {
	clear, red := tlp.PAPClear, tlp.PAPRed
	report := Item{Kind: reportKind, Source: ByReporter, PAP: tlp.PAPAmber, Terms: Terms{IEP: &IEP{NoNotify: true}}}
	if got := (Wish{Version: 1, PAP: &clear, IEP: &IEP{}}).over(report); got.PAP != tlp.PAPClear || got.Terms.IEP != nil {
		t.Errorf("%+v", got)
	}
	if got := (Wish{Version: 1}).over(report); got.PAP != tlp.PAPAmber || !got.Terms.IEP.NoNotify {
		t.Errorf("%+v", got)
	}
	incident := Item{Kind: "incident", PAP: tlp.PAPAmber, Terms: Terms{IEP: &IEP{NoNotify: true}}}
	if got := (Wish{Version: 1, PAP: &clear, IEP: &IEP{Encrypt: true}}).over(incident); got.PAP != tlp.PAPAmber || !got.Terms.IEP.NoNotify || !got.Terms.IEP.Encrypt {
		t.Errorf("%+v", got)
	}
	if got := (Wish{Version: 1, PAP: &red}).over(incident); got.PAP != tlp.PAPRed {
		t.Errorf("%+v", got)
	}
}

// A policy's label and actions count beside those that stand there, as long as it lasts.
func TestPolicyInForce(t *testing.T) {
	item := Item{Kind: "report", ID: "r", Source: "other", Consent: WithPeers, Holds: Victim | Technical, Terms: Terms{Label: tlp.Green, IEP: &IEP{
		TLP: tlp.Red, Actions: iep.NoAction, Obfuscate: true, End: day.Add(time.Hour),
	}}}
	to := recipientOf(Party, true)
	if r := outcomeOf(item, to, lore{}); r.name != "pap-red" {
		t.Errorf("%+v", r)
	}
	if r := outcomeOf(item, recipientOf(Peer, true), lore{}); r.name != "label-red" {
		t.Errorf("%+v", r)
	}
	item.Terms.IEP.TLP, item.Owner = tlp.Clear, "owner"
	if d := decisionOf(item, recipientOf(Owner, true)); d.Profile != string(Constituent) || d.Outcome != AllowedRedacted {
		t.Errorf("%+v", d)
	}
	item.Terms.IEP.End = day
	if r := outcomeOf(item, to, lore{}); r.outcome != AllowedRedacted || r.name != "party" {
		t.Errorf("when it is over: %+v", r)
	}
	if d := decisionOf(item, recipientOf(Owner, true)); d.Profile != "" {
		t.Errorf("when it is over: %+v", d)
	}
}

func decisionOf(item Item, to Recipient) Decision {
	m := judge(item, to, lore{})
	return m.decision("test", day)
}

// A team that says what it can keep gets nothing stricter, whatever agreement there is.
func TestAboveHandling(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		peer := chosenBy(person, w.add(t, "CERT Elsewhere", constituency.Peer, "cert@elsewhere.example"))
		w.o.Agreements = func(_ *sqldb.Tx, list []string, _ time.Time) (map[string]Lets, error) {
			return map[string]Lets{peer.Organisation.ID: func(string, tlp.Label) bool { return true }}, nil
		}
		keeps := tlp.Green
		w.o.Handling = func(_ *sqldb.Tx, list []string) (map[string]tlp.Label, error) {
			return map[string]tlp.Label{peer.Organisation.ID: keeps}, nil
		}
		item := Item{Kind: "incident", ID: "i-1", Terms: Terms{Label: tlp.Amber}, Count: 1}
		_, d := w.ask(t, item, peer)
		if d.Rule != "above-handling" || !strings.Contains(d.Reason, "CERT Elsewhere says that it keeps what is TLP:GREEN at most") {
			t.Errorf("%+v", d)
		}
		if d, err := w.Explain(ctx, person, item, peer); err != nil || d.Rule != "above-handling" || !holds(d.Steps, "above-handling") {
			t.Errorf("%+v, %v", d, err)
		}
		keeps = tlp.Amber
		if _, d := w.ask(t, item, peer); !d.Allowed {
			t.Errorf("%+v", d)
		}
	})
}

func holds(steps []Step, code string) bool {
	for _, s := range steps {
		if s.Fact == code {
			return s.Holds
		}
	}
	return false
}

// Who gives a feed is asked about all of it, and gets the letter whatever its label is.
func TestAskAFeedsSource(t *testing.T) {
	w, mail := open(t, sqldbtest.Open(t, sqldb.SQLite)), &post{}
	mail.wire(w)
	w.o.SourceOf = func(_ context.Context, _ identity.Actor, item Item) (Recipient, error) {
		if item.Terms.Feed != "shadow" {
			t.Errorf("%+v", item)
		}
		return w.nordic, nil
	}
	if d, err := w.AskSource(ctx, person, about(w.hospital, tlp.Red, "constituent"), tlp.Green, "The owner has to know."); err != nil || d == "" {
		t.Fatal(d, err)
	}
	list, err := w.Decisions(ctx, person, Filter{Kind: FeedItem, ID: "shadow", Limit: 5})
	if err != nil || len(list) != 1 || list[0].Rule != "reporter" || list[0].Item.Owner != "" {
		t.Errorf("%+v, %v", list, err)
	}
}
