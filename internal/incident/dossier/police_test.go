package dossier

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

var police = Order{Audience: Authority, To: "Federal Police", Statement: "What we know."}

// What goes to the police is a decision of release, with what the reporter agreed to, the marks and the label.
func TestWhatThePoliceMayHave(t *testing.T) {
	yes := incident.Answers{Police: true}
	for name, c := range map[string]struct {
		label      tlp.Label
		restricted bool
		answers    incident.Answers
		rule       string // that stops it; "" if it goes
		outcome    release.Outcome
	}{
		"with the reporter's word":    {tlp.Green, false, yes, "", ""},
		"without it":                  {tlp.Green, false, incident.Answers{}, "no-consent", release.Refused},
		"under privilege":             {tlp.Green, false, incident.Answers{Police: true, Privilege: true}, "privileged", release.Refused},
		"strict":                      {tlp.AmberStrict, false, yes, "label-strict", release.Refused},
		"red, and words of ours":      {tlp.Red, false, yes, "label-strict", release.Refused},
		"amber, without an agreement": {tlp.Amber, false, yes, "no-agreement", release.Second},
		"restricted":                  {tlp.Green, true, yes, "restricted-partner", release.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, sqldbtest.Open(t, sqldb.SQLite))
			id := h.plantOf(t, c.label, c.restricted, c.answers)
			out, err := h.HandOut(t.Context(), ada, id, police, "they asked")
			if c.rule == "" {
				h.isHeld(t, id, out)
				return
			}
			stop, ok := release.Stopped(err)
			if !problem.Is(err, problem.Conflict) || !ok || stop.Rule != c.rule || stop.Outcome != c.outcome || stop.Reason == "" {
				t.Fatalf("%+v, %v", stop, err)
			}
			if list, err := h.Handouts(t.Context(), ada, id); err != nil || len(list) != 0 {
				t.Errorf("handed out all the same: %+v, %v", list, err)
			}
			if c.outcome == release.Second {
				h.seconded(t, id, stop.ID)
			}
		})
	}
}

// seconded has another person agree; then it goes.
func (h *house) seconded(t *testing.T, id, decision string) {
	t.Helper()
	boss := ada
	boss.ID = "boss"
	if _, err := h.release.Approve(t.Context(), boss, decision, "they need it"); err != nil {
		t.Fatal(err)
	}
	out, err := h.HandOut(t.Context(), ada, id, police, "they asked")
	if err != nil {
		t.Fatal(err)
	}
	h.isHeld(t, id, out)
}

// isHeld finds who has it on record.
func (h *house) isHeld(t *testing.T, id string, out Handout) {
	t.Helper()
	d, err := h.release.One(t.Context(), ada, out.Decision)
	if err != nil || d.To != release.Authority || d.Outcome != release.AllowedRedacted || d.Item.ID != id {
		t.Errorf("%+v, %v", d, err)
	}
	var list []incident.HandedTo
	err = h.db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		list, err = incident.HandedUnder(tx, []string{out.Decision})
		return err
	})
	if err != nil || len(list) != 1 || list[0].Thing != out.ID || list[0].Kind != incident.HandedDocument || list[0].By != ada.ID {
		t.Errorf("%+v, %v", list, err)
	}
	if seen, err := h.Handouts(t.Context(), ada, id); err != nil || len(seen) != 1 || seen[0] != out {
		t.Errorf("%+v, %v", seen, err)
	}
}

// A name that the sieve does not see stops it, with the place; a second person may let exactly that go.
func TestAHandoutThatNamesSomebody(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		id := h.plantOf(t, tlp.Green, false, incident.Answers{Police: true})
		o := police
		o.Statement = "See https://x.example/?q=Otherb%61nk"
		_, err := h.HandOut(t.Context(), ada, id, o, "they asked")
		stop, ok := release.Leaks(err)
		if !ok || !strings.Contains(err.Error(), "statement names the victim \"Otherbank\"") {
			t.Fatal(err)
		}
		boss := ada
		boss.ID = "boss"
		if err := h.release.AskLeak(t.Context(), ada, stop.ID, "the court named them"); err != nil {
			t.Fatal(err)
		}
		if err := h.release.SettleLeak(t.Context(), boss, stop.ID, true, "it is public"); err != nil {
			t.Fatal(err)
		}
		if out, err := h.HandOut(t.Context(), ada, id, o, "they asked"); err != nil || out.Decision == "" {
			t.Errorf("%+v, %v", out, err)
		}
	})
}
