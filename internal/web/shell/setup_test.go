package shell

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/web/ui"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

var duty = identity.Actor{ID: "os:1000", Name: "duty", Kind: identity.OSUserKind, Via: "cli"}

// front is a shell that is served, and a browser in front of it.
type front struct {
	*testing.T
	shell *Shell
	url   string
	log   *strings.Builder
	*http.Client
}

// open serves a shell; add adds pages before the first request.
func open(t *testing.T, add func(*Shell)) *front {
	t.Helper()
	f := &front{T: t, log: &strings.Builder{}}
	log := slog.New(slog.NewTextHandler(f.log, nil))
	db := sqldbtest.Open(t, sqldb.SQLite)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := clock.At(noon)
	sessions := session.New(session.Options{DB: db, Clock: now, Log: log})
	f.shell = New(Options{Clock: now, Team: "CERT Example", Version: "test", Log: log, Sessions: sessions})
	f.shell.Handle("GET /{$}", say("front page"))
	if add != nil {
		add(f.shell)
	}
	server := httptest.NewServer(f.shell)
	t.Cleanup(server.Close)
	f.url, f.Client = server.URL, browser(t)
	return f
}

func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// say is a page that says something.
func say(text string) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		_, _ = io.Copy(io.Discard, r.Body)
		return nil
	}
}

// token makes a login link's.
func (f *front) token() string {
	f.Helper()
	token, _, err := f.shell.o.Sessions.NewLink(f.Context(), duty, duty)
	if err != nil {
		f.Fatal(err)
	}
	return token
}

// enter logs the browser in.
func (f *front) enter() *front {
	f.Helper()
	if res, body := f.post("/login", url.Values{"token": {f.token()}}, nil); res.StatusCode != http.StatusSeeOther {
		f.Fatalf("the log-in answered %s: %s", res.Status, body)
	}
	return f
}

func (f *front) get(path string, header http.Header) (*http.Response, string) {
	f.Helper()
	return f.send(http.MethodGet, path, "", header)
}

func (f *front) post(path string, fields url.Values, header http.Header) (*http.Response, string) {
	f.Helper()
	all := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}}
	for name, values := range header {
		all[name] = values
	}
	return f.send(http.MethodPost, path, fields.Encode(), all)
}

func (f *front) send(method, path, body string, header http.Header) (*http.Response, string) {
	f.Helper()
	req, err := http.NewRequestWithContext(f.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := f.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatal(err)
	}
	return res, string(text)
}

// hx is what htmx sends.
var hx = http.Header{"Hx-Request": {"true"}}

// page is a page with a body.
func page(s **Shell, title string, body templ.Component) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		return (*s).Page(w, r, Page{Title: title, Body: body, Crumbs: []ui.Link{{Text: "up", Href: "/"}}})
	}
}
