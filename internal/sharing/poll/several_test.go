package poll_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing/poll"
)

// list is a server with a list of objects, in pages of three, whose nth request may fail.
type list struct {
	*httptest.Server
	from, to int
	fails    func(n int, w http.ResponseWriter, r *http.Request) bool // it answered
	mu       sync.Mutex
	asked    int
}

const perPage = 3

// added is when the nth object was added.
func added(n int) string {
	return day.Add(-time.Hour + time.Duration(n)*time.Second).Format("2006-01-02T15:04:05.000000Z")
}

func newList(t *testing.T, from, to int, fails func(int, http.ResponseWriter, *http.Request) bool) *list {
	l := &list{from: from, to: to, fails: fails}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

// ServeHTTP gives a page.
func (l *list) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.asked++
	n := l.asked
	l.mu.Unlock()
	w.Header().Set("Content-Type", taxii.MediaType)
	if l.fails != nil && l.fails(n, w, r) {
		return
	}
	q := r.URL.Query()
	at, _ := strconv.Atoi(q.Get("next"))
	if at == 0 {
		for at = l.from; at < l.to && added(at) <= q.Get("added_after"); at++ {
		}
	}
	end := min(at+perPage, l.to)
	var objects []string
	for n := at; n < end; n++ {
		objects = append(objects, object(n))
	}
	if len(objects) > 0 {
		w.Header().Set("X-TAXII-Date-Added-Last", added(end-1))
	}
	_, _ = fmt.Fprintf(w, `{"more":%v,"next":"%d","objects":[%s]}`, end < l.to, end, strings.Join(objects, ","))
}

// every answers each second request.
func every(do func(http.ResponseWriter, *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n%2 == 0 {
			do(w, r)
		}
		return n%2 == 0
	}
}

