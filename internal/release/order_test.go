package release

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// ordered is the police, with a paper.
func ordered() Recipient {
	to := recipientOf(Authority, true)
	to.Contact.Channel, to.Contact.Address = constituency.Webhook, ""
	to.Order = &Order{Reference: "12 K 3/26", Authority: "District Court", Issued: day.Add(-48 * time.Hour)}
	return to
}

// Neither label nor embargo nor consent stands against an order, and no order stands without a second person; privilege stands, and to others it is no order.
func TestAnOrder(t *testing.T) {
	told := Item{Kind: "report", ID: "r", Source: ByReporter, Holds: Who | Victim | Technical, Terms: Terms{Label: tlp.Green}, Count: 1}
	for name, c := range map[string]struct {
		change  func(i *Item, to *Recipient)
		rule    string
		outcome Outcome
	}{
		"without consent":   {func(*Item, *Recipient) {}, "compelled", Second},
		"TLP:RED":           {func(i *Item, _ *Recipient) { i.Terms.Label = tlp.Red }, "compelled", Second},
		"under embargo":     {func(i *Item, _ *Recipient) { i.Embargo = day.Add(time.Hour) }, "compelled", Second},
		"restricted":        {func(i *Item, _ *Recipient) { i.Marks = Restricted }, "compelled", Second},
		"with consent":      {func(i *Item, _ *Recipient) { i.Consent = WithPolice }, "compelled", Second},
		"under privilege":   {func(i *Item, _ *Recipient) { i.Marks = Privileged }, "compelled-privileged", Refused},
		"to a peer":         {func(_ *Item, to *Recipient) { to.Organisation.Kind = constituency.Peer }, "no-consent", Refused},
		"without the paper": {func(_ *Item, to *Recipient) { to.Order = nil }, "no-consent", Refused},
	} {
		item, to := told, ordered()
		c.change(&item, &to)
		if r := outcomeOf(item, to, lore{}); r.name != c.rule || r.outcome != c.outcome {
			t.Errorf("%s: %s, %s", name, r.name, r.outcome)
		}
	}
}

// The decision says which order, holds for that one alone, and for a copy without the names that an authority does not see.
func TestAnOrderIsApproved(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		item, to := Item{Kind: "report", ID: "r", Source: ByReporter, Holds: Victim | Technical, Terms: Terms{Label: tlp.Red}, Count: 1}, ordered()
		to.Chosen = person.ID
		_, _, err := w.must(person, item, to)
		stop, ok := Stopped(err)
		if !ok || stop.Outcome != Second || !strings.Contains(stop.Reason, "The order 12 K 3/26 of District Court (2026-11-20) obliges us") {
			t.Fatalf("%+v, %v", stop, err)
		}
		if _, err := w.Approve(ctx, person, stop.ID, "I read it"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("who asked: %v", err)
		}
		if _, err := w.Approve(ctx, other, stop.ID, "I read the order: it names these files"); err != nil {
			t.Fatal(err)
		}
		p, d, err := w.must(person, item, to) // not valid before Clear looked through the copy
		if err != nil || p.Valid() || d.ID != stop.ID || d.Outcome != AllowedRedacted || d.Seconder != other.ID || d.Profile != string(Authority) {
			t.Errorf("%+v, %v", d, err)
		}
		another := *to.Order
		another.Reference = "12 K 4/26"
		to.Order = &another
		if p, _, err := w.must(person, item, to); err == nil || p.Valid() {
			t.Error("one order opens for another")
		}
		got, err := w.One(ctx, person, stop.ID)
		if err != nil || !strings.Contains(got.Reason, "12 K 3/26") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestOrdersAreWhole(t *testing.T) {
	good := Order{Reference: " 12 K  3/26 ", Authority: "District Court", Issued: day}
	if err := good.Check(day); err != nil || good.Reference != "12 K 3/26" {
		t.Errorf("%+v, %v", good, err)
	}
	for name, change := range map[string]func(*Order){
		"no reference": func(o *Order) { o.Reference = " " }, "no authority": func(o *Order) { o.Authority = "" }, "no day": func(o *Order) { o.Issued = time.Time{} },
		"to come": func(o *Order) { o.Issued = day.AddDate(0, 0, 2) }, "too long": func(o *Order) { o.Reference = strings.Repeat("x", maxOrder+1) },
	} {
		o := good
		change(&o)
		if err := o.Check(day); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
