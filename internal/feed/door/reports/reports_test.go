package reports_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/feed/door/doortest"
	"github.com/firehall/firehall/internal/feed/door/fetch"
	"github.com/firehall/firehall/internal/feed/door/reports"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

const (
	key    = "the key"
	secret = "the secret"
)

// fake is the service: it checks the signature, and has reports by day.
type fake struct {
	testing.TB
	*httptest.Server
	reports []map[string]string
	bodies  map[string]string // by id; "!503" and the like are statuses
	asked   []map[string]any  // of reports/list
	fetched []string
	says    string // instead of a list
}

func newFake(t testing.TB) *fake {
	f := &fake{TB: t, bodies: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api2/reports/list", f.signed(f.list))
	mux.HandleFunc("POST /api2/reports/download", f.signed(func(w http.ResponseWriter, q map[string]any) { f.give(w, fmt.Sprint(q["id"])) }))
	mux.HandleFunc("GET /dl/{id}", func(w http.ResponseWriter, r *http.Request) { f.give(w, r.PathValue("id")) })
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) signed(do func(http.ResponseWriter, map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		q := map[string]any{}
		if json.Unmarshal(body, &q) != nil || r.Header.Get("HMAC2") != hex.EncodeToString(mac.Sum(nil)) || q["apikey"] != key {
			http.Error(w, `{"error":"Invalid signature"}`, http.StatusUnauthorized)
			return
		}
		do(w, q)
	}
}

func (f *fake) list(w http.ResponseWriter, q map[string]any) {
	f.asked = append(f.asked, q)
	if f.says != "" {
		_, _ = io.WriteString(w, f.says)
		return
	}
	from, to, _ := strings.Cut(fmt.Sprint(q["date"]), ":")
	out := []map[string]string{}
	for _, r := range f.reports {
		if r["timestamp"] >= from && r["timestamp"] <= to {
			out = append(out, r)
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (f *fake) give(w http.ResponseWriter, id string) {
	f.fetched = append(f.fetched, id)
	body, ok := f.bodies[id]
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case strings.HasPrefix(body, "!"):
		var code int
		_, _ = fmt.Sscan(body[1:], &code)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(code)
	default:
		_, _ = io.WriteString(w, body)
	}
}

// publish puts a report up.
func (f *fake) publish(id, day, kind, body string) {
	f.reports = append(f.reports, map[string]string{"id": id, "type": kind, "timestamp": day, "file": day + "-" + kind + "-example-asn.csv", "report": "example"})
	f.bodies[id] = body
}

func each(t *testing.T, change func(*config.Feed), do func(st *doortest.Station, f *fake, fetch func())) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		f := newFake(t)
		terms := doortest.Terms(func(c *config.Feed) {
			c.API, c.APIURL, c.APIDownload, c.APIKey, c.APISecret, c.Internal = "shadowserver", f.URL+"/api2/", f.URL+"/dl/", key, secret, true
			if change != nil {
				change(c)
			}
		})
		st := doortest.Open(t, db, map[string]config.Feed{"shadowserver": terms})
		fetcher := fetch.New(fetch.Options{
			DB: db, Clock: st.Clock, Feeds: st.Feeds, Log: logging.Discard(),
			Service: func(name string, terms config.Feed) fetch.Asker {
				return reports.New(reports.Options{Feed: name, Terms: terms, DB: db, Clock: st.Clock, Feeds: st.Feeds, Log: logging.Discard()})
			},
		})
		do(st, f, func() {
			t.Helper()
			if err := fetcher.Fetch(context.Background(), st.Actor, "shadowserver", func(*sqldb.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestReportsAreFetchedOnce(t *testing.T) {
	for name, change := range map[string]func(*config.Feed){
		"where reports lie": nil,
		"from the service":  func(c *config.Feed) { c.APIDownload = "" },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, change, func(st *doortest.Station, f *fake, fetch func()) {
				f.publish("a1", "2026-11-18", "scan_telnet", doortest.Telnet(0, 5))
				f.publish("a2", "2026-11-19", "scan_telnet", doortest.Telnet(5, 5))
				fetch()
				fetch()
				list := st.Intakes()
				if len(f.fetched) != 2 || len(list) != 2 || list[0].Door != "shadowserver" || list[0].Report != "scan_telnet" {
					st.Errorf("fetched %v, %d intakes", f.fetched, len(list))
				}
				if f.asked[0]["date"] != "2026-11-13:2026-11-21" {
					st.Errorf("asked %v", f.asked[0])
				}
				f.publish("a3", "2026-11-20", "scan_telnet", doortest.Telnet(10, 5))
				fetch()
				if len(f.fetched) != 3 || len(st.Intakes()) != 3 {
					st.Errorf("fetched %v", f.fetched)
				}
				if got := st.Fetched("shadowserver"); got.Failures != 0 {
					st.Errorf("%+v", got)
				}
			})
		})
	}
}

// What came while nobody asked is caught up with; what lies further back is not.
func TestCatchingUp(t *testing.T) {
	each(t, nil, func(st *doortest.Station, f *fake, fetch func()) {
		for i := range 12 {
			day := time.Date(2026, 11, 20+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			f.publish(fmt.Sprintf("r%02d", i), day, "scan_telnet", doortest.Telnet(10*i, 5))
		}
		fetch() // today and tomorrow
		st.Clock.Advance(10 * 24 * time.Hour)
		fetch()
		if got := strings.Join(f.fetched, " "); got != "r00 r01 r03 r04 r05 r06 r07 r08 r09 r10 r11" {
			st.Errorf("fetched %s", got)
		}
	})
}

func TestKindsOfReports(t *testing.T) {
	change := func(c *config.Feed) { c.APITypes, c.APIReports = []string{"scan_telnet", "scan_ssh"}, []string{"mine"} }
	each(t, change, func(st *doortest.Station, f *fake, fetch func()) {
		f.publish("a", "2026-11-19", "scan_telnet", doortest.Telnet(0, 5))
		f.publish("b", "2026-11-19", "device_id", "x")
		fetch()
		if len(f.fetched) != 1 || fmt.Sprint(f.asked[0]["reports"]) != "[mine]" {
			st.Errorf("fetched %v, asked %v", f.fetched, f.asked[0])
		}
	})
}

func TestFailures(t *testing.T) {
	each(t, nil, func(st *doortest.Station, f *fake, fetch func()) {
		f.publish("gone", "2026-11-18", "scan_telnet", "x")
		delete(f.bodies, "gone")
		f.publish("good", "2026-11-19", "scan_telnet", doortest.Telnet(0, 5))
		fetch()
		if got := st.Fetched("shadowserver"); len(st.Intakes()) != 1 || !strings.Contains(got.Error, "report gone") {
			st.Errorf("%+v", got)
		}
		for range 12 {
			fetch()
		}
		if n := strings.Count(strings.Join(f.fetched, " "), "gone"); n != 10 {
			st.Errorf("asked for it %d times", n)
		}
		f.publish("busy", "2026-11-20", "scan_telnet", "!503")
		f.publish("later", "2026-11-21", "scan_telnet", doortest.Telnet(5, 5))
		fetch()
		if strings.Contains(strings.Join(f.fetched, " "), "later") {
			st.Error("a service that wants a rest was asked on")
		}
		f.bodies["busy"] = doortest.Telnet(20, 5)
		fetch()
		if n := len(st.Intakes()); n != 3 {
			st.Errorf("%d intakes", n)
		}
	})
}

func TestWhatTheServiceSays(t *testing.T) {
	tests := []struct{ name, says, want string }{
		{"an error", `{"error":"quota"}`, "quota"},
		{"another", `{"message":"maintenance"}`, "maintenance"},
		{"nothing", `{}`, "no list"},
		{"no JSON", `<html>`, "cannot be read"},
		{"hostile ids", `[{"id":"../../etc/passwd","type":"scan_telnet"},{"id":"","type":"x"},{"id":"a/b"}]`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, nil, func(st *doortest.Station, f *fake, fetch func()) {
				f.says = tt.says
				fetch()
				if got := st.Fetched("shadowserver").Error; !strings.Contains(got, tt.want) || tt.want == "" && got != "" || len(f.fetched) > 0 {
					st.Errorf("%q, fetched %v", got, f.fetched)
				}
			})
		})
	}
}

func TestWrongSecret(t *testing.T) {
	each(t, func(c *config.Feed) { c.APISecret = "wrong" }, func(st *doortest.Station, _ *fake, fetch func()) {
		fetch()
		if got := st.Fetched("shadowserver").Error; !strings.Contains(got, "401") || strings.Contains(got, "wrong") {
			st.Errorf("got %q", got)
		}
	})
}
