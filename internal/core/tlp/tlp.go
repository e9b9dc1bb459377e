// Package tlp holds the labels that say how far something may be passed on, the
// Traffic Light Protocol version 2.0 of FIRST (https://www.first.org/tlp/), and
// what may be done with it, the Permissible Actions Protocol.
//
// Labels compare by strictness: a greater one allows less.
package tlp

import (
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Label is a TLP label.
type Label uint8

// The labels, from the widest to the narrowest audience.
const (
	Clear       Label = iota // the world
	Green                    // the community, but not in public
	Amber                    // the recipient's organisation and its clients
	AmberStrict              // the recipient's organisation
	Red                      // the recipient
)

var labels = [...]string{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}

// Labels returns all labels, the widest audience first.
func Labels() []Label { return []Label{Clear, Green, Amber, AmberStrict, Red} }

// String returns the label as the standard writes it: "TLP:AMBER+STRICT". What
// is no label is written as the strictest.
func (l Label) String() string { return "TLP:" + labels[min(l, Red)] }

// Short returns the label without "TLP:", in lower case: "amber+strict".
func (l Label) Short() string { return strings.ToLower(labels[min(l, Red)]) }

// Parse reads a label in any case, with or without "TLP:". WHITE, of version
// 1, is CLEAR. An unknown label is problem.Invalid.
func Parse(s string) (Label, error) {
	word := strings.ToUpper(strings.TrimSpace(s))
	word = strings.TrimSpace(strings.TrimPrefix(word, "TLP:"))
	word = strings.NewReplacer(" + ", "+", "-STRICT", "+STRICT", " STRICT", "+STRICT", "_STRICT", "+STRICT").Replace(word)
	if word == "WHITE" {
		return Clear, nil
	}
	for i, name := range labels {
		if word == name {
			return Label(i), nil
		}
	}
	return Red, problem.New(problem.Invalid, "%q is no TLP label: use clear, green, amber, amber+strict or red", s)
}

// Strictest returns the label that allows least; of none, Clear.
func Strictest(of ...Label) Label {
	out := Clear
	for _, l := range of {
		out = max(out, l)
	}
	return out
}

// Colours of the label's text and its background, as TLP 2.0 prescribes them,
// as HTML writes colours.
func (l Label) Colours() (text, background string) {
	return [...]string{"#FFFFFF", "#33FF00", "#FFC000", "#FFC000", "#FF2B2B"}[min(l, Red)], "#000000"
}

// MarshalText writes the label as String does.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what Parse reads.
func (l *Label) UnmarshalText(b []byte) (err error) {
	*l, err = Parse(string(b))
	return err
}
