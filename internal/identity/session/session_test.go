package session

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	ada = identity.Actor{ID: "os:1000", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	bob = identity.Actor{ID: "os:1001", Name: "bob", Kind: identity.OSUserKind, Via: "cli"}
	// owner is ada, logged in.
	owner = identity.Actor{ID: "os:1000", Name: "ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Owner}}
)

// house is a small site: /login redeems by POST, /who says who is in, /note keeps and takes a text, /out logs out.
type house struct {
	*Manager
	t     *testing.T
	db    *sqldb.DB
	clock *clock.Fixed
	logs  *bytes.Buffer
	url   string
}

func newHouse(t *testing.T, db *sqldb.DB, change func(*Options)) *house {
	h := &house{t: t, db: db, clock: clock.At(now), logs: &bytes.Buffer{}}
	o := Options{DB: db, Clock: h.clock, Log: slog.New(slog.NewTextHandler(h.logs, nil))}
	if change != nil {
		change(&o)
	}
	h.Manager = New(o)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if _, err := h.Redeem(r, r.FormValue(LinkParam)); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		a, _ := h.Actor(r)
		_, _ = io.WriteString(w, a.String()+" "+a.Kind.String()+" "+a.Via)
	})
	mux.HandleFunc("POST /note", func(_ http.ResponseWriter, r *http.Request) { h.Put(r, "note", "saved") })
	mux.HandleFunc("GET /note", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, h.Pop(r, "note")) })
	mux.HandleFunc("POST /out", func(_ http.ResponseWriter, r *http.Request) {
		if err := h.End(r); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(h.Wrap(mux))
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

func (h *house) link(person identity.Actor) string {
	h.t.Helper()
	token, expires, err := h.NewLink(h.t.Context(), ada, person)
	if err != nil || !expires.Equal(h.clock.Now().Add(LinkLife)) {
		h.t.Fatal(expires, err)
	}
	return token
}

func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (h *house) get(c *http.Client, path string) string {
	h.t.Helper()
	res, err := c.Get(h.url + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

func (h *house) post(c *http.Client, path, token string) int {
	h.t.Helper()
	res, err := c.PostForm(h.url+path, url.Values{LinkParam: {token}})
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

const adaIsIn = "ada (os:1000) person web"

func each(t *testing.T, test func(t *testing.T, db *sqldb.DB)) { sqldbtest.Each(t, test) }

func TestLinkWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		token := h.link(ada)
		c, other := browser(t), browser(t)
		if got := h.get(c, "/who"); got != "nobody nobody " {
			t.Errorf("before: %q", got)
		}
		if got := h.post(c, "/login", token); got != 200 || h.get(c, "/who") != adaIsIn {
			t.Errorf("logged in: %d, %q", got, h.get(c, "/who"))
		}
		if got := h.post(other, "/login", token); got != 403 || h.get(other, "/who") != "nobody nobody " {
			t.Errorf("the link worked twice: %d", got)
		}
		if h.post(c, "/out", ""); h.get(c, "/who") != "nobody nobody " {
			t.Error("logging out did nothing")
		}
	})
}

func TestWhichLinksWork(t *testing.T) {
	tests := []struct {
		name   string
		change func(h *house, token string) string
		status int
	}{
		{"as it is", func(_ *house, token string) string { return token }, 200},
		{"nothing", func(*house, string) string { return "" }, 403},
		{"no secret", func(_ *house, token string) string { return token[:26] }, 403},
		{"another secret", func(_ *house, token string) string { return token[:27] + strings.Repeat("A", 43) }, 403},
		{"another id", func(_ *house, token string) string { return strings.Repeat("0", 26) + token[26:] }, 403},
		{"longer", func(_ *house, token string) string { return token + "AA" }, 403},
		{"other ending bits", func(_ *house, token string) string { return token[:69] + "_" }, 403},
		{"nine minutes later", func(h *house, token string) string { h.clock.Advance(9 * time.Minute); return token }, 200},
		{"ten minutes later", func(h *house, token string) string { h.clock.Advance(LinkLife); return token }, 403},
		{"all ended", func(h *house, token string) string { h.endAll(); return token }, 403},
		{"four newer ones", func(h *house, token string) string { h.more(4, ada); return token }, 200},
		{"five newer ones", func(h *house, token string) string { h.more(5, ada); return token }, 403},
		{"somebody else's newer ones", func(h *house, token string) string { h.more(6, bob); return token }, 200},
	}
	each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := newHouse(t, db, nil)
				h.endAll()
				c := browser(t)
				if got := h.post(c, "/login", tt.change(h, h.link(ada))); got != tt.status {
					t.Errorf("got %d", got)
				}
				if in := h.get(c, "/who") == adaIsIn; in != (tt.status == 200) {
					t.Errorf("in: %v", in)
				}
			})
		}
	})
}

