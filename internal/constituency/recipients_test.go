package constituency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// idsOf is the register's organisations by name.
func idsOf(t testing.TB, r *Register) (ids []string, byName map[string]string) {
	t.Helper()
	names, err := r.Names(ctx, actor)
	if err != nil {
		t.Fatal(err)
	}
	byName = map[string]string{}
	for id, name := range names {
		ids = append(ids, id)
		byName[name] = id
	}
	return ids, byName
}

func TestRecipients(t *testing.T) {
	const more = sample +
		"Clinic,constituent,,,City Hospital,203.0.113.64/26,,,\n" + // a parent that has a contact
		"Ward,constituent,,,Clinic,,,,\n" + // a grandparent that has
		"Kiosk,constituent,,,,203.0.114.0/24,,,\n" + // inside a provider
		"Booth,constituent,,,,192.0.2.0/24,tel:+358295390239,,\n" + // a telephone only; announced by Region North, which is no provider
		"Stand,constituent,,,,203.0.112.128/25,stand@stand.example,legal,\n" + // legal only
		"Shop,constituent,,CA,,,,,\n" + // its country has a team
		"Far,constituent,,,,198.51.100.0/25,,,\n" + // its network's country has
		"Island,constituent,,,,10.0.0.0/24,,,\n" +
		"Both,constituent,,,,,one@both.example,security,\nBoth,,,,,,tel:+358295390238,abuse,\nBoth,,,,,,https://both.example/hook,security,\n"
	tests := []struct{ organisation, contacts, reason, next string }{
		{"City Hospital", "soc@hospital.example", "its security contact", ""},
		{"CSIRT Canada", "https://csirt.example/hook", "its security contact", ""},
		{"Both", "one@both.example https://both.example/hook", "its security contact", ""},
		{"Clinic", "", "it has no contact", "City Hospital"},
		{"Ward", "", "it has no contact", "City Hospital"},
		{"Kiosk", "", "it has no contact", "Nordic Net"},
		{"Booth", "", "somebody has to call", ""},
		{"Stand", "", "legal contact only", "Nordic Net"},
		{"Shop", "", "it has no contact", "CSIRT Canada"},
		{"Far", "", "it has no contact", "CSIRT Canada"},
		{"Island", "", "it has no contact", ""},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{Locate: places})
		load(t, r, CSV, more)
		ids, byName := idsOf(t, r)
		all, err := r.Recipients(ctx, actor, append(ids, "nobody", ids[0]))
		if err != nil || len(all) != len(ids) {
			t.Fatalf("%d of %d, %v", len(all), len(ids), err)
		}
		for _, tt := range tests {
			got := all[byName[tt.organisation]]
			var addresses []string
			for _, c := range got.Contacts {
				addresses = append(addresses, c.Address)
			}
			if strings.Join(addresses, " ") != tt.contacts || !strings.Contains(got.Reason, tt.reason) || got.Next != tt.next || got.Organisation.Name != tt.organisation {
				t.Errorf("%s: %v, %s, next %q", got.Organisation.Name, addresses, got.Reason, got.Next)
			}
		}
		if _, err := r.Recipients(ctx, identity.Actor{}, ids); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody is told who gets messages: %v", err)
		}
	})
}

// A contact that fails is no recipient, and its parent is named, not told; one that the parents' circle would lead back to itself is not.
func TestRecipientsAfterABounce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		_, byName := idsOf(t, r)
		hospital := byName["City Hospital"]
		for _, c := range contactsIn(t, r, hospital) {
			setHealth(t, db, c.ID, Bad)
		}
		all, err := r.Recipients(ctx, actor, []string{hospital})
		if got := all[hospital]; err != nil || len(got.Contacts) != 0 || !strings.Contains(got.Reason, "no longer work") || got.Next != "Region North" {
			t.Errorf("got %+v, %v", all, err)
		}
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec("UPDATE organisation SET parent = $1 WHERE id = $2", hospital, byName["Region North"])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		setHealth(t, db, contactsIn(t, r, byName["Region North"])[0].ID, Bad)
		if all, err := r.Recipients(ctx, actor, []string{hospital}); err != nil || all[hospital].Next != "Nordic Net" {
			t.Errorf("in a circle: %+v, %v", all[hospital], err)
		}
	})
}

func contactsIn(t *testing.T, r *Register, organisation string) []Contact {
	t.Helper()
	list, err := r.Contacts(ctx, actor, organisation)
	if err != nil || len(list) == 0 {
		t.Fatalf("contacts: %v, %v", list, err)
	}
	return list
}

func setHealth(t *testing.T, db *sqldb.DB, contact string, h Health) (before Health, organisation string) {
	t.Helper()
	err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		before, organisation, err = SetHealth(tx, day, contact, h)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return before, organisation
}

func TestSetHealth(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		_, byName := idsOf(t, r)
		six := byName["Six Labs"]
		was := contactsIn(t, r, six)[0]
		before := r.Matcher().state
		if h, o := setHealth(t, db, was.ID, Bad); h != Unknown || o != six {
			t.Errorf("got %s of %s", h, o)
		}
		if h, _ := setHealth(t, db, was.ID, Bad); h != Bad {
			t.Errorf("got %s", h)
		}
		want := was
		want.Health, want.Version = Bad, was.Version+1
		if diff := cmp.Diff(want, contactsIn(t, r, six)[0]); diff != "" {
			t.Error(diff)
		}
		if _, err := r.ChangeContact(ctx, actor, was); !problem.Is(err, problem.Conflict) {
			t.Errorf("a change made from the old version: %v", err)
		}
		if err := r.Refresh(ctx); err != nil || r.Matcher().state != before {
			t.Errorf("the matcher was built anew: %v", err)
		}
		for _, tt := range []struct {
			contact string
			health  Health
			want    problem.Kind
		}{{"x", Bad, problem.NotFound}, {was.ID, "dead", problem.Invalid}, {was.ID, "", problem.Invalid}} {
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				_, _, err := SetHealth(tx, day, tt.contact, tt.health)
				return err
			})
			if !problem.Is(err, tt.want) {
				t.Errorf("%s %s: %v", tt.contact, tt.health, err)
			}
		}
	})
}

// BenchmarkRecipients asks for 10,000 organisations at once, of which one in
// ten has no contact.
func BenchmarkRecipients(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			r, _ := register(b, sqldbtest.Open(b, engine), Options{})
			var text strings.Builder
			text.WriteString("organisation,kind,country,network,contact\n")
			for i, p := range world(10_000) {
				contact, kind := fmt.Sprintf("soc@o%d.example", i), Constituent
				switch {
				case i%10 == 3:
					contact = ""
				case i%100 == 0:
					kind = Provider
				}
				fmt.Fprintf(&text, "Organisation %d,%s,FI,%s,%s\n", i, kind, p, contact)
			}
			load(b, r, CSV, text.String())
			ids, _ := idsOf(b, r)
			for b.Loop() {
				all, err := r.Recipients(ctx, actor, ids)
				if err != nil || len(all) != len(ids) {
					b.Fatal(len(all), err)
				}
			}
			b.ReportMetric(float64(len(ids))*float64(b.N)/b.Elapsed().Seconds(), "organisations/s")
		})
	}
}
