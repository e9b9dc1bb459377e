package tlp

import (
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// PAP says what may be done with information, so that the adversary does not
// learn of it.
type PAP uint8

// The permissible actions, from the most to the fewest.
const (
	PAPClear PAP = iota // everything
	PAPGreen            // active ones: block, talk to the target
	PAPAmber            // passive ones that third parties may see: ask RDAP, passive DNS
	PAPRed              // only what cannot be seen from outside: search one's own logs
)

var paps = [...]string{"CLEAR", "GREEN", "AMBER", "RED"}

// String returns the label as it is written: "PAP:AMBER". What is no label is
// written as the strictest.
func (p PAP) String() string { return "PAP:" + paps[min(p, PAPRed)] }

// Short returns the word alone: "amber".
func (p PAP) Short() string { return strings.ToLower(paps[min(p, PAPRed)]) }

// ParsePAP reads a label in any case, with or without "PAP:". WHITE is CLEAR.
// An unknown label is problem.Invalid, and read as the strictest.
func ParsePAP(s string) (PAP, error) {
	word := strings.ToUpper(strings.TrimSpace(s))
	word = strings.TrimSpace(strings.TrimPrefix(word, "PAP:"))
	if word == "WHITE" {
		return PAPClear, nil
	}
	for i, name := range paps {
		if word == name {
			return PAP(i), nil
		}
	}
	return PAPRed, problem.New(problem.Invalid, "%q is no PAP label: use clear, green, amber or red", s)
}

// AllowsLookup reports whether a third party may be asked about the
// information (RDAP, DNS, a hash or URL service).
func (p PAP) AllowsLookup() bool { return p <= PAPAmber }

// AllowsContact reports whether the target itself may be touched.
func (p PAP) AllowsContact() bool { return p <= PAPGreen }

// MarshalText writes the label: "PAP:AMBER".
func (p PAP) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePAP reads.
func (p *PAP) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePAP(string(b))
	return err
}
