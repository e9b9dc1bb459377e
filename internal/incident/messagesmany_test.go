package incident

import (
	"bytes"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

var (
	peer  = Party{Name: "A peer", Email: "cert@peer.example"}
	works = Party{Name: "Works", Email: "abuse@works.example"}
)

// register puts the works into the register.
func (h *house) register(t *testing.T) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ('works', 'Works', 'works', 'company', 1, 0, 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO contact (id, organisation, channel, address, purpose, health, version) VALUES ('c1', 'works', 'mail', 'abuse@works.example', 'abuse', 'ok', 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Several parties get a mail each, and none of the mails names another of them.
func TestNobodyLearnsOfTheOthers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(t)
		i := h.opened(t, bob, Opening{Title: "Planted title", TLP: tlp.Green})
		d := Outgoing{Parties: []Party{peer, works, provider, {Name: "Again", Email: "CERT@peer.example"}}, Subject: "A question", Text: "Dear {party}, what do you know?"}
		o, err := h.Foresee(t.Context(), bob, i.Ref, d)
		if err != nil || !o.Allowed() || o.Need || len(o.Recipients) != 3 || o.Recipients[1].Organisation != "works" || o.Recipients[0].Text != "Dear A peer, what do you know?" {
			t.Fatalf("foreseen: %+v, %v", o, err)
		}
		list, err := h.WriteToAll(t.Context(), bob, i.ID, d)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d dialogues, %v", len(list), err)
		}
		names := [][]byte{[]byte("peer"), []byte("Works"), []byte("host.example")}
		for n, v := range list {
			sent, err := h.o.Delivery.Bytes(t.Context(), ada, v.Messages[0].Delivery)
			if err != nil {
				t.Fatal(err)
			}
			for m, name := range names {
				if bytes.Contains(sent, name) != (n == m) {
					t.Errorf("mail %d and name %q: %s", n, name, sent)
				}
			}
			if bytes.Contains(sent, []byte("Planted title")) {
				t.Error("the title left with it")
			}
		}
		_, dialogues, err := h.Dialogues(t.Context(), eve, i.ID)
		if err != nil || len(dialogues) != 3 || len(dialogues[0].Messages) != 1 {
			t.Errorf("dialogues: %+v, %v", dialogues, err)
		}
	})
}

func TestWhatForbidsThatItLeaves(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("bob")
		h.register(t)
		tests := []struct {
			name    string
			opening Opening
			to      Party
			want    Verdict
			need    bool
		}{
			{"green", Opening{TLP: tlp.Green}, peer, Unregistered, false},
			{"amber", Opening{TLP: tlp.Amber}, works, Registered, false},
			{"strict, of the register", Opening{TLP: tlp.AmberStrict}, works, Registered, true},
			{"strict, of no register", Opening{TLP: tlp.AmberStrict}, peer, TooStrict, true},
			{"red", Opening{TLP: tlp.Red}, works, ForNobody, true},
			{"restricted", Opening{Restricted: true}, peer, Unregistered, true},
			{"no mailbox", Opening{}, Party{Name: "Nobody"}, NoMailbox, false},
			{"a contact of nothing", Opening{}, Party{Name: "Nobody", Contact: "c9"}, NoMailbox, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				i := h.opened(t, bob, tt.opening)
				d := Outgoing{Parties: []Party{tt.to}, Subject: "s", Text: "t"}
				o, err := h.Foresee(t.Context(), bob, i.ID, d)
				if err != nil || o.Recipients[0].Why != tt.want || o.Need != tt.need {
					t.Fatalf("%+v, %v", o, err)
				}
				if _, err := h.WriteToAll(t.Context(), bob, i.ID, d); (err == nil) != (o.Allowed() && !o.Need) {
					t.Errorf("without a need to know: %v", err)
				}
				d.Need = "they run the host"
				second := tt.opening.TLP == tlp.AmberStrict && tt.want == Registered // our own label leads outside: two people have to want that
				_, err = h.WriteToAll(t.Context(), bob, i.ID, d)
				if stop, stopped := release.Stopped(err); (err == nil) != (o.Allowed() && !second) || second && (!stopped || stop.Outcome != release.Second) {
					t.Errorf("with one: %v", err)
				}
			})
		}
	})
}

// One who may not get it, and nobody gets it.
func TestAllOrNobody(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("bob")
		i := h.opened(t, bob, Opening{})
		before := h.count(t, `SELECT count(*) FROM delivery`)
		write := func(d Outgoing) error { return only(h.WriteToAll(t.Context(), bob, i.ID, d)) }
		many := make([]Party, MaxParties+1)
		for n := range many {
			many[n] = Party{Name: "x", Email: strings.Repeat("x", n+1) + "@x.example"}
		}
		hidden := h.opened(t, bob, Opening{Restricted: true})
		refused{
			"one without a mailbox": {problem.Conflict, write(Outgoing{Parties: []Party{peer, {Name: "Nobody"}}, Subject: "s", Text: "t"})},
			"nobody":                {problem.Invalid, write(Outgoing{Subject: "s", Text: "t"})},
			"too many":              {problem.Invalid, write(Outgoing{Parties: many, Subject: "s", Text: "t"})},
			"no subject":            {problem.Invalid, write(Outgoing{Parties: []Party{peer}, Text: "t"})},
			"no text":               {problem.Invalid, write(Outgoing{Parties: []Party{peer}, Subject: "s"})},
			"two in one address":    {problem.Invalid, write(Outgoing{Parties: []Party{{Name: "x", Email: "a@b.example, c@d.example"}}, Subject: "s", Text: "t"})},
			"out of sight":          {problem.NotFound, only(h.WriteToAll(t.Context(), eve, hidden.ID, Outgoing{Parties: []Party{peer}, Subject: "s", Text: "t"}))},
			"foreseen out of sight": {problem.NotFound, only(h.Foresee(t.Context(), eve, hidden.ID, Outgoing{Parties: []Party{peer}, Subject: "s", Text: "t"}))},
			"an auditor":            {problem.Forbidden, only(h.WriteToAll(t.Context(), aud, i.ID, Outgoing{Parties: []Party{peer}, Subject: "s", Text: "t"}))},
		}.check(t)
		if n := h.count(t, `SELECT count(*) FROM delivery`); n != before {
			t.Errorf("%d mails left", n-before)
		}
	})
}
