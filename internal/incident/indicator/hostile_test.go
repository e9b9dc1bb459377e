package indicator_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/incident/indicator"
)

// hostile are texts that cost quadratic time where somebody was careless.
var hostile = map[string]string{
	"dots": ".", "brackets": "[", "harmless dots": "[.]", "open brackets with blanks": "[    ", "signs": "@", "mail after mail": "a@b.fr", "URLs": "http://", "harmless URLs": "hxxp://a",
	"one label": "a", "labels": "a.", "colons": ":", "IPv6": "1:", "octets": "1.", "hex": "0a", "CVEs": "CVE-", "slashes": "a/", "wide": "é", "zero width": "\u200b", "dashes": "1-", "blanks": " ",
	"nested": "http://a.fr/(", "backslashes": "\\", "not UTF-8": "\xff", "domains": "a.fr,", "words": "a.fr ", "percents": "%2e", "commas": "http://a.fr,", "letters before a sign": "aaaaaaaaaaaaaaaa://",
}

// TestTimeGrowsWithTheText compares a text with one eight times as long: what grows with its square would take sixty-four times as long.
func TestTimeGrowsWithTheText(t *testing.T) {
	const size = 24 << 10
	for name, unit := range hostile {
		t.Run(name, func(t *testing.T) {
			small, large := spent(t, unit, size), spent(t, unit, 8*size)
			if large > 32*small+200*time.Millisecond {
				t.Errorf("%d bytes took %v, eight times as many %v", size, small, large)
			}
		})
	}
}

// spent is the shorter of two.
func spent(t testing.TB, unit string, size int) time.Duration {
	text := strings.Repeat(unit, size/len(unit))
	best := time.Hour
	for range 2 {
		start := worked(t)
		indicator.Extract(text, indicator.Limits{})
		best = min(best, worked(t)-start)
	}
	return best
}

// worked is the time of processors that this process has had: on a busy machine the clock says nothing about a function.
func worked(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkProse(b *testing.B) {
	text := strings.Repeat("The server at 192.0.2.1 (www.evil[.]com) sent us mail again on Tuesday, and nobody answers. ", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		indicator.Extract(text, indicator.Limits{})
	}
}

func FuzzExtract(f *testing.F) {
	for _, unit := range hostile {
		f.Add(strings.Repeat(unit, 3))
	}
	f.Add("hxxps[:]//user@ev\u200bil [.] com:8443/a?b=c, 192.0.2.1/24 [2001:db8::1]:80 AS64500 CVE-2024-1234 a@b.fr")
	f.Fuzz(func(t *testing.T, text string) {
		found := indicator.Extract(text, indicator.Limits{Count: 50, Places: 100})
		last := 0
		for _, p := range found.Places {
			if p.From < last || p.To < p.From || p.To > len(text) || p.Of >= len(found.List) {
				t.Fatalf("place %+v after %d in %d bytes", p, last, len(text))
			}
			last = p.To
		}
		for _, i := range found.List {
			if i.Value == "" || len(i.Value) > 3*len(text)+64 || strings.ContainsAny(i.Value, " \n<>\"") {
				t.Fatalf("value %q of %q", i.Value, text)
			}
		}
	})
}