func (h *house) more(n int, person identity.Actor) {
	for range n {
		h.clock.Advance(time.Second)
		h.link(person)
	}
}

func (h *house) endAll() int64 {
	h.t.Helper()
	n, err := h.EndAll(h.t.Context(), ada)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// A wrong secret does not use up the link that it guesses at.
func TestWrongSecretLeavesTheLink(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		token := h.link(ada)
		h.post(browser(t), "/login", token[:27]+strings.Repeat("A", 43))
		if got := h.post(browser(t), "/login", token); got != 200 {
			t.Errorf("got %d", got)
		}
	})
}

// Of many who redeem one link at the same time one gets in.
func TestManyRedeemOneLink(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		token := h.link(ada)
		in := make(chan int, 8)
		var all sync.WaitGroup
		for range cap(in) {
			all.Go(func() { in <- h.post(browser(t), "/login", token) })
		}
		all.Wait()
		close(in)
		won := 0
		for status := range in {
			if status == 200 {
				won++
			}
		}
		if won != 1 {
			t.Errorf("%d got in", won)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	tests := []struct {
		name string
		pass func(h *house, c *http.Client)
		in   bool
	}{
		{"used at once", func(*house, *http.Client) {}, true},
		{"just not idle for too long", func(h *house, _ *http.Client) { h.clock.Advance(DefaultIdle - time.Second) }, true},
		{"idle for too long", func(h *house, _ *http.Client) { h.clock.Advance(DefaultIdle) }, false},
		{"used now and then", func(h *house, c *http.Client) { h.wait(c, 5, time.Hour) }, true},
		{"used till its end", func(h *house, c *http.Client) { h.wait(c, 12, time.Hour) }, false},
		{"all are ended", func(h *house, _ *http.Client) { h.endAll() }, false},
		{"all are ended, and then it writes", func(h *house, c *http.Client) { h.endAll(); h.post(c, "/note", "") }, false},
	}
	each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h := newHouse(t, db, nil)
				c := browser(t)
				h.post(c, "/login", h.link(ada))
				tt.pass(h, c)
				if in := h.get(c, "/who") == adaIsIn; in != tt.in {
					t.Errorf("in: %v", in)
				}
			})
		}
	})
}

// wait looks at a page each step.
func (h *house) wait(c *http.Client, n int, step time.Duration) {
	for range n {
		h.clock.Advance(step)
		h.get(c, "/who")
	}
}

// A request under way while all sessions are ended does not bring its own back.
func TestEndedSessionStaysEnded(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		c := browser(t)
		h.post(c, "/login", h.link(ada))
		s := httptest.NewServer(h.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			h.Put(r, "x", "y")
			h.endAll()
		})))
		defer s.Close()
		u, _ := url.Parse(h.url)
		v, _ := url.Parse(s.URL)
		c.Jar.SetCookies(v, c.Jar.Cookies(u))
		res, err := c.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := h.get(c, "/who"); got == adaIsIn {
			t.Error("the session is back")
		}
	})
}

// Whoever plants a cookie in a browser does not know the session that its user begins, and a browser's old session is over.
func TestLoggingInRenewsTheToken(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		u, _ := url.Parse(h.url)
		c := browser(t)
		c.Jar.SetCookies(u, []*http.Cookie{{Name: cookieName, Value: "planted"}})
		h.post(c, "/login", h.link(ada))
		first := c.Jar.Cookies(u)[0].Value
		if first == "planted" {
			t.Error("the planted token counts")
		}
		h.post(c, "/login", h.link(bob))
		if second := c.Jar.Cookies(u)[0].Value; second == first {
			t.Error("the second session has the first one's token")
		}
		old := browser(t)
		old.Jar.SetCookies(u, []*http.Cookie{{Name: cookieName, Value: first}})
		if got := h.get(old, "/who"); got != "nobody nobody " {
			t.Errorf("the old session is still %q", got)
		}
		if list, err := h.List(t.Context(), ada); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		h.post(browser(t), "/login", h.link(ada))
		h.clock.Advance(time.Minute)
		h.post(browser(t), "/login", h.link(bob))
		list, err := h.List(t.Context(), ada)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		s := list[0]
		if s.Actor != "os:1001" || s.Name != "bob" || s.Address != "127.0.0.1" || !strings.HasPrefix(s.Agent, "Go-http") ||
			!s.Began.Equal(h.clock.Now()) || !s.Seen.Equal(h.clock.Now()) || !s.Expires.Equal(h.clock.Now().Add(DefaultLifetime)) {
			t.Errorf("%+v", s)
		}
		if err := h.EndOne(t.Context(), ada, s.ID); err != nil {
			t.Fatal(err)
		}
		if n := h.endAll(); n != 1 {
			t.Errorf("%d were left", n)
		}
		if _, err := h.List(t.Context(), identity.Actor{}); !problem.Is(err, problem.Forbidden) {
			t.Error(err)
		}
	})
}

