package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/door/doortest"
	"github.com/firehall/firehall/internal/feed/door/fetch"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// source is a server whose answer can be changed.
type source struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []*http.Request
}

func newSource(t *testing.T) *source {
	s := &source{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Clone(context.Background()))
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *source) says(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

func (s *source) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

// text answers with a body and marks.
func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, body)
	}
}

func status(code int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(code)
	}
}

func unfenced(*sqldb.Tx) error { return nil }

// each runs a test on both engines, with a feed "list" that is fetched from a source each hour.
func each(t *testing.T, change func(*config.Feed), do func(st *doortest.Station, src *source, fetch func())) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		src := newSource(t)
		terms := doortest.Terms(func(f *config.Feed) {
			f.URL, f.Every, f.Internal = src.URL+"/2026-11-19-scan_telnet-x.csv", time.Hour, true
			if change != nil {
				change(f)
			}
		})
		st := doortest.Open(t, db, map[string]config.Feed{"list": terms})
		f := fetch.New(fetch.Options{DB: db, Clock: st.Clock, Feeds: st.Feeds, Log: logging.Discard()})
		do(st, src, func() {
			t.Helper()
			if err := f.Fetch(context.Background(), st.Actor, "list", unfenced); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestFetch(t *testing.T) {
	each(t, nil, func(st *doortest.Station, src *source, fetch func()) {
		src.says(text(doortest.Telnet(0, 20)))
		fetch()
		list := st.Intakes()
		if len(list) != 1 || list[0].Report != "scan_telnet" || list[0].Door != "fetch" || list[0].Name != "2026-11-19-scan_telnet-x.csv" {
			st.Fatalf("%+v", list)
		}
		fetch() // not modified
		src.says(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, doortest.Telnet(0, 20)) })
		fetch() // the same, and no marks
		if got := doortest.Joined(st.Runs()); strings.Count(got, "new") != 1 || strings.Count(got, "unchanged") != 1 || strings.Count(got, "known") != 1 {
			st.Errorf("runs %s", got)
		}
		if n := len(st.Intakes()); n != 1 {
			st.Errorf("%d intakes", n)
		}
		if f := st.Fetched("list"); !f.Due.Equal(st.Clock.Now().Add(time.Hour)) || f.Failures != 0 || f.ETag != "" {
			st.Errorf("%+v", f)
		}
	})
}

func TestConditionalRequests(t *testing.T) {
	each(t, nil, func(st *doortest.Station, src *source, fetch func()) {
		src.says(text(doortest.Telnet(0, 20)))
		fetch()
		if h := src.last().Header; h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != "" {
			st.Errorf("asked at first with %v", h)
		}
		fetch()
		if h := src.last().Header; h.Get("If-None-Match") != `"1"` || h.Get("If-Modified-Since") != "Fri, 20 Nov 2026 10:00:00 GMT" {
			st.Errorf("asked then with %v", h)
		}
	})
}

func TestFailuresAreTriedAgainLater(t *testing.T) {
	each(t, nil, func(st *doortest.Station, src *source, fetch func()) {
		tests := []struct {
			name   string
			answer http.HandlerFunc
			pause  time.Duration
			says   string
		}{
			{"an error", status(500, ""), time.Minute, "500"},
			{"another", status(502, ""), 2 * time.Minute, "502"},
			{"it says when", status(503, "1800"), 30 * time.Minute, "503"},
			{"it says a date", status(429, "Fri, 20 Nov 2026 14:00:00 GMT"), 2 * time.Hour, "429"},
			{"it says never", status(429, "99999999"), 24 * time.Hour, "429"},
			{"no access", status(401, ""), 32 * time.Minute, "password or token"},
			{"half", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100000")
				_, _ = io.WriteString(w, doortest.Telnet(0, 10))
			}, time.Hour, "cannot be reached"},
		}
		for _, tt := range tests {
			src.says(tt.answer)
			fetch()
			f := st.Fetched("list")
			if got := f.Due.Sub(st.Clock.Now()); got != tt.pause || !strings.Contains(f.Error, tt.says) {
				st.Errorf("%s: again in %v because of %q", tt.name, got, f.Error)
			}
		}
		if n := len(st.Intakes()); n != 0 {
			st.Errorf("%d intakes", n)
		}
		src.says(text(doortest.Telnet(0, 20)))
		fetch()
		if f := st.Fetched("list"); f.Failures != 0 || !f.Failing.IsZero() || f.Error != "" {
			st.Errorf("%+v", f)
		}
	})
}

