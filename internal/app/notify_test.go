package app

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// findings reads all findings.
func findingsOf(t testing.TB, a *App) (list []finding.Finding) {
	t.Helper()
	err := a.DB.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		list, err = finding.Select(tx, "WHERE events >= 0 ORDER BY key")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// As long as the register says the same, the owner of every finding is the one that the feed room gave it: nobody is told of another's network
// because two rules differ.
func TestOwnersOfTheDemonstration(t *testing.T) {
	a, _ := nation(t, 4000)
	if _, err := a.ApplyFindings(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	owner, rules := a.owner(), map[string]int{}
	for _, f := range findingsOf(t, a) {
		rules[f.Rule]++
		if organisation, network, rule := owner(f); organisation != f.Organisation || network != f.Network || rule != f.Rule {
			t.Errorf("%s of %s by %s %s: now of %s by %s %s", f.Key, f.Organisation, f.Rule, f.Network, organisation, rule, network)
		}
	}
	for _, rule := range []constituency.Rule{constituency.ByPrefix, constituency.ByDomain, constituency.ByASN, constituency.ByCountry, ""} {
		if rules[string(rule)] == 0 {
			t.Errorf("no finding is somebody's by the rule %q, so nothing was tried: %v", rule, rules)
		}
	}
	if n, err := a.Findings.Reattribute(t.Context(), tester, owner); n != 0 || err != nil {
		t.Errorf("%d findings changed their owner, %v", n, err)
	}
}

// When the register says otherwise, the findings go to whom it names, with the next look.
func TestOwnerFollowsTheRegister(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n192.0.2.200\n")
	a, _ := h.open()
	if _, err := a.ApplyFindings(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	owner := a.owner()
	if n, err := a.Findings.Reattribute(t.Context(), tester, owner); n != 0 || err != nil {
		t.Fatalf("%d findings changed, %v", n, err)
	}
	more := "organisation,network,contact\nSmall Clinic,192.0.2.192/26,it@clinic.example\n"
	if _, err := a.Register.Import(t.Context(), tester, strings.NewReader(more), importOptions); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Findings.Reattribute(t.Context(), tester, owner); n != 1 || err != nil {
		t.Fatalf("%d findings changed, %v", n, err)
	}
	names, err := a.Register.Names(t.Context(), tester)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range findingsOf(t, a) {
		got[f.Addr.String()] = names[f.Organisation]
	}
	if want := map[string]string{"192.0.2.1": "City Hospital", "192.0.2.200": "Small Clinic"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOpenNotify(t *testing.T) {
	tests := []struct {
		name   string
		change func(*house)
		want   string // in the error; "" none
	}{
		{"as it comes", func(*house) {}, ""},
		{"a language without texts", func(h *house) { h.conf.Notify.Language = "tlh" }, "notify.language"},
		{"a frequency that is none", func(h *house) { h.conf.Notify.Every = "hourly" }, "notify.every"},
		{"a zone that is none", func(h *house) { h.conf.Team.TimeZone = "Mars/Olympus" }, "team.timezone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			tt.change(h)
			a, err := New(t.Context(), h.options())
			if tt.want == "" {
				if err != nil || a.Notify == nil {
					t.Fatal(err)
				}
				closeHouse(t, a)
				return
			}
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTeam(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Mail.From = "CERT", "cert@cert.example"
	if got, want := (&App{Options: h.options()}).team(), (message.Team{Name: "CERT", Email: "cert@cert.example", ReplyTo: "cert@cert.example"}); got != want {
		t.Errorf("got %+v", got)
	}
	h.conf.Team.Email, h.conf.Mail.ReplyTo = "team@cert.example", "desk@cert.example"
	if got, want := (&App{Options: h.options()}).team(), (message.Team{Name: "CERT", Email: "team@cert.example", ReplyTo: "desk@cert.example"}); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestInformational(t *testing.T) {
	h := newHouse(t)
	a, _ := h.open()
	told := a.informational()
	var got []string
	for _, report := range []string{"device_id", "scan_http", "scan_telnet", "event4_honeypot_http_scan", "no_such_report", ""} {
		if told(report) {
			got = append(got, report)
		}
	}
	if want := []string{"device_id", "scan_http"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
