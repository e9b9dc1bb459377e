package people_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(string(body))
}

// one is the only account that there is.
func one(t *testing.T, s *station.Station) account.Account {
	t.Helper()
	list, err := s.App.Accounts.List(t.Context(), s.Actor)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

// Somebody is invited, gets another role, signs, and leaves.
func TestPeople(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	hostile := station.Hostile[0]
	res := s.Post(t, "/people", url.Values{"login": {"ada"}, "name": {hostile}, "email": {"ada@cert.example"}, "role": {"duty-officer"}, "expires": {"2027-03-31"}})
	page := read(t, res)
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/invitation\?token=([\w.%-]+)`).FindStringSubmatch(page)
	if res.StatusCode != http.StatusOK || link == nil {
		t.Fatalf("%s: no invitation is shown", res.Status)
	}
	if list := s.Get(t, "/people"); strings.Contains(list, hostile) || strings.Contains(list, link[1]) || !strings.Contains(list, "Duty officer") {
		t.Error("the list shows the name as HTML, or the invitation, or not the role")
	}
	a := one(t, s)
	path := "/people/" + a.ID
	if page := s.Get(t, path); !strings.Contains(page, `value="2027-03-31"`) || !strings.Contains(page, "None is signed") {
		t.Error("the page does not say until when, or that nothing is signed")
	}
	steps := []struct {
		path   string
		fields url.Values
		status int
		holds  func(a account.Account) bool
	}{
		{"/roles", url.Values{"version": {"1"}, "role": {"manager", "auditor"}}, 303, func(a account.Account) bool { return len(a.Roles) == 2 }},
		{"/roles", url.Values{"version": {"1"}, "role": {"manager"}}, 422, func(a account.Account) bool { return len(a.Roles) == 2 }},
		{"/roles", url.Values{"version": {"2"}, "role": {"king"}}, 422, func(a account.Account) bool { return len(a.Roles) == 2 }},
		{"/expiry", url.Values{"version": {"2"}, "expires": {"tomorrow"}}, 422, func(a account.Account) bool { return !a.Expires.IsZero() }},
		{"/expiry", url.Values{"version": {"2"}, "expires": {""}}, 303, func(a account.Account) bool { return a.Expires.IsZero() }},
		{"", url.Values{"version": {"3"}, "name": {"Ada"}, "email": {"a@cert.example"}}, 303, func(a account.Account) bool { return a.Name == "Ada" }},
		{"/agreements", url.Values{"kind": {"nda"}, "signed": {"2026-11-01"}, "until": {"2027-11-01"}, "text": {"v2"}}, 303, func(account.Account) bool { return true }},
		{"/agreements", url.Values{"kind": {"nda"}, "signed": {"long ago"}}, 422, func(account.Account) bool { return true }},
		{"/reset", nil, 200, func(account.Account) bool { return true }},
		{"/disable", url.Values{"reason": {"left"}}, 303, func(a account.Account) bool { return a.State == account.Disabled }},
		{"/enable", url.Values{"reason": {"came back"}}, 303, func(a account.Account) bool { return a.State == account.Active }},
	}
	for _, step := range steps {
		res := s.Post(t, path+step.path, step.fields)
		if res.StatusCode != step.status || !step.holds(one(t, s)) {
			t.Errorf("%s %v: %s, %+v", step.path, step.fields, res.Status, one(t, s))
		}
	}
	if page := s.Get(t, path); !strings.Contains(page, "Non-disclosure") || !strings.Contains(page, "v2") {
		t.Error("the agreement is not shown")
	}
}

// What is wrong with a form is said, and what was typed stays.
func TestInvitingAgain(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for name, fields := range map[string]url.Values{
		"no role":   {"login": {"ada"}, "name": {"Typed & kept"}},
		"bad login": {"login": {"Ada Lovelace!"}, "name": {"Typed & kept"}, "role": {"auditor"}},
		"bad day":   {"login": {"ada"}, "name": {"Typed & kept"}, "role": {"auditor"}, "expires": {"soon"}},
	} {
		res := s.Post(t, "/people", fields)
		if page := read(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `value="Typed & kept"`) {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
}

// The table on the page is the one that is asked, and who may not change people is offered nothing that does.
func TestWhoSeesWhat(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	page := s.Get(t, "/people/roles")
	for _, p := range identity.Permissions() {
		if !strings.Contains(page, "<code>"+string(p.Operation)+"</code>") {
			t.Errorf("%s is not on the page", p.Operation)
		}
	}
	auditor := s.LoginAs(t, "eva", identity.Auditor)
	path := "/people/" + one(t, s).ID
	for _, look := range []string{"/people", path} {
		res, err := auditor.Get(s.URL + look)
		if err != nil {
			t.Fatal(err)
		}
		if page := read(t, res); res.StatusCode != http.StatusOK || strings.Contains(page, `action="/people`) {
			t.Errorf("%s: %s, or it offers changes", look, res.Status)
		}
		_ = res.Body.Close()
	}
	for _, do := range []string{"/people", path + "/roles", path + "/reset", path + "/disable", path + "/invite"} {
		res, err := auditor.PostForm(s.URL+do, url.Values{"version": {"1"}, "role": {"manager"}, "login": {"x"}, "reason": {"y"}})
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != http.StatusForbidden {
			t.Errorf("an auditor posts to %s: %s", do, res.Status)
		}
	}
}
