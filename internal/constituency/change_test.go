package constituency

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Who approved a network is the actor or whoever did so before, whatever the
// caller writes there; nor can a change move it to somebody else.
func TestApprovalCannotBeForged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, now := register(t, db, Options{})
		load(t, r, CSV, "organisation,network\nA,192.0.2.0/24\nB,\n")
		a, errA := r.OrganisationByName(ctx, actor, "A")
		b, errB := r.OrganisationByName(ctx, actor, "B")
		list, err := r.Networks(ctx, actor, a.ID)
		if errA != nil || errB != nil || err != nil || len(list) != 1 {
			t.Fatal(errA, errB, err)
		}
		now.Advance(time.Hour)
		second := identity.System("second")
		steps := []struct {
			name   string
			change func(n *Network)
			by     string
			at     time.Time
		}{
			{"another's name, another time", func(n *Network) { n.ApprovedBy, n.ApprovedAt = "the director", day.AddDate(-1, 0, 0) }, actor.Name, day},
			{"validity only", func(n *Network) { n.Until = day.AddDate(1, 0, 0) }, actor.Name, day},
			{"withdrawn, the name left", func(n *Network) { n.ApprovedAt = time.Time{} }, "", time.Time{}},
			{"approved anew in another's name", func(n *Network) { n.ApprovedBy, n.ApprovedAt = "the director", day }, second.Name, day.Add(time.Hour)},
			{"moved", func(n *Network) { n.Organisation, n.Rule, n.Value = b.ID, ByASN, "AS1" }, second.Name, day.Add(time.Hour)},
		}
		n := list[0]
		for _, s := range steps {
			s.change(&n)
			if n, err = r.ChangeNetwork(ctx, second, n); err != nil {
				t.Fatal(s.name, err)
			}
			kept, err := r.Networks(ctx, actor, a.ID)
			if err != nil || len(kept) != 1 || kept[0].Value != "192.0.2.0/24" {
				t.Fatalf("%s: A holds %+v, %v", s.name, kept, err)
			}
			if kept[0].ApprovedBy != s.by || !kept[0].ApprovedAt.Equal(s.at) {
				t.Errorf("%s: approved by %q at %s", s.name, kept[0].ApprovedBy, kept[0].ApprovedAt)
			}
		}
	})
}

// Changes leave a record of what was and what is, and a refused one leaves none.
func TestChangesAreAudited(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		entries := func() (n int) {
			err := db.Read(ctx, func(tx *sqldb.Tx) error {
				return tx.QueryRow("SELECT count(*) FROM audit_payload WHERE operation = $1", string(OpChange)).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		o, err := r.AddOrganisation(ctx, actor, Organisation{Name: "A"})
		if err != nil || entries() != 1 {
			t.Fatalf("%d entries, %v", entries(), err)
		}
		version := r.Matcher().Version()
		for _, bad := range []func() error{
			func() error { _, err := r.AddOrganisation(ctx, actor, Organisation{Name: "a"}); return err },
			func() error { o := o; o.Version = 9; _, err := r.ChangeOrganisation(ctx, actor, o); return err },
			func() error {
				_, err := r.AddContact(ctx, actor, Contact{Organisation: "x", Address: "a@b.example"})
				return err
			},
			func() error { return r.RemoveNetwork(ctx, actor, "x", 1) },
		} {
			if err := bad(); err == nil {
				t.Error("not refused")
			}
		}
		if err := r.Refresh(ctx); err != nil || entries() != 1 || r.Matcher().Version() != version {
			t.Errorf("after refusals %d entries, version %d, %v", entries(), r.Matcher().Version(), err)
		}
	})
}

// The parents of a single change have the same bound as those of an import.
func TestChangeOfParentIsBounded(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, "organisation,parent\n"+chain("A", maxDepth+1))
	tests := []struct {
		name, parent string
		ok           bool
	}{
		{"as deep as may be", "A1", true},
		{"one deeper", "A0", false},
		{"at the top", "A32", true},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := r.OrganisationByName(ctx, actor, tt.parent)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = r.AddOrganisation(ctx, actor, Organisation{Name: fmt.Sprint("New", i), Parent: p.ID}); (err == nil) != tt.ok || !tt.ok && !problem.Is(err, problem.Invalid) {
				t.Errorf("got %v", err)
			}
		})
	}
	top, err := r.OrganisationByName(ctx, actor, "A32")
	low, err2 := r.OrganisationByName(ctx, actor, "A3")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	top.Parent = low.ID
	if _, err := r.ChangeOrganisation(ctx, actor, top); !problem.Is(err, problem.Invalid) {
		t.Errorf("a cycle: %v", err)
	}
}

