package team

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// signed is an agreement that can be.
func signed(organisation string) Agreement {
	return Agreement{
		Organisation: organisation, Kind: MoU, Scope: "everything", Version: "2", Signed: day.Add(-24 * time.Hour), SignedUs: "Ada", SignedThem: "Bo",
		Until: day.Add(40 * 24 * time.Hour), Out: tlp.Amber, In: tlp.AmberStrict, Flows: []Flow{Indicators, Observations},
	}
}

func (h *hall) inForce(organisations ...string) (kinds []Kind) {
	h.t.Helper()
	err := h.DB.Read(ctx, func(tx *sqldb.Tx) error {
		of, err := InForce(tx, organisations, h.now.Now())
		for _, id := range organisations {
			for _, a := range of[id] {
				kinds = append(kinds, a.Kind)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return kinds
}

func TestAgreements(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		o, other := h.organisation("CERT A", constituency.Peer), h.organisation("Vendor B", constituency.Vendor)
		a, err := h.Sign(ctx, ada, signed(o.ID))
		if err != nil {
			t.Fatal(err)
		}
		later := signed(o.ID)
		later.Kind, later.From, later.Until = NDA, day.Add(10*24*time.Hour), time.Time{}
		if _, err := h.Sign(ctx, ada, later); err != nil {
			t.Fatal(err)
		}
		list, err := h.Agreements(ctx, watcher, o.ID)
		if err != nil || len(list) != 2 || !cmp.Equal(list[1], a) && !cmp.Equal(list[0], a) {
			t.Fatalf("%+v, %v", list, err)
		}
		if diff := cmp.Diff([]Kind{MoU}, h.inForce(o.ID, other.ID)); diff != "" {
			t.Error(diff)
		}
		h.now.Advance(20 * 24 * time.Hour)
		if got := h.inForce(o.ID); len(got) != 2 {
			t.Errorf("both hold: %v", got)
		}
		h.now.Advance(20 * 24 * time.Hour)
		if diff := cmp.Diff([]Kind{NDA}, h.inForce(o.ID)); diff != "" {
			t.Error("after its end:", diff)
		}
	})
}

func TestEnd(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		o := h.organisation("CERT A", constituency.Peer)
		a, err := h.Sign(ctx, ada, signed(o.ID))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.End(ctx, ada, a.ID, " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.End(ctx, ada, a.ID, "they are no more"); err != nil || len(h.inForce(o.ID)) != 0 {
			t.Errorf("ended: %v", err)
		}
		if err := h.End(ctx, ada, a.ID, "again"); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if err := h.End(ctx, ada, "x", "y"); !problem.Is(err, problem.NotFound) {
			t.Errorf("nothing: %v", err)
		}
	})
}

// What runs out is told, unless the same was signed anew.
func TestLapsing(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		a, b := h.organisation("CERT A", constituency.Peer), h.organisation("CERT B", constituency.Peer)
		for _, o := range []string{a.ID, b.ID} {
			if _, err := h.Sign(ctx, ada, signed(o)); err != nil {
				t.Fatal(err)
			}
		}
		longer := signed(b.ID)
		longer.Until = day.Add(400 * 24 * time.Hour)
		if _, err := h.Sign(ctx, ada, longer); err != nil {
			t.Fatal(err)
		}
		for within, want := range map[time.Duration]int{30 * 24 * time.Hour: 0, 50 * 24 * time.Hour: 1, 500 * 24 * time.Hour: 2} {
			list, err := h.Lapsing(ctx, watcher, within)
			if err != nil || len(list) != want || want > 0 && list[0].Name != "CERT A" {
				t.Errorf("within %s: %+v, %v", within, list, err)
			}
		}
	})
}

func TestAgreementsThatCannotBe(t *testing.T) {
	h := one(t)
	o := h.organisation("CERT A", constituency.Peer)
	for name, change := range map[string]func(*Agreement){
		"of no kind":            func(a *Agreement) { a.Kind = "oath" },
		"not signed":            func(a *Agreement) { a.Signed = time.Time{} },
		"signed later":          func(a *Agreement) { a.Signed = day.Add(48 * time.Hour) },
		"signed by one":         func(a *Agreement) { a.SignedThem = "" },
		"ends before it begins": func(a *Agreement) { a.Until = a.Signed },
		"no flow":               func(a *Agreement) { a.Flows = []Flow{"water"} },
		"no label":              func(a *Agreement) { a.Out = 9 },
	} {
		a := signed(o.ID)
		change(&a)
		if _, err := h.Sign(ctx, ada, a); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Sign(ctx, ada, signed("x")); !problem.Is(err, problem.NotFound) {
		t.Errorf("with nobody: %v", err)
	}
}

func TestLets(t *testing.T) {
	a := signed("x")
	for _, tt := range []struct {
		flow  Flow
		label tlp.Label
		want  bool
	}{{Indicators, tlp.Clear, true}, {Indicators, tlp.Amber, true}, {Indicators, tlp.AmberStrict, false}, {Evidence, tlp.Clear, false}} {
		if got := a.Lets(tt.flow, tt.label); got != tt.want {
			t.Errorf("%s under %s: %v", tt.flow, tt.label, got)
		}
	}
	a.Flows = nil
	if !a.Lets(Evidence, tlp.Green) {
		t.Error("one that names no flow lets all pass")
	}
}

func TestGroups(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		a, b := h.organisation("CERT A", constituency.Peer), h.organisation("CERT B", constituency.Peer)
		g, err := h.PutGroup(ctx, ada, Group{Name: " Nordic  CERTs ", Cap: tlp.Amber, Members: []string{b.ID, a.ID, a.ID}})
		if err != nil || g.Name != "Nordic CERTs" || len(g.Members) != 2 {
			t.Fatalf("%+v, %v", g, err)
		}
		if _, err := h.PutGroup(ctx, ada, Group{Name: "NORDIC certs"}); !problem.Is(err, problem.Conflict) {
			t.Errorf("the same name: %v", err)
		}
		h.now.Advance(time.Hour)
		g.Members = []string{b.ID}
		changed, err := h.PutGroup(ctx, ada, g)
		if err != nil || changed.Version != 2 {
			t.Fatalf("%+v, %v", changed, err)
		}
		got, err := h.Group(ctx, watcher, g.ID)
		if diff := cmp.Diff(changed, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if _, err := h.PutGroup(ctx, ada, g); !problem.Is(err, problem.Conflict) {
			t.Errorf("an old version: %v", err)
		}
		if err := h.RemoveGroup(ctx, ada, g.ID, 1); !problem.Is(err, problem.Conflict) {
			t.Errorf("an old version: %v", err)
		}
		if err := h.RemoveGroup(ctx, ada, g.ID, 2); err != nil {
			t.Error(err)
		}
		if list, err := h.Groups(ctx, watcher); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestGroupsThatCannotBe(t *testing.T) {
	h := one(t)
	for name, g := range map[string]Group{"no name": {}, "no label": {Name: "x", Cap: 9}, "too many": {Name: "x", Members: make([]string, 1)}} {
		if name == "too many" {
			for i := range maxMembers + 1 {
				g.Members = append(g.Members, time.UnixMilli(int64(i)).String())
			}
		}
		if _, err := h.PutGroup(ctx, ada, g); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.PutGroup(ctx, ada, Group{Name: "x", Members: []string{"nobody"}}); !problem.Is(err, problem.NotFound) {
		t.Errorf("an unknown member: %v", err)
	}
	if _, err := h.PutGroup(ctx, ada, Group{ID: "x", Name: "x"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("an unknown group: %v", err)
	}
}
