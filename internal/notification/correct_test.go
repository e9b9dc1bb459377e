package notification

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// wrong plays a batch of two organisations of which the first's message was sent and the second's waits.
func wrong(t *testing.T, db *sqldb.DB) (h *house, batch string) {
	h = newHouse(t, db, plain)
	h.owners["192.0.2.1"] = h.organisation("City Hospital", constituency.Constituent, "abuse@hospital.example")
	h.owners["192.0.2.2"] = h.organisation("Example ISP", constituency.Constituent, "abuse@isp.example")
	h.see(sight{feed: "green", ip: "192.0.2.1"}, sight{feed: "amber", ip: "192.0.2.2"})
	h.approve()
	batch = h.send().ID
	scope, err := delivery.ScopeOf("feed", "amber")
	h.must(err)
	h.must(h.Delivery.Stop(ctx, person, scope, "looks odd"))
	h.drain()
	return h, batch
}

func TestCorrect(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, batch := wrong(t, db)
		const words = "The times were wrong by one hour."
		seen, err := h.PreviewCorrection(ctx, person, batch, words)
		h.must(err)
		if len(seen.To) != 1 || seen.To[0].Address != "abuse@hospital.example" || seen.Recall != 1 || len(h.queued()) != 1 {
			t.Fatalf("the preview: %+v", seen)
		}
		c, err := h.Correct(ctx, person, batch, words)
		h.must(err)
		if c.Sent() != 1 || c.Recall != 1 || c.To[0].Message == "" {
			t.Fatalf("%+v", c)
		}
		d := h.post.drafts[c.To[0].Message]
		if d.Batch != c.ID || d.Ticket != c.To[0].Ticket || d.Thread.InReplyTo != c.To[0].Messages[0].MessageID || !strings.Contains(d.Text, words) {
			t.Errorf("the correction: %+v", d)
		}
		if d.Label < c.To[0].Messages[0].Label || strings.Contains(said(d), "isp.example") || strings.Contains(said(d), "Example ISP") {
			t.Errorf("it tells too much: %s", said(d))
		}
		if list := h.queued(); len(list) != 1 || list[0] != c.To[0].Message {
			t.Errorf("queued are %v", list)
		}
		if again, err := h.Correct(ctx, person, batch, words); err != nil || again.ID != c.ID || len(h.queued()) != 1 {
			t.Errorf("the same words again: %v, %d queued", err, len(h.queued()))
		}
		made, err := h.Corrections(ctx, person, batch)
		if err != nil || len(made) != 1 || made[0].Sent != 1 || made[0].Text != words {
			t.Errorf("%+v, %v", made, err)
		}
		if stops, err := h.Delivery.Stops(ctx, person); err != nil || len(stops) != 1 {
			t.Errorf("orders that stand: %v, %v", stops, err)
		}
	})
}

// What is wrong is said to all in the same words: they name to nobody who else got a message.
func TestCorrectionNamesNobodyElse(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, batch := wrong(t, db)
		for _, n := range []constituency.Network{
			{Organisation: h.owners["192.0.2.2"], Value: "192.0.2.0/24"},
			{Organisation: h.owners["192.0.2.2"], Value: "isp.example"},
			{Organisation: h.owners["192.0.2.1"], Value: "192.0.2.1/32"},
		} {
			_, err := h.Register.AddNetwork(ctx, system, n)
			h.must(err)
		}
		about, err := h.aboutAll(ctx, batch)
		h.must(err)
		ticket := ""
		for _, a := range about {
			if a.Organisation == h.owners["192.0.2.2"] {
				ticket = a.Ticket
			}
		}
		waiting := h.queued()
		for _, leaks := range []string{"Example ISP was meant.", "It was 192.0.2.2.", "It was mail.isp[.]example.", "Write to abuse@isp.example.", "See " + ticket + "."} {
			_, seen := h.PreviewCorrection(ctx, person, batch, leaks)
			_, sent := h.Correct(ctx, person, batch, leaks)
			for _, err := range []error{seen, sent} {
				if _, ok := release.Leaks(err); !ok || !problem.Is(err, problem.Conflict) {
					t.Errorf("%q: %v", leaks, err)
				}
			}
		}
		made, err := h.Corrections(ctx, person, batch)
		if err != nil || len(made) != 0 || len(h.queued()) != len(waiting) {
			t.Errorf("%v, %v, %d queued", made, err, len(h.queued()))
		}
		c, err := h.Correct(ctx, person, batch, "City Hospital's 192.0.2.1 was seen an hour later.") // its own, to itself alone
		if err != nil || c.Sent() != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestCorrectionsThatCannotGo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, batch := wrong(t, db)
		contacts, err := h.Register.Contacts(ctx, person, h.owners["192.0.2.1"])
		h.must(err)
		contacts[0].Address = "new@hospital.example"
		_, err = h.Register.ChangeContact(ctx, person, contacts[0])
		h.must(err)
		h.clock.Set(noon.Add(time.Minute))
		c, err := h.Correct(ctx, person, batch, "It was wrong.")
		h.must(err)
		if c.Sent() != 0 || !strings.Contains(c.To[0].Held, "another address") || len(h.queued()) != 0 {
			t.Errorf("%+v", c)
		}
		if tasks := h.texts(`SELECT title FROM task WHERE kind = 'not-corrected'`); len(tasks) != 1 || !strings.Contains(tasks[0], "abuse@hospital.example") {
			t.Errorf("tasks: %v", tasks)
		}
	})
}

func TestCorrectRefuses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, batch := wrong(t, db)
		tests := []struct {
			name, batch, text string
			want              problem.Kind
		}{
			{"no words", batch, " \n ", problem.Invalid},
			{"too many words", batch, strings.Repeat("é", MaxCorrection+1), problem.Invalid},
			{"no batch", "nothing", "It was wrong.", problem.NotFound},
		}
		for _, tt := range tests {
			if _, err := h.Correct(ctx, person, tt.batch, tt.text); problem.KindOf(err) != tt.want {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if len(h.queued()) != 1 {
			t.Error("a refused correction took something back")
		}
	})
}

func TestPreviewTellsWhatSendSends(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, plain)
		h.owners["192.0.2.1"] = h.organisation("City Hospital", constituency.Constituent, "abuse@hospital.example")
		h.see(sight{feed: "green", ip: "192.0.2.1"})
		waits, err := h.Preview(ctx, person, PlanOptions{Organisation: "City Hospital"}, nil)
		if err != nil || len(waits) != 1 || len(waits[0].Parts) != 1 || len(h.queued()) != 0 {
			t.Fatalf("%+v, %v", waits, err)
		}
		list, goes, err := h.PreviewApproval(ctx, person, ApproveOptions{})
		if err != nil || len(list) != 3 || len(goes) != 1 || h.plan()[0].Goes() {
			t.Fatalf("%v lets %v go, %v", list, goes, err)
		}
		h.approve()
		run := h.send()
		page, err := h.Delivery.List(ctx, person, delivery.Query{Batch: run.ID})
		h.must(err)
		sent := h.post.drafts[page.Items[0].ID].Text
		if plainTicket(sent) != plainTicket(waits[0].Parts[0].Text) {
			t.Errorf("sent:\n%s\npreview:\n%s", sent, waits[0].Parts[0].Text)
		}
	})
}

// plainTicket takes out what a preview cannot know.
func plainTicket(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if strings.Contains(w, "#") || strings.Contains(w, "CERT-DEMONSTRA-") {
			words[i] = "TICKET"
		}
	}
	return strings.Join(words, " ")
}
