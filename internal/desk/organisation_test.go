package desk_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/findingtest"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	team = identity.System("test")
)

const register = `organisations:
  - {name: Region North, kind: constituent, criticality: important}
  - name: City Hospital
    parent: Region North
    criticality: essential
    networks: [11.0.0.0/26, {network: hospital.example, until: 2026-01-01}]
    contacts: [{contact: soc@hospital.example, health: bad}]
  - {name: Nordic Net, kind: provider, networks: [11.0.0.0/8]}
  - {name: Àbo Mills, kind: constituent}
`

// office is a desk with a register and standing findings: 50 of City Hospital, 20 of Nordic Net.
type office struct {
	*desk.Desk
	t   *testing.T
	db  *sqldb.DB
	reg *constituency.Register
	ids map[string]string // by name
}

func newOffice(t *testing.T, db *sqldb.DB) *office {
	t.Helper()
	now := clock.At(noon)
	reg := constituency.New(db, constituency.Options{Clock: now})
	o := &office{t: t, db: db, reg: reg, ids: map[string]string{}}
	rep, err := reg.Import(t.Context(), team, strings.NewReader(register), constituency.ImportOptions{Format: constituency.YAML, Name: "north.yaml"})
	if err != nil || rep.Partly() {
		t.Fatalf("%+v, %v", rep, err)
	}
	store := finding.New(finding.Options{DB: db, Clock: now, Log: slog.New(slog.DiscardHandler)})
	o.Desk = desk.New(desk.Options{
		DB: db, Clock: now, Zone: time.UTC, Register: reg, Findings: store, Audit: audit.New(db, now),
		Log: slog.New(slog.DiscardHandler), Recall: func(context.Context, identity.Actor) (int, error) { return 0, nil },
		Owner: func(finding.Finding) (string, string, string) { return o.ids["Nordic Net"], "net", "prefix" },
	})
	list, err := reg.Matching(t.Context(), team, constituency.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		o.ids[b.Name] = b.ID
	}
	o.observe()
	return o
}