func TestAccess(t *testing.T) {
	tests := []struct {
		name         string
		change       func(*config.Feed)
		header, want string
	}{
		{"basic", func(f *config.Feed) { f.User, f.Password = "u", "p" }, "Authorization", "Basic dTpw"},
		{"bearer", func(f *config.Feed) { f.Token = "t" }, "Authorization", "Bearer t"},
		{"another header", func(f *config.Feed) { f.Token, f.TokenHeader = "t", "X-Key" }, "X-Key", "t"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, tt.change, func(st *doortest.Station, src *source, fetch func()) {
				src.says(text(doortest.Telnet(0, 2)))
				fetch()
				if got := src.last().Header.Get(tt.header); got != tt.want {
					st.Errorf("%s: %q", tt.header, got)
				}
			})
		})
	}
}

// A secret goes to nobody else, wherever the source sends us.
func TestSecretsDoNotFollowRedirects(t *testing.T) {
	for name, change := range map[string]func(*config.Feed){
		"bearer":         func(f *config.Feed) { f.Token = "S3cret" },
		"another header": func(f *config.Feed) { f.Token, f.TokenHeader = "S3cret", "X-Key" },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, change, func(st *doortest.Station, src *source, fetch func()) {
				thief := newSource(t)
				thief.says(text("x"))
				src.says(func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, strings.Replace(thief.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
				})
				fetch()
				for _, r := range thief.asked {
					if strings.Contains(r.Header.Get("Authorization")+r.Header.Get("X-Key"), "S3cret") {
						st.Error("the secret was given away")
					}
				}
			})
		})
	}
}

func TestLimits(t *testing.T) {
	change := func(f *config.Feed) { f.MaxFetch = 1000 }
	each(t, change, func(st *doortest.Station, src *source, fetch func()) {
		src.says(text(doortest.Telnet(0, 500)))
		fetch()
		if f := st.Fetched("list"); !strings.Contains(f.Error, "larger than 1000") || len(st.Intakes()) != 0 {
			st.Errorf("%+v", f)
		}
	})
	each(t, func(f *config.Feed) { f.Internal = false }, func(st *doortest.Station, src *source, fetch func()) {
		src.says(text(doortest.Telnet(0, 5)))
		fetch()
		if f := st.Fetched("list"); f.Error == "" || len(src.asked) != 0 {
			st.Errorf("this machine was asked: %+v", f)
		}
	})
}

func TestPackedFile(t *testing.T) {
	each(t, nil, func(st *doortest.Station, src *source, fetch func()) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, doortest.Telnet(0, 5))
		_ = z.Close()
		src.says(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", `attachment; filename="../scan_telnet.csv.gz"`)
			w.Header().Set("Content-Type", "application/gzip")
			_, _ = w.Write(b.Bytes())
		})
		fetch()
		if list := st.Intakes(); len(list) != 1 || list[0].Name != "scan_telnet.csv" {
			st.Errorf("%+v", list)
		}
	})
}

// Each feed that is fetched has one job; a feed that is not has none.
func TestPost(t *testing.T) {
	each(t, nil, func(st *doortest.Station, src *source, do func()) {
		f := fetch.New(fetch.Options{DB: st.DB, Clock: st.Clock, Feeds: st.Feeds, Log: logging.Discard()})
		src.says(text(doortest.Telnet(0, 5)))
		for range 2 {
			if err := f.Post(context.Background(), st.Actor); err != nil {
				st.Fatal(err)
			}
			do()
		}
		var n int
		var due int64
		err := st.DB.Read(context.Background(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*), max(due) FROM job WHERE kind = $1 AND subject = 'list'`, fetch.Job).Scan(&n, &due)
		})
		if err != nil || n != 1 {
			st.Errorf("%d jobs, due %v, %v", n, sqldb.Time(due), err)
		}
		if err := f.Order(context.Background(), st.Actor, "list"); err != nil {
			st.Error(err)
		}
		if err := f.Order(context.Background(), st.Actor, "other"); !problem.Is(err, problem.NotFound) {
			st.Errorf("got %v", err)
		}
	})
}

func TestOnlyWhoMay(t *testing.T) {
	f := fetch.New(fetch.Options{})
	nobody := identity.Actor{}
	for _, err := range []error{
		f.Post(context.Background(), nobody), f.Order(context.Background(), nobody, "x"), f.Fetch(context.Background(), nobody, "x", unfenced),
	} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
	}
}
