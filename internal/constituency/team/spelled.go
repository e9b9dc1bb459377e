package team

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/constituency"
)

// otherNames of countries are usual, and in no list.
var otherNames = map[string]constituency.Country{
	"uk": "GB", "great britain": "GB", "el": "GR", "holland": "NL", "czech republic": "CZ", "ivory coast": "CI",
}

// Country reads a country by its code, of two letters or three, or by its name in English, in French or in a language of its own; accents do not matter.
func Country(text string) (constituency.Country, bool) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "country:")
	if c, err := constituency.ParseCountry(text); err == nil {
		return c, true
	}
	if c, ok := threeLetters(text); ok {
		return c, true
	}
	c, ok := countries()[plainName(text)]
	return c, ok
}

func threeLetters(text string) (constituency.Country, bool) {
	if len(text) != 3 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", false
	}
	region, err := language.ParseRegion(text)
	if err != nil {
		return "", false
	}
	c, err := constituency.ParseCountry(region.String())
	return c, err == nil
}

// countries are the names of countries, as plainName writes them.
var countries = sync.OnceValue(func() map[string]constituency.Country {
	names := map[string]constituency.Country{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code, err := constituency.ParseCountry(string([]rune{a, b}))
			if err != nil {
				continue
			}
			region, err := language.ParseRegion(string(code))
			if err != nil {
				continue
			}
			for _, namer := range namers(region) {
				if name := plainName(namer.Name(region)); names[name] == "" {
					names[name] = code
				}
			}
		}
	}
	for name, code := range otherNames {
		names[name] = code
	}
	delete(names, "")
	return names
})

// namers name a country in English, in French, and in the language that most speak there.
func namers(region language.Region) []display.Namer {
	list := []display.Namer{display.Regions(language.English), display.Regions(language.French)}
	there, err := language.Compose(language.Und, region)
	if err != nil {
		return list
	}
	spoken, _ := there.Base()
	if own, err := language.Compose(spoken); err == nil {
		if namer := display.Regions(own); namer != nil {
			list = append(list, namer)
		}
	}
	return list
}

// plainName writes a name in lower case, without accents and without what is no letter: "Côte d’Ivoire" is "cote d ivoire".
func plainName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.IsLetter(r):
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			b.WriteByte(' ')
		}
	}
	return strings.TrimPrefix(strings.Join(strings.Fields(b.String()), " "), "the ")
}

// spelledASN gives an AS number, as people write it ("AS 64500", "asn: 64500", "64500"), as the register does; what is none stays as it is.
func spelledASN(text string) string {
	rest := strings.ToLower(strings.TrimSpace(text))
	for _, prefix := range []string{"asn", "as"} {
		if after, ok := strings.CutPrefix(rest, prefix); ok {
			rest = strings.TrimLeft(after, " \t:#-")
			break
		}
	}
	if rest == "" || strings.Trim(rest, "0123456789") != "" {
		return text
	}
	return "AS" + rest
}
