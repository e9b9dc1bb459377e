package release

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// posting is a room of deliveries in which each allowed decision about an incident is a message.
type posting struct {
	*turns
	letters []Letter
	sent    map[string]Recipient // by decision
	fetched map[string]bool      // of those, what was fetched where it stands
	at      map[string]time.Time
}

func openPosting(t *testing.T, db *sqldb.DB) *posting {
	p := &posting{turns: openTurns(t, db), sent: map[string]Recipient{}, fetched: map[string]bool{}, at: map[string]time.Time{}}
	p.o.Deliveries = func(_ *sqldb.Tx, decisions []string) (out []Sent, err error) {
		for _, d := range decisions {
			if to, ok := p.sent[d]; ok {
				one := Sent{Decision: d, Delivery: "m-" + d, Contact: to.Contact, Name: to.Organisation.Name, Channel: "mail", Created: p.at[d], Reached: true}
				if p.fetched[d] {
					one.Delivery, one.Channel = "", "taxii"
				}
				out = append(out, one)
			}
		}
		return out, nil
	}
	p.o.Post = func(_ *sqldb.Tx, _ Permit, l Letter) (string, error) {
		p.letters = append(p.letters, l)
		return fmt.Sprint("letter ", len(p.letters)), nil
	}
	return p
}

// tell sends something about an item to somebody whom a person chose.
func (p *posting) tell(t *testing.T, item Item, to Recipient) {
	t.Helper()
	to.Chosen = person.ID
	_, d := p.ask(t, item, to)
	if !d.Allowed {
		t.Fatalf("%s: %s", d.Outcome, d.Rule)
	}
	p.sent[d.ID], p.at[d.ID] = to, p.now.Now()
}

// raised runs the clock's work twice, and gives how many letters went.
func (p *posting) raised(t *testing.T) (n int) {
	t.Helper()
	for range 2 { // a second look tells nobody twice
		told, err := p.Raised(ctx, system)
		if n += told; err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// Whoever holds a message that says a wider label than there is now hears of it once; who was told so in the message itself, or wrote under a wider label than
// the item ever had, does not.
func TestWhoHoldsALetterHearsOfARaisedLabel(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := openPosting(t, db)
		item := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Green}, Count: 1}
		p.agreed = tlp.Red
		raise := func(to tlp.Label) {
			t.Helper()
			p.now.Advance(time.Hour)
			before := item.Terms.Label
			item.Terms.Label = to
			p.item = item
			if err := db.Write(ctx, func(tx *sqldb.Tx) error { return Raise(tx, p.now.Now(), "incident", "i1", before, to) }); err != nil {
				t.Fatal(err)
			}
		}
		p.item = item
		p.tell(t, item, p.peer)
		p.now.Advance(time.Minute)
		wider := item
		wider.Terms.Label = tlp.Clear // a person wrote under a wider label, and meant it
		p.tell(t, wider, p.nordic)
		raise(tlp.Amber)
		p.tell(t, item, p.region) // it says the new one
		if n := p.raised(t); n != 1 || p.letters[0].To.Address != "soc@elsewhere.example" {
			t.Fatalf("%d letters: %+v", n, p.letters)
		}
		raise(tlp.Amber) // nothing new
		raise(tlp.AmberStrict)
		if n := p.raised(t); n != 2 {
			t.Errorf("%d letters: %+v", n, p.letters[1:])
		}
		raise(tlp.Green)
		raise(tlp.AmberStrict)
		if n := p.raised(t); n != 0 {
			t.Errorf("told what they know: %+v", p.letters[3:])
		}
		// A person's word that its source's policy is stricter raises it too.
		if _, err := p.Record(ctx, person, item, Wish{IEP: &iep.Policy{TLP: tlp.Red}, Word: "Ms Berg, by mail"}); err != nil {
			t.Fatal(err)
		}
		if n := p.raised(t); n != 2 {
			t.Errorf("by a policy: %d letters", n)
		}
		p.item = Item{} // it is gone: nobody is told of what nobody knows
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return Raise(tx, p.now.Now(), "incident", "i1", tlp.Clear, tlp.Red) }); err != nil {
			t.Fatal(err)
		}
		if n := p.raised(t); n != 0 {
			t.Errorf("of what is gone: %d letters", n)
		}
	})
}

