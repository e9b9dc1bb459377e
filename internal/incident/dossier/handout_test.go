package dossier

import (
	"reflect"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestWhatIsHandedOutIsKept(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		id := h.plant(t, tlp.Clear, false)
		out, err := h.HandOut(t.Context(), ada, id, Order{Audience: Public}, "the press asks")
		if err != nil {
			t.Fatal(err)
		}
		before, err := h.HandedOut(t.Context(), ada, id, out.ID)
		if err != nil || before.Audience != Public {
			t.Fatalf("%+v, %v", before, err)
		}
		title := "Another title"
		if _, err := h.incidents.EditIncident(t.Context(), ada, id, 0, incident.Revision{Title: &title}); err != nil && !problem.Is(err, problem.Conflict) {
			t.Fatal(err)
		}
		after, err := h.HandedOut(t.Context(), aud, id, out.ID)
		if err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("what was handed out changed: %+v, %v", after, err)
		}
		list, err := h.Handouts(t.Context(), ada, id)
		if err != nil || len(list) != 1 || list[0] != out {
			t.Errorf("%+v, %v", list, err)
		}
		onRecord(t, db, out)
	})
}

// onRecord looks for the entry that tells of it: with the audience and the reason, and no text.
func onRecord(t *testing.T, db *sqldb.DB, out Handout) {
	t.Helper()
	p, err := audit.New(db, clock.At(start)).List(t.Context(), audit.Query{Operation: string(OpHandOut)})
	if err != nil || len(p.Items) != 1 {
		t.Fatalf("%+v, %v", p.Items, err)
	}
	if e := p.Items[0]; e.Reason != "the press asks" || !strings.Contains(string(e.After), `"audience":"public"`) || !strings.Contains(string(e.After), out.Digest) || has(string(e.After), "steals") {
		t.Errorf("%s %s", e.Reason, e.After)
	}
}

func TestWhoMayWhat(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	id, hidden, amber := h.plant(t, tlp.Clear, false), h.plant(t, tlp.Clear, true), h.plant(t, tlp.Amber, false)
	draft := func(who identity.Actor, name string, o Order) error {
		_, err := h.Draft(t.Context(), who, name, o)
		return err
	}
	hand := func(who identity.Actor, name string, o Order, why string) error {
		_, err := h.HandOut(t.Context(), who, name, o, why)
		return err
	}
	list := func(who identity.Actor, name string) error {
		_, err := h.Handouts(t.Context(), who, name)
		return err
	}
	one := func(who identity.Actor, name, handout string) error {
		_, err := h.HandedOut(t.Context(), who, name, handout)
		return err
	}
	public := Order{Audience: Public}
	for name, c := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"a volunteer prints":                  {draft(vol, id, Order{Audience: Team}), problem.Forbidden},
		"an auditor hands out":                {hand(aud, id, public, "x"), problem.Forbidden},
		"restricted, no member":               {draft(eve, hidden, Order{Audience: Team}), problem.NotFound},
		"restricted, handed out by no member": {hand(eve, hidden, public, "x"), problem.NotFound},
		"restricted, listed by no member":     {list(eve, hidden), problem.NotFound},
		"restricted, read by no member":       {one(eve, hidden, "x"), problem.NotFound},
		"no such handout":                     {one(ada, id, "x"), problem.NotFound},
		"no audience":                         {draft(ada, id, Order{Audience: "press"}), problem.Invalid},
		"no reason":                           {hand(ada, id, public, " "), problem.Invalid},
		"to the team":                         {hand(ada, id, Order{Audience: Team}, "x"), problem.Invalid},
		"to some authority":                   {hand(ada, id, Order{Audience: Authority, To: " "}, "x"), problem.Invalid},
		"to some constituent":                 {hand(ada, id, Order{Audience: Constituent}, "x"), problem.Invalid},
		"too strict a label":                  {hand(ada, amber, public, "x"), problem.Conflict},
		"a name that is encoded":              {hand(ada, amber, Order{Audience: Public, Statement: "See https://x.example/?q=Otherb%61nk"}, "x"), problem.Conflict},
		"too long a text":                     {draft(ada, id, Order{Audience: Public, Statement: strings.Repeat("x", MaxStatement+1)}), problem.Invalid},
	} {
		if !problem.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if err := hand(ada, amber, Order{Audience: Public, Statement: "All is well again."}, "the press asks"); err != nil {
		t.Error(err)
	}
}
