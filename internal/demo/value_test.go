package demo

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestClockAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, 4102444800).Draw(t, "second")
		c := calendar{layout: time.DateOnly}
		got := string(c.append(c.append(nil, 0)[:0], stamp(at))) // a day before, so that the calendar must turn its page
		if want := time.Unix(at, 0).UTC().Format(time.DateTime); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestAddressTextAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ip := rapid.Uint32().Draw(t, "ip")
		want := netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).String()
		if got := string(appendIPv4(nil, ip)); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestPicksStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, n := rapid.Uint64().Draw(t, "hash"), rapid.IntRange(1, 1<<20).Draw(t, "n")
		if v := below(h, n); v < 0 || v >= n {
			t.Fatalf("below gives %d of %d", v, n)
		}
		if v := skewed(h, n); v < 0 || v >= n {
			t.Fatalf("skewed gives %d of %d", v, n)
		}
	})
}

func TestSkewedPrefersTheFirst(t *testing.T) {
	var count [10]int
	for i := range uint64(10_000) {
		count[skewed(mix(i), 10)]++
	}
	if count[0] < 3*count[5] || count[9] > count[5] {
		t.Errorf("the picks spread as %v", count)
	}
}

// TestSystemsArePrivate holds AS numbers to RFC 5398 and RFC 6996, and countries to those where nobody lives.
func TestSystemsArePrivate(t *testing.T) {
	for _, space := range []Space{Documentation, Broad} {
		t.Run(space.String(), func(t *testing.T) {
			for i := range uint64(5000) {
				ip := space.address(i)
				if n := space.asn(ip); (n < 64496 || n > 64511) && n < 4200000000 {
					t.Fatalf("AS%d belongs to somebody", n)
				}
				if cc := space.country(ip); !strings.Contains("AQ BV HM TF GS", cc) || len(cc) != 2 {
					t.Fatalf("people live in %q", cc)
				}
			}
		})
	}
}

func TestQuoted(t *testing.T) {
	for value, want := range map[string]string{"tcp": "tcp", "": "", "two words": `"two words"`, "a,b": `"a,b"`, `say "so"`: `"say ""so"""`} {
		if got := quoted(value); got != want {
			t.Errorf("%q becomes %s, want %s", value, got, want)
		}
	}
}

func TestPrefixesIsATable(t *testing.T) {
	var out strings.Builder
	if err := Prefixes(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
		cells := strings.Split(line, ",")
		if p, err := netip.ParsePrefix(cells[0]); err != nil || len(cells) != 4 || !isDocumentation(p.Addr()) {
			t.Errorf("line %q: %v", line, err)
		}
	}
}

// full is a writer whose disk has no room after some bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, io.ErrShortWrite
	}
	f.room -= len(p)
	return len(p), nil
}

func TestWriteTellsOfAFullDisk(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"report":   func(w io.Writer) error { return Write(w, "scan_ssl", 2000, 1, night) },
		"register": func(w io.Writer) error { return Register(w, 10_000, 1) },
		"nation":   Nation,
		"prefixes": Prefixes,
	} {
		t.Run(name, func(t *testing.T) {
			if err := write(&full{room: 100}); err == nil {
				t.Error("a full disk passed unseen")
			}
		})
	}
}
