package release

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release/leak"
)

// What a person records about a report decides from then on: with whom it may be shared, and what keeps it in.
func TestWish(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		vendor := chosenBy(person, w.add(t, "Vendor", constituency.Vendor, "psirt@vendor.example"))
		item := Item{Kind: "report", ID: "r-1", Source: ByReporter, Terms: Terms{Label: tlp.Green}, Count: 1}
		record := func(consent Consent, marks Marks, version int64) {
			t.Helper()
			got, err := w.Record(ctx, person, item, Wish{Consent: consent, Marks: marks, Word: "Ms Berg, by telephone", Version: version})
			if err != nil || got.Version != version+1 {
				t.Fatal(got, err)
			}
		}
		rule := func(want string) {
			t.Helper()
			if d, err := w.Explain(ctx, person, item, vendor); err != nil || d.Rule != want {
				t.Errorf("%s, %v, want %s", d.Rule, err, want)
			}
			if _, d, err := w.For(ctx, system, item, vendor); err != nil || d.Rule != want {
				t.Errorf("%s, %v, want %s", d.Rule, err, want)
			}
		}
		rule("no-consent")
		record(WithVendor, 0, 0)
		rule("party")
		record(WithVendor, Privileged, 1)
		rule("privileged")
		record(0, 0, 2)
		rule("no-consent")
		if wish, as, err := w.Wish(ctx, person, item); err != nil || wish.Word != "Ms Berg, by telephone" || as.Consent != 0 {
			t.Errorf("%+v, %v", wish, err)
		}
		// What its reports do not say an incident may be marked with, and a wish takes none of their marks away.
		incident := Item{Kind: "incident", ID: "i-1", Source: ByReporter, Consent: WithVendor, Marks: Exempt | Restricted}
		if got := (Wish{Version: 1, Marks: Privileged}).over(incident); got.Marks != Exempt|Restricted|Privileged || got.Consent != WithVendor {
			t.Errorf("%+v", got)
		}
	})
}

func TestWishRefuses(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, tt := range map[string]struct {
		actor identity.Actor
		wish  Wish
		want  problem.Kind
	}{
		"nobody":            {identity.Actor{}, Wish{Word: "x"}, problem.Forbidden},
		"a program":         {system, Wish{Word: "x"}, problem.Forbidden},
		"no word":           {person, Wish{}, problem.Invalid},
		"restricted":        {person, Wish{Word: "x", Marks: Restricted}, problem.Invalid},
		"changed meanwhile": {person, Wish{Word: "x", Version: 7}, problem.Conflict},
	} {
		if _, err := w.Record(ctx, tt.actor, told, tt.wish); !problem.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseConsents([]string{"police", "aunt"}); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
	if m, err := ParseMarks(MarkNames()); err != nil || m != Privileged|Exempt || len(m.Names()) != 2 {
		t.Error(m, err)
	}
}

// Names that are none do not clear everything: somebody has to say that there is nobody to protect.
func TestClearWithoutNames(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	item := Item{Kind: "incident", ID: "i-2", Terms: Terms{Label: tlp.Green}, Holds: Victim | Technical, Count: 1}
	clearAs := func(names leak.Names) error {
		return w.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			p, _, err := w.Must(tx, person, item, chosenBy(person, w.nordic))
			if err == nil {
				p, err = w.Clear(tx, person, p, leak.Content{Text: "It is about 192.0.2.7."}, names)
			}
			if err == nil && !p.Valid() {
				t.Error("cleared, and not valid")
			}
			return err
		})
	}
	for _, names := range []leak.Names{{}, leak.NewNames()} {
		if err := clearAs(names); !problem.Is(err, problem.Invalid) {
			t.Errorf("no names: %v", err)
		}
	}
	nobody := leak.NewNames()
	nobody.Nobody("no report stands behind it")
	if err := clearAs(nobody); err != nil {
		t.Error(err)
	}
}

