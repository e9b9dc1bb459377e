package redact

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/release/leak"
)

var secret = [32]byte{1, 2, 3}

func names() leak.Names {
	n := leak.NewNames()
	n.Add(leak.Organisation, "Bank of\tAll")
	n.Add(leak.Organisation, "İstanbul Water")
	n.Add(leak.Organisation, "x") // one letter is no name
	n.Add(leak.Organisation, "(paren)")
	n.Add(leak.Address, "192.0.2.17")
	n.AddAs(leak.Reporter, leak.Person, "Zelda Quickthorn")
	n.AddAs(leak.Ours, leak.Ticket, "R-7K2QX9")
	return n
}

func TestTextsAreCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"zelda quickthorn rang":      "[…] rang",
		"Quickthorn, ZELDA":          "[…]",
		"Zeldas are not Zelda":       "Zeldas are not […]",
		"unzelda":                    "unzelda",
		"the BANK OF ALL paid":       "the […] paid",
		"İSTANBUL WATER is off":      "[…] is off",
		"x marks (paren)":            "x marks ([…])",
		"mail a.b+c@host.example.":   "mail […].",
		"ring +32 (0)2 123.45.67 or": "ring […] or",
		"at 192.0.2.1 on 2026-11-22": "at 192.0.2.1 on 2026-11-22",
		"at 192[.]0[.]2[.]17, see":   "at […], see",
		"\xff\xfeZelda":              "\uFFFD[…]",
		"see r-7k2qx9":               "see […]",
	} {
		c := Text{Profile: For("public"), Names: names()}
		if got := c.Clean(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestRelationsCanBeRead(t *testing.T) {
	text := "Zelda of Bank of All saw 192.0.2.17; Bank of  All again, and the bank of all."
	c := Text{Profile: For("peer"), Names: names(), Pseudonyms: NewPseudonyms(secret, "incident", "peers")}
	got := c.Clean(text)
	bank := c.Pseudonyms.In(leak.Organisation, "Bank of All")
	if strings.Count(got, bank) != 3 || !strings.Contains(got, "[person ") || !strings.Contains(got, "[address ") || c.Taken != 5 {
		t.Errorf("%q, %d taken", got, c.Taken)
	}
	again := Text{Profile: For("peer"), Names: names(), Pseudonyms: NewPseudonyms(secret, "incident", "peers")}
	if again.Clean(text) != got {
		t.Error("two copies differ")
	}
	for what, ps := range map[string]Pseudonyms{
		"item": NewPseudonyms(secret, "another", "peers"), "group": NewPseudonyms(secret, "incident", "others"), "key": NewPseudonyms([32]byte{9}, "incident", "peers"),
	} {
		if ps.In(leak.Organisation, "Bank of All") == bank {
			t.Errorf("another %s has the same pseudonym", what)
		}
	}
	if p := (Pseudonyms{}); p.In(leak.Person, "Zelda") != "[person]" {
		t.Error(p.In(leak.Person, "Zelda"))
	}
}

func TestStandInsAreOfTheirKind(t *testing.T) {
	ps := NewPseudonyms(secret, "i", "g")
	for _, c := range []struct {
		kind          leak.Kind
		value, prefix string
		suffix        string
	}{
		{leak.Domain, "Victim.Example.", "", ".example"},
		{leak.Mail, "z@victim.example", "", "@redacted.example"},
		{leak.Address, "10.1.2.3", "", ""},
		{leak.Address, "2001:4860::1", "2001:db8:", ""},
		{leak.Address, "10.1.0.0/16", "", "/16"},
		{leak.Person, "Zelda", "[person ", "]"},
	} {
		got := ps.Stand(c.kind, c.value)
		if got != ps.Stand(c.kind, strings.ToUpper(c.value)) || !strings.HasPrefix(got, c.prefix) || !strings.HasSuffix(got, c.suffix) || strings.Contains(got, "victim") {
			t.Errorf("%s %q becomes %q", c.kind, c.value, got)
		}
	}
	if a := ps.Stand(leak.Address, "10.1.2.3"); !strings.HasPrefix(a, "198.18.") && !strings.HasPrefix(a, "198.19.") {
		t.Error(a)
	}
}

// The table is the policy: it is written down twice, so that nobody relaxes it in passing.
func TestProfiles(t *testing.T) {
	want := map[string]string{
		"authority": "p p d k", "constituent": "d p d k", "owner": "d k d k", "party": "d p d k", "peer": "p p d k", "provider": "d p d k", "public": "d d d k",
		"reporter": "k k d k", "self": "k k k k", "vendor": "d d d k",
	}
	for _, p := range Profiles() {
		var got []string
		for _, s := range Sensitivities() {
			got = append(got, string(p.On(s)[:1]))
		}
		if line := strings.Join(got, " "); line != want[p.Name] {
			t.Errorf("%s: %s, want %s", p.Name, line, want[p.Name])
		}
		if p.Name != "self" && p.On(0) != Drop {
			t.Errorf("%s keeps what nobody has judged", p.Name)
		}
		for _, s := range Sensitivities() {
			if openness[p.On(s|Internal)] > openness[p.On(s)] {
				t.Errorf("%s: more sensitive, and more open", p.Name)
			}
		}
	}
	if len(Profiles()) != len(want) || For("nobody").Name != "public" {
		t.Error("a profile is not looked at, or the unknown audience gets more than the public")
	}
}

func TestCopiesAreSanitised(t *testing.T) {
	fields := []Field{
		{"reporter.name", Who, leak.Person, "Zelda Quickthorn"},
		{"victim.name", Victim, leak.Organisation, "Bank of All"},
		{"victim.address", Victim, leak.Address, "2001:4860::17"},
		{"note", Internal, leak.Text, "we think"},
		{"indicator", Technical, leak.Domain, "bad.example"},
		{"summary", Technical, leak.Text, "bad.example steals from Bank of All, says Zelda"},
		{"unjudged", 0, leak.Text, "?"},
	}
	ps := NewPseudonyms(secret, "i", "g")
	for _, p := range Profiles() {
		out := Copy(p, fields, names(), ps)
		var all []string
		for _, f := range out {
			all = append(all, f.Value)
		}
		text := strings.Join(all, "\n")
		if strings.Contains(text, "Zelda") != (p.On(Who) == Keep) || strings.Contains(text, "Bank of All") != (p.On(Victim) == Keep) || !strings.Contains(text, "bad.example") {
			t.Errorf("%s: %s", p.Name, text)
		}
		if p.Name != "self" && slices.ContainsFunc(out, func(f Field) bool { return f.Name == "note" || f.Name == "unjudged" }) {
			t.Errorf("%s has what is ours: %+v", p.Name, out)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("Zelda", "a text about Zelda")
	f.Fuzz(func(t *testing.T, name, text string) {
		n := leak.NewNames()
		n.Add(leak.Person, name)
		c := Text{Profile: For("public"), Names: n}
		if left := n.Find(c.Only(text)); len(left) > 0 && !strings.Contains(name, "…") {
			t.Errorf("%q is left in %q of %q", name, c.Only(text), text)
		}
		c.Clean(text)
	})
}
