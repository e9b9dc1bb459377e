package sharing

import (
	"context"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// What a peer gives outside of what was agreed is set aside with the reason; what the team itself gives nobody agreed about.
func TestOutsideOfTheAgreement(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := 0
		w.o.Outside = func(_ context.Context, organisation, objectType string, label tlp.Label) (string, error) {
			asked++
			if organisation == "north" && objectType == "indicator" && label > tlp.Clear {
				return "the agreement takes TLP:CLEAR at most", nil
			}
			return "", nil
		}
		st := w.give(t, peer("north"), indicator(1, v1, ""), indicator(2, v1, ""), address(3, "192.0.2.3"))
		if st.Success != 1 || st.Failure != 2 || asked != 2 {
			t.Errorf("%+v, asked %d", st, asked)
		}
		if got := w.codes(t); got != "agreement 2" {
			t.Error(got)
		}
		if st := w.give(t, peer("south"), indicator(1, v1, "")); st.Failure != 0 {
			t.Errorf("%+v", st)
		}
		asked = 0
		if st := w.give(t, ada, indicator(4, v1, "")); st.Failure != 0 || asked != 0 {
			t.Errorf("%+v, asked %d", st, asked)
		}
	})
}

// PAP and policy of an object are asked about, and kept with it, also when its marking came before.
func TestPermissionsAreKept(t *testing.T) {
	policy := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + uid(5) + `","created":"2026-01-01T00:00:00.000Z","definition_type":"iep","definition":{"permitted_actions":"none","tlp":"amber"}}`
	const papAmber = "marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab"
	each(t, func(t *testing.T, w *world) {
		w.o.Decode = STIX(stix.Limits{Clock: w.now})
		w.give(t, peer("north"), policy)
		w.asked = nil
		w.give(t, peer("north"), indicator(1, v1, `,"object_marking_refs":["marking-definition--`+uid(5)+`","`+papAmber+`"]`), indicator(2, v1, ""))
		want := (&iep.Policy{Actions: iep.NoAction, TLP: tlp.Amber}).String()
		if !slices.ContainsFunc(w.asked, func(c Candidate) bool { return c.PAP == tlp.PAPAmber && c.IEP == want && c.Label == tlp.Amber }) || len(w.asked) != 2 {
			t.Errorf("%+v", w.asked)
		}
		page, err := w.Find(ctx, ada, Search{Collection: w.c.ID, Type: "indicator"})
		if err != nil || len(page.Items) != 2 {
			t.Fatal(page, err)
		}
		for _, o := range page.Items {
			if marked := o.ID[len(o.ID)-1:] == "1"; marked && (o.PAP != tlp.PAPAmber || o.IEP.String() != want) || !marked && (o.PAP != tlp.PAPClear || o.IEP != nil) {
				t.Errorf("%s: %s %s", o.ID, o.PAP, o.IEP)
			}
		}
	})
}
