package rdap

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/httpx"
)

const network = `{"objectClassName":"ip network","handle":"NET-1","name":"EXAMPLE-NET","country":"FI","startAddress":"192.0.2.0","endAddress":"192.0.2.255","entities":[
 {"roles":["registrant"],"vcardArray":["vcard",[["fn",{},"text","Owner"],["email",{},"text","owner@example.org"]]],
  "entities":[{"roles":["technical","Abuse"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Abuse Desk"],["email",{},"text","abuse@example.org"],["tel",{"type":"voice"},"uri","tel:+3581"]]]}]},
 {"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","near@example.net"]]]},
 {"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","NEAR@example.net"]]]}]}`

func TestDecode(t *testing.T) {
	got, err := Decode([]byte(network))
	if err != nil {
		t.Fatal(err)
	}
	want := Answer{Handle: "NET-1", Name: "EXAMPLE-NET", Country: "FI", From: netip.MustParseAddr("192.0.2.0"), To: netip.MustParseAddr("192.0.2.255"), Contacts: []Contact{
		{Mail: "near@example.net"},
		{Name: "Abuse Desk", Mail: "abuse@example.org", Phone: "+3581"},
	}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// TestSpan reads the ends of networks; of what is no range it gives none.
func TestSpan(t *testing.T) {
	for _, c := range []struct{ name, start, end, want string }{
		{"a network", "192.0.2.0", "192.0.2.255", "192.0.2.0 192.0.2.255"},
		{"of version 6", "2001:db8::", "2001:db8::ffff", "2001:db8:: 2001:db8::ffff"},
		{"turned round", "192.0.2.9", "192.0.2.0", "invalid IP invalid IP"},
		{"two versions", "192.0.2.0", "2001:db8::", "invalid IP invalid IP"},
		{"a zone", "fe80::1%eth0", "fe80::2%eth0", "invalid IP invalid IP"},
		{"a prefix", "192.0.2.0/24", "", "invalid IP invalid IP"},
	} {
		if from, to := span(c.start, c.end); from.String()+" "+to.String() != c.want {
			t.Errorf("%s: %s %s", c.name, from, to)
		}
	}
}

func TestDecodeOddAnswers(t *testing.T) {
	abuse := func(card string) string {
		return `{"objectClassName":"autnum","entities":[{"roles":["abuse"],"vcardArray":` + card + `}]}`
	}
	tests := []struct {
		name, in string
		bad      bool
		contacts int
	}{
		{"no JSON", "<html>", true, 0},
		{"an error object", `{"errorCode":404}`, true, 0},
		{"an entity", `{"objectClassName":"entity"}`, true, 0},
		{"no entities", `{"objectClassName":"domain","ldhName":"example.org"}`, false, 0},
		{"card is no array", abuse(`{}`), false, 0},
		{"card is empty", abuse(`["vcard"]`), false, 0},
		{"property too short", abuse(`["vcard",[["email",{}]]]`), false, 0},
		{"value is a list", abuse(`["vcard",[["email",{},"text",["a@b.example"]]]]`), false, 0},
		{"header injection", abuse(`["vcard",[["email",{},"text","a@b.example\r\nBcc: c@d.example"]]]`), false, 0},
		{"two addresses", abuse(`["vcard",[["email",{},"text","a@b.example,c@d.example"]]]`), false, 0},
		{"no domain", abuse(`["vcard",[["email",{},"text","root@localhost"]]]`), false, 0},
		{"good", abuse(`["vcard",[["email",{},"text","mailto:a@b.example"]]]`), false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Decode([]byte(tt.in))
			if (err != nil) != tt.bad || len(a.Contacts) != tt.contacts {
				t.Errorf("got %+v, %v", a, err)
			}
		})
	}
}

func TestDecodeIsBounded(t *testing.T) {
	deep := `{"objectClassName":"domain","entities":[` + strings.Repeat(`{"roles":["abuse"],"entities":[`, 500) + strings.Repeat("]}", 500) + `]}`
	if _, err := Decode([]byte(deep)); err != nil {
		t.Error(err)
	}
	var many []string
	for i := range 3000 {
		many = append(many, fmt.Sprintf(`{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","a%d@example.org"]]]}`, i))
	}
	a, err := Decode([]byte(`{"objectClassName":"domain","entities":[` + strings.Join(many, ",") + `]}`))
	if err != nil || len(a.Contacts) != maxContacts {
		t.Errorf("%d contacts, %v", len(a.Contacts), err)
	}
}

func bootstrap(t *testing.T, files ...string) *Bootstrap {
	t.Helper()
	b := &Bootstrap{}
	for _, f := range files {
		if err := b.Add([]byte(f)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestBootstrap(t *testing.T) {
	b := bootstrap(t,
		`{"version":"1.0","services":[[["203.0.0.0/8","198.51.100.0/24"],["http://a.example/","https://a.example/rdap"]],[["203.0.113.0/24"],["https://b.example/"]]]}`,
		`{"services":[[["2001:db8::/32"],["https://six.example/"]]]}`,
		`{"services":[[["64496-64511","65536"],["https://asn.example/"]],[["64500-64500"],["https://one.example/"]]]}`,
		`{"services":[[["org","example.org"],["https://org.example/"]],[["bad"],["ftp://x/"]],[["uk"]]]}`,
	)
	type answer struct {
		base string
		ok   bool
	}
	addr := func(s string) answer { base, ok := b.Addr(netip.MustParseAddr(s)); return answer{base, ok} }
	asn := func(n uint32) answer { base, ok := b.ASN(n); return answer{base, ok} }
	domain := func(s string) answer { base, ok := b.Domain(s); return answer{base, ok} }
	tests := []struct {
		name      string
		got, want answer
	}{
		{"https is preferred", addr("203.1.1.1"), answer{"https://a.example/rdap/", true}},
		{"longest prefix", addr("203.0.113.9"), answer{"https://b.example/", true}},
		{"IPv6", addr("2001:db8::1"), answer{"https://six.example/", true}},
		{"unknown address", addr("192.0.2.1"), answer{"", false}},
		{"number in a range", asn(64499), answer{"https://asn.example/", true}},
		{"narrowest range", asn(64500), answer{"https://one.example/", true}},
		{"number alone", asn(65536), answer{"https://asn.example/", true}},
		{"unknown number", asn(1), answer{"", false}},
		{"domain", domain("www.Example.ORG."), answer{"https://org.example/", true}},
		{"no usable URL", domain("x.bad"), answer{"", false}},
		{"unknown domain", domain("example.fi"), answer{"", false}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	for _, bad := range []string{"", "[]", "{}", `{"services":[[["x y"],["https://a.example/"]]]}`} {
		if err := (&Bootstrap{}).Add([]byte(bad)); !problem.Is(err, problem.Invalid) {
			t.Errorf("Add(%s) = %v", bad, err)
		}
	}
}

// memory is a cache for tests.
type memory map[string]struct {
	data    []byte
	expires time.Time
}

func (m memory) Get(_ context.Context, q string, now time.Time) ([]byte, bool, error) {
	kept, ok := m[q]
	return kept.data, ok && now.Before(kept.expires), nil
}

func (m memory) Put(_ context.Context, q string, data []byte, _, expires time.Time) error {
	m[q] = struct {
		data    []byte
		expires time.Time
	}{data, expires}
	return nil
}

// shared is a memory for several goroutines.
type shared struct {
	mu sync.Mutex
	memory
}

func (s *shared) Get(ctx context.Context, q string, now time.Time) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory.Get(ctx, q, now)
}

func (s *shared) Put(ctx context.Context, q string, data []byte, now, expires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory.Put(ctx, q, data, now, expires)
}

func fake(t *testing.T, answer http.HandlerFunc, opts Options) (*Client, *int) {
	t.Helper()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	b := bootstrap(t, fmt.Sprintf(`{"services":[[["203.0.113.0/24","64500","org"],[%q]]]}`, s.URL))
	if opts.Interval == 0 {
		opts.Interval = time.Nanosecond
	}
	c := New(httpx.New(httpx.Options{Plain: true, TestLoopback: true}), b, opts)
	c.UseCache(&shared{memory: memory{}})
	return c, &asked
}

func TestClientAsksOnceAndKeepsTheAnswer(t *testing.T) {
	now := clock.At(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	var path string
	c, asked := fake(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_, _ = w.Write([]byte(network))
	}, Options{Clock: now})
	for range 3 {
		a, err := c.Addr(context.Background(), netip.MustParseAddr("::ffff:203.0.113.7"))
		if err != nil || len(a.Contacts) != 2 || a.Source == "" {
			t.Fatalf("got %+v, %v", a, err)
		}
	}
	if *asked != 1 || path != "/ip/203.0.113.7" {
		t.Errorf("asked %d times, %s", *asked, path)
	}
	now.Advance(8 * 24 * time.Hour)
	if _, err := c.Addr(context.Background(), netip.MustParseAddr("203.0.113.7")); err != nil || *asked != 2 {
		t.Errorf("after expiry asked %d times, %v", *asked, err)
	}
}

func TestClientKeepsNotFound(t *testing.T) {
	c, asked := fake(t, http.NotFound, Options{})
	for range 2 {
		if _, err := c.ASN(context.Background(), 64500); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
	}
	if *asked != 1 {
		t.Errorf("asked %d times", *asked)
	}
}

func TestClientErrors(t *testing.T) {
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   problem.Kind
	}{
		{"server error", status(http.StatusInternalServerError), problem.Unavailable},
		{"forbidden", status(http.StatusForbidden), problem.Unavailable},
		{"junk", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("junk")) }, problem.Invalid},
		{"redirect inwards", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		}, problem.Forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, asked := fake(t, tt.answer, Options{})
			for range 2 {
				if _, err := c.Domain(context.Background(), "example.org"); problem.KindOf(err) != tt.want || err == nil {
					t.Errorf("got %v", err)
				}
			}
			if *asked != 2 {
				t.Errorf("a failure was kept: asked %d times", *asked)
			}
		})
	}
	c, asked := fake(t, http.NotFound, Options{})
	if _, err := c.Domain(context.Background(), "example.fi"); !problem.Is(err, problem.NotFound) || *asked != 0 {
		t.Errorf("unknown registry: %v, asked %d times", err, *asked)
	}
}