func broken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// dropped closes the connection in the middle of a page.
func dropped(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"more":true,"next":"1","objects":[`+object(1))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// hanging answers once nobody waits for it any more.
func hanging(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// process is a poller as a process that has just begun has it.
func (h *house) process(sources map[string]config.TAXII, patience time.Duration) *poll.Poller {
	return poll.New(poll.Options{DB: h.db, Clock: h.clock, Log: logging.Discard(), Sharing: h.shared, Sources: sources, Patience: patience})
}

func source(url string) config.TAXII {
	return config.TAXII{URL: url, Collection: "c", Into: "shared", Organisation: "o-peer", Label: "green", Password: "p", Every: time.Hour, MaxFetch: 1 << 20, Internal: true}
}

// justBefore is the last moment that does not hide what was added at another.
func justBefore(moment string) string {
	at, _ := time.Parse(time.RFC3339Nano, moment)
	return at.Add(-time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
}

// A server may have added several objects in one moment, and end a page between them. Where its list can only be gone on with by moments, none is hidden.
func TestOneMomentOverTheEndOfAPage(t *testing.T) {
	moment := func(n int) string { return added(n / 2) } // two objects each: the pages of three end between them
	for name, cursors := range map[string]bool{"cursors that it does not know again": true, "no cursors": false} {
		t.Run(name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				h, asked := open(t, db), 0
				server := newList(t, 0, 0, func(_ int, w http.ResponseWriter, r *http.Request) bool {
					q, at := r.URL.Query(), 0
					if asked++; q.Get("next") != "" {
						w.WriteHeader(http.StatusGone)
						return true
					}
					for ; at < 9 && moment(at) <= q.Get("added_after"); at++ {
					}
					var objects []string
					end := min(at+perPage, 9)
					for n := at; n < end; n++ {
						objects = append(objects, object(n))
					}
					next := ""
					if cursors {
						next = fmt.Sprintf(`"next":"%d",`, end)
					}
					page(moment(max(end-1, 0)), fmt.Sprintf(`{"more":%v,%s"objects":[%s]}`, end < 9, next, strings.Join(objects, ",")))(w, r)
					return true
				})
				h.must(h.process(map[string]config.TAXII{"peer": source(server.URL)}, 0).Poll(ctx, system, "peer", unfenced))
				if got := len(h.ids()); got != 9 {
					t.Errorf("%d of 9 objects came, in %d requests", got, asked)
				}
			})
		})
	}
}

// Of several servers each is read to its end, whatever the others do, by a process that is begun anew for each poll: nothing is missed, nothing comes twice.
func TestSeveralServers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db)
		lists := map[string]*list{
			"healthy": newList(t, 100, 114, nil), "failing": newList(t, 200, 214, every(broken)), "dropping": newList(t, 300, 314, every(dropped)),
			"slow": newList(t, 400, 407, every(hanging)),
		}
		sources := map[string]config.TAXII{}
		for name, l := range lists {
			sources[name] = source(l.URL)
		}
		says := map[string]string{"failing": "answers 500", "dropping": "broke off", "slow": "too long"}
		for round := range 8 {
			for name := range lists {
				patience := time.Minute
				if name == "slow" {
					patience = 3 * time.Second
				}
				if round > 2 && name == "slow" {
					continue
				}
				h.must(h.process(sources, patience).Poll(ctx, system, name, unfenced))
			}
			states, err := h.process(sources, 0).List(ctx, ada)
			h.must(err)
			for _, s := range states {
				if s.Error != "" && (says[s.Name] == "" || !strings.Contains(s.Error, says[s.Name])) {
					t.Errorf("round %d, %s: %s", round, s.Name, s.Error)
				}
				if s.Name == "healthy" && s.Taken != 14 {
					t.Errorf("round %d: the healthy one gave %d", round, s.Taken)
				}
				if round == 0 && says[s.Name] != "" && (s.Taken != perPage || s.Failures != 1 || s.Cursor == "") {
					t.Errorf("%s was not cut off after its first page: %+v", s.Name, s)
				}
			}
		}
		var want []string
		for _, l := range lists {
			for n := l.from; n < l.to; n++ {
				want = append(want, fmt.Sprintf("domain-name--00000000-0000-4000-8000-%012x", n))
			}
		}
		got := h.ids()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d objects, want %d", len(got), len(want))
		}
	})
}

// A process that dies after it took a page and before it noted so takes it again, and nothing twice.
func TestDyingBetweenTakingAndNoting(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, l := open(t, db), newList(t, 1, 8, nil)
		sources := map[string]config.TAXII{"peer": source(l.URL)}
		dies := errors.New("the process died")
		for _, alive := range []int{0, 1, 2} { // pages that are noted
			if err := h.process(sources, 0).Poll(ctx, system, "peer", func(*sqldb.Tx) error {
				if alive--; alive < 0 {
					return dies
				}
				return nil
			}); !errors.Is(err, dies) {
				t.Fatal(err)
			}
		}
		h.must(h.process(sources, 0).Poll(ctx, system, "peer", unfenced))
		states, err := h.process(sources, 0).List(ctx, ada)
		h.must(err)
		if got := h.ids(); len(got) != 7 || states[0].Error != "" || states[0].After != added(7) {
			t.Errorf("%d objects, %+v", len(got), states[0])
		}
	})
}

// What a server says that is not true is told, costs no object, and no more requests than it must.
func TestServersThatLie(t *testing.T) {
	at := func(minute int) string { return day.Add(time.Duration(minute-60) * time.Minute).Format(time.RFC3339) }
	counted := func(do func(n int, w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			do(n, w, r)
			return true
		}
	}
	tests := []struct {
		name   string
		answer func(n int, w http.ResponseWriter, r *http.Request)
		polls  int
		says   string
		asked  int // requests, at most
		after  string
		taken  int64
	}{
		{"the same page, by ever another next", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(1), fmt.Sprintf(`{"more":true,"next":"n%d","objects":[%s]}`, n, object(1)))(w, r)
		}, 2, "same page", 4, at(1), 1},
		{"pages in a circle", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(1), fmt.Sprintf(`{"more":true,"next":"n%d","objects":[%s]}`, n, object(n%3)))(w, r)
		}, 1, "same page", 4, justBefore(at(1)), 3},
		{"pages without end, and nothing new in them", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(1), fmt.Sprintf(`{"more":true,"next":"n%d","objects":[%s%s]}`, n, object(1), strings.Repeat(" ", n)))(w, r)
		}, 2, "nothing of it is new", 200, "", 1},
		{"more, by moments that stand still", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(1), fmt.Sprintf(`{"more":true,"objects":[%s]}`, object(n)))(w, r)
		}, 1, "same page", 3, at(1), 3},
		{"moments that go backwards", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(10-n), fmt.Sprintf(`{"more":%v,"next":"n%d","objects":[%s]}`, n < 3, n, object(n)))(w, r)
		}, 1, "go backwards, from " + at(8) + " to " + at(7), 3, at(7), 3},
		{"a moment that is yet to come", func(n int, w http.ResponseWriter, r *http.Request) {
			page("2999-01-01T00:00:00Z", envelope(object(1)))(w, r)
		}, 2, "yet to come", 2, "", 1},
		{"what was asked to be left out", func(n int, w http.ResponseWriter, r *http.Request) {
			page(at(5-n), envelope(object(n)))(w, r)
		}, 2, "go backwards", 2, at(4), 2},
		{"another type", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, envelope(object(1)))
		}, 1, "see the source's url", 1, "", 0},
		{"a page that is too large", func(_ int, w http.ResponseWriter, r *http.Request) {
			page(at(1), envelope(object(1), `"`+strings.Repeat("x", 2<<20)+`"`))(w, r)
		}, 1, "larger than 1048576 bytes", 1, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				h, l := open(t, db), newList(t, 0, 0, counted(tt.answer))
				sources := map[string]config.TAXII{"peer": source(l.URL)}
				for range tt.polls {
					h.must(h.process(sources, 0).Poll(ctx, system, "peer", unfenced))
				}
				states, err := h.process(sources, 0).List(ctx, ada)
				h.must(err)
				s := states[0]
				if !strings.Contains(s.Error, tt.says) || l.asked > tt.asked || s.After != tt.after || s.Taken != tt.taken || len(h.ids()) != int(tt.taken) || s.Due.Before(day.Add(time.Minute)) {
					t.Errorf("asked %d times: %+v", l.asked, s)
				}
			})
		})
	}
}
