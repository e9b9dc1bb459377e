package triage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/warninglist"
)

// What is kept of a report for finding its like are digests under a key of ours: from the tables alone nobody reads what stood in it.

// Shape of the text's digests: a text of which half the shingles are the same shares a band with probability 0.64, one with a fifth of them 0.03.
const (
	bands      = 16
	bandRows   = 4
	shingle    = 3    // words
	mostSingle = 5000 // shingles of a text
	mostKept   = 200  // indicators of a report
)

// mark is the digest of a value.
func (t *Triage) mark(kind, value string) int64 {
	h := hmac.New(sha256.New, t.o.Key[:])
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// trait is an indicator, or the host in one, by which reports are compared.
type trait struct {
	kind  indicator.Kind
	value string
	mark  int64
}

// traits are those of a report that may be searched for.
func (t *Triage) traits(found []indicator.Indicator) (out []trait) {
	seen := map[int64]bool{}
	add := func(kind indicator.Kind, value string) {
		if m := t.mark(string(kind), value); !seen[m] && len(out) < mostKept {
			seen[m] = true
			out = append(out, trait{kind, value, m})
		}
	}
	for _, in := range found {
		if len(warninglist.Speak(in.Listed, warninglist.Search)) > 0 {
			continue
		}
		add(in.Kind, in.Value)
		if in.Kind == indicator.URL {
			add(hostKind(in.Host), in.Host)
		}
	}
	return out
}

func hostKind(host string) indicator.Kind {
	if strings.Contains(host, ":") || strings.Trim(host, "0123456789.") == "" {
		return indicator.IP
	}
	return indicator.Domain
}

// bandsOf are the digests of a text's min-hash signature; none for a text of a few words.
func (t *Triage) bandsOf(text string) []int64 {
	words := strings.Fields(plainWords(text))
	if len(words) < 2*shingle {
		return nil
	}
	var least [bands * bandRows]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for i := range min(len(words)-shingle+1, mostSingle) {
		x := fingerprint(words[i : i+shingle])
		for k := range least {
			least[k] = min(least[k], mix(x+uint64(k)*0x9E3779B97F4A7C15))
		}
	}
	out := make([]int64, bands)
	var b [8 * bandRows]byte
	for i := range out {
		for k := range bandRows {
			binary.BigEndian.PutUint64(b[8*k:], least[i*bandRows+k])
		}
		out[i] = t.mark("band", string(rune('a'+i))+string(b[:]))
	}
	return out
}

// fingerprint is FNV-1a of some words.
func fingerprint(words []string) uint64 {
	h := uint64(14695981039346656037)
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * 1099511628211
		}
		h = (h ^ ' ') * 1099511628211
	}
	return h
}

// mix is the finisher of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
