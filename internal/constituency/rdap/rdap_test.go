package rdap

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/httpx"
)

const network = `{"objectClassName":"ip network","handle":"NET-1","name":"EXAMPLE-NET","country":"FI","entities":[
 {"roles":["registrant"],"vcardArray":["vcard",[["fn",{},"text","Owner"],["email",{},"text","owner@example.org"]]],
  "entities":[{"roles":["technical","Abuse"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Abuse Desk"],["email",{},"text","abuse@example.org"],["tel",{"type":"voice"},"uri","tel:+3581"]]]}]},
 {"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","near@example.net"]]]},
 {"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","NEAR@example.net"]]]}]}`

func TestDecode(t *testing.T) {
	got, err := Decode([]byte(network))
	if err != nil {
		t.Fatal(err)
	}
	want := Answer{Handle: "NET-1", Name: "EXAMPLE-NET", Country: "FI", Contacts: []Contact{
		{Mail: "near@example.net"},
		{Name: "Abuse Desk", Mail: "abuse@example.org", Phone: "+3581"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
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
	c.UseCache(memory{})
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
