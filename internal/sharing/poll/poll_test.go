package poll_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/poll"
)

var (
	ctx    = context.Background()
	ada    = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	system = identity.System("taxii")
	day    = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
)

// house is an installation with a collection, and a server for it.
type house struct {
	*testing.T
	db     *sqldb.DB
	clock  *clock.Fixed
	shared *sharing.Service
	c      sharing.Collection
	server *httptest.Server
	face   taxii.Options // of the server
	token  string        // of the peer "other"
	poller *poll.Poller
}

func open(t *testing.T, db *sqldb.DB) *house {
	h := &house{T: t, db: db, clock: clock.At(day)}
	h.shared = sharing.New(sharing.Options{
		DB: db, Clock: h.clock,
		Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) (out []sharing.Verdict, err error) {
			for range list {
				out = append(out, sharing.Verdict{Allowed: true, Decision: "d"})
			}
			return out, nil
		},
		Standing: func(*sqldb.Tx, string, sharing.Collection, time.Time) (sharing.Standing, error) {
			return sharing.Standing{Member: true, May: true}, nil
		},
	})
	var err error
	h.c, err = h.shared.Open(ctx, ada, sharing.Draft{Title: "Shared", Alias: "shared", Group: "g", CanRead: true, CanWrite: true, Label: tlp.Amber})
	h.must(err)
	h.serve()
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) serve() {
	accounts := account.New(account.Options{DB: h.db, Clock: h.clock})
	tokens := token.New(token.Options{DB: h.db, Clock: h.clock, Resolve: accounts.Actor})
	who, _, err := accounts.Add(ctx, ada, account.Draft{Login: "other", Roles: []identity.Role{identity.Peer}, Organisation: "o-other"})
	h.must(err)
	h.token, _, err = tokens.Make(ctx, ada, token.Draft{Name: "t", Scopes: []identity.Scope{identity.SharingRead}, For: who.ID})
	h.must(err)
	h.face = taxii.Options{Clock: clock.Real{}, Log: logging.Discard(), Sharing: h.shared, Tokens: tokens, Accounts: accounts, Title: "X", MaxBody: 1 << 20}
	h.server = httptest.NewServer(taxii.New(h.face))
	h.Cleanup(h.server.Close)
}

// asks has the house ask an address; change changes its terms.
func (h *house) asks(root, collection, password string, change func(*config.TAXII)) {
	source := config.TAXII{
		URL: root, Collection: collection, Into: "shared", Organisation: "o-peer", Label: "green", User: "other", Password: password, Every: time.Hour,
		MaxFetch: 1 << 20, Internal: true,
	}
	if change != nil {
		change(&source)
	}
	h.poller = poll.New(poll.Options{DB: h.db, Clock: h.clock, Log: logging.Discard(), Sharing: h.shared, Sources: map[string]config.TAXII{"peer": source}})
}

func unfenced(*sqldb.Tx) error { return nil }

func (h *house) poll() poll.State {
	h.Helper()
	h.must(h.poller.Poll(ctx, system, "peer", unfenced))
	list, err := h.poller.List(ctx, ada)
	h.must(err)
	return list[0]
}

func (h *house) give(from, to int) {
	var objects []string
	for n := from; n < to; n++ {
		objects = append(objects, object(n))
	}
	_, err := h.shared.Add(ctx, ada, sharing.In{Collection: "shared", Origin: sharing.OriginUpload, Unmarked: tlp.Green, Body: strings.NewReader(envelope(objects...))})
	h.must(err)
}

func object(n int) string {
	return fmt.Sprintf(`{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-4000-8000-%012x","value":"host%d.example"}`, n, n)
}

func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

// ids are those of all objects of the house.
func (h *house) ids() (out []string) {
	q := sharing.Question{Collection: "shared", What: sharing.Manifest}
	for {
		a, err := h.shared.Read(ctx, ada, q)
		h.must(err)
		for _, p := range a.Places {
			out = append(out, p.ID)
			q.After = p.Position
		}
		if !a.More {
			return out
		}
	}
}

// Two Firehalls: what the one has the other gets, once, in pages and in rounds; and back.
func TestTwoHousesExchange(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ours, theirs := open(t, db), open(t, sqldbtest.Open(t, sqldb.SQLite))
		ours.asks(theirs.server.URL+"/taxii2/firehall/", theirs.c.ID, theirs.token, nil)
		theirs.asks(ours.server.URL+"/taxii2/firehall", ours.c.ID, "", func(c *config.TAXII) { c.User, c.Password = "", ours.token })
		theirs.give(0, 1100)
		if s := ours.poll(); s.Taken != 1100 || s.Error != "" || s.Cursor != "" || !s.Due.Equal(day.Add(time.Hour)) {
			t.Errorf("%+v", s)
		}
		theirs.give(1100, 1103)
		ours.give(5000, 5002)
		if s := ours.poll(); s.Taken != 1103 {
			t.Errorf("%+v", s)
		}
		if s := theirs.poll(); s.Taken != 2 || s.Failures != 0 { // the others are its own
			t.Errorf("%+v", s)
		}
		if s := ours.poll(); s.Taken != 1103 || s.Aside != 0 {
			t.Errorf("%+v", s)
		}
		a, b := ours.ids(), theirs.ids()
		slices.Sort(a)
		slices.Sort(b)
		if len(a) != 1105 || !slices.Equal(a, b) {
			t.Errorf("%d and %d objects", len(a), len(b))
		}
	})
}

// script is a server that answers what it is told.
type script struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	answer func(w http.ResponseWriter, r *http.Request)
}

