// Package words holds what the pages say, in English and in French.
//
// A text has a key, "findings.title": the page's name, a dot, and the rest. The texts of a page stand in en/PAGE.toml and fr/PAGE.toml with
// the same keys, one a line. A text may hold places, "{name}", which T fills, and may have plural forms, which T chooses by the argument "n":
//
//	"findings.title" = "Findings"
//	"findings.count" = { one = "{n} finding", other = "{n} findings" }
//
// A test holds both languages to the same keys, every key that is used to exist, and every key that exists to be used.
package words

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Lang is a language of the pages, by its code.
type Lang string

// The languages.
const (
	English Lang = "en"
	French  Lang = "fr"
)

// Langs returns the languages, the default first.
func Langs() []Lang { return []Lang{English, French} }

// Name is the language's own name.
func (l Lang) Name() string {
	if l == French {
		return "Français"
	}
	return "English"
}

// Known reports whether there are texts in l.
func (l Lang) Known() bool { return slices.Contains(Langs(), l) }

//go:embed en/*.toml fr/*.toml
var files embed.FS

// text is one entry: its only form, or the forms for one and for more.
type text struct{ one, other string }

type catalogue map[string]text

// catalogues are read when the first text is asked for: most commands show none.
var catalogues = sync.OnceValue(load)

func load() map[Lang]catalogue {
	out := map[Lang]catalogue{}
	for _, lang := range Langs() {
		names, _ := fs.Glob(files, string(lang)+"/*.toml")
		out[lang] = catalogue{}
		for _, name := range names {
			read(out[lang], name)
		}
	}
	return out
}

// read takes the texts of one file. The files are part of the program: a fault in one is a defect that every test meets.
func read(into catalogue, name string) {
	body, _ := files.ReadFile(name)
	var tree map[string]any
	if err := toml.Unmarshal(body, &tree); err != nil {
		panic(fmt.Sprintf("words: %s: %v", name, err))
	}
	flatten(into, name, "", tree)
	page := strings.TrimSuffix(path.Base(name), ".toml") + "."
	for key := range tree {
		if !strings.HasPrefix(key+".", page) {
			panic(fmt.Sprintf("words: %s: the key %q must begin with %q", name, key, page))
		}
	}
}

func flatten(into catalogue, file, prefix string, tree map[string]any) {
	if other, ok := tree["other"].(string); ok && prefix != "" {
		one, _ := tree["one"].(string)
		into[prefix] = text{one: one, other: other}
		return
	}
	for key, value := range tree {
		full := strings.TrimPrefix(prefix+"."+key, ".")
		switch v := value.(type) {
		case string:
			into[full] = text{other: v}
		case map[string]any:
			flatten(into, file, full, v)
		default:
			panic(fmt.Sprintf("words: %s: %q is neither text nor forms of one", file, full))
		}
	}
}

type langKey struct{}

// With puts the reader's language into ctx.
func With(ctx context.Context, l Lang) context.Context { return context.WithValue(ctx, langKey{}, l) }

// Of is the language in ctx; English if there is none.
func Of(ctx context.Context) Lang {
	if l, ok := ctx.Value(langKey{}).(Lang); ok {
		return l
	}
	return English
}

// T gives the text of key in the language of ctx. args are names and values: T(ctx, "findings.count", "n", 3). A key that is in no
// catalogue is given as it is, so that a page with a defect can still be read.
func T(ctx context.Context, key string, args ...any) string {
	lang := Of(ctx)
	entry, ok := catalogues()[lang][key]
	if !ok {
		if entry, ok = catalogues()[English][key]; !ok {
			return key
		}
	}
	return fill(choose(lang, entry, args), lang, args)
}

// Has reports whether there is a text for key.
func Has(key string) bool {
	_, ok := catalogues()[English][key]
	return ok
}

// choose takes the plural form. French counts nothing as one does: "0 alerte".
func choose(lang Lang, t text, args []any) string {
	if t.one == "" {
		return t.other
	}
	n, ok := number(args)
	if ok && (n == 1 || lang == French && n == 0) {
		return t.one
	}
	return t.other
}

func number(args []any) (int64, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != "n" {
			continue
		}
		switch n := args[i+1].(type) {
		case int:
			return int64(n), true
		case int64:
			return n, true
		case uint64:
			return int64(min(n, 1<<62)), true
		}
	}
	return 0, false
}

// fill puts the arguments into their places, once: what an argument holds is never looked at again.
func fill(s string, lang Lang, args []any) string {
	if len(args) < 2 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), say(lang, args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func say(lang Lang, v any) string {
	switch n := v.(type) {
	case int:
		return Number(lang, int64(n))
	case int64:
		return Number(lang, n)
	}
	return fmt.Sprint(v)
}

// Number writes n with the language's mark between thousands: "1,234,567", "1 234 567" (with narrow no-break spaces).
func Number(l Lang, n int64) string {
	mark := ","
	if l == French {
		mark = "\u202f"
	}
	digits := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}
