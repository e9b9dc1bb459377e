// Package station opens a running installation for tests: the demonstration nation in small, with its pages served on a loopback address.
//
// The data of each set of options is made once in a test binary; each station works on a copy. A package that uses it runs its tests by
// Main, since the test binary is its own query engine:
//
//	func TestMain(m *testing.M) { os.Exit(station.Main(m)) }
package station

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/platform/config"
)

// Options say what the installation holds.
type Options struct {
	Bare    bool // nothing at all: no register, no events
	Planned bool // messages wait for approval: nothing was approved (what there is without Sent, but for Bare)
	Sent    bool // messages planned, approved and sent into a maildir
	Stopped bool // all sending is stopped
	Reports bool // reports of people and machines, assessed, and an incident
	Handled bool // with Reports: that incident was worked on for a day, and has one of each thing that incidents have
	Fellows bool // fellow teams, a sharing group, and what they shared: servers that were asked, what was set aside, taken back and kept
	Hostile bool // names, fields and texts that try to break the pages
	Rows    int  // of the largest feed file; 400 if 0
}

// Now is when stations are: their data lies in the day before it.
var Now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// person is who uses the stations.
var person = identity.Actor{ID: "os:1000", Name: "duty", Kind: identity.OSUserKind, Via: "cli"}

// Station is an installation that runs until the test ends.
type Station struct {
	URL    string
	Client *http.Client // logged in; does not follow redirects by itself
	App    *app.App
	Clock  *clock.Fixed
	Actor  identity.Actor // as whom the client is logged in
	Dir    string         // the data folder
}

// Main is for TestMain of packages that use Open. os.Exit with what it gives. A package whose stations are asked about events needs asking.Main, whose binary
// is the query engine too; under this one it fails, since its pages could only say that there is none.
func Main(m *testing.M) int {
	if len(os.Args) > 1 && os.Args[1] == duck.Word {
		return missed()
	}
	defer forget()
	code := m.Run()
	if err := os.Remove(sign()); err == nil && code == 0 {
		fmt.Fprintln(os.Stderr, "the query engine was asked for: use asking.Main in TestMain")
		return 1
	}
	return code
}

// sign is the file that says that a process of this binary asked for an engine.
func sign() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path + ".asked"
}

// missed is the life of an engine that is not there.
func missed() int {
	if err := os.WriteFile(sign(), nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

// Open opens an installation until the test ends.
func Open(t testing.TB, o Options) *Station {
	t.Helper()
	return OpenWith(t, o, func(*config.Config) {})
}

// OpenWith is Open with a configuration that the test changes.
func OpenWith(t testing.TB, o Options, change func(*config.Config)) *Station {
	t.Helper()
	s := &Station{Dir: filepath.Join(t.TempDir(), "data"), Clock: clock.At(Now)}
	if err := os.CopyFS(s.Dir, os.DirFS(template(t, o))); err != nil {
		t.Fatal(err)
	}
	s.App = open(t, s.Dir, s.Clock, o, change)
	t.Cleanup(func() {
		if err := s.App.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	handler, err := s.App.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL
	s.Client = s.Login(t)
	s.Actor = identity.Actor{ID: person.ID, Name: person.Name, Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Owner}}
	return s
}

// Work does the jobs that are posted, from now until the test ends.
func (s *Station) Work(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.App.Jobs.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Login is a new client, logged in by a link of its own.
func (s *Station) Login(t testing.TB) *http.Client {
	t.Helper()
	return s.open(t, s.Link(t))
}

// open is a new client that presses the button of a login link.
func (s *Station) open(t testing.TB, link *url.URL) *http.Client {
	t.Helper()
	c := s.Stranger(t)
	body := url.Values{session.LinkParam: {link.Query().Get(session.LinkParam)}}
	res, err := c.PostForm(s.URL+session.LinkPath, body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the log-in answered %s", res.Status)
	}
	return c
}

// LoginAs makes somebody of the team with these roles, and is a new client that is logged in as them.
func (s *Station) LoginAs(t testing.TB, login string, roles ...identity.Role) *http.Client {
	t.Helper()
	if _, _, err := s.App.Accounts.Add(t.Context(), person, account.Draft{Login: login, Roles: roles}); err != nil {
		t.Fatal(err)
	}
	text, _, err := s.App.LoginLinkFor(t.Context(), person, login, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s.open(t, link)
}

// Link makes a login link.
func (s *Station) Link(t testing.TB) *url.URL {
	t.Helper()
	text, _, err := s.App.LoginLink(t.Context(), person, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// Stranger is a client that is not logged in.
func (s *Station) Stranger(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Jar: jar, CheckRedirect: stay, Timeout: 3 * time.Minute}
}

// Get asks for a page as the person who is in and returns its body; the test fails unless the status is 200.
func (s *Station) Get(t testing.TB, path string) string {
	t.Helper()
	res, err := s.Client.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s answered %s: %.2000s", path, res.Status, body)
	}
	return string(body)
}

// Post posts a form as the person who is in, as a page of ours would. It does not follow the answer, and reads it into the response's body.
func (s *Station) Post(t testing.TB, path string, fields url.Values) *http.Response {
	t.Helper()
	return s.do(t, path, fields, nil)
}

// HX posts a form as htmx would.
func (s *Station) HX(t testing.TB, path string, fields url.Values) *http.Response {
	t.Helper()
	return s.do(t, path, fields, http.Header{"Hx-Request": {"true"}})
}

func (s *Station) do(t testing.TB, path string, fields url.Values, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(strings.NewReader(string(body)))
	return res
}