func newScript(t *testing.T) *script {
	s := &script{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Query().Get("added_after")+"|"+r.URL.Query().Get("next"))
		answer := s.answer
		s.mu.Unlock()
		w.Header().Set("Content-Type", taxii.MediaType)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func page(last, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		if last != "" {
			w.Header().Set("X-TAXII-Date-Added-Last", last)
		}
		_, _ = io.WriteString(w, body)
	}
}

const t1, t2 = "2026-11-22T01:00:00.000001Z", "2026-11-22T02:00:00.000002Z"

func TestResumes(t *testing.T) {
	h, s := open(t, sqldbtest.Open(t, sqldb.SQLite)), newScript(t)
	h.asks(s.URL, "c", "p", nil)
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("next") {
		case "":
			page(t1, `{"more":true,"next":"n1","objects":[`+object(1)+`]}`)(w, r)
		default:
			w.WriteHeader(500)
		}
	}
	if state := h.poll(); state.Taken != 1 || state.Cursor != "n1" || !strings.Contains(state.Error, "500") || !state.Due.Equal(day.Add(time.Minute)) {
		t.Errorf("cut off in the middle: %+v", state)
	}
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("next") != "" { // it does not know its own cursor any more
			w.WriteHeader(400)
			return
		}
		page(t2, `{"more":false,"objects":[`+object(2)+`]}`)(w, r)
	}
	if state := h.poll(); state.Taken != 2 || state.After != t2 || state.Error != "" {
		t.Errorf("gone on: %+v", state)
	}
	s.answer = page("", `{}`)
	if state := h.poll(); state.After != t2 || state.Error != "" {
		t.Errorf("nothing new: %+v", state)
	}
	want := []string{"|", "|n1", "|n1", justBefore(t1) + "|", t2 + "|"}
	if !slices.Equal(s.asked, want) {
		t.Errorf("asked %q", s.asked)
	}
}

func TestHostileServers(t *testing.T) {
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		says   string
		pause  time.Duration
	}{
		{"no TAXII", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		}, "text/html", time.Minute},
		{"no JSON", page("", `{"more":`), "envelope", time.Minute},
		{"the same page for ever", page(t1, `{"more":true,"next":"n","objects":[]}`), "same page", time.Minute},
		{"more without a way", page("", `{"more":true}`), "same page", time.Minute},
		{"too much", page("", `{"objects":["`+strings.Repeat("x", 2<<20)+`"]}`), "larger", time.Minute},
		{"no access", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "password", time.Minute},
		{"later", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(503)
		}, "503", 30 * time.Minute},
		{"never", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "999999999")
			w.WriteHeader(429)
		}, "429", 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, s := open(t, sqldbtest.Open(t, sqldb.SQLite)), newScript(t)
			h.asks(s.URL, "c", "p", nil)
			s.answer = tt.answer
			if state := h.poll(); !strings.Contains(state.Error, tt.says) || state.Due.Sub(day) != tt.pause || state.Failures != 1 {
				t.Errorf("%+v", state)
			}
		})
	}
}

// Pages without objects are gone through as long as they lead on.
func TestEmptyPages(t *testing.T) {
	h, s := open(t, sqldbtest.Open(t, sqldb.SQLite)), newScript(t)
	h.asks(s.URL, "c", "p", nil)
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": "a", "a": "b", "b": "c"}[r.URL.Query().Get("next")]
		if next == "" {
			page(t1, envelope(object(1)))(w, r)
			return
		}
		page("", `{"more":true,"next":"`+next+`","objects":[]}`)(w, r)
	}
	if state := h.poll(); state.Taken != 1 || state.Error != "" {
		t.Errorf("%+v", state)
	}
}

// One bad object is set aside, and the others are taken.
func TestBadObjectIsSetAside(t *testing.T) {
	h, s := open(t, sqldbtest.Open(t, sqldb.SQLite)), newScript(t)
	h.asks(s.URL, "c", "p", nil)
	s.answer = page(t1, envelope(object(1), `{"type":"x"}`, object(2)))
	if state := h.poll(); state.Taken != 2 || state.Aside != 1 || state.Error != "" {
		t.Errorf("%+v", state)
	}
}

func TestBackoff(t *testing.T) {
	h, s := open(t, sqldbtest.Open(t, sqldb.SQLite)), newScript(t)
	h.asks(s.URL, "c", "p", nil)
	s.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		if state := h.poll(); state.Due.Sub(day) != want*time.Minute {
			t.Errorf("again in %v, not %v", state.Due.Sub(day), want*time.Minute)
		}
	}
	s.answer = page("", `{}`)
	if state := h.poll(); state.Failures != 0 || state.Error != "" || !state.Failing.IsZero() {
		t.Errorf("%+v", state)
	}
}

func TestPostAndOrder(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db)
		h.asks("http://127.0.0.1:1/", "c", "p", nil)
		for range 2 {
			h.must(h.poller.Post(ctx, system))
		}
		h.must(h.poller.Order(ctx, ada, "peer"))
		var n int
		h.must(db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM job WHERE kind = $1 AND subject = 'peer'`, poll.Job).Scan(&n)
		}))
		if n != 1 {
			t.Errorf("%d jobs", n)
		}
		if err := h.poller.Order(ctx, ada, "other"); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
		nobody := identity.Actor{}
		_, list := h.poller.List(ctx, nobody)
		for _, err := range []error{h.poller.Post(ctx, nobody), list} {
			if !problem.Is(err, problem.Forbidden) {
				t.Errorf("got %v", err)
			}
		}
	})
}
