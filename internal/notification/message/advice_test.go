package message

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/feed/shadowserver"
)

func books(t *testing.T) map[string]*book {
	t.Helper()
	out := map[string]*book{}
	for _, lang := range []string{"en", "fr"} {
		b, err := texts{}.book(lang)
		if err != nil {
			t.Fatal(err)
		}
		out[lang] = b
	}
	return out
}

func TestEveryTypeHasAdvice(t *testing.T) {
	for lang, b := range books(t) {
		for _, typ := range rsit.Types() {
			if a := b.of(Section{Type: string(typ)}); a != b.Type[string(typ)] || a.Why == "" || len(a.Check) == 0 || len(a.Fix) == 0 {
				t.Errorf("%s: %s has no advice of its own", lang, typ)
			}
			if a := b.of(Section{Type: string(typ), Standing: Victim}); !slices.Contains(slices.Collect(maps.Values(b.Victim)), a) {
				t.Errorf("%s: a victim of %s is spoken to as a culprit", lang, typ)
			}
		}
	}
}

// TestLanguagesSayTheSame compares the keys of the books: French must have what English has, of the same make.
func TestLanguagesSayTheSame(t *testing.T) {
	b := books(t)
	for kind, en := range b["en"].tables() {
		fr := b["fr"].tables()[kind]
		if !slices.Equal(slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(fr))) {
			t.Errorf("%s: English has %v, French %v", kind, slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(fr)))
			continue
		}
		for key, e := range en {
			f := fr[key]
			if e.Like != f.Like || e.Ports != f.Ports || len(e.Check) != len(f.Check) || len(e.Fix) != len(f.Fix) {
				t.Errorf("%s.%s differs in like, ports, or the number of its steps", kind, key)
			}
			if e.Why == f.Why {
				t.Errorf("%s.%s is not translated", kind, key)
			}
		}
	}
}

// TestIdentifiersExist holds the advice to what the program writes, and finds reports for which nothing better than the type is said.
func TestIdentifiersExist(t *testing.T) {
	written := map[string]bool{"vulnerable-exchange-server": true, "exchange-server-webshell": true} // these two come from the tag
	for _, r := range shadowserver.Builtin().Reports() {
		written[r.Identifier] = true
	}
	b := books(t)["en"]
	for _, table := range []map[string]*advice{b.Identifier, b.Victim} {
		for name := range table {
			if _, isType := rsit.Lookup(name); !written[name] && !isType && name != anyVictim {
				t.Errorf("nothing is ever called %s", name)
			}
		}
	}
	for _, r := range shadowserver.Builtin().Reports() {
		s := Section{Type: r.Type, Identifier: r.Identifier, Standing: r.Standing}
		if a := b.of(s); r.Identifier != "" && r.Role != "none" && !r.Informational && a == b.Type[r.Type] {
			t.Errorf("%s: %s has no advice of its own", r.Name, r.Identifier)
		}
	}
}

func TestFinestAdviceFirst(t *testing.T) {
	b := books(t)["en"]
	tests := []struct {
		name string
		s    Section
		want *advice
	}{
		{"identifier", Section{Type: "vulnerable-system", Identifier: "Open-Telnet"}, b.Identifier["open-telnet"]},
		{"unknown identifier", Section{Type: "infected-system", Identifier: "mirai"}, b.Type["infected-system"]},
		{"unknown type", Section{Type: "what"}, b.Type["undetermined"]},
		{"victim by identifier", Section{Type: "ddos", Identifier: "amplification-ddos-victim", Standing: Victim}, b.Victim["amplification-ddos-victim"]},
		{"victim by type", Section{Type: "ddos", Identifier: "x", Standing: Victim}, b.Victim["ddos"]},
		{"any victim", Section{Type: "spam", Identifier: "spam-url", Standing: Victim}, b.Victim["any"]},
	}
	for _, tt := range tests {
		if got := b.of(tt.s); got == nil || got != tt.want {
			t.Errorf("%s: got %+v", tt.name, got)
		}
	}
}

func TestWrongAdvice(t *testing.T) {
	under := books(t)["en"]
	tests := []struct{ name, text, want string }{
		{"no TOML", "[type.spam\n", "de/advice.toml: line 1"},
		{"unknown key", "[type.spam]\nwhi = \"x\"\n", "line 2: unknown key type.spam.whi"},
		{"no such group", "[type.spam]\none = \"a\"\nmany = \"b\"\nlike = \"atack\"\n", "(attack?)"},
		{"half an entry", "[identifier.x]\none = \"a\"\n", "[identifier.x]: one, many"},
	}
	for _, tt := range tests {
		_, err := readBook("de/advice.toml", []byte(tt.text), under)
		if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := readBook("de/advice.toml", nil, &book{}); err == nil || !strings.Contains(err.Error(), "[type.spam] is missing") {
		t.Errorf("an empty book: %v", err)
	}
}

// TestNamesClaimNoMore finds names of things that are said to be what they only seem to be from outside.
func TestNamesClaimNoMore(t *testing.T) {
	claims := regexp.MustCompile(`infected|vulnerable|compromised|web shell|infecté|vulnérable|compromis|webshell`)
	hedges := regexp.MustCompile(`appear|signs|may be|looks like|apparemment|signes|peut-être|ressemble`)
	for lang, b := range books(t) {
		for kind, entries := range b.tables() {
			for key, a := range entries {
				for _, name := range []string{a.One, a.Many} {
					if claims.MatchString(name) && !hedges.MatchString(name) {
						t.Errorf("%s: [%s.%s] claims %q", lang, kind, key, name)
					}
				}
			}
		}
	}
}

// TestFrenchBlanks finds signs before which French has a blank that may break, so that a line would begin with them.
func TestFrenchBlanks(t *testing.T) {
	wrong := regexp.MustCompile(` [;:?!»]|« `)
	for key, a := range books(t)["fr"].Identifier {
		for _, s := range slices.Concat([]string{a.Why}, a.Check, a.Fix) {
			if wrong.MatchString(s) {
				t.Errorf("%s: %s", key, s)
			}
		}
	}
}

func TestOwnColumnWords(t *testing.T) {
	b, err := readBook("en/advice.toml", []byte("[table]\nport = \"Gate\"\n"), books(t)["en"])
	if want := (columnWords{"UTC", "Address", "Gate", "Source port"}); err != nil || b.Table != want {
		t.Errorf("got %+v, %v", b.Table, err)
	}
}
