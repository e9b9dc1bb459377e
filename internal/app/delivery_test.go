package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestChannels(t *testing.T) {
	tests := []struct {
		name string
		mail func(*config.Mail)
		want []string
		says string // why mail cannot be sent; everything else works
	}{
		{"nothing configured", func(*config.Mail) {}, []string{"webhook"}, ""},
		{"a maildir", func(m *config.Mail) { m.From, m.Maildir = "cert@cert.example", "mail" }, []string{"webhook", "mail"}, ""},
		{"a maildir to try out", func(m *config.Mail) { m.Maildir = "mail" }, []string{"webhook", "mail"}, ""},
		{"a relay", func(m *config.Mail) { m.From, m.Relay = "cert@cert.example", "relay.example:25" }, []string{"webhook", "mail"}, ""},
		{"a relay, and nobody it comes from", func(m *config.Mail) { m.Relay = "relay.example:25" }, []string{"webhook"}, "mail.from is not set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			tt.mail(&h.conf.Mail)
			a, err := New(t.Context(), h.options())
			if err != nil {
				t.Fatal(err)
			}
			if fault := a.MailFault(); (fault == nil) != (tt.says == "") || fault != nil && !strings.Contains(fault.Error(), tt.says) {
				t.Error(fault)
			}
			if len(a.Delivery.Channels) != len(tt.want) {
				t.Errorf("%d channels, want %q", len(a.Delivery.Channels), tt.want)
			}
			defer closeHouse(t, a)
			for i, c := range a.Delivery.Channels {
				if i >= len(tt.want) || c.Name() != tt.want[i] {
					t.Errorf("channel %d is %s, want %q", i, c.Name(), tt.want)
				}
			}
		})
	}
}

// The switch works while another process has the data folder, and when the rest cannot be opened.
func TestSwitchWaitsForNobody(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	o := h.options()
	o.Config.Mail.Relay = "relay.example:25" // without an address it comes from: no mail could be sent
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w, err := OpenSwitch(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Delivery.Stop(ctx, tester, delivery.All, "wrong texts"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	orders, err := a.Delivery.Stops(ctx, tester)
	if err != nil || len(orders) != 1 || orders[0].Reason != "wrong texts" {
		t.Errorf("%+v, %v", orders, err)
	}
}

// What a message told that reached nobody is due again, and words that nobody hears do not pile up.
func TestReact(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	a, _ := h.open()
	ctx := t.Context()
	if _, err := a.ApplyFindings(ctx, tester, nil); err != nil {
		t.Fatal(err)
	}
	due := func() []finding.Finding {
		organisations, err := a.Register.Names(ctx, tester)
		if err != nil {
			t.Fatal(err)
		}
		for id := range organisations {
			list, err := a.Findings.DueFindings(ctx, finding.DueQuery{Now: a.Clock.Now()}, id, nil, finding.Key{}, 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) > 0 {
				return list
			}
		}
		return nil
	}
	first := due()
	if len(first) != 1 {
		t.Fatalf("%d findings are due", len(first))
	}
	f := first[0]
	err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := a.Findings.Tell(tx, a.Clock.Now(), "m1", []finding.Told{{Key: f.Key, Version: f.Version, Organisation: f.Organisation, Next: a.Clock.Now().Add(time.Hour)}})
		return err
	})
	if err != nil || len(due()) != 0 {
		t.Fatalf("told, and %d are due, %v", len(due()), err)
	}
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error { return outbox.Post(tx, a.Clock.Now(), delivery.Failed, "m1") })
	if err != nil {
		t.Fatal(err)
	}
	if err := a.React(ctx); err != nil {
		t.Fatal(err)
	}
	if len(due()) != 1 {
		t.Error("it is not due again")
	}
	left := 0
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM outbox`).Scan(&left) })
	if err != nil || left != 0 {
		t.Errorf("%d rows are left, %v", left, err)
	}
}

// Deliver sends, and housekeeping forgets the bytes of what ended long ago.
func TestDeliverNothing(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	if got, err := a.Deliver(t.Context(), tester, nil); err != nil || got != (delivery.Tally{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := a.forgetMessages(t.Context(), tester); err != nil {
		t.Error(err)
	}
}
