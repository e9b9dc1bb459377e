package app

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/sharing"
)

// shared is an installation with a collection for a group of one team, and its account.
type shared struct {
	*testing.T
	a     *App
	c     sharing.Collection
	org   string
	token string
	http  http.Handler
}

func openShared(t *testing.T) *shared {
	a := openHouse(t, t.TempDir(), clock.Real{})
	t.Cleanup(func() { closeHouse(t, a) })
	return shareIn(t, a)
}

// shareIn opens a collection in an installation.
func shareIn(t *testing.T, a *App) *shared {
	s := &shared{T: t, a: a}
	system := identity.System("test")
	o, err := s.a.Register.AddOrganisation(t.Context(), system, constituency.Organisation{Name: "CERT-NL", Kind: constituency.Peer})
	s.must(err)
	s.org = o.ID
	_, err = s.a.Teams.Put(t.Context(), system, team.Team{Organisation: o.ID, Handling: tlp.AmberStrict})
	s.must(err)
	g, err := s.a.Teams.PutGroup(t.Context(), system, team.Group{Name: "Friends", Cap: tlp.Amber, Members: []string{o.ID}})
	s.must(err)
	s.c, err = s.a.Sharing.Open(t.Context(), system, sharing.Draft{Title: "Community", Alias: "community", Group: g.ID, CanRead: true, CanWrite: true, Label: tlp.Amber})
	s.must(err)
	who, _, err := s.a.Accounts.Add(t.Context(), system, account.Draft{Login: "cert-nl", Roles: []identity.Role{identity.Peer}, Organisation: o.ID})
	s.must(err)
	s.token, _, err = s.a.Programs.Make(t.Context(), system, apitoken.Draft{Name: "t", Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite}, For: who.ID})
	s.must(err)
	s.must(s.a.openTAXII())
	s.http = s.a.TAXII
	return s
}

func (s *shared) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// ask asks as the peer, by Basic.
func (s *shared) ask(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("cert-nl:"+s.token)))
	r.Header.Set("Accept", "application/taxii+json;version=2.1")
	r.Header.Set("Content-Type", "application/taxii+json;version=2.1")
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	return w
}

// A team is let in by its group and its agreement, and what it is given is a decision on record.
func TestPeerByTAXII(t *testing.T) {
	s := openShared(t)
	objects := "/taxii2/firehall/collections/community/objects/"
	const domain = `{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000001","value":"evil.example"}`
	if w := s.ask("GET", "/taxii2/", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "/taxii2/firehall/") {
		t.Errorf("discovery: %d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", objects, ""); w.Code != 403 || !strings.Contains(w.Body.String(), "agreement") {
		t.Errorf("without an agreement: %d %s", w.Code, w.Body)
	}
	_, err := s.a.Teams.Sign(t.Context(), identity.System("test"), team.Agreement{
		Organisation: s.org, Kind: team.NDA, Version: "1", Signed: s.a.Clock.Now(), SignedUs: "us", SignedThem: "them", From: s.a.Clock.Now().Add(-time.Minute), Out: tlp.Amber, In: tlp.Amber,
	})
	s.must(err)
	if w := s.ask("POST", objects, `{"objects":[`+domain+`]}`); w.Code != 202 || !strings.Contains(w.Body.String(), `"success_count":1`) {
		t.Errorf("give: %d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", objects, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "evil.example") {
		t.Errorf("read: %d %s", w.Code, w.Body)
	}
	whole, err := s.a.Sharing.Look(t.Context(), identity.System("test"), "domain-name--00000000-0000-5000-8000-000000000001")
	if err != nil || len(whole.In) != 1 || whole.In[0].Decision == "" || len(whole.Read) != 1 || whole.Read[0].Organisation != s.org {
		t.Errorf("%+v, %v", whole, err)
	}
}

// Nothing else is a peer's, whatever it asks for.
func TestPeerElsewhere(t *testing.T) {
	s := openShared(t)
	var err error
	s.http, err = s.a.Handler()
	s.must(err)
	for _, path := range []string{
		"/api/v1/collections", "/api/v1/collections/" + s.c.ID + "/objects", "/api/v1/sharing/aside", "/api/v1/incidents", "/api/v1/reports", "/api/v1/organisations",
		"/api/v1/findings", "/api/v1/events", "/api/v1/accounts", "/api/v1/tokens", "/api/v1/audit", "/api/v1/overview", "/api/v1/lookup?q=192.0.2.1",
	} {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("Authorization", "Bearer "+s.token)
		w := httptest.NewRecorder()
		s.http.ServeHTTP(w, r)
		if w.Code != 403 && w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/", "/sharing", "/incidents", "/people"} {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("Authorization", "Bearer "+s.token)
		w := httptest.NewRecorder()
		s.http.ServeHTTP(w, r)
		if w.Code == 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
