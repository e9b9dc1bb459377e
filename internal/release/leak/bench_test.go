package leak

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// many are so many names of all kinds.
func many(size int) Names {
	n := NewNames()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not a secret
	for i := range size / 4 {
		w := word(r) + " " + word(r)
		n.Add(Organisation, w)
		n.AddAs(Reporter, Person, word(r)+" "+word(r))
		n.Add(Domain, strings.ReplaceAll(w, " ", "-")+".example")
		n.Add(Address, fmt.Sprintf("203.%d.%d.0/24", i/250%250, i%250))
	}
	return n
}

func word(r *rand.Rand) string {
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteByte("bcdfghjklmnpqrstvwz"[r.IntN(19)])
		b.WriteByte("aeiou"[r.IntN(5)])
		b.WriteByte("nrstlmxq"[r.IntN(8)] ^ 0x20)
	}
	return strings.ToUpper(b.String()[:1]) + strings.ToLower(b.String()[1:])
}

// prose is a text of about so many bytes, as letters and tables have it.
func prose(size int) string {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // not a secret
	usual := strings.Fields("the and of server was seen at port with from between scanned open please check whether this address answers on Monday vulnerability é traffic 2026-11-22T09:17:31Z 443 198.51.100.7")
	var b strings.Builder
	for b.Len() < size {
		switch r.IntN(12) {
		case 0:
			b.WriteString("q" + strings.ToLower(word(r)))
		case 1:
			b.WriteString("\n")
		default:
			b.WriteString(usual[r.IntN(len(usual))])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func BenchmarkCheck(b *testing.B) {
	n, text := many(10_000), prose(10<<20)
	Check(Content{Text: "x"}, n)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if got := Check(Content{Text: text}, n); len(got) != 0 {
			b.Fatal(got)
		}
	}
}

func BenchmarkNames(b *testing.B) {
	for b.Loop() {
		Check(Content{Text: "x"}, many(10_000))
	}
}
