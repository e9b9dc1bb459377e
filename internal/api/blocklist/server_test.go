package blocklist

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
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
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/sharing/stix"
)

var (
	ctx  = context.Background()
	ada  = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// world is a server, whose one collection is for "north".
type world struct {
	*testing.T
	server *Server
	shared *sharing.Service
	clock  *clock.Fixed
	tokens map[string]string
	c      sharing.Collection
}

func open(t *testing.T) *world {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := &world{T: t, clock: clock.At(noon), tokens: map[string]string{}}
	accounts := account.New(account.Options{DB: db, Clock: w.clock})
	programs := token.New(token.Options{DB: db, Clock: w.clock, Resolve: accounts.Actor})
	w.shared = sharing.New(sharing.Options{
		DB: db, Clock: w.clock, Decode: sharing.STIX(stix.Limits{}),
		Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) ([]sharing.Verdict, error) {
			out := make([]sharing.Verdict, len(list))
			for i := range out {
				out[i] = sharing.Verdict{Allowed: true, Decision: "d"}
			}
			return out, nil
		},
		Standing: func(_ *sqldb.Tx, organisation string, _ sharing.Collection, _ time.Time) (sharing.Standing, error) {
			return sharing.Standing{Member: organisation != "o-west", May: organisation == "o-north", Reason: "no agreement is in force"}, nil
		},
	})
	for _, name := range []string{"north", "south", "west"} {
		who, _, err := accounts.Add(ctx, ada, account.Draft{Login: name, Roles: []identity.Role{identity.Peer}, Organisation: "o-" + name})
		w.must(err)
		w.token(programs, name, who.ID, "sharing:read")
	}
	w.token(programs, "machine", "", "sharing:read")
	w.token(programs, "other", "", "reports:read")
	var err error
	w.c, err = w.shared.Open(ctx, ada, sharing.Draft{Title: "The\ncommunity", Alias: "community", Group: "g", CanRead: true, Label: tlp.Amber})
	w.must(err)
	indicators := indicator.New(indicator.Options{DB: db, Clock: w.clock, Sharing: w.shared, Key: []byte("key")})
	w.server = New(Options{Log: logging.Discard(), Indicators: indicators, Sharing: w.shared, Tokens: programs, Accounts: accounts, Team: "CERT-X"})
	for _, v := range []string{"198.51.100.9", "198.51.100.1", "=cmd@evil.example"} {
		_, err := indicators.Add(ctx, ada, indicator.Draft{Collection: "community", Value: v, Label: tlp.Green})
		w.must(err)
	}
	return w
}

func (w *world) token(programs *token.Tokens, name, account, scopes string) {
	list, err := identity.ParseScopes(scopes)
	w.must(err)
	w.tokens[name], _, err = programs.Make(ctx, ada, token.Draft{Name: "test", Scopes: list, For: account})
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) ask(who, path string, change ...func(*http.Request)) (*http.Response, string) {
	w.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[who])
	}
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	res := rec.Result()
	text, err := io.ReadAll(res.Body)
	w.must(err)
	return res, string(text)
}

// Who has no token, or none that opens it, gets nothing; who is not of the group does not learn of it.
func TestWhoGetsIt(t *testing.T) {
	w := open(t)
	basic := func(user, of string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, w.tokens[of]) }
	}
	tests := []struct {
		name, who, path string
		change          func(*http.Request)
		status          int
	}{
		{"a peer of the group", "north", "/blocklists/community/ip.txt", nil, 200},
		{"by the id of the group", "north", "/blocklists/g/ip.csv", nil, 200},
		{"by the collection's id", "north", "/blocklists/" + w.c.ID + "/ip.txt", nil, 200},
		{"the team", "machine", "/blocklists/community/ip.txt", nil, 200},
		{"by Basic", "", "/blocklists/community/ip.txt", basic("north", "north"), 200},
		{"by Basic, under another name", "", "/blocklists/community/ip.txt", basic("south", "north"), 401},
		{"nobody", "", "/blocklists/community/ip.txt", nil, 401},
		{"without an agreement", "south", "/blocklists/community/ip.txt", nil, 403},
		{"another scope", "other", "/blocklists/community/ip.txt", nil, 403},
		{"of another group", "west", "/blocklists/community/ip.txt", nil, 404},
		{"no such kind", "north", "/blocklists/community/smell.txt", nil, 404},
		{"no such form", "north", "/blocklists/community/ip.xml", nil, 404},
		{"to be written", "north", "/blocklists/community/ip.txt", func(r *http.Request) { r.Method = http.MethodPost }, 405},
	}
	for _, tt := range tests {
		change := tt.change
		if change == nil {
			change = func(*http.Request) {}
		}
		if res, text := w.ask(tt.who, tt.path, change); res.StatusCode != tt.status || tt.status != 200 && strings.Contains(text, "198.51") {
			t.Errorf("%s: %d, %s", tt.name, res.StatusCode, text)
		}
	}
}

// The same list has the same bytes and the same tag, whenever it is asked for; what it holds is said in remarks.
func TestList(t *testing.T) {
	w := open(t)
	res, text := w.ask("north", "/blocklists/community/ip.txt")
	want := "# TLP:GREEN\n# CERT-X: The community, to be blocked: ip\n# Values: 2\n# Expires: 2026-12-15T18:05:02Z the first of them; ask again before, and take off what is not in the list any more\n198.51.100.1\n198.51.100.9\n"
	if text != want {
		t.Errorf("%s", text)
	}
	tag := res.Header.Get("ETag")
	w.clock.Advance(time.Hour)
	have := func(r *http.Request) { r.Header.Set("If-None-Match", `"x", W/`+tag) }
	if res, text := w.ask("north", "/blocklists/community/ip.txt", have); res.StatusCode != http.StatusNotModified || text != "" || res.Header.Get("ETag") != tag {
		t.Errorf("%d, %s, %s", res.StatusCode, text, res.Header.Get("ETag"))
	}
	if res, _ := w.ask("north", "/blocklists/community/ip.csv", have); res.StatusCode != http.StatusOK {
		t.Errorf("%d", res.StatusCode)
	}
	_, text = w.ask("north", "/blocklists/community/email.csv")
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "'=cmd@evil.example" || rows[1][3] != "TLP:GREEN" || !strings.HasPrefix(rows[1][2], "2027-") {
		t.Errorf("%q, %v", rows, err)
	}
	got, err := w.shared.Receipts(ctx, ada, w.c.ID)
	if err != nil || len(got) != 4 {
		t.Errorf("%+v, %v", got, err)
	}
}
