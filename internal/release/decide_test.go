package release

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestFor(t *testing.T) {
	change := func(r Recipient, f func(*Recipient)) Recipient { f(&r); return r }
	tests := []struct {
		name string
		ask  func(w *world) (Item, Recipient)
		rule string
		says string // a piece of the reason
	}{
		{"own network", func(w *world) (Item, Recipient) { return about(w.hospital, tlp.Amber), w.hospital }, "own-network", "City Hospital itself"},
		{"own, for the organisation only", func(w *world) (Item, Recipient) { return about(w.hospital, tlp.AmberStrict), w.hospital }, "own-network", "TLP:AMBER+STRICT"},
		{"own, red", func(w *world) (Item, Recipient) { return about(w.hospital, tlp.Red), w.hospital }, "label-red", "The feed shadow marks it TLP:RED"},
		{"own, a label from the future", func(w *world) (Item, Recipient) { return about(w.hospital, 17), w.hospital }, "label-red", "TLP:RED"},
		{"the parent, by itself", func(w *world) (Item, Recipient) { return about(w.hospital, tlp.Clear), w.region }, "another-owner", "firehall release grant"},
		{"the provider, by a person's word", func(w *world) (Item, Recipient) { return about(w.region, tlp.Amber), w.nordic }, "granted", "By the word of a person"},
		{"the other way round", func(w *world) (Item, Recipient) { return about(w.nordic, tlp.Green), w.region }, "another-owner", "Region North"},
		{"strict, in spite of the word", func(w *world) (Item, Recipient) { return about(w.region, tlp.AmberStrict), w.nordic }, "label-strict", "no grant"},
		{"red, in spite of the word", func(w *world) (Item, Recipient) { return about(w.region, tlp.Red), w.nordic }, "label-red", "TLP:RED"},
		{"not for its kind", func(w *world) (Item, Recipient) { return about(w.nordic, tlp.Green, "constituent"), w.nordic }, "receiver-kind", "constituent receive it, and Nordic Net is of the kind provider"},
		{"not for the kind of whom the word is for", func(w *world) (Item, Recipient) { return about(w.region, tlp.Green, "constituent"), w.nordic }, "receiver-kind", "provider"},
		{"terms that name nobody", func(w *world) (Item, Recipient) {
			item := about(w.hospital, tlp.Clear)
			item.Terms.Receivers = nil
			return item, w.hospital
		}, "receivers-unnamed", "name nobody"},
		{"an owner that nobody knows", func(w *world) (Item, Recipient) { return Item{Kind: "findings"}, w.hospital }, "owner-unknown", "not known"},
		{"nobody", func(w *world) (Item, Recipient) { return about(w.hospital, tlp.Clear), Recipient{} }, "recipient-unknown", "No contact"},
		{"nobody owns nothing", func(*world) (Item, Recipient) { return Item{}, Recipient{} }, "owner-unknown", ""},
		{"somebody else's contact", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), Recipient{Organisation: w.hospital.Organisation, Contact: w.nordic.Contact}
		}, "contact-elsewhere", "abuse@nordicnet.example is no contact of City Hospital"},
		{"the legal contact", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), change(w.hospital, func(r *Recipient) { r.Contact.Purpose = constituency.Legal })
		}, "contact-legal", "legal"},
		{"a contact that bounces", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), change(w.hospital, func(r *Recipient) { r.Contact.Health = constituency.Bad })
		}, "contact-bad", "come back"},
		{"a telephone", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), change(w.hospital, func(r *Recipient) { r.Contact.Channel = constituency.Phone })
		}, "contact-phone", "somebody has to call"},
		{"encrypted only, without a key", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), change(w.hospital, func(r *Recipient) { r.Contact.Encryption = constituency.EncryptionRequired })
		}, "key-required", "there is no key"},
		{"braces in a name", func(w *world) (Item, Recipient) {
			return about(w.hospital, tlp.Clear), change(w.hospital, func(r *Recipient) { r.Organisation.Name = "{label} {address}" })
		}, "own-network", "of {label} {address} itself"},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		w.grant(t, w.region, w.nordic, time.Time{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				item, to := tt.ask(w)
				p, d := w.ask(t, item, to)
				if d.Rule != tt.rule || !strings.Contains(d.Reason, tt.says) {
					t.Errorf("%s: %s", d.Rule, d.Reason)
				}
				if strings.Contains(strings.NewReplacer("{label} {address}", "").Replace(d.Reason), "{") {
					t.Errorf("not filled in: %s", d.Reason)
				}
				if p.Valid() != d.Allowed || p.Covers(to.Contact) != d.Allowed || d.Allowed != (d.Outcome == Allowed) {
					t.Errorf("permit %+v for %+v", p, d)
				}
				checkRecorded(t, w, d)
			})
		}
	})
}

