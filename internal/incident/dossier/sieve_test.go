package dossier

import (
	"strings"
	"testing"
)

func TestSieve(t *testing.T) {
	s := &sieve{needles: map[rune][][]rune{}}
	s.person("Zelda Quickthorn")
	s.add("Bank of\tAll")
	s.add("İstanbul Water")
	s.add("x") // one letter is no name
	s.add("(paren)")
	s.order()
	for in, want := range map[string]string{
		"":                           "",
		"zelda quickthorn rang":      "[…] rang",
		"Quickthorn, ZELDA":          "[…], […]",
		"Zeldas are not Zelda":       "Zeldas are not […]",
		"unzelda":                    "unzelda",
		"the BANK OF ALL paid":       "the […] paid",
		"İSTANBUL WATER is off":      "[…] is off",
		"x marks (paren)":            "x marks […]",
		"mail a.b+c@host.example.":   "mail […].",
		"ring +32 (0)2 123.45.67 or": "ring […] or",
		"at 192.0.2.1 on 2026-11-22": "at 192.0.2.1 on 2026-11-22",
		"\xff\xfeZelda":              "��[…]",
	} {
		if got := s.text(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzSieve(f *testing.F) {
	f.Add("Zelda", "a text about Zelda")
	f.Fuzz(func(t *testing.T, name, text string) {
		s := &sieve{needles: map[rune][][]rune{}}
		s.person(name)
		s.order()
		if name = strings.TrimSpace(name); len(fold(name)) > 1 && s.names(name) != blank {
			t.Errorf("%q becomes %q", name, s.names(name))
		}
		s.text(text)
	})
}