// Whoever holds a message hears once that less may be done with it by now, also where its label stays what it was; what is let again, or what they know, alarms
// nobody.
func TestWhoHoldsALetterHearsOfAStricterPAP(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := openPosting(t, db)
		item := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Green}, Count: 1}
		p.agreed = tlp.Red
		become := func(pap tlp.PAP, policy *IEP) {
			t.Helper()
			p.now.Advance(time.Hour)
			item.PAP, item.Terms.IEP = pap, policy
			p.item = item
			if err := db.Write(ctx, func(tx *sqldb.Tx) error { return Restrict(tx, p.now.Now(), "incident", "i1") }); err != nil {
				t.Fatal(err)
			}
		}
		p.item = item
		french := p.peer
		french.Contact.Language = "fr"
		p.tell(t, item, french)
		p.now.Advance(time.Minute)
		wider := item
		wider.Terms.Label = tlp.Clear // a person wrote under a wider label, and meant that; what may be done with it they never chose
		p.tell(t, wider, p.nordic)
		policy := &IEP{NoResale: true, Name: "Of Ms Berg"}
		for _, step := range []struct {
			pap    tlp.PAP
			policy *IEP
			want   []string // lines of the letters
		}{
			{tlp.PAPClear, nil, nil},
			{tlp.PAPAmber, nil, []string{"TLP:GREEN PAP:AMBER", "TLP:CLEAR PAP:AMBER"}},
			{tlp.PAPAmber, nil, nil},
			{tlp.PAPGreen, nil, nil},
			{tlp.PAPAmber, nil, nil}, // they know
			{tlp.PAPAmber, policy, []string{"TLP:GREEN PAP:AMBER\nIEP: unmodified_resale=must-not", "TLP:CLEAR PAP:AMBER\nIEP: unmodified_resale=must-not"}},
			{tlp.PAPAmber, &IEP{NoResale: true, Name: "Another's", End: p.now.Now().Add(1000 * time.Hour)}, nil},
			{tlp.PAPClear, nil, nil},
			{tlp.PAPRed, policy, []string{"TLP:GREEN PAP:RED\nIEP: unmodified_resale=must-not", "TLP:CLEAR PAP:RED\nIEP: unmodified_resale=must-not"}},
		} {
			before := len(p.letters)
			become(step.pap, step.policy)
			n := p.raised(t)
			if n != len(step.want) || len(p.letters) != before+n {
				t.Fatalf("%s %v: %d letters, want %d", step.pap, step.policy, n, len(step.want))
			}
			for i, l := range p.letters[before:] {
				if !strings.Contains(l.Text, "\n\n"+step.want[i]+"\n\n") || strings.Contains(l.Text, "Berg") || strings.Contains(l.Text, "restreint") != (i == 0) {
					t.Errorf("letter %d to %s:\n%s", i, l.To.Address, l.Text)
				}
			}
		}
		p.tell(t, item, p.region) // it says so itself
		if become(tlp.PAPRed, policy); p.raised(t) != 0 {
			t.Errorf("told what stands in the message: %+v", p.letters[len(p.letters)-1])
		}
		// A label and a PAP that are raised together are one letter.
		before := len(p.letters)
		was := item.Terms.Label
		item.Terms.Label = tlp.Amber
		become(tlp.PAPRed, &IEP{NoResale: true, Encrypt: true})
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return Raise(tx, p.now.Now(), "incident", "i1", was, tlp.Amber) }); err != nil {
			t.Fatal(err)
		}
		p.raised(t)
		told := map[string]string{}
		for _, l := range p.letters[before:] {
			told[l.To.Address] += l.Text
		}
		if len(p.letters) != before+3 || !strings.Contains(told["soc@elsewhere.example"], "Mention plus stricte") || !strings.Contains(told["soc@elsewhere.example"], "TLP:AMBER PAP:RED\nIEP: encrypt_in_transit=must, unmodified_resale=must-not\n") {
			t.Errorf("%d letters: %v", len(p.letters)-before, told)
		}
		// A person's word does it too, and of what is gone nobody is told.
		before = len(p.letters)
		p.now.Advance(time.Hour)
		if _, err := p.Record(ctx, person, item, Wish{IEP: &iep.Policy{NoNotify: true}, Word: "Ms Berg, by mail"}); err != nil {
			t.Fatal(err)
		}
		if p.raised(t); len(p.letters) != before+3 {
			t.Errorf("by a person's word: %d letters", len(p.letters)-before)
		}
		before = len(p.letters)
		become(tlp.PAPRed, &IEP{NoResale: true, Encrypt: true, Obfuscate: true})
		p.item = Item{}
		if p.raised(t); len(p.letters) != before {
			t.Errorf("of what is gone: %+v", p.letters[before:])
		}
	})
}

