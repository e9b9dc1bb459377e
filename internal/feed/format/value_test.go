package format

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseAddr(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255", "::ffff:192.0.2.1": "192.0.2.1",
		"2001:DB8::1": "2001:db8::1", "": "", "192.0.2": "", "192.0.2.1.1": "", "192.0.2.256": "", "192.0.02.1": "", "192.0.2.1/24": "",
		"fe80::1%eth0": "", "1..2.3": "", ".1.2.3": "", "1.2.3.": "", "a.b.c.d": "", "999999999999999": "",
	} {
		a, ok := ParseAddr([]byte(in))
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("ParseAddr(%q) = %v, %v; want %q", in, a, ok, want)
		}
	}
}

func TestParseAddrAgreesWithNetip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[0-9a-fA-F:]{0,8}(::)?([0-9a-f]{1,5}:){0,8}[0-9a-f]{0,5}(::)?([0-9]{1,3}(\.[0-9]{1,3}){3})?`).Draw(t, "address")
		want, err := netip.ParseAddr(in)
		got, ok := ParseAddr([]byte(in))
		if ok != (err == nil) || ok && got != want.Unmap() {
			t.Fatalf("ParseAddr(%q) = %v, %v; netip says %v, %v", in, got, ok, want, err)
		}
	})
}

func TestParseAddrAllocatesNothing(t *testing.T) {
	in := []byte("2001:db8:1:2:3:4:5:6")
	if n := testing.AllocsPerRun(100, func() { ParseAddr(in) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseAddr(f *testing.F) {
	f.Add("192.0.2.1")
	f.Add("::ffff:1.2.3.4")
	f.Fuzz(func(t *testing.T, in string) {
		want, err := netip.ParseAddr(in)
		wantOK := err == nil && want.Zone() == ""
		got, ok := ParseAddr([]byte(in))
		if ok != wantOK || ok && got != want.Unmap() {
			t.Errorf("ParseAddr(%q) = %v, %v; netip says %v, %v", in, got, ok, want, err)
		}
	})
}

func TestStampsParse(t *testing.T) {
	var s Stamps
	for in, want := range map[string]string{
		"2026-11-20 00:00:01": "2026-11-20T00:00:01Z", "2026-11-20T23:59:59": "2026-11-20T23:59:59Z", "2024-02-29 12:00:00": "2024-02-29T12:00:00Z",
		"2026-11-20T00:00:01Z": "2026-11-20T00:00:01Z", "2026-11-20 00:00:01+02:00": "2026-11-19T22:00:01Z",
		"2026-11-20T00:00:01.5Z": "2026-11-20T00:00:01.5Z", "2026-11-20": "2026-11-20T00:00:00Z", "1970-01-01 00:00:00": "1970-01-01T00:00:00Z",
		"": "", "0": "", "2023-02-29 12:00:00": "", "2026-13-01 00:00:00": "", "2026-11-20 24:00:00": "", "2026-11-20 0a:00:00": "",
		"2026-11-20 00:60:00": "", "2026-11-00 00:00:00": "", "yesterday, perhaps!!": "",
	} {
		ms, ok := s.Parse([]byte(in))
		if ok != (want != "") || ok && time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("Parse(%q) = %v, %v; want %q", in, time.UnixMilli(ms).UTC(), ok, want)
		}
	}
}

func TestStampsAgreeWithTime(t *testing.T) {
	var s Stamps
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "at"), 0).UTC()
		ms, ok := s.Parse([]byte(at.Format(time.DateTime)))
		if !ok || ms != at.UnixMilli() {
			t.Fatalf("%v: got %v, %v", at, ms, ok)
		}
	})
}

func TestWindow(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w := WindowAt(now)
	for _, tt := range []struct {
		at   time.Time
		want bool
	}{
		{now, true},
		{now.Add(47 * time.Hour), true},
		{now.Add(49 * time.Hour), false},
		{now.AddDate(-9, 0, 0), true},
		{now.AddDate(-11, 0, 0), false},
		{time.Unix(0, 0), false},
		{time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		if got := w.Holds(tt.at.UnixMilli()); got != tt.want {
			t.Errorf("Holds(%v) = %v", tt.at, got)
		}
	}
}

func TestParseUint(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "65535": 65535, "999999999999999999": 999999999999999999, "": -1, "-1": -1, "1a": -1, "1234567890123456789": -1} {
		if n, ok := ParseUint([]byte(in)); ok != (want >= 0) || ok && n != want {
			t.Errorf("ParseUint(%q) = %d, %v", in, n, ok)
		}
	}
}

func TestDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Example.ORG": "example.org", "www.example.org.": "www.example.org", "example.org:8080": "example.org", "_dmarc.example.org": "_dmarc.example.org",
		"xn--bcher-kva.example": "xn--bcher-kva.example", "bücher.example": "bücher.example",
		"192.0.2.1": "", "localhost": "", "": "", "a..b": "", "-a.example": "", "a-.example": "", "a b.example": "", "[2001:db8::1]": "", ".example": "",
	} {
		got, ok := Domain(nil, []byte(in))
		if ok != (want != "") || string(got) != want {
			t.Errorf("Domain(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "bücher": "bücher", "a\xffb\xc3": `a\xffb\xc3`, "": ""} {
		if got := string(Escape([]byte(in))); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
	if Clean([]byte("a\x00b")) || Clean([]byte("a\xff")) || !Clean([]byte("é")) {
		t.Error("Clean misjudges")
	}
}
