package constituency

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestMatching(t *testing.T) {
	tests := []struct {
		name   string
		filter Filter
		want   string
	}{
		{"everything, by name", Filter{}, "City Hospital, CSIRT Canada, Mill Works, Nordic Net, Region North, Six Labs"},
		{"part of a name, capitals or not", Filter{Text: "NORD"}, "Nordic Net"},
		{"part of a network", Filter{Text: "203.0.11"}, "City Hospital, Nordic Net"},
		{"part of an address", Filter{Text: "@Labs"}, "Six Labs"},
		{"signs of a pattern are texts", Filter{Text: "%"}, ""},
		{"kind", Filter{Kind: Provider}, "Nordic Net"},
		{"country and sector", Filter{Country: "FI", Sector: "health"}, "City Hospital"},
		{"without contact", Filter{Trouble: NoContact}, "Mill Works"},
		{"with a bad contact", Filter{Trouble: BrokenContact}, "Six Labs"},
		{"with a doubtful contact", Filter{Trouble: DoubtfulContact}, ""},
		{"key missing", Filter{Trouble: EndedKey}, "Nordic Net"},
		{"text and kind", Filter{Text: "zz", Kind: Peer}, ""},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r := troubled(t, db)
		for _, tt := range tests {
			list, err := r.Matching(ctx, actor, tt.filter)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var names []string
			for _, b := range list {
				names = append(names, b.Name)
			}
			if got := strings.Join(names, ", "); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
			}
		}
		for name, text := range map[string]string{"too long": strings.Repeat("x", 201), "no text": "\xff", "a zero": "a\x00b"} {
			if _, err := r.Matching(ctx, actor, Filter{Text: text}); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.Matching(ctx, identity.Actor{}, Filter{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// troubled is the sample with an organisation without contact, a bad contact and one that needs a key.
func troubled(t *testing.T, db *sqldb.DB) *Register {
	t.Helper()
	r, _ := register(t, db, Options{})
	load(t, r, CSV, sample+"Mill Works,,,,,192.0.2.0/28,,,\n")
	load(t, r, YAML, `organisations:
  - name: Six Labs
    contacts: [{contact: six@labs.example, health: bad}]
  - name: Nordic Net
    contacts: [{contact: abuse@nordicnet.example, purpose: abuse, encryption: required}]
`)
	return r
}

func TestListed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r := troubled(t, db)
		all, err := r.Matching(ctx, actor, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{all[5].ID, "nobody", all[0].ID, all[3].ID}
		list, err := r.Listed(ctx, actor, ids)
		if err != nil || len(list) != 3 {
			t.Fatalf("got %+v, %v", list, err)
		}
		if l := list[0]; l.Name != "Six Labs" || l.Bad != 1 || l.Networks != 1 || l.Contacts != 1 {
			t.Errorf("got %+v", l)
		}
		if l := list[1]; l.Name != "City Hospital" || l.ParentName != "Region North" || l.Networks != 2 || l.Contacts != 2 || l.Bad != 0 {
			t.Errorf("got %+v", l)
		}
		if l := list[2]; l.Name != "Nordic Net" || l.EndedKeys != 1 {
			t.Errorf("got %+v", l)
		}
		if _, err := r.Listed(ctx, identity.Actor{}, ids); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestTroubles(t *testing.T) {
	for _, want := range Troubles() {
		if got, err := ParseTrouble(strings.ToUpper(string(want))); err != nil || got != want {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
	if _, err := ParseTrouble("dubtful"); err == nil || !strings.Contains(err.Error(), "doubtful") {
		t.Errorf("got %v", err)
	}
}