func TestClientIsPatient(t *testing.T) {
	c, asked := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}, Options{})
	for range 3 {
		if _, err := c.Domain(context.Background(), "example.org"); !problem.Is(err, problem.Unavailable) {
			t.Errorf("got %v", err)
		}
	}
	if *asked != 1 {
		t.Errorf("asked %d times in spite of Retry-After", *asked)
	}
}

func TestClientKeepsTheInterval(t *testing.T) {
	c, _ := fake(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(network)) }, Options{Interval: 60 * time.Millisecond})
	start := time.Now()
	for i := range 3 {
		if _, err := c.Addr(context.Background(), netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 120*time.Millisecond {
		t.Errorf("three questions took only %s", took)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Addr(ctx, netip.MustParseAddr("203.0.113.99")); !problem.Is(err, problem.Unavailable) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(network))
	f.Add([]byte(`{"objectClassName":"domain","entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","a@b.c"]]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode(data)
		if err != nil {
			return
		}
		for _, c := range a.Contacts {
			if strings.ContainsAny(c.Mail, "\r\n ,") || !strings.Contains(c.Mail, "@") {
				t.Errorf("mail address %q", c.Mail)
			}
		}
	})
}

// A contact goes into To: and onto a terminal; what is not plainly one mailbox
// of a domain is nobody's.
func TestMailAddress(t *testing.T) {
	tests := []struct {
		name, in string
		ok       bool
	}{
		{"plain", "abuse@net.example", true},
		{"plus", "abuse+rdap@net.example", true},
		{"IDN in ASCII", "abuse@xn--bcher-kva.example", true},
		{"digits in the host", "abuse@3.net.example", true},
		{"our own machine", "root@127.0.0.1", false},
		{"a number at the top", "root@a.1", false},
		{"single label", "root@localhost", false},
		{"empty label", "abuse@net..example", false},
		{"final dot", "abuse@net.example.", false},
		{"hyphen first", "abuse@-net.example", false},
		{"hyphen last", "abuse@net-.example", false},
		{"underscore", "abuse@_net.example", false},
		{"literal", "abuse@[192.0.2.1]", false},
		{"two ats", "abuse@a.example@net.example", false},
		{"no local part", "@net.example", false},
		{"display name", "Abuse <abuse@net.example>", false},
		{"query", "mailto:abuse@net.example?bcc=x@y.example", false},
		{"percent", "abuse@net.example%0aBcc:x", false},
		{"Unicode", "abüse@net.example", false},
		{"override", "\u202eabuse@net.example", false},
		{"too long", strings.Repeat("a", 250) + "@net.example", false},
		{"huge", strings.Repeat("a", 8<<20) + "@net.example", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := ""
			if tt.ok {
				want = tt.in
			}
			if got := mailAddress(tt.in); got != want {
				t.Errorf("%.60q gave %.60q", tt.in, got)
			}
		})
	}
}

func TestClip(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "EXAMPLE-NET åäö 日本", "EXAMPLE-NET åäö 日本"},
		{"line break", "a\r\nBcc: b", "aBcc: b"},
		{"escape", "\x1b[2Jx", "[2Jx"},
		{"C1", "\u009b2Jx", "2Jx"},
		{"override", "\u202eevil", "evil"},
		{"separator", "a\u2028b", "ab"},
		{"NUL", "a\x00b", "ab"},
		{"half a rune", "a\xffb", "ab"},
		{"long", strings.Repeat("å", 300), strings.Repeat("å", 200)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clip(tt.in); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Many ask at once: a service hears one question at a time, and the same one once.
func TestClientAsksOneAtATime(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	c, asked := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		_, _ = w.Write([]byte(network))
	}, Options{})
	var work sync.WaitGroup
	for i := range 12 {
		work.Go(func() {
			a, err := c.Addr(context.Background(), netip.AddrFrom4([4]byte{203, 0, 113, byte(i % 3)}))
			if err != nil || a.Name != "EXAMPLE-NET" {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	work.Wait()
	if most != 1 || *asked != 3 {
		t.Errorf("%d at once, %d questions; want 1 and 3", most, *asked)
	}
}

func TestClientGivesUpItsTurn(t *testing.T) {
	there, hold := make(chan struct{}, 9), make(chan struct{})
	c, _ := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		there <- struct{}{}
		<-hold
		_, _ = w.Write([]byte(network))
	}, Options{})
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := c.ASN(context.Background(), 64500); err != nil {
			t.Error(err)
		}
	})
	<-there
	bounded, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Domain(bounded, "example.org"); !problem.Is(err, problem.Unavailable) {
		t.Errorf("behind a service that hangs: %v", err)
	}
	close(hold)
	first.Wait()
	if _, err := c.Domain(context.Background(), "example.org"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestBackOff(t *testing.T) {
	tests := []struct {
		name, header string
		least, most  time.Duration
	}{
		{"none", "", 59 * time.Second, time.Minute},
		{"seconds", "600", 599 * time.Second, 600 * time.Second},
		{"too short", "0", 59 * time.Second, time.Minute},
		{"negative", "-5", 59 * time.Second, time.Minute},
		{"too long", "999999", 59 * time.Minute, time.Hour},
		{"overflowing", "9223372036854775807", 59 * time.Second, time.Hour},
		{"a date", "Sun, 22 Nov 2026 10:00:00 GMT", 59 * time.Second, time.Minute},
		{"junk", "soon\x00", 59 * time.Second, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := New(nil, nil, Options{})
			from := time.Now()
			c.backOff("h", tt.header)
			to := time.Now()
			if next := c.next["h"]; next.Sub(from) < tt.least || next.Sub(to) > tt.most {
				t.Errorf("%s", next.Sub(from))
			}
		})
	}
}

// A damaged cache is asked around, not trusted.
func TestClientWithADamagedCache(t *testing.T) {
	c, asked := fake(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(network)) }, Options{})
	kept := memory{}
	c.UseCache(kept)
	_ = kept.Put(context.Background(), "autnum/64500", []byte("{half"), time.Time{}, time.Now().Add(time.Hour))
	if a, err := c.ASN(context.Background(), 64500); err != nil || a.Name != "EXAMPLE-NET" || *asked != 1 {
		t.Errorf("%+v, %v, asked %d times", a, err, *asked)
	}
	if !strings.Contains(string(kept["autnum/64500"].data), "EXAMPLE-NET") {
		t.Errorf("the cache still holds %q", kept["autnum/64500"].data)
	}
}
