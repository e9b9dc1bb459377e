package mime

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"
)

// zone answers from a map of names to TXT records.
type zone struct {
	txt   map[string]string
	fail  bool
	asked atomic.Int64 // signatures are checked side by side
}

func (z *zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	z.asked.Add(1)
	if z.fail {
		return nil, &net.DNSError{Err: "time out", Name: name, IsTimeout: true, IsTemporary: true}
	}
	if v, ok := z.txt[strings.TrimSuffix(name, ".")]; ok {
		return []string{v}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupIPAddr(_ context.Context, name string) ([]net.IPAddr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupAddr(_ context.Context, name string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func signDKIM(t testing.TB, key ed25519.PrivateKey, domain, raw string) string {
	t.Helper()
	var b bytes.Buffer
	o := &dkim.SignOptions{Domain: domain, Selector: "s", Signer: key, HeaderKeys: []string{"From", "Subject", "Date"}}
	if err := dkim.Sign(&b, strings.NewReader(raw), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJudge(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	record := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	records := func(more ...string) map[string]string {
		m := map[string]string{
			"s._domainkey.victim.example": record, "s._domainkey.mail.victim.example": record, "s._domainkey.evil.example": record,
			"_dmarc.victim.example": "v=DMARC1; p=reject; sp=quarantine", "victim.example": "v=spf1 ip4:192.0.2.1 -all", "evil.example": "v=spf1 +all",
		}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	plain := mailOf("", "hello\r\n")
	envelope := Envelope{IP: netip.MustParseAddr("192.0.2.1"), Hello: "mx.victim.example", From: "ada@victim.example"}
	other := Envelope{IP: netip.MustParseAddr("198.51.100.1"), Hello: "mx.evil.example", From: "x@evil.example"}
	for name, tt := range map[string]struct {
		raw      string
		envelope Envelope
		zone     *zone
		spf      Result
		dkim     []Result
		dmarc    Result
		policy   string
		good     bool
	}{
		"both":                  {signDKIM(t, key, "victim.example", plain), envelope, &zone{txt: records()}, Pass, []Result{Pass}, Pass, "reject", true},
		"SPF alone":             {plain, envelope, &zone{txt: records()}, Pass, nil, Pass, "reject", true},
		"DKIM alone":            {signDKIM(t, key, "victim.example", plain), other, &zone{txt: records()}, Pass, []Result{Pass}, Pass, "reject", true},
		"DKIM of a subdomain":   {signDKIM(t, key, "mail.victim.example", plain), other, &zone{txt: records()}, Pass, []Result{Pass}, Pass, "reject", true},
		"strict":                {signDKIM(t, key, "mail.victim.example", plain), other, &zone{txt: records("_dmarc.victim.example", "v=DMARC1; p=none; adkim=s")}, Pass, []Result{Pass}, Fail, "none", false},
		"DKIM of a stranger":    {signDKIM(t, key, "evil.example", plain), other, &zone{txt: records()}, Pass, []Result{Pass}, Fail, "reject", false},
		"changed":               {strings.Replace(signDKIM(t, key, "victim.example", plain), "hello", "hallo", 1), other, &zone{txt: records()}, Pass, []Result{Fail}, Fail, "reject", false},
		"nobody signed":         {plain, other, &zone{txt: records()}, Pass, nil, Fail, "reject", false},
		"no policy":             {signDKIM(t, key, "victim.example", plain), envelope, &zone{txt: records("_dmarc.victim.example", "no record")}, Pass, []Result{Pass}, ResultNone, "", false},
		"policy of the parent":  {strings.Replace(plain, "ada@victim", "ada@x.victim", 1), other, &zone{txt: records()}, Pass, nil, Fail, "quarantine", false},
		"fetched":               {signDKIM(t, key, "victim.example", plain), Envelope{}, &zone{txt: records()}, ResultNone, []Result{Pass}, Pass, "reject", true},
		"DNS is down":           {signDKIM(t, key, "victim.example", plain), envelope, &zone{fail: true}, TempError, []Result{TempError}, TempError, "", false},
		"two senders":           {"From: x@evil.example\r\n" + plain, envelope, &zone{txt: records()}, Pass, nil, Fail, "", false},
		"sender without domain": {strings.Replace(plain, "ada@victim.example", "ada", 1), envelope, &zone{txt: records()}, Pass, nil, Fail, "", false},
		"wrong address":         {plain, Envelope{IP: netip.MustParseAddr("203.0.113.9"), From: "ada@victim.example"}, &zone{txt: records()}, Fail, nil, Fail, "reject", false},
	} {
		t.Run(name, func(t *testing.T) {
			v := Judge(context.Background(), readText(t, tt.raw), tt.envelope, tt.zone)
			var signed []Result
			for _, c := range v.DKIM {
				signed = append(signed, c.Result)
			}
			if v.SPF.Result != tt.spf || v.DMARC.Result != tt.dmarc || v.Policy != tt.policy || v.Authentic() != tt.good || !cmp.Equal(signed, tt.dkim) {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestJudgeAsksNotForEver(t *testing.T) {
	z := &zone{txt: map[string]string{}}
	raw := strings.Repeat("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=x; b=y\r\n", 5000) + mailOf("", "x")
	v := Judge(context.Background(), readText(t, raw), Envelope{}, z)
	if z.asked.Load() > maxLookups || len(v.DKIM) > maxSignatures || v.Authentic() {
		t.Errorf("%d questions, %d signatures", z.asked.Load(), len(v.DKIM))
	}
}

func TestAnswersAreUsedAgain(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	z := &zone{txt: map[string]string{"a.example": "x"}}
	r := Remember(z, func() time.Time { return now })
	ask := func(name string) {
		t.Helper()
		got, err := r.LookupTXT(context.Background(), name)
		if (err == nil) != (name == "a.example" && !z.fail) || err == nil && got[0] != "x" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	for range 3 {
		ask("a.example")
		ask("none.example")
	}
	if z.asked.Load() != 2 {
		t.Errorf("asked %d times", z.asked.Load())
	}
	now, z.fail = now.Add(rememberFor), true
	ask("a.example")
	ask("a.example")
	now, z.fail = now.Add(rememberFault), false
	ask("a.example")
	if z.asked.Load() != 4 {
		t.Errorf("after a fault: asked %d times", z.asked.Load())
	}
	for i := range maxRemembered + 5 {
		_, _ = r.LookupAddr(context.Background(), strconv.Itoa(i))
	}
	if n := len(r.(*remembering).known); n > maxRemembered {
		t.Errorf("%d are remembered", n)
	}
}

// silent is a DNS that does not answer until its time is over.
type silent struct {
	*zone
	quiet atomic.Bool
	told  chan struct{} // a question each
}

func (s *silent) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if !s.quiet.Load() {
		return []string{"x"}, nil
	}
	s.told <- struct{}{}
	return nil, &net.DNSError{Err: "no answer", IsTimeout: true}
}

// A DNS that is down is tried by one question at a time, and is up with the first answer.
func TestDNSDown(t *testing.T) {
	s := &silent{zone: &zone{}, told: make(chan struct{}, 1000)}
	s.quiet.Store(true)
	r := Remember(s, time.Now).(*remembering)
	for i := range maxSilent {
		if _, err := r.LookupTXT(t.Context(), strconv.Itoa(i)); err == nil {
			t.Error("an answer")
		}
	}
	r.mu.Lock()
	r.probing = true // somebody's question is under way
	r.mu.Unlock()
	if _, err := r.LookupTXT(t.Context(), "another"); !errors.Is(err, errDown) || len(s.told) != maxSilent {
		t.Errorf("%v, asked %d times", err, len(s.told))
	}
	r.mu.Lock()
	r.probing = false
	r.mu.Unlock()
	s.quiet.Store(false)
	for _, name := range []string{"back", "more", "0"} { // the last was unanswered and is remembered so
		_, err := r.LookupTXT(t.Context(), name)
		if (err == nil) != (name != "0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What one mail has no time for is not held against the next.
func TestEndedMailAsksNothing(t *testing.T) {
	z := &zone{txt: map[string]string{"a.example": "x"}}
	r := Remember(z, time.Now)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.LookupTXT(ended, "a.example"); err == nil {
		t.Error("an answer")
	}
	if got, err := r.LookupTXT(t.Context(), "a.example"); err != nil || got[0] != "x" {
		t.Errorf("%v %v", got, err)
	}
}
