package countermeasure

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// kit is a phishing page that shows itself to whom it likes.
type kit struct {
	*httptest.Server
	shows func(r *http.Request) bool
	asked atomic.Int64
}

func phishing(t *testing.T, shows func(r *http.Request) bool) *kit {
	t.Helper()
	k := &kit{shows: shows}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.asked.Add(1)
		if !k.shows(r) {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("<h1>Your&nbsp;<b></b>Bank</h1><form>Your bank password</form>"))
	}))
	t.Cleanup(k.Close)
	return k
}

func always(*http.Request) bool { return true }
func never(*http.Request) bool  { return false }

// exits are three disguises that reach a server of this machine.
func exits(o *Options) {
	o.Exits = nil
	for _, d := range []Disguise{{}, {UserAgent: "Mozilla/5.0 (iPhone)"}, {Referrer: "https://search.example/"}} {
		o.Exits = append(o.Exits, Exit{"exit " + d.UserAgent + d.Referrer, NewLook(httpx.Options{TestLoopback: true}, d)})
	}
}

func (h *house) against(t testing.TB, k *kit) Countermeasure {
	t.Helper()
	return h.asked(t, func(p *Plan) { p.Asset = &Asset{Kind: URL, Value: k.URL + "/login", Marker: "your bank"} })
}

func TestGoneAfterThreeCleanChecksFromDifferentExits(t *testing.T) {
	each(t, exits, func(t *testing.T, h *house) {
		k := phishing(t, always)
		c := h.against(t, k)
		h.later(t, 4*time.Hour)
		k.shows = never
		first := h.clock.Now().Add(4 * time.Hour)
		for _, pause := range []time.Duration{4, 11, 1, 11} {
			h.later(t, pause*time.Hour)
			if c = h.see(t, c.ID); c.State == Gone {
				t.Fatal("gone too early")
			}
		}
		h.later(t, time.Hour)
		c = h.see(t, c.ID)
		if c.State != Gone || !c.Gone.Equal(first) || c.Took != 8*time.Hour || c.Turns[0].Took != 8*time.Hour || c.Cleans != 3 {
			t.Fatalf("%s, gone %s after %s: %+v", c.State, c.Gone, c.Took, c.Checks)
		}
		seen := map[string]bool{}
		for _, x := range c.Checks[:3] {
			seen[x.Exit] = true
			if x.Outcome != Clean || x.Reason != WhyStatus || x.Decision == "" || x.At.IsZero() {
				t.Errorf("%+v", x)
			}
		}
		if len(seen) != 3 || c.Checks[3].Outcome != Present || c.Checks[3].Reason != WhyMarker {
			t.Errorf("%+v", c.Checks)
		}
		if !c.Due.IsZero() || c.CheckDue.IsZero() || !c.Watched.After(h.clock.Now()) {
			t.Errorf("it is not watched: %+v", c)
		}
	})
}

// Phishing hides from who does not look like a victim: as long as one exit sees it, it is not gone.
func TestCloaking(t *testing.T) {
	sqlite(t, exits, func(t *testing.T, h *house) {
		k := phishing(t, func(r *http.Request) bool { return strings.Contains(r.UserAgent(), "iPhone") })
		c := h.against(t, k)
		for range 30 {
			h.later(t, 12*time.Hour)
		}
		c = h.see(t, c.ID)
		if c.State == Gone || c.Cleans > 2 {
			t.Errorf("%s, %d clean", c.State, c.Cleans)
		}
	})
}

func TestWhatComesBackIsAskedForAgain(t *testing.T) {
	sqlite(t, exits, func(t *testing.T, h *house) {
		k := phishing(t, never)
		c := h.against(t, k)
		for range 8 {
			h.later(t, 4*time.Hour)
		}
		if c = h.see(t, c.ID); c.State != Gone {
			t.Fatalf("%+v", c)
		}
		k.shows = always
		h.later(t, 24*time.Hour)
		h.later(t, 0) // the chase that this made due
		c = h.see(t, c.ID)
		if c.State != Chased || len(c.Messages) != 2 || !strings.Contains(c.Messages[1].Text, "is back") || !c.Gone.IsZero() || c.Cleans != 0 {
			t.Fatalf("%+v", c)
		}
		k.shows = never
		for range 9 {
			h.later(t, 4*time.Hour)
		}
		if c = h.see(t, c.ID); c.State != Gone || c.Took < 48*time.Hour {
			t.Errorf("%s after %s", c.State, c.Took)
		}
		asked := k.asked.Load()
		for range 40 {
			h.later(t, 24*time.Hour)
		}
		if n := k.asked.Load() - asked; n > 31 || n < 29 {
			t.Errorf("watched %d times", n)
		}
	})
}