// checkRecorded looks whether a decision stands in the table as it was given,
// and is given again: from memory, and by a service that remembers nothing.
func checkRecorded(t *testing.T, w *world, d Decision) {
	t.Helper()
	list, err := w.Decisions(ctx, system, Filter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range list {
		if got.ID == d.ID {
			if d.Label > tlp.Red { // written as the strictest
				d.Label, d.Item.Terms.Label = tlp.Red, tlp.Red
			}
			if diff := cmp.Diff(d, got); diff != "" {
				t.Error(diff)
			}
			return
		}
	}
	t.Errorf("decision %s is not recorded", d.ID)
}

func TestAskingAgainGivesTheRecordedDecision(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		_, first := w.ask(t, about(w.hospital, tlp.Green), w.hospital)
		w.now.Advance(time.Hour)
		more := about(w.hospital, tlp.Green)
		more.Count = 77
		_, again := w.ask(t, more, w.hospital)
		w.cache = newCache() // as after a restart
		_, restarted := w.ask(t, more, w.hospital)
		first.Item.Count = 77
		if diff := cmp.Diff(first, again) + cmp.Diff(first, restarted); diff != "" {
			t.Error(diff)
		}
		list, err := w.Decisions(ctx, system, Filter{})
		if err != nil || len(list) != 1 {
			t.Errorf("%d decisions are recorded, %v", len(list), err)
		}
	})
}

// What decides makes another question of it; what does not, does not.
func TestWhatMakesAnotherDecision(t *testing.T) {
	tests := []struct {
		name   string
		change func(i *Item, to *Recipient)
		fresh  bool
	}{
		{"nothing", func(*Item, *Recipient) {}, false},
		{"how many", func(i *Item, _ *Recipient) { i.Count++ }, false},
		{"the order of receivers", func(i *Item, _ *Recipient) { i.Terms.Receivers = []string{"provider", "constituent"} }, false},
		{"the chain's word", func(_ *Item, to *Recipient) { to.Chain = ChainGrant }, false},
		{"the contact proved good", func(_ *Item, to *Recipient) { to.Contact.Health, to.Contact.Version = constituency.Good, 2 }, false},
		{"the item's version", func(i *Item, _ *Recipient) { i.Version = "2" }, true},
		{"the item", func(i *Item, _ *Recipient) { i.ID = "x" }, true},
		{"the label", func(i *Item, _ *Recipient) { i.Terms.Label = tlp.Red }, true},
		{"the receivers", func(i *Item, _ *Recipient) { i.Terms.Receivers = []string{"constituent"} }, true},
		{"the owner", func(i *Item, _ *Recipient) { i.Owner = "x" }, true},
		{"the organisation's kind", func(_ *Item, to *Recipient) { to.Organisation.Kind = constituency.Peer }, true},
		{"the contact's health", func(_ *Item, to *Recipient) { to.Contact.Health = constituency.Bad }, true},
		{"the contact's address", func(_ *Item, to *Recipient) { to.Contact.Address = "x@hospital.example" }, true},
		{"the contact's key", func(_ *Item, to *Recipient) { to.Contact.Key = "x" }, true},
		{"the wish for encryption", func(_ *Item, to *Recipient) { to.Contact.Encryption = "required" }, true},
	}
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	_, first := w.ask(t, about(w.hospital, tlp.Green), w.hospital)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			item, to := about(w.hospital, tlp.Green), w.hospital
			tt.change(&item, &to)
			if _, d := w.ask(t, item, to); (d.ID != first.ID) != tt.fresh {
				t.Errorf("another decision: %v; %s", d.ID != first.ID, d.Reason)
			}
		})
	}
}

