package liaison

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

var boss = identity.Actor{ID: "boss", Name: "boss", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.DutyOfficer}}

// told opens an incident of a report, with a file.
func (h *house) told(t *testing.T, label tlp.Label, answers incident.Answers, text string) (about, file string) {
	t.Helper()
	r, err := h.incidents.Accept(t.Context(), bob, incident.Draft{
		Door: incident.API, Subject: "Help", Text: "Help", Answers: answers, Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@victim.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	i, err := h.incidents.OpenIncident(t.Context(), bob, incident.Opening{Title: "Something", TLP: label, Reports: []string{r.ID}})
	if err != nil {
		t.Fatal(err)
	}
	item, err := h.incidents.Attach(t.Context(), bob, i.ID, incident.File{Name: "log.txt", MediaType: "text/plain", Body: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID, item.ID
}

// decided considers a handover and decides it.
func (h *house) decided(t *testing.T, about string, f Facts) string {
	t.Helper()
	one, err := h.Consider(t.Context(), bob, about, f, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Move(t.Context(), bob, about, one.ID, 1, "decide", ""); err != nil {
		t.Fatal(err)
	}
	return one.ID
}

func (h *house) handover(t *testing.T, about, id string) Handover {
	t.Helper()
	b, err := h.Book(t.Context(), bob, about)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(b.Handovers, func(o Handover) bool { return o.ID == id })
	return b.Handovers[at]
}

// What goes to the police is decided, on record, and found again by who has a copy.
func TestAHandoverIsADecision(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		about, file := h.told(t, tlp.Green, incident.Answers{Police: true}, "GET /login")
		f := Facts{Agency: "Federal Police", Basis: "with the victim's consent", What: "A log.", Items: []string{file}}
		id := h.decided(t, about, f)
		if err := h.Move(t.Context(), bob, about, id, 2, "hand-over", ""); err != nil {
			t.Fatal(err)
		}
		got := h.handover(t, about, id)
		if got.State != HandedOver || got.Given == nil || got.Given.Decision == "" || got.Given.Checked != "" || len(got.Given.Unread) != 0 {
			t.Fatalf("%+v", got.Given)
		}
		d, err := h.release.One(t.Context(), bob, got.Given.Decision)
		if err != nil || d.To != release.Authority || d.Outcome != release.AllowedRedacted || d.Item.ID != about {
			t.Errorf("%+v, %v", d, err)
		}
		var list []incident.HandedTo
		err = h.db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
			list, err = incident.HandedUnder(tx, []string{d.ID})
			return err
		})
		if err != nil || len(list) != 1 || list[0].Thing != id || list[0].Kind != incident.HandedOver || list[0].Name != "Federal Police" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// Without the reporter's word nothing goes, and nothing is written into the chain of custody; what names the victim stays until a second person lets it go.
func TestAHandoverThatMayNotGo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		about, file := h.told(t, tlp.Green, incident.Answers{}, "GET /login")
		id := h.decided(t, about, Facts{Agency: "Federal Police", Basis: "they asked", Items: []string{file}})
		err := h.Move(t.Context(), bob, about, id, 2, "hand-over", "")
		if stop, ok := release.Stopped(err); !ok || stop.Rule != "no-consent" || !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
		shown, err := h.incidents.Exhibit(t.Context(), bob, file)
		if err != nil || shown.Chain[len(shown.Chain)-1].Act == "handed" || h.handover(t, about, id).State != Decided {
			t.Errorf("%+v, %v", shown.Chain, err)
		}
		about, file = h.told(t, tlp.Green, incident.Answers{Police: true}, "from zelda@victim.example")
		id = h.decided(t, about, Facts{Agency: "Federal Police", Basis: "they asked", Items: []string{file}})
		err = h.Move(t.Context(), bob, about, id, 2, "hand-over", "")
		leaks, ok := release.Leaks(err)
		if !ok || !strings.Contains(err.Error(), "zelda@victim.example") {
			t.Fatal(err)
		}
		if err := h.release.AskLeak(t.Context(), bob, leaks.ID, "they need the sender"); err != nil {
			t.Fatal(err)
		}
		if err := h.release.SettleLeak(t.Context(), boss, leaks.ID, true, "the victim says so"); err != nil {
			t.Fatal(err)
		}
		if err := h.Move(t.Context(), bob, about, id, 2, "hand-over", ""); err != nil {
			t.Fatal(err)
		}
	})
}

// An order needs no consent, and a second person who looked at it; without the paper's facts it is none.
func TestAnOrderedHandover(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		about, file := h.told(t, tlp.Red, incident.Answers{}, "GET /login")
		f := Facts{Agency: "Federal Police", Basis: "Criminal Procedure Act §4", What: "A log.", Items: []string{file}, Order: &Order{Silent: true}}
		if _, err := h.Consider(t.Context(), bob, about, f, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("an order without its paper: %v", err)
		}
		f.Order.Order = release.Order{Reference: "12 K 3/26", Authority: "District Court", Issued: start.Add(-30 * time.Hour)}
		id := h.decided(t, about, f)
		over := func() error { return h.Move(t.Context(), bob, about, id, 2, "hand-over", "") }
		stop, ok := release.Stopped(over())
		if !ok || stop.Rule != "compelled" || stop.Outcome != release.Second || !strings.Contains(stop.Reason, "12 K 3/26") {
			t.Fatalf("%+v", stop)
		}
		if _, err := h.release.Approve(t.Context(), bob, stop.ID, "fine"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody looked but who asked: %v", err)
		}
		if _, err := h.release.Approve(t.Context(), boss, stop.ID, "the order names this log"); err != nil {
			t.Fatal(err)
		}
		if err := over(); err != nil {
			t.Fatal(err)
		}
		got := h.handover(t, about, id)
		if got.Given == nil || got.Given.Decision != stop.ID || got.Given.Checked != boss.ID || got.Order == nil || !got.Order.Silent || got.Order.Reference != "12 K 3/26" {
			t.Errorf("%+v", got)
		}
		f.Order.Reference = "another"
		if _, err := h.Edit(t.Context(), bob, about, id, 3, f); !problem.Is(err, problem.Conflict) {
			t.Errorf("the order changes after: %v", err)
		}
	})
}