func TestWithTooFewExitsAPersonIsAsked(t *testing.T) {
	one := func(o *Options) { exits(o); o.Exits = o.Exits[:1] }
	sqlite(t, one, func(t *testing.T, h *house) {
		c := h.against(t, phishing(t, never))
		for range 10 {
			h.later(t, 8*time.Hour)
		}
		if c = h.see(t, c.ID); c.State == Gone || !c.Stuck || c.Exits != 1 {
			t.Fatalf("%+v", c)
		}
		c = h.must(t, c.ID, Moving{Move: MoveVerify, Reason: "looked from home and by telephone"})
		if c.State != Gone || c.Gone.After(start.Add(24*time.Hour)) {
			t.Errorf("%s", c.Gone)
		}
	})
}

// PAP decides whether the target is touched; the question is on record, once.
func TestPAPForbidsToTouchTheTarget(t *testing.T) {
	sqlite(t, exits, func(t *testing.T, h *house) {
		k := phishing(t, always)
		c := h.against(t, k)
		h.pap(t, h.about, tlp.PAPAmber)
		for range 5 {
			h.later(t, 4*time.Hour)
		}
		if _, err := h.Check(t.Context(), ada, c.ID); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "PAP:AMBER") {
			t.Errorf("got %v", err)
		}
		c = h.see(t, c.ID)
		if k.asked.Load() != 0 || len(c.Checks) != 1 || c.Checks[0].Reason != WhyPAP {
			t.Errorf("asked %d times: %+v", k.asked.Load(), c.Checks)
		}
		if n := h.count(t, `SELECT count(*) FROM release_decision WHERE item_id = $1 AND outcome = 'refused'`, c.ID); n != 1 {
			t.Errorf("%d decisions", n) // the same question has one answer, whoever asks
		}
		x, err := h.Note(t.Context(), ada, c.ID, Clean, "a colleague's screenshot")
		if err != nil || x.Exit != ByPerson {
			t.Errorf("%+v, %v", x, err)
		}
		h.pap(t, h.about, tlp.PAPGreen)
		if x, err := h.Check(t.Context(), ada, c.ID); err != nil || x.Outcome != Present || x.By != "ada" {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

// What is suspected to show the abuse of children is never fetched.
func TestQuarantinedIsNeverFetched(t *testing.T) {
	sqlite(t, exits, func(t *testing.T, h *house) {
		k := phishing(t, always)
		own := h.against(t, k)
		if _, err := h.Edit(t.Context(), ada, own.ID, 0, Plan{Quarantined: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Edit(t.Context(), ada, own.ID, 0, Plan{Quarantined: false}); err != nil { // cannot be taken back
			t.Fatal(err)
		}
		if _, err := h.Check(t.Context(), ada, own.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
		linked := h.against(t, k)
		r, err := h.o.Incidents.Accept(t.Context(), ada, incident.Draft{Door: incident.API, Text: "look", Reporter: incident.Reporter{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.o.Incidents.Link(t.Context(), ada, h.about, []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		h.exec(t, `UPDATE report SET quarantined = 1 WHERE id = $1`, r.ID)
		h.later(t, 5*time.Hour)
		if _, err := h.Check(t.Context(), ada, linked.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
		if k.asked.Load() != 0 {
			t.Error("it was fetched")
		}
	})
}

func TestJudge(t *testing.T) {
	page := []byte("<p>Your\n Bank</p>")
	marked, hashed, bare := Asset{Marker: "your bank"}, Asset{Hash: digest(page)}, Asset{}
	tests := []struct {
		name  string
		asset Asset
		seen  Seen
		want  Outcome
		why   string
	}{
		{"no such name", bare, Seen{Err: &net.DNSError{IsNotFound: true}}, Clean, WhyNoName},
		{"the resolver fails", bare, Seen{Err: &net.DNSError{IsTimeout: true}}, Unclear, WhyTrouble},
		{"refused", bare, Seen{Err: syscall.ECONNREFUSED}, Clean, WhyRefused},
		{"too slow", bare, Seen{Err: context.DeadlineExceeded}, Unclear, WhyTrouble},
		{"an address that may not be asked", bare, Seen{Err: problem.New(problem.Forbidden, "no")}, Unclear, WhyTrouble},
		{"too large", bare, Seen{Err: problem.New(problem.Invalid, "no")}, Unclear, WhyTrouble},
		{"not found", marked, Seen{Status: 404}, Clean, WhyStatus},
		{"gone", marked, Seen{Status: 410}, Clean, WhyStatus},
		{"for legal reasons", marked, Seen{Status: 451}, Clean, WhyStatus},
		{"forbidden, as cloaks say", marked, Seen{Status: 403}, Unclear, WhyStatus},
		{"in trouble", marked, Seen{Status: 503}, Unclear, WhyStatus},
		{"the marker is there", marked, Seen{Status: 200, Body: page}, Present, WhyMarker},
		{"the marker is not", marked, Seen{Status: 200, Body: []byte("suspended")}, Clean, WhyNoMarker},
		{"the same file", hashed, Seen{Status: 200, Body: page}, Present, WhyHash},
		{"another file", hashed, Seen{Status: 200}, Clean, WhyNoHash},
		{"nothing to know it by", bare, Seen{Status: 200}, Present, WhyAnswers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, why, _ := judge(tt.asset, tt.seen); got != tt.want || why != tt.why {
				t.Errorf("got %s, %s", got, why)
			}
		})
	}
}

// A domain is gone only if it answers by neither scheme; and a name is none only if each resolver says so.
func TestSurvey(t *testing.T) {
	refused, nobody := Seen{Err: syscall.ECONNREFUSED}, Seen{Err: &net.DNSError{IsNotFound: true}}
	there, cloak, away := Seen{Status: 200, Body: []byte("Your Bank")}, Seen{Status: 403}, Seen{Status: 404}
	known := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("203.0.113.1")}, nil
	}
	unknown := func(context.Context, string) ([]netip.Addr, error) { return nil, &net.DNSError{IsNotFound: true} }
	down := func(context.Context, string) ([]netip.Addr, error) { return nil, &net.DNSError{IsTimeout: true} }
	tests := []struct {
		name        string
		http, https Seen
		second      func(context.Context, string) ([]netip.Addr, error)
		want        Outcome
		why         string
	}{
		{"https only", refused, there, nil, Present, WhyMarker},
		{"http only", there, refused, nil, Present, WhyMarker},
		{"https cloaks", refused, cloak, nil, Unclear, WhyStatus},
		{"http cloaks", cloak, away, nil, Unclear, WhyStatus},
		{"neither", refused, away, nil, Clean, WhyRefused},
		{"no such name", nobody, nobody, nil, Clean, WhyNoName},
		{"no such name, by two resolvers", nobody, nobody, unknown, Clean, WhyNoName},
		{"the other resolver knows it", nobody, nobody, known, Unclear, WhyTwoNames},
		{"the other resolver is down", nobody, nobody, down, Unclear, WhyTrouble},
		{"the other resolver is not asked of what answers", there, refused, down, Present, WhyMarker},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(Options{Second: tt.second})
			look := func(_ context.Context, address string) Seen {
				if strings.HasPrefix(address, "https://shop.example/") {
					return tt.https
				}
				return tt.http
			}
			if got, why, _ := s.survey(t.Context(), look, Asset{Kind: Domain, Value: "shop.example", Marker: "your bank"}); got != tt.want || why != tt.why {
				t.Errorf("got %s, %s", got, why)
			}
		})
	}
}

// A page behind a certificate that nobody trusts is there.
func TestAWrongCertificateHidesNothing(t *testing.T) {
	k := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Your Bank")) }))
	t.Cleanup(k.Close)
	seen := NewLook(httpx.Options{TestLoopback: true}, Disguise{})(t.Context(), k.URL)
	if o, why, _ := judge(Asset{Marker: "your bank"}, seen); o != Present {
		t.Errorf("%s, %s, %v", o, why, seen.Err)
	}
}

// A look reaches nothing inside, whatever an asset says.
func TestLooksStayOutside(t *testing.T) {
	k := phishing(t, always)
	seen := NewLook(httpx.Options{}, Disguise{})(t.Context(), k.URL)
	if !problem.Is(seen.Err, problem.Forbidden) || k.asked.Load() != 0 {
		t.Errorf("%+v", seen)
	}
	if o, _, _ := judge(Asset{}, seen); o != Unclear {
		t.Errorf("got %s", o)
	}
}

func TestHolds(t *testing.T) {
	tests := []struct {
		name, body, marker string
		want               bool
	}{
		{"as it is", "log in to Your Bank now", "Your Bank", true},
		{"spaces and case", "YOUR\r\n\tbank", "your bank", true},
		{"entities", "Caf&eacute; &amp; Bank", "Café & bank", true},
		{"entities in the marker", "a & b", "a &amp; b", true},
		{"two bytes a letter", "Y\x00o\x00u\x00r\x00", "your", true},
		{"letters without width", "yo\u200bur", "your", true},
		{"not there", "something else", "your bank", false},
		{"no marker", "x", " ", false},
		{"no page", "", "x", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := holds([]byte(tt.body), tt.marker); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzHolds(f *testing.F) {
	f.Add([]byte("<p>Your &amp; Bank</p>"), "your & bank")
	f.Add([]byte{0xff, 0xfe, 'a', 0}, "\xff")
	f.Fuzz(func(t *testing.T, body []byte, marker string) {
		if plain(marker) != "" && !strings.ContainsAny(marker, "&\x00") && !holds([]byte("<p>"+marker+"</p>"), marker) {
			t.Errorf("%q is not found in itself", marker)
		}
		holds(body, marker)
	})
}

func TestCleanRun(t *testing.T) {
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	check := func(h int, exit string, o Outcome) Check { return Check{At: at(h), Exit: exit, Outcome: o} }
	tests := []struct {
		name  string
		list  []Check // the latest first
		n     int
		exits int
	}{
		{"none", nil, 0, 0},
		{"three", []Check{check(24, "c", Clean), check(12, "b", Clean), check(0, "a", Clean)}, 3, 3},
		{"two exits", []Check{check(24, "a", Clean), check(12, "b", Clean), check(0, "a", Clean)}, 3, 2},
		{"unclear ends it", []Check{check(24, "c", Clean), check(12, "b", Unclear), check(0, "a", Clean)}, 1, 1},
		{"the latest is there", []Check{check(24, "c", Present), check(12, "b", Clean)}, 0, 0},
		{"before it was asked for", []Check{check(2, "c", Clean), check(-1, "b", Clean)}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r := cleanRun(tt.list, start); r.n != tt.n || r.exits != tt.exits {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAPersonSaysThatItIsBack(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, nil)
		for range 3 {
			h.clock.Advance(12 * time.Hour)
			if _, err := h.Note(t.Context(), ada, c.ID, Clean, "looked"); err != nil {
				t.Fatal(err)
			}
		}
		c = h.must(t, c.ID, Moving{Move: MoveVerify, Reason: "gone"})
		c = h.must(t, c.ID, Moving{Move: MoveRelapse, Reason: "a new report"})
		x, err := h.Note(t.Context(), ada, c.ID, Clean, "looked again")
		if c = h.see(t, c.ID); err != nil || c.State != Relapsed || c.Cleans != 1 || x.Outcome != Clean {
			t.Errorf("%+v, %v", c, err)
		}
		for _, bad := range []error{second(h.Note(t.Context(), ada, c.ID, "fine", "x")), second(h.Note(t.Context(), ada, c.ID, Clean, " ")), second(h.Check(t.Context(), vol, c.ID))} {
			if bad == nil || errors.Is(bad, context.Canceled) {
				t.Errorf("got %v", bad)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
