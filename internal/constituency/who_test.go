package constituency

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// places is a small world for the tests.
func places(a netip.Addr) Location {
	switch {
	case netip.MustParsePrefix("198.51.100.0/24").Contains(a):
		return Location{ASN: 64499, Country: "CA"}
	case netip.MustParsePrefix("192.0.2.0/24").Contains(a):
		return Location{ASN: 64500, Country: "FI"}
	case netip.MustParsePrefix("203.0.112.0/22").Contains(a):
		return Location{ASN: 64501, Country: "FI"}
	}
	return Location{}
}

// brief is an answer's chain as step:result pairs.
func brief(a Answer) string {
	var parts []string
	for _, s := range a.Chain {
		parts = append(parts, s.Step+"="+s.Result)
	}
	return strings.Join(parts, ", ")
}

func TestWho(t *testing.T) {
	const more = sample +
		"Clinic,constituent,,,City Hospital,203.0.113.64/26,,,\n" + // no contact, a parent that has
		"Kiosk,constituent,,,,203.0.114.0/24,,,\n" + // no contact, no parent, inside a provider
		"Lawyers,constituent,,,Region North,203.0.115.0/24,legal@lawyers.example,legal,\n"
	tests := []struct {
		name, ask, organisation, told, contacts, chain string
	}{
		{
			"own contact", "203.0.113.7", "City Hospital", "City Hospital", "soc@hospital.example",
			"owner=owner, own contact=told, parent=next, provider=next, national team=none, rdap=not asked, own queue=next",
		},
		{
			"domain", "hxxps://www.hospital[.]example/login", "City Hospital", "City Hospital", "soc@hospital.example",
			"owner=owner, own contact=told, parent=next, provider=none, national team=none, rdap=not asked, own queue=next",
		},
		{
			"parent", "203.0.113.65", "Clinic", "City Hospital", "soc@hospital.example",
			"owner=owner, own contact=none, parent=told, parent=next, provider=next, national team=none, rdap=not asked, own queue=next",
		},
		{
			"provider", "203.0.114.1", "Kiosk", "Nordic Net", "abuse@nordicnet.example",
			"owner=owner, own contact=none, parent=none, provider=told, national team=none, rdap=not asked, own queue=next",
		},
		{
			"AS number of the address", "192.0.2.1", "Region North", "Region North", "abuse@region.example",
			"owner=owner, own contact=told, parent=none, provider=none, national team=none, rdap=not asked, own queue=next",
		},
		{
			"AS number asked", "as64501", "Nordic Net", "Nordic Net", "abuse@nordicnet.example",
			"owner=owner, own contact=told, parent=none, provider=none, national team=none, rdap=not asked, own queue=next",
		},
		{
			"national team", "198.51.100.1", "CSIRT Canada", "CSIRT Canada", "https://csirt.example/hook",
			"owner=none, own contact=none, parent=none, provider=none, national team=told, rdap=not asked, own queue=next",
		},
		{
			"national team by top-level domain", "www.example.ca", "CSIRT Canada", "CSIRT Canada", "https://csirt.example/hook",
			"owner=none, own contact=none, parent=none, provider=none, national team=told, rdap=not asked, own queue=next",
		},
		{
			"nobody", "8.8.8.8", "", QueueName, "",
			"owner=none, own contact=none, parent=none, provider=none, national team=none, rdap=not asked, own queue=told",
		},
		{
			"a contact that is not for this is no leave to tell the parent", "203.0.115.1", "Lawyers", QueueName, "",
			"owner=owner, own contact=passed over, parent=held, provider=held, national team=none, rdap=not asked, own queue=told",
		},
		{
			"prefix", "203.0.113.0/25", "City Hospital", "City Hospital", "soc@hospital.example",
			"owner=owner, own contact=told, parent=next, provider=next, national team=none, rdap=not asked, own queue=next",
		},
		{
			"mapped address", "::ffff:203.0.113.7", "City Hospital", "City Hospital", "soc@hospital.example",
			"owner=owner, own contact=told, parent=next, provider=next, national team=none, rdap=not asked, own queue=next",
		},
		{
			"IPv6", "[2001:db8:6::1]:443", "Six Labs", "Six Labs", "six@labs.example",
			"owner=owner, own contact=told, parent=none, provider=none, national team=none, rdap=not asked, own queue=next",
		},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{Locate: places})
		load(t, r, CSV, more)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				a, err := r.Who(ctx, actor, Question{Text: tt.ask})
				if err != nil {
					t.Fatal(err)
				}
				var contacts []string
				for _, c := range a.Contacts {
					contacts = append(contacts, c.Address)
				}
				got := []string{a.Organisation, a.Told, strings.Join(contacts, " "), brief(a)}
				if diff := cmp.Diff([]string{tt.organisation, tt.told, tt.contacts, tt.chain}, got); diff != "" {
					t.Errorf("%s\n%+v", diff, a.Chain)
				}
				for _, s := range a.Chain {
					if s.Reason == "" {
						t.Errorf("step %s has no reason", s.Step)
					}
				}
			})
		}
	})
}

