package team

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

func TestPut(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		o := h.organisation("CERT Example", constituency.Peer)
		made, err := h.Put(ctx, ada, Team{
			Organisation: o.ID, FullName: " Example\tTeam ", Sectors: []constituency.Sector{"Energy", "energy"}, Zone: "Europe/Helsinki", Languages: []string{"FI"},
			Memberships: []Membership{"TI", "first"}, Public: []Part{"Mail", "name"}, Handling: tlp.Amber, Website: "https://cert.example",
		})
		if err != nil {
			t.Fatal(err)
		}
		want := Team{
			Organisation: o.ID, FullName: "Example Team", Sectors: []constituency.Sector{"energy"}, Zone: "Europe/Helsinki", Languages: []string{"fi"},
			Memberships: []Membership{FIRST, TFCSIRT}, Public: []Part{Mail, Name}, Handling: tlp.Amber, Website: "https://cert.example", Source: ByHand, Created: day, Updated: day, Version: 1,
		}
		got, err := h.Get(ctx, watcher, o.ID)
		if diff := cmp.Diff(want, got) + cmp.Diff(want, made); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		got.Direct = true
		if got, err = h.Put(ctx, ada, got); err != nil || got.Version != 2 || !got.Direct {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := h.Put(ctx, ada, made); !problem.Is(err, problem.Conflict) {
			t.Errorf("from an old version: %v", err)
		}
	})
}

func TestTeamsThatCannotBe(t *testing.T) {
	h := one(t)
	o := h.organisation("CERT Example", constituency.Peer)
	for name, change := range map[string]func(*Team){
		"a script as website": func(t *Team) { t.Website = "javascript:alert(1)" },
		"a password":          func(t *Team) { t.Policy = "https://a:b@cert.example" },
		"no zone":             func(t *Team) { t.Zone = "Local" },
		"no sector":           func(t *Team) { t.Sectors = []constituency.Sector{"magic"} },
		"no membership":       func(t *Team) { t.Memberships = []Membership{"chess club"} },
		"no part":             func(t *Team) { t.Public = []Part{"everything"} },
		"no label":            func(t *Team) { t.Handling = 9 },
		"too long":            func(t *Team) { t.Hours = strings.Repeat("x", maxLine+1) },
		"no UTF-8":            func(t *Team) { t.Host = "\xff" },
	} {
		team := Team{Organisation: o.ID}
		change(&team)
		if _, err := h.Put(ctx, ada, team); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Put(ctx, ada, Team{Organisation: "x"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// Who may read changes nothing, and who is nobody learns nothing.
func TestNobodyMayDoAnything(t *testing.T) {
	h := one(t)
	asks := map[string]func() error{
		"put":      func() error { _, err := h.Put(ctx, watcher, Team{}); return err },
		"propose":  func() error { _, err := h.Propose(ctx, watcher, Proposal{}); return err },
		"decide":   func() error { _, err := h.Decide(ctx, watcher, "x", true, ""); return err },
		"sign":     func() error { _, err := h.Sign(ctx, watcher, Agreement{}); return err },
		"end":      func() error { return h.End(ctx, watcher, "x", "y") },
		"group":    func() error { _, err := h.PutGroup(ctx, watcher, Group{}); return err },
		"ungroup":  func() error { return h.RemoveGroup(ctx, watcher, "x", 1) },
		"import":   func() error { _, err := h.Import(ctx, watcher, strings.NewReader(""), ImportOptions{}); return err },
		"export":   func() error { return h.Export(ctx, watcher, nil, FormatCSV) },
		"approve":  func() error { _, err := h.Approve(ctx, watcher, "x", nil, false); return err },
		"ask":      func() error { return h.Ask(ctx, watcher, "x") },
		"ask due":  func() error { _, err := h.AskDue(ctx, watcher); return err },
		"vouch":    func() error { return h.Vouch(ctx, watcher, "x", "y") },
		"forget":   func() error { return h.Forget(ctx, watcher) },
		"read":     func() error { _, err := h.Get(ctx, nobody, "x"); return err },
		"list":     func() error { _, err := h.List(ctx, nobody, Filter{}); return err },
		"entry":    func() error { _, err := h.Entry(ctx, nobody, "x"); return err },
		"signed":   func() error { _, err := h.Agreements(ctx, nobody, ""); return err },
		"lapsing":  func() error { _, err := h.Lapsing(ctx, nobody, 1); return err },
		"groups":   func() error { _, err := h.Groups(ctx, nobody); return err },
		"proposed": func() error { _, err := h.Proposals(ctx, nobody, ""); return err },
	}
	for name, ask := range asks {
		if err := ask(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestList(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		for name, tt := range map[string]struct {
			f    Filter
			want string
		}{
			"all, by name":  {Filter{}, "CERT Quiet NCSC-FI UniCERT"},
			"a country":     {Filter{Country: "FI"}, "NCSC-FI UniCERT"},
			"a piece":       {Filter{Text: "unic"}, "UniCERT"},
			"a membership":  {Filter{Member: FIRST}, "NCSC-FI"},
			"never asked":   {Filter{Stale: true}, "CERT Quiet NCSC-FI UniCERT"},
			"claims wait":   {Filter{Waiting: true}, "CERT Quiet NCSC-FI UniCERT"},
			"nothing there": {Filter{Text: "nothing"}, ""},
		} {
			list, err := h.List(ctx, watcher, tt.f)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, l := range list {
				names = append(names, l.Name)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

func TestAdd(t *testing.T) {
	h := one(t)
	ours := h.organisation("City Hospital", constituency.Constituent)
	if _, err := h.Add(ctx, ada, "CERT New", "se"); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		name, country string
		want          problem.Kind
	}{
		"twice": {"cert new", "", problem.Conflict}, "no name": {" ", "", problem.Invalid},
		"no country": {"CERT Else", "Mordor", problem.Invalid}, "elsewhere": {"City Hospital", "SE", problem.Conflict},
	} {
		if _, err := h.Add(ctx, ada, tt.name, tt.country); !problem.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e := h.named("CERT New"); e.Organisation.Kind != constituency.Peer || e.Team.Handling != tlp.AmberStrict {
		t.Errorf("%+v", e)
	}
	if _, err := h.Add(ctx, watcher, "CERT Other", ""); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a volunteer: %v", err)
	}
	if got, err := h.Add(ctx, ada, ours.Name, ""); err != nil || got.Organisation != ours.ID {
		t.Errorf("a team among our own: %+v, %v", got, err)
	}
}