// Who fetched something hears of its label by what follows labels, and of all else here: of both in one letter, if they come together.
func TestWhoFetchedItHearsOfAStricterPAP(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := openPosting(t, db)
		item := Item{Kind: "incident", ID: "i1", Holds: Technical, Terms: Terms{Label: tlp.Green}, Count: 1}
		p.agreed, p.item = tlp.Red, item
		p.tell(t, item, p.peer)
		for d := range p.sent {
			p.fetched[d] = true
		}
		note := func(label tlp.Label, pap tlp.PAP) {
			t.Helper()
			p.now.Advance(time.Hour)
			was := item.Terms.Label
			item.Terms.Label, item.PAP = label, pap
			p.item = item
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				if err := Raise(tx, p.now.Now(), "incident", "i1", was, label); err != nil {
					return err
				}
				return Restrict(tx, p.now.Now(), "incident", "i1")
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		note(tlp.Amber, tlp.PAPClear)
		if n := p.raised(t); n != 0 {
			t.Errorf("of a label alone: %d letters", n)
		}
		if n, err := p.Stepped(ctx, system, "incident", "i1", tlp.Amber); n != 1 || err != nil {
			t.Fatalf("%d letters, %v", n, err)
		}
		note(tlp.Amber, tlp.PAPAmber)
		if n := p.raised(t); n != 1 || !strings.Contains(p.letters[1].Text, "\n\nTLP:AMBER PAP:AMBER\n\n") {
			t.Errorf("of a PAP alone: %d letters, %+v", n, p.letters)
		}
		note(tlp.AmberStrict, tlp.PAPRed)
		n := p.raised(t)
		also, err := p.Stepped(ctx, system, "incident", "i1", tlp.AmberStrict)
		if n != 1 || also != 0 || err != nil || !strings.Contains(p.letters[2].Text, "\n\nTLP:AMBER+STRICT PAP:RED\n\n") {
			t.Errorf("of both: %d and %d letters, %v, %+v", n, also, err, p.letters)
		}
	})
}

// All who hold something are found, however many they are.
func TestAllHoldersAreFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := openPosting(t, db)
		const many = 10_000 + holdersPage/2
		asks := make([]Ask, many)
		for i := range asks {
			o := constituency.Organisation{ID: fmt.Sprintf("o%05d", i), Name: "O", Kind: constituency.Constituent}
			c := constituency.Contact{ID: fmt.Sprintf("c%05d", i), Organisation: o.ID, Channel: constituency.Mail, Address: fmt.Sprintf("a%05d@o.example", i), Purpose: constituency.Abuse}
			asks[i] = Ask{Item{Kind: "incident", ID: "i1", Terms: Terms{Label: tlp.Green}, Count: 1}, Recipient{Contact: c, Organisation: o, Chosen: person.ID}}
		}
		_, decisions, err := p.Decide(ctx, person, asks)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range decisions {
			p.sent[d.ID], p.at[d.ID] = asks[i].To, p.now.Now()
		}
		list, err := p.Holders(ctx, person, "incident", "i1")
		if err != nil || len(list) != many {
			t.Fatalf("%d of %d, %v", len(list), many, err)
		}
		found := map[string]bool{}
		for _, c := range list {
			found[c.Address] = true
		}
		if len(found) != many {
			t.Errorf("%d addresses", len(found))
		}
	})
}