func TestWhoExplainsClaimsNotInForce(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, YAML, `
organisations:
  - name: Gone
    networks: [{network: 192.0.2.0/26, until: 2026-01-01}]
  - name: Coming
    networks: [{network: 192.0.2.0/25, from: 2027-01-01}]
  - name: Here
    networks: [192.0.2.0/24]
    contacts: [{contact: a@here.example, health: bad}]
  - name: Also
    kind: provider
    networks: [192.0.2.0/24]
    contacts: [b@also.example]
`)
	a, err := r.Who(ctx, actor, Question{Text: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Organisation != "Here" || a.Told != QueueName {
		t.Errorf("%s, told %s", a.Organisation, a.Told)
	}
	var reasons []string
	for _, s := range a.Chain {
		reasons = append(reasons, s.Reason)
	}
	for _, want := range []string{"it ended on 2026-01-01", "it begins only on 2027-01-01", "Also claims the same network", "no longer work", "for a person to decide"} {
		if !strings.Contains(strings.Join(reasons, "\n"), want) {
			t.Errorf("no reason says %q: %q", want, reasons)
		}
	}
}

func TestWhoListsOwnersInside(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		a, err := r.Who(ctx, actor, Question{Text: "203.0.112.0/22"})
		want := []InsideOwner{{"203.0.113.0/24", "City Hospital"}}
		if err != nil || !cmp.Equal(a.Inside, want) {
			t.Errorf("got %v, %v", a.Inside, err)
		}
	})
}