func TestDecideTogether(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		var asks []Ask
		for i := range 1201 { // more than a chunk, each kind of answer, and repeats
			to := []Recipient{w.hospital, w.region, w.nordic}[i%3]
			item := about([]Recipient{w.hospital, w.region}[i%2], tlp.Label(i%5))
			item.ID += string(rune('a' + i%600/25))
			asks = append(asks, Ask{item, to})
		}
		before, err := w.Preview(ctx, system, asks)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := w.Decisions(ctx, system, Filter{}); err != nil || len(list) != 0 {
			t.Fatalf("a preview records: %d, %v", len(list), err)
		}
		permits, decisions, err := w.Decide(ctx, system, asks)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for i, d := range decisions {
			ids[d.ID] = true
			if before[i].ID = d.ID; !cmp.Equal(before[i], d) || permits[i].Valid() != d.Allowed {
				t.Fatalf("ask %d: %s, valid %v", i, cmp.Diff(before[i], d), permits[i].Valid())
			}
			if got, one := w.ask(t, asks[i].Item, asks[i].To); one.ID != d.ID || !cmp.Equal(got, permits[i], cmp.AllowUnexported(Permit{}, aboutWhat{})) {
				t.Fatalf("ask %d alone: %+v", i, one)
			}
		}
		list, err := w.Decisions(ctx, system, Filter{Limit: 10_000})
		if err != nil || len(list) != len(ids) {
			t.Errorf("%d are recorded of %d, %v", len(list), len(ids), err)
		}
		record, err := audit.New(db, w.now).List(ctx, audit.Query{Operation: string(OpDecide)})
		if err != nil || len(record.Items) != 1 || !strings.Contains(string(record.Items[0].After), `"digest"`) {
			t.Errorf("audit: %+v, %v", record.Items, err)
		}
	})
}

// Two services are two processes: both get the decision that was recorded.
func TestTwoProcessesDecideAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		var asks []Ask
		for i := range 50 {
			item := about(w.hospital, tlp.Green)
			item.ID += string(rune('A' + i))
			asks = append(asks, Ask{item, w.hospital})
		}
		results := make(chan []Decision, 4)
		for range cap(results) {
			other := New(w.o)
			go func() {
				_, list, err := other.Decide(ctx, system, asks)
				if err != nil {
					t.Error(err)
				}
				results <- list
			}()
		}
		first := <-results
		for range cap(results) - 1 {
			if diff := cmp.Diff(first, <-results); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestNobodyDecidesUnasked(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	nobody := identity.Actor{}
	_, _, one := w.For(ctx, nobody, about(w.hospital, tlp.Clear), w.hospital)
	_, _, none := w.Decide(ctx, nobody, nil)
	_, preview := w.Preview(ctx, nobody, nil)
	_, list := w.Decisions(ctx, nobody, Filter{})
	_, given := w.Grant(ctx, nobody, Grant{})
	_, grants := w.Grants(ctx, nobody, "")
	for _, err := range []error{one, none, preview, list, given, grants, w.Revoke(ctx, nobody, "x", "x")} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDecisionsFilter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		w.ask(t, about(w.hospital, tlp.Clear), w.hospital)
		w.now.Advance(time.Second)
		w.ask(t, about(w.hospital, tlp.Clear), w.region)
		w.now.Advance(time.Second)
		w.ask(t, about(w.nordic, tlp.Clear), w.nordic)
		tests := []struct {
			name string
			f    Filter
			want string
		}{
			{"all, the newest first", Filter{}, "own-network another-owner own-network"},
			{"refused", Filter{Refused: true}, "another-owner"},
			{"the owner's", Filter{Organisation: w.hospital.Organisation.ID}, "another-owner own-network"},
			{"the recipient's", Filter{Organisation: w.region.Organisation.ID, Refused: true}, "another-owner"},
			{"one", Filter{Limit: 1}, "own-network"},
			{"nobody's", Filter{Organisation: "x"}, ""},
		}
		for _, tt := range tests {
			list, err := w.Decisions(ctx, system, tt.f)
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, d := range list {
				rules = append(rules, d.Rule)
			}
			if got := strings.Join(rules, " "); got != tt.want {
				t.Errorf("%s: got %s", tt.name, got)
			}
		}
	})
}