// What lies inside somebody else's is worth a look only between strangers.
func TestCheckKnowsFamilies(t *testing.T) {
	const head = "organisation,kind,parent,network,contact\n"
	tests := []struct {
		name, rows string
		want       []string // code, organisation, value of what is not merely reported for want of contacts
	}{
		{"strangers", "A,,,203.0.113.0/24,a@a.example\nB,,,203.0.113.0/25,b@b.example\n", []string{"nested B 203.0.113.0/25"}},
		{"the same organisation", "A,,,203.0.113.0/24,a@a.example\nA,,,203.0.113.0/25,\n", nil},
		{"child in parent", "A,,,203.0.113.0/24,a@a.example\nB,,A,203.0.113.0/25,b@b.example\n", nil},
		{"parent in child", "A,,B,203.0.113.0/24,a@a.example\nB,,,203.0.113.0/25,b@b.example\n", nil},
		{"grandchild", "A,,,203.0.113.0/24,a@a.example\nM,,A,,m@m.example\nB,,M,203.0.113.0/25,b@b.example\n", nil},
		{"siblings are strangers", "A,,P,203.0.113.0/24,a@a.example\nB,,P,203.0.113.0/25,b@b.example\nP,,,,p@p.example\n", []string{"nested B 203.0.113.0/25"}},
		{"customer in provider", "A,provider,,203.0.113.0/24,a@a.example\nB,,,203.0.113.0/25,b@b.example\n", nil},
		{"provider in customer", "A,,,203.0.113.0/24,a@a.example\nB,provider,,203.0.113.0/25,b@b.example\n", []string{"nested B 203.0.113.0/25"}},
		{"the nearest around counts", "A,,,203.0.112.0/22,a@a.example\nP,provider,A,203.0.113.0/24,p@p.example\nB,,,203.0.113.0/25,b@b.example\n", nil},
		{"neighbours", "A,,,203.0.113.0/25,a@a.example\nB,,,203.0.113.128/25,b@b.example\n", nil},
		{"IPv6", "A,,,2001:db8::/32,a@a.example\nB,,,2001:db8:1::/48,b@b.example\n", []string{"nested B 2001:db8:1::/48"}},
		{"domain below a domain", "A,,,a.example,a@a.example\nB,,,b.x.a.example,b@b.example\n", []string{"nested B b.x.a.example"}},
		{"a domain that merely ends alike", "A,,,a.example,a@a.example\nB,,,ba.example,b@b.example\n", nil},
		{"one network, two customers", "A,,,203.0.113.0/24,a@a.example\nB,,,203.0.113.0/24,b@b.example\n", []string{"overlap B 203.0.113.0/24"}},
		{"one AS, three", "A,,,AS1,a@a.example\nB,,,AS1,b@b.example\nC,provider,,AS1,c@c.example\n", []string{"overlap B AS1", "overlap C AS1"}},
		{"one country, two", "A,peer,,country:FI,a@a.example\nB,peer,,country:FI,b@b.example\n", []string{"overlap B country:FI"}},
		{"no contact anywhere", "A,,B,203.0.113.0/24,\nB,,,,\n", []string{"no-contact A ", "no-contact B "}},
		{"the parent's contact", "A,,B,203.0.113.0/24,\nB,,,,b@b.example\n", []string{"contact-inherited A "}},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			load(t, r, CSV, head+tt.rows)
			found, err := r.Check(ctx, actor, CheckOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Code+" "+f.Organisation+" "+f.Value)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What CSV cannot hold is said, item by item; and nothing else is.
func TestCSVExportOmits(t *testing.T) {
	tests := []struct{ name, item, want string }{
		{"nothing", "name: A\n    networks: [192.0.2.0/24]\n    contacts: [a@b.example]", ""},
		{"criticality", "name: A\n    criticality: essential", ""},
		{"network to come", "name: A\n    networks: [{network: AS1, from: 2027-01-01}]", "network AS1 of A: it is not in force"},
		{"network that ends", "name: A\n    networks: [{network: AS1, until: 2027-01-01}]", "validity of AS1 of A"},
		{"contact that fails", "name: A\n    contacts: [{contact: a@b.example, health: bad}]", "contact a@b.example of A: it no longer works"},
		{"contact that is known to work", "name: A\n    contacts: [{contact: a@b.example, health: good}]", "health good of a@b.example of A"},
		{"doubtful contact", "name: A\n    contacts: [{contact: a@b.example, health: doubtful}]", "health doubtful of a@b.example of A"},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			load(t, r, YAML, "organisations:\n  - "+tt.item+"\n")
			_, done := export(t, r, CSV)
			if got := strings.Join(done.Omitted, "\n"); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") || strings.Contains(got, "\n") {
				t.Errorf("omitted %q, want %q", got, tt.want)
			}
			if text, done := export(t, r, YAML); len(done.Omitted) != 0 {
				t.Errorf("YAML omits %v\n%s", done.Omitted, text)
			}
		})
	}
}

// Names in any script, and those that YAML or a spreadsheet would take for
// something else, come back from both formats as they were.
func TestOddNamesComeBack(t *testing.T) {
	names := []string{
		"خانه\u200cها", "Lab 👩\u200d💻", "क्\u200dष", "NO", "null", "~", "1.10", "- dash", "# hash", "a: b", "{x}", "[x]", "'quoted'", `"quoted"`, `back\slash`,
		"=1+1", "+358", "@sum", "'=1", "a,b", "a;b", "| pipe", "> more", "& anchor", "* alias", "! tag", "% percent", "`tick`", "𝔘nicode 𠮷", "e\u0301tude",
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, name := range names {
		if _, err := r.AddOrganisation(ctx, actor, Organisation{Name: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, f := range []Format{CSV, YAML} {
		text, _ := export(t, r, f)
		if rep := load(t, r, f, text); len(rep.Changes) != 0 || rep.Accepted != len(names) {
			t.Errorf("%s: %d accepted, changes %v", f, rep.Accepted, rep.Changes)
		}
	}
}