func TestWhoJSON(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	a, err := r.Who(ctx, actor, Question{Text: "8.8.8.8"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"organisation":""`, `"contacts":[]`, `"chain":[{"step":"owner","tried":"8.8.8.8","result":"none","reason":`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

func TestChoose(t *testing.T) {
	c := func(purpose Purpose, channel Channel, address string, health Health) Contact {
		return Contact{Purpose: purpose, Channel: channel, Address: address, Health: health}
	}
	tests := []struct {
		name     string
		contacts []Contact
		want     string
	}{
		{"abuse before security", []Contact{c(Security, Mail, "s", Unknown), c(Abuse, Mail, "a", Unknown)}, "a"},
		{"all of one purpose", []Contact{c(Abuse, Mail, "a", Good), c(Abuse, Webhook, "w", Doubtful), c(Technical, Mail, "t", Good)}, "a, w"},
		{"bad is passed over", []Contact{c(Abuse, Mail, "a", Bad), c(Technical, Mail, "t", Good)}, "t"},
		{"mail of any purpose before a telephone", []Contact{c(Abuse, Phone, "p", Good), c(AllHours, Mail, "m", Good)}, "m"},
		{"telephone at last", []Contact{c(AllHours, Phone, "p", Good), c(Legal, Mail, "l", Good)}, "p"},
		{"never legal", []Contact{c(Legal, Mail, "l", Good)}, ""},
		{"nobody", nil, ""},
	}
	for _, tt := range tests {
		chosen, reason := choose(tt.contacts, day)
		if got := addresses(chosen); got != tt.want || reason == "" {
			t.Errorf("%s: %q (%s), want %q", tt.name, got, reason, tt.want)
		}
	}
}

// anything may be asked.
func anything(context.Context, identity.Actor, string) (bool, string, error) { return true, "", nil }

// registry starts a fake RDAP service on loopback.
func registry(t *testing.T, db *sqldb.DB, answer string) (*rdap.Client, *int) {
	t.Helper()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	var b rdap.Bootstrap
	if err := b.Add([]byte(fmt.Sprintf(`{"services":[[["198.51.0.0/16","203.0.0.0/8","64000-65000","org"],[%q]]]}`, s.URL))); err != nil {
		t.Fatal(err)
	}
	c := rdap.New(httpx.New(httpx.Options{Plain: true, TestLoopback: true}), &b, rdap.Options{Interval: time.Nanosecond})
	c.UseCache(NewRDAPCache(db))
	return c, &asked
}

func TestWhoAsksTheRegistryOnlyWhenAllowed(t *testing.T) {
	const answer = `{"objectClassName":"ip network","name":"EXAMPLE-NET","entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@net.example"]]]}]}`
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		client, asked := registry(t, db, answer)
		r, _ := register(t, db, Options{RDAP: client, MayAsk: anything})
		load(t, r, CSV, sample+"Lawyers,,,,,203.0.115.0/24,legal@lawyers.example,legal,\n")
		tests := []struct {
			text    string
			allowed bool
			told    string
			asked   int
		}{
			{"198.51.100.1", false, QueueName, 0},
			{"203.0.113.1", true, "City Hospital", 0}, // somebody nearer can be told
			{"203.0.115.1", true, QueueName, 0},       // held for a person
			{"198.51.100.1", true, "EXAMPLE-NET", 1},
			{"198.51.100.1", true, "EXAMPLE-NET", 1}, // from the cache
			{"198.51.100.0/24", true, "EXAMPLE-NET", 2},
			{"AS64999", true, "EXAMPLE-NET", 3},
			{"www.other.org", true, "EXAMPLE-NET", 4},
			{"a.b.other.org", true, "EXAMPLE-NET", 4}, // the registered domain is asked, once
			{"org.example", true, QueueName, 4},       // no service knows it
		}
		for _, tt := range tests {
			a, err := r.Who(ctx, actor, Question{Text: tt.text, RDAP: tt.allowed})
			if err != nil || a.Told != tt.told || *asked != tt.asked {
				t.Errorf("%s: told %s (%v), asked %d; want %s, %d\n%+v", tt.text, a.Told, err, *asked, tt.told, tt.asked, a.Chain)
			}
		}
	})
}

// A registry learns what we look at, so somebody has to decide: what that forbids, or cannot find out, nobody is asked about.
func TestWhoAsksNoRegistryAgainstTheDecision(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		client, asked := registry(t, db, `{"objectClassName":"ip network","name":"EXAMPLE-NET"}`)
		for reason, may := range map[string]func(context.Context, identity.Actor, string) (bool, string, error){
			"nobody decides here whether a registry may be asked": nil,
			"The PAP:RED of the incident forbids it.": func(context.Context, identity.Actor, string) (bool, string, error) {
				return false, "The PAP:RED of the incident forbids it.", nil
			},
			"the database is busy": func(context.Context, identity.Actor, string) (bool, string, error) {
				return true, "", problem.New(problem.Unavailable, "the database is busy")
			},
		} {
			r, _ := register(t, db, Options{RDAP: client, MayAsk: may})
			a, err := r.Who(ctx, actor, Question{Text: "198.51.100.1", RDAP: true})
			said := a.Chain[len(a.Chain)-2]
			if err != nil || *asked != 0 || said.Step != StepRDAP || said.Result != ResultNotAsked || said.Reason != reason {
				t.Errorf("%s: %v, asked %d times, %+v", reason, err, *asked, a.Chain)
			}
		}
	})
}

func TestRegistryLearns(t *testing.T) {
	for text, want := range map[string]string{
		"www.other.org": "other.org", "other.org": "", "192.0.2.1": "", "192.0.2.0/24": "192.0.2.0", "AS64999": "", "https://a.b.other.org/x": "other.org", "org": "",
	} {
		q, err := ParseQuestion(text)
		if got := q.RegistryLearns(); err == nil && got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWhoRefusesNonsense(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	if _, err := r.Who(ctx, actor, Question{Text: "what?"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestDescribe(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, sample)
	m := r.Matcher()
	want := "City Hospital, by prefix 203.0.113.0/24: the longest registered prefix that holds it"
	if got := m.Describe(m.IPv4(0xcb007101)); got != want {
		t.Errorf("got %q", got)
	}
	if got := m.Describe(0); got != "no network in the register holds it" {
		t.Errorf("got %q", got)
	}
}

// Who says "told" as before, and that notifications go past the owner only by a person's word.
func TestWhoSaysThatOthersNeedAWord(t *testing.T) {
	tests := []struct {
		name, ask, step string
		word            bool
	}{
		{"own contact", "203.0.113.7", StepOwn, false},
		{"parent", "203.0.113.65", StepParent, true},
		{"next parent", "203.0.113.7", StepParent, true},
		{"provider", "203.0.114.1", StepProvider, true},
		{"the provider's own network", "203.0.115.1", StepOwn, false},
		{"a national team that it concerns itself", "198.51.100.1", StepNational, false},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{Locate: places})
	load(t, r, CSV, sample+"Clinic,constituent,,,City Hospital,203.0.113.64/26,,,\nKiosk,constituent,,,,203.0.114.0/24,,,\n")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := r.Who(ctx, actor, Question{Text: tt.ask})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range a.Chain {
				if s.Step == tt.step && s.Result != ResultNone {
					if strings.Contains(s.Reason, "only by a person's word") != tt.word {
						t.Errorf("got %+v", s)
					}
					return
				}
			}
			t.Errorf("no such step: %+v", a.Chain)
		})
	}
}