func TestNotes(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		c := browser(t)
		h.post(c, "/note", "")
		if got := h.get(c, "/note"); got != "" {
			t.Errorf("kept %q for nobody", got)
		}
		h.post(c, "/login", h.link(ada))
		h.post(c, "/note", "")
		if first, second := h.get(c, "/note"), h.get(c, "/note"); first != "saved" || second != "" {
			t.Errorf("got %q, then %q", first, second)
		}
	})
}

// Neither the store nor the log knows anything by which somebody could get in.
func TestSecretsAreNowhere(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		token, wrong := h.link(ada), strings.Repeat("0", 26)+"."+strings.Repeat("B", 43)
		c := browser(t)
		h.post(c, "/login", token)
		h.post(browser(t), "/login", wrong)
		left := h.link(bob)
		u, _ := url.Parse(h.url)
		all := h.logs.String() + h.everything(t)
		for what, secret := range map[string]string{
			"used link": token[27:], "waiting link": left[27:], "wrong link": wrong[27:], "session": c.Jar.Cookies(u)[0].Value,
		} {
			if strings.Contains(all, secret) {
				t.Errorf("the %s's secret is written somewhere", what)
			}
		}
		if !strings.Contains(h.logs.String(), "refused") {
			t.Error("the wrong link is not logged")
		}
	})
}

func (h *house) everything(t *testing.T) string {
	var b strings.Builder
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		err := tx.Each(`SELECT data, token FROM session`, nil, func(scan func(...any) error) error {
			var data string
			var token []byte
			err := scan(&data, &token)
			b.WriteString(data + string(token))
			return err
		})
		if err != nil {
			return err
		}
		return tx.Each(`SELECT secret FROM login_link`, nil, func(scan func(...any) error) error {
			var secret []byte
			err := scan(&secret)
			b.Write(secret)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := audit.New(h.db, h.clock).List(t.Context(), audit.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range list.Items {
		b.WriteString(line.Object + string(line.After) + string(line.Before) + line.Reason)
	}
	return b.String()
}

func TestAudited(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db, nil)
		c := browser(t)
		h.post(c, "/login", h.link(ada))
		h.post(c, "/out", "")
		h.endAll()
		list, err := audit.New(db, h.clock).List(context.Background(), audit.Query{})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{}
		for _, line := range list.Items {
			seen[line.Operation] = line.ActorKind
		}
		want := map[string]string{"session.link": "os-user", "session.login": "person", "session.end": "person", "session.end-all": "os-user"}
		for op, kind := range want {
			if seen[op] != kind {
				t.Errorf("%s by %q, want %q", op, seen[op], kind)
			}
		}
	})
}

func TestCookie(t *testing.T) {
	tests := []struct {
		name   string
		secure bool
		cookie string
	}{
		{"plain on loopback", false, "firehall_session"},
		{"over TLS", true, "__Host-firehall_session"},
	}
	db := sqldbtest.Open(t, sqldb.SQLite)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, db, func(o *Options) { o.Secure = tt.secure })
			res, err := http.PostForm(h.url+"/login", url.Values{LinkParam: {h.link(ada)}})
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if len(res.Cookies()) != 1 {
				t.Fatalf("%v", res.Cookies())
			}
			c := res.Cookies()[0]
			if c.Name != tt.cookie || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != tt.secure || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
				t.Errorf("%+v", c)
			}
			if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "no-cache") {
				t.Errorf("Cache-Control: %s", got)
			}
		})
	}
}

func TestWhoMayMakeLinks(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	tests := []struct {
		name   string
		actor  identity.Actor
		person identity.Actor
		kind   problem.Kind
	}{
		{"nobody", identity.Actor{}, ada, problem.Forbidden},
		{"who is logged in", owner, bob, problem.Forbidden},
		{"for nobody", ada, identity.Actor{}, problem.Invalid},
	}
	for _, tt := range tests {
		if _, _, err := h.NewLink(t.Context(), tt.actor, tt.person); !problem.Is(err, tt.kind) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestLinkURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://fire.example/": "https://fire.example/login?token=a.b-_",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080/login?token=a.b-_",
	} {
		if got := LinkURL(base, "a.b-_"); got != want {
			t.Errorf("%s: %s", base, got)
		}
	}
}