// A copy that names somebody goes if another person, who has seen where, lets exactly it go.
func TestSecondPersonLetsALeakGo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		w.o.Secret = func() ([32]byte, error) { return [32]byte{7}, nil }
		item := Item{Kind: "incident", ID: "i-2", Terms: Terms{Label: tlp.Green}, Holds: Victim | Technical, Count: 1}
		names := leak.NewNames()
		names.Add(leak.Organisation, "City Hospital")
		ticket := ""
		send := func(text string) error {
			ticket += "7" // each attempt has another number
			c := leak.Content{Subject: "[V-" + ticket + "] A machine", Text: text, Headers: []leak.Header{{Name: "Ticket", Value: "V-" + ticket}, {Name: "Reference 0", Value: "<" + ticket + "@x>"}}}
			return db.Write(ctx, func(tx *sqldb.Tx) error {
				p, _, err := w.Must(tx, person, item, chosenBy(person, w.nordic))
				if err == nil {
					p, err = w.Clear(tx, person, p, c, names)
				}
				if err == nil && !p.Fits(c.Digest()) {
					t.Error("the permit does not fit the copy")
				}
				return err
			})
		}
		const words = "It is the City Hospital: call them."
		stop, ok := Leaks(send(words))
		if !ok || stop.State != StopFound || len(stop.Places) != 1 {
			t.Fatalf("%+v", stop)
		}
		if again, _ := Leaks(send(words)); again == nil || again.ID != stop.ID {
			t.Errorf("the same copy is another: %+v", again)
		}
		for name, err := range map[string]error{
			"nobody asks":           w.AskLeak(ctx, identity.Actor{}, stop.ID, "they must know"),
			"settled without asked": w.SettleLeak(ctx, other, stop.ID, true, "yes"),
			"no reason":             w.AskLeak(ctx, person, stop.ID, " "),
			"not there":             w.AskLeak(ctx, person, "x", "y"),
		} {
			if err == nil {
				t.Errorf("%s: passed", name)
			}
		}
		if err := w.AskLeak(ctx, person, stop.ID, "only they can call"); err != nil {
			t.Fatal(err)
		}
		if asked, _ := Leaks(send(words)); asked == nil || asked.State != StopAsked {
			t.Errorf("%+v", asked)
		}
		list, err := w.StoppedCopies(ctx, other, StopAsked)
		if err != nil || len(list) != 1 || len(list[0].Places) != 1 || list[0].Places[0].Name != "City Hospital" || list[0].For != "only they can call" {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := w.SettleLeak(ctx, person, stop.ID, true, "I myself"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("who asked settled it: %v", err)
		}
		if err := w.SettleLeak(ctx, other, stop.ID, true, "they know each other"); err != nil {
			t.Fatal(err)
		}
		if err := send(words); err != nil {
			t.Errorf("it was let go: %v", err)
		}
		if _, ok := Leaks(send(words + " Its nurse is Ms City Hospital.")); !ok {
			t.Error("another copy passed")
		}
		var plain []byte
		if err := db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT places FROM release_leak WHERE id = $1`, stop.ID).Scan(&plain)
		}); err != nil || strings.Contains(string(plain), "Hospital") {
			t.Errorf("%q, %v", plain, err)
		}
		w.now.Advance(stopKept + time.Hour)
		if _, err := w.Forget(ctx, system, 3*reuse); err != nil {
			t.Fatal(err)
		}
		if list, err := w.StoppedCopies(ctx, other); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// A review reminds once, also if its time came while nobody was here, and once more only if another was agreed.
func TestReview(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		var told []string
		w.o.Remind = func(_ *sqldb.Tx, s Schedule) error { told = append(told, s.ID); return nil }
		item := Item{Kind: "incident", ID: "i-9", Terms: Terms{Label: tlp.Amber}, Count: 1}
		due := day.Add(48 * time.Hour)
		s, err := w.Relax(ctx, person, Relaxation{Item: item, Review: due, Stages: []Stage{{At: due.Add(time.Hour), Label: tlp.Green}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			at   time.Time
			want int
		}{{day, 0}, {due.Add(-time.Millisecond), 0}, {due.AddDate(0, 1, 0), 1}, {due.AddDate(0, 2, 0), 1}} {
			w.now.Set(tt.at)
			if _, err := w.Review(ctx, system); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Decay(ctx, system); err != nil { // writes the schedule anew
				t.Fatal(err)
			}
			if len(told) != tt.want {
				t.Errorf("%s: told %d times, want %d", tt.at, len(told), tt.want)
			}
		}
		next := w.now.Now().Add(time.Hour)
		if _, err := w.Relax(ctx, person, Relaxation{Item: item, Review: next, Stages: s.Stages, Version: 1}); err != nil {
			t.Fatal(err)
		}
		w.now.Set(next)
		if n, err := w.Review(ctx, system); err != nil || n != 1 || len(told) != 2 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// An answer acknowledges what it answers, the first one; reading notes the first time.
func TestAnswered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, mail := open(t, db), &post{}
		mail.wire(w)
		item := Item{Kind: "incident", ID: "i-3", Terms: Terms{Label: tlp.Green}, Owner: w.hospital.Organisation.ID, Count: 1}
		_, d := w.ask(t, item, w.hospital)
		mail.deliver(w, d, w.hospital)
		w.o.StoodOn = func(*sqldb.Tx, string) ([]string, string, error) {
			return []string{d.ID}, w.hospital.Contact.Address, nil
		}
		for range 2 {
			if err := db.Write(ctx, func(tx *sqldb.Tx) error { return w.Answered(tx, system, "delivery", "mail") }); err != nil {
				t.Fatal(err)
			}
			if err := db.Write(ctx, func(tx *sqldb.Tx) error { return w.Opened(tx, system, d.ID, "portal") }); err != nil {
				t.Fatal(err)
			}
			w.now.Advance(time.Hour)
		}
		copies, err := w.Holders(ctx, person, item.Kind, item.ID)
		if err != nil || len(copies) != 2 || !copies[1].Acknowledged.Equal(day) || !copies[0].Opened.Equal(day) {
			t.Errorf("%+v, %v", copies, err)
		}
	})
}

// What is one of many things that were told together is found by the messages that told of it.
func TestHoldersBehind(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		_, d := w.ask(t, about(w.hospital, tlp.Green), w.hospital)
		_, stricter := w.ask(t, about(w.hospital, tlp.Amber), w.hospital)
		sent := func(decision, delivery string) Sent {
			return Sent{Decision: decision, Delivery: delivery, Contact: w.hospital.Contact, Reached: true, Created: day}
		}
		w.o.Behind = func(_ *sqldb.Tx, kind, id string) ([]Sent, error) {
			if id != "f-1" {
				return nil, nil
			}
			return []Sent{sent(d.ID, "m-1"), sent(stricter.ID, "m-1"), sent(d.ID, "m-2"), sent("gone", "m-3")}, nil
		}
		copies, err := w.Holders(context.Background(), person, "findings", "f-1")
		if err != nil || len(copies) != 2 || copies[0].Label != tlp.Amber || copies[1].Label != tlp.Green {
			t.Errorf("%+v, %v", copies, err)
		}
	})
}
