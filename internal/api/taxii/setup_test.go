package taxii

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing"
)

var (
	ctx = context.Background()
	ada = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	day = time.Date(2026, 11, 22, 3, 0, 0, 123456000, time.UTC)
)

const both = "sharing:read,sharing:write"

// clockOf is the clock of benchmarks.
var clockOf = clock.Real{}

// world is a server with a peer "north" in the group, and "west" who is not.
type world struct {
	*testing.T
	server *Server
	shared *sharing.Service
	db     *sqldb.DB
	clock  *clock.Fixed
	tokens map[string]string // by login
	c      sharing.Collection
	lapsed bool
}

func open(t *testing.T, db *sqldb.DB) *world {
	w := &world{T: t, db: db, clock: clock.At(day), tokens: map[string]string{}}
	accounts := account.New(account.Options{DB: db, Clock: w.clock})
	programs := token.New(token.Options{DB: db, Clock: w.clock, Resolve: accounts.Actor})
	w.shared = sharing.New(sharing.Options{
		DB: db, Clock: w.clock,
		Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) (out []sharing.Verdict, err error) {
			for range list {
				out = append(out, sharing.Verdict{Allowed: true, Decision: "d"})
			}
			return out, nil
		},
		Standing: func(_ *sqldb.Tx, organisation string, _ sharing.Collection, _ time.Time) (sharing.Standing, error) {
			return sharing.Standing{Member: slices.Contains([]string{"o-north", "o-south"}, organisation), May: !w.lapsed, Reason: "no agreement is in force"}, nil
		},
	})
	for _, name := range []string{"north", "south", "west"} {
		who, _, err := accounts.Add(ctx, ada, account.Draft{Login: name, Roles: []identity.Role{identity.Peer}, Organisation: "o-" + name})
		w.must(err)
		w.tokens[name] = w.token(programs, who.ID, both)
	}
	w.tokens["machine"], w.tokens["reader"] = w.token(programs, "", both), w.token(programs, "", "sharing:read")
	w.tokens["other"] = w.token(programs, "", "reports:read")
	var err error
	w.c, err = w.shared.Open(ctx, ada, sharing.Draft{Title: "Community", Alias: "community", Group: "g", CanRead: true, CanWrite: true, Label: tlp.Amber})
	w.must(err)
	w.server = New(Options{
		Clock: w.clock, Log: logging.Discard(), Sharing: w.shared, Tokens: programs, Accounts: accounts, Secret: [32]byte{1}, Title: "CERT-X",
		Contact: "cert@example.org", Base: "https://cert.example/", MaxBody: 64 << 10, Clients: map[string]string{"north": "AB:CD"},
	})
	return w
}

func (w *world) token(programs *token.Tokens, account, scopes string) string {
	list, err := identity.ParseScopes(scopes)
	w.must(err)
	text, _, err := programs.Make(ctx, ada, token.Draft{Name: "test", Scopes: list, For: account})
	w.must(err)
	return text
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func each(t *testing.T, do func(w *world)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(open(t, db)) })
}

// lite runs a test on one engine: for rules that ask the database nothing of their own.
func lite(t *testing.T) *world { return open(t, sqldbtest.Open(t, sqldb.SQLite)) }

// answer is what came back.
type answer struct {
	*http.Response
	text string
	body struct {
		More        bool              `json:"more"`
		Next        string            `json:"next"`
		Objects     []json.RawMessage `json:"objects"`
		Versions    []string          `json:"versions"`
		Collections []described       `json:"collections"`
		Title       string            `json:"title"`
		Status      string            `json:"http_status"`
		Description string            `json:"description"`
	}
}

// ask sends a request of "north", and holds the answer to what is true of all.
func (w *world) ask(method, path, body string, change ...func(*http.Request)) answer {
	w.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", MediaType)
	r.Header.Set("Authorization", "Bearer "+w.tokens["north"])
	if body != "" {
		r.Header.Set("Content-Type", MediaType)
	}
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	a := answer{Response: rec.Result()}
	text, err := io.ReadAll(a.Body)
	w.must(err)
	a.text = string(text)
	if got := a.Header.Get("Content-Type"); got != "application/taxii+json;version=2.1" {
		w.Errorf("%s %s: an answer of type %q", method, path, got)
	}
	if err := json.Unmarshal(text, &a.body); err != nil {
		w.Errorf("%s %s: %v in %s", method, path, err, a.text)
	}
	if a.StatusCode >= 400 && (a.body.Title == "" || a.body.Status != fmt.Sprint(a.StatusCode)) {
		w.Errorf("%s %s: no error message: %s", method, path, a.text)
	}
	return a
}

func as(bearer string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+bearer) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

func indicator(n int, modified string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2026-01-01T00:00:00.000Z","modified":"%s","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.%d']","valid_from":"2026-01-01T00:00:00Z"}`,
		uid(n), modified, n%250)
}

func address(n int) string {
	return fmt.Sprintf(`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--%s","value":"192.0.2.%d"}`, uid(n), n%250)
}

const v1, v2 = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.123456Z"

func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

// path is below the collection.
func (w *world) path(rest string) string { return Root + api + "/collections/" + w.c.ID + "/" + rest }

// give posts objects as "north".
func (w *world) give(objects ...string) sharing.Status {
	w.Helper()
	a := w.ask("POST", w.path("objects/"), envelope(objects...))
	for a.StatusCode == http.StatusTooManyRequests { // readers ask as the same account
		time.Sleep(20 * time.Millisecond)
		a = w.ask("POST", w.path("objects/"), envelope(objects...))
	}
	if a.StatusCode != http.StatusAccepted {
		w.Fatalf("%s: %s", a.Status, a.text)
	}
	var st sharing.Status
	w.must(json.Unmarshal([]byte(a.text), &st))
	return st
}

// ids are the ids of what came, short.
func (a answer) ids() (out []string) {
	for _, o := range a.body.Objects {
		var head struct{ ID, Version, Modified string }
		_ = json.Unmarshal(o, &head)
		out = append(out, head.ID[len(head.ID)-2:]+head.Modified+head.Version)
	}
	return out
}