// observe fills findings in, and gives them to the organisations of the register.
func (o *office) observe() {
	o.t.Helper()
	findingtest.Fill(o.t, o.db, findingtest.Range{To: 70, Seen: noon.Add(-time.Hour)})
	networks, err := o.reg.Networks(o.t.Context(), team, o.ids["City Hospital"])
	if err != nil {
		o.t.Fatal(err)
	}
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE finding_row SET organisation = $1 WHERE organisation = $2", []any{o.ids["City Hospital"], findingtest.Organisation(0)}},
		{"UPDATE finding_row SET organisation = $1 WHERE organisation = $2", []any{o.ids["Nordic Net"], findingtest.Organisation(50)}},
		{"UPDATE finding_owner SET network = $1 WHERE network = $2", []any{networks[1].ID, findingtest.Network(0)}},
	} {
		err := o.db.Write(o.t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(s.sql, s.args...)
			return err
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

func TestOrganisationsAreSorted(t *testing.T) {
	tests := []struct{ sort, want string }{
		{"", "City Hospital, Nordic Net, Region North, Àbo Mills"},
		{"-name", "Àbo Mills, Region North, Nordic Net, City Hospital"},
		{"-findings", "City Hospital, Nordic Net, Region North, Àbo Mills"},
		{"findings", "Region North, Àbo Mills, Nordic Net, City Hospital"},
		{"-criticality", "City Hospital, Region North, Nordic Net, Àbo Mills"},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		for _, tt := range tests {
			for _, limit := range []int{1, 3, 100} {
				var names []string
				q := desk.OrganisationQuery{Sort: tt.sort, Request: page.Request{Limit: limit}}
				for range 5 {
					p, err := o.Organisations(t.Context(), team, q)
					if err != nil || p.Count != 4 {
						t.Fatalf("%q: %+v, %v", tt.sort, p, err)
					}
					for _, v := range p.Items {
						names = append(names, v.Name)
					}
					if q.After = p.Next; q.After == "" {
						break
					}
				}
				if got := strings.Join(names, ", "); got != tt.want {
					t.Errorf("%q by %d: got %s", tt.sort, limit, got)
				}
			}
		}
	})
}

func TestOrganisationsAreCountedAndNarrowed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		p, err := o.Organisations(t.Context(), team, desk.OrganisationQuery{Filter: constituency.Filter{Kind: constituency.Constituent}})
		if err != nil || fmt.Sprint(p.ByKind, p.ByCriticality) != "map[constituent:3] map[:1 essential:1 important:1]" {
			t.Errorf("got %v %v, %v", p.ByKind, p.ByCriticality, err)
		}
		hospital := p.Items[0]
		if hospital.Findings != 50 || hospital.Bad != 1 || hospital.Networks != 2 || hospital.Parent != "Region North" {
			t.Errorf("got %+v", hospital)
		}
		for name, q := range map[string]desk.OrganisationQuery{
			"a sort that is none": {Sort: "colour"}, "a cursor of another list": {Request: page.Request{After: "eA"}},
		} {
			if _, err := o.Organisations(t.Context(), team, q); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := o.Organisations(t.Context(), identity.Actor{}, desk.OrganisationQuery{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestAboutOrganisation(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		a, err := o.AboutOrganisation(t.Context(), team, o.ids["City Hospital"])
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Networks) != 2 || a.Networks[0].InForce || !a.Networks[1].InForce || a.Networks[1].Findings != 50 {
			t.Errorf("networks %+v", a.Networks)
		}
		if fmt.Sprint(a.States, a.Classes) != "[{[open] 50 100}] [{[vulnerable-system] 50 100}]" || len(a.Contacts) != 1 {
			t.Errorf("got %+v", a)
		}
		up, err := o.AboutOrganisation(t.Context(), team, o.ids["Region North"])
		if err != nil || len(up.Children) != 1 || up.Children[0].Name != "City Hospital" || len(up.States) != 0 {
			t.Errorf("got %+v, %v", up, err)
		}
		if _, err := o.AboutOrganisation(t.Context(), team, "nobody"); !problem.Is(err, problem.NotFound) {
			t.Errorf("none: %v", err)
		}
		if _, err := o.AboutOrganisation(t.Context(), identity.Actor{}, a.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestOrganisationHistory(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		was, err := o.reg.OrganisationByName(t.Context(), team, "City Hospital")
		if err != nil {
			t.Fatal(err)
		}
		was.Sector = "health"
		if _, err := o.reg.ChangeOrganisation(t.Context(), team, was); err != nil {
			t.Fatal(err)
		}
		a, err := o.AboutOrganisation(t.Context(), team, was.ID)
		if err != nil {
			t.Fatal(err)
		}
		list, err := o.OrganisationHistory(t.Context(), team, a)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			got = append(got, e.Op+" "+e.Object+" "+e.Value)
		}
		slices.Sort(got)
		want := []string{"add contact soc@hospital.example", "add network 11.0.0.0/26", "add network hospital.example", "add organisation ", "change organisation "}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if _, err := o.OrganisationHistory(t.Context(), identity.Actor{}, a); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestHandFinding(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := newOffice(t, db)
		key := finding.KeyOf(findingtest.Asset(3))
		a, err := o.AboutFinding(t.Context(), team, key.ID())
		if err != nil || !a.Moved() || a.Owner.Name != "City Hospital" || a.Now.Name != "Nordic Net" {
			t.Fatalf("%+v, %v", a, err)
		}
		if changed, err := o.HandFinding(t.Context(), team, key, a.Version); err != nil || !changed {
			t.Fatalf("%v, %v", changed, err)
		}
		if a, err = o.AboutFinding(t.Context(), team, key.ID()); err != nil || a.Moved() || a.Finding.Organisation != "Nordic Net" {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := o.HandFinding(t.Context(), identity.Actor{}, key, a.Version); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}
