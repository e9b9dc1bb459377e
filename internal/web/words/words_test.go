package words

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestT(t *testing.T) {
	en, fr := context.Background(), With(context.Background(), French)
	tests := []struct {
		name string
		got  string
		want string
	}{
		{"plain", T(en, "ui.cancel"), "Cancel"},
		{"in French", T(fr, "ui.cancel"), "Annuler"},
		{"one", T(en, "ui.rows", "n", 1), "1 row"},
		{"none in English", T(en, "ui.rows", "n", 0), "0 rows"},
		{"none in French", T(fr, "ui.rows", "n", 0), "0 ligne"},
		{"many", T(en, "ui.rows", "n", int64(1234567)), "1,234,567 rows"},
		{"many in French", T(fr, "ui.rows", "n", uint64(12345)), "12345 lignes"},
		{"without the number", T(en, "ui.rows"), "{n} rows"},
		{"no such key", T(fr, "no.such.key"), "no.such.key"},
		{"what an argument holds is not filled again", T(en, "ui.pick.one", "name", "{name} {n}"), "Select {name} {n}"},
		{"an unknown language", T(With(en, "tlh"), "ui.cancel"), "Cancel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 100000: "100,000"} {
		if got := Number(English, n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := Number(French, 1234); got != "1\u202f234" {
		t.Errorf("French: %q", got)
	}
}

// Both languages have the same keys, with the same places to fill and plural forms where the other has them.
func TestLanguagesAgree(t *testing.T) {
	place := regexp.MustCompile(`\{\w+\}`)
	for key, en := range catalogues()[English] {
		fr, ok := catalogues()[French][key]
		if !ok {
			t.Errorf("%s is not in French", key)
			continue
		}
		if (en.one == "") != (fr.one == "") {
			t.Errorf("%s has plural forms in one language only", key)
		}
		for _, pair := range [][2]string{{en.one, fr.one}, {en.other, fr.other}} {
			a, b := place.FindAllString(pair[0], -1), place.FindAllString(pair[1], -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
				t.Errorf("%s: English fills %v, French %v", key, a, b)
			}
		}
		if fr.other == "" || en.other == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range catalogues()[French] {
		if !Has(key) {
			t.Errorf("%s is not in English", key)
		}
	}
}

// uses are the keys, and the beginnings of keys ("findings.state."), that the pages' sources name.
func uses(t *testing.T) (keys, beginnings map[string]string) {
	t.Helper()
	keys, beginnings = map[string]string{}, map[string]string{}
	named := regexp.MustCompile(`"([a-z]+(?:\.[a-z0-9_-]+)+\.?|[a-z]+\.)"`)
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "npm" {
				return filepath.SkipDir
			}
			return err
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") || filepath.Ext(name) != ".go" && filepath.Ext(name) != ".templ" {
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], ".") {
				beginnings[m[1]] = name
			} else {
				keys[m[1]] = name
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, beginnings
}

// Every key that a page asks for is there, and every one that is there is asked for.
func TestKeysAreUsed(t *testing.T) {
	pages := map[string]bool{}
	for key := range catalogues()[English] {
		page, _, _ := strings.Cut(key, ".")
		pages[page] = true
	}
	asked := regexp.MustCompile(`(?:words\.T\((?:ctx|r\.Context\(\)|r\.Request\.Context\(\)),|\br\.T\(|\btext\(ctx,)\s*"([a-z]+(?:\.[a-z0-9_-]+)+)"\s*[,)]`)
	keys, beginnings := uses(t)
	for key := range catalogues()[English] {
		if _, ok := keys[key]; ok {
			continue
		}
		begun := false
		for b := range beginnings {
			begun = begun || strings.HasPrefix(key, b)
		}
		if !begun {
			t.Errorf("%s is used nowhere", key)
		}
	}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" && filepath.Ext(name) != ".templ" || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			if !Has(m[1]) {
				t.Errorf("%s asks for %q, which has no text", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for b, name := range beginnings {
		page, _, _ := strings.Cut(b, ".")
		if pages[page] && !slices.ContainsFunc(allKeys(), func(key string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("%s: no key begins with %q", name, b)
		}
	}
}

func allKeys() (out []string) {
	for key := range catalogues()[English] {
		out = append(out, key)
	}
	return out
}

// French sets a space that no line breaks at before ":", ";", "!" and "?" and inside « », and apostrophes that are curved.
func TestFrenchIsSetAsFrench(t *testing.T) {
	wrong := regexp.MustCompile(`\pL'\pL| [:;!?»]( |$)|« |\d \d{3}|"\pL`)
	for key, fr := range catalogues()[French] {
		for _, text := range []string{fr.one, fr.other} {
			if found := wrong.FindString(text); found != "" && !strings.HasSuffix(key, ".hint") {
				t.Errorf("%s: %q in %q", key, found, text)
			}
		}
	}
}
