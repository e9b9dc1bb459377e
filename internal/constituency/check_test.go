package constituency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestCheck(t *testing.T) {
	indent := func(key string) string { return strings.ReplaceAll(strings.TrimSpace(key), "\n", "\n          ") }
	file := fmt.Sprintf(`
organisations:
  - name: Expired
    contacts:
      - contact: e@e.example
        key: |
          %s
  - name: Expiring
    contacts:
      - contact: f@f.example
        key: |
          %s
  - name: Silent
    networks: [192.0.2.0/24, {network: 192.0.3.0/24, until: 2026-01-01}, {network: 198.51.100.0/24, from: 2027-01-01}]
  - name: Legal only
    contacts: [{contact: l@l.example, purpose: legal}]
  - name: Child
    parent: Expired
    networks: [203.0.113.0/25]
    contacts: [{contact: c@c.example, health: bad}]
  - name: Outer
    networks: [203.0.113.0/24, example.org]
    contacts: [o@o.example]
  - name: Twin
    kind: provider
    networks: [203.0.113.0/24, 203.0.112.0/22, sub.example.org]
    contacts: [{contact: t@t.example, health: doubtful}]
`, indent(testKey(t, 3600)), indent(testKey(t, 20*24*3600)))
	want := []string{
		"error key-expired Expired e@e.example",
		"error no-contact Silent ",
		"warning contact-bad Child c@c.example",
		"warning key-expiring Expiring f@f.example",
		"warning no-contact Legal only ",
		"warning network-ended Silent 192.0.3.0/24",
		"warning overlap Twin 203.0.113.0/24",
		"info contact-inherited Child ",
		"info nested Child 203.0.113.0/25",
		"info network-future Silent 198.51.100.0/24",
		"info contact-doubtful Twin t@t.example",
		"info nested Twin sub.example.org",
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, now := register(t, db, Options{})
		load(t, r, YAML, file)
		now.Advance(2 * 3600 * 1e9)
		found, err := r.Check(ctx, actor, CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %s %s", f.Severity, f.Code, f.Organisation, f.Value))
			if f.Message == "" {
				t.Errorf("%s says nothing", f.Code)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A cycle can only come from outside, by SQL; nothing may hang on it.
func TestCycleInTheStoreHarmsNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, "organisation,parent,network\nA,B,192.0.2.0/24\nB,,\n")
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec("UPDATE organisation SET parent = (SELECT id FROM organisation WHERE name = 'A') WHERE name = 'B'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		found, err := r.Check(ctx, actor, CheckOptions{})
		if err != nil || !hasCode(found, "parent-cycle") {
			t.Errorf("check: %v, %v", found, err)
		}
		if _, err := r.Who(ctx, actor, Question{Text: "192.0.2.1"}); err != nil {
			t.Errorf("who: %v", err)
		}
		load(t, r, CSV, "organisation,parent,network\nC,A,192.0.2.0/25\n")
	})
}

func TestChangesCheckVersions(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		o, err := r.AddOrganisation(ctx, actor, Organisation{Name: " City  Hospital ", Country: "fi"})
		if err != nil || o.Name != "City Hospital" || o.Kind != Constituent || o.Country != "FI" {
			t.Fatalf("added %+v, %v", o, err)
		}
		n, err := r.AddNetwork(ctx, actor, Network{Organisation: o.ID, Value: "as64500"})
		if err != nil || n.Value != "AS64500" || n.ApprovedBy != actor.Name {
			t.Fatalf("added %+v, %v", n, err)
		}
		c, err := r.AddContact(ctx, actor, Contact{Organisation: o.ID, Address: "A@Example.ORG"})
		if err != nil || c.Address != "A@example.org" || c.Health != Unknown || c.Purpose != Abuse {
			t.Fatalf("added %+v, %v", c, err)
		}
		steps := []struct {
			name string
			do   func() error
			want problem.Kind
		}{
			{"name taken", func() error { _, err := r.AddOrganisation(ctx, actor, Organisation{Name: "CITY HOSPITAL"}); return err }, problem.Conflict},
			{"network twice", func() error {
				_, err := r.AddNetwork(ctx, actor, Network{Organisation: o.ID, Value: "AS64500"})
				return err
			}, problem.Conflict},
			{"contact twice", func() error {
				_, err := r.AddContact(ctx, actor, Contact{Organisation: o.ID, Address: "A@example.org"})
				return err
			}, problem.Conflict},
			{"network of nobody", func() error {
				_, err := r.AddNetwork(ctx, actor, Network{Organisation: "x", Value: "AS64501"})
				return err
			}, problem.NotFound},
			{"parent that is not there", func() error { p := o; p.Parent = "x"; _, err := r.ChangeOrganisation(ctx, actor, p); return err }, problem.Invalid},
			{"its own parent", func() error { p := o; p.Parent = o.ID; _, err := r.ChangeOrganisation(ctx, actor, p); return err }, problem.Invalid},
			{"old version of organisation", func() error { p := o; p.Version = 7; _, err := r.ChangeOrganisation(ctx, actor, p); return err }, problem.Conflict},
			{"old version of network", func() error { m := n; m.Version = 7; _, err := r.ChangeNetwork(ctx, actor, m); return err }, problem.Conflict},
			{"old version of contact", func() error { d := c; d.Version = 7; _, err := r.ChangeContact(ctx, actor, d); return err }, problem.Conflict},
			{"removing an old network", func() error { return r.RemoveNetwork(ctx, actor, n.ID, 7) }, problem.Conflict},
			{"removing an old contact", func() error { return r.RemoveContact(ctx, actor, c.ID, 7) }, problem.Conflict},
			{"removing what is not there", func() error { return r.RemoveContact(ctx, actor, "x", 1) }, problem.NotFound},
			{"validity turned round", func() error {
				m := n
				m.From, m.Until = day, day
				_, err := r.ChangeNetwork(ctx, actor, m)
				return err
			}, problem.Invalid},
		}
		for _, s := range steps {
			if err := s.do(); err == nil || problem.KindOf(err) != s.want {
				t.Errorf("%s: %v (%v), want %v", s.name, err, problem.KindOf(err), s.want)
			}
		}
		c.Health, c.Language = Bad, "FI"
		if c, err = r.ChangeContact(ctx, actor, c); err != nil || c.Version != 2 || c.Language != "fi" {
			t.Errorf("changed %+v, %v", c, err)
		}
		o.Sector = "Drinking water"
		if o, err = r.ChangeOrganisation(ctx, actor, o); err != nil || o.Version != 2 || o.Sector != "drinking-water" {
			t.Errorf("changed %+v, %v", o, err)
		}
		if r.Matcher().ASN(64500) == 0 {
			t.Error("not matched")
		}
		if err := r.RemoveNetwork(ctx, actor, n.ID, n.Version); err != nil || r.Matcher().ASN(64500) != 0 {
			t.Errorf("after removal still matched, %v", err)
		}
		if err := r.RemoveContact(ctx, actor, c.ID, c.Version); err != nil {
			t.Error(err)
		}
		names, err := r.Names(ctx, actor)
		if err != nil || names[o.ID] != "City Hospital" {
			t.Errorf("names %v, %v", names, err)
		}
		networks, err1 := r.Networks(ctx, actor, o.ID)
		contacts, err2 := r.Contacts(ctx, actor, o.ID)
		if len(networks)+len(contacts) != 0 || err1 != nil || err2 != nil {
			t.Errorf("left: %v %v, %v %v", networks, contacts, err1, err2)
		}
	})
}

func TestSectors(t *testing.T) {
	for in, want := range map[string]Sector{
		"Health": "health", "drinking_water": "drinking-water", "Energy: electricity": "energy-electricity", "energy/gas": "energy-gas",
		"ICT service management (business-to-business)": "ict-service-management", "finance": "financial-market", "Public Administration": "public-administration",
	} {
		got, err := ParseSector(in)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, s := range Sectors() {
		if got, err := ParseSector(s.Title()); err != nil || got != s {
			t.Errorf("title of %s is %q, %v", s, got, err)
		}
	}
	if Sector("health").Annex() != 1 || Sector("food").Annex() != 2 || Sector("other").Annex() != 0 {
		t.Error("annexes")
	}
}
