package triage

import (
	_ "embed" // the phrases
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// readMost is how much of a text is judged by its words: what matters stands at its beginning.
const readMost = 64 << 10

// plainWords writes a text in lower case without accents and signs, its words parted by one blank, with a blank at both ends.
func plainWords(text string) string {
	if len(text) > readMost {
		text = strings.ToValidUTF8(text[:readMost], " ")
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte(' ')
	blank := true
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			b.WriteString("oe")
			blank = false
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '&':
			b.WriteRune(r)
			blank = false
		case !blank:
			b.WriteByte(' ')
			blank = true
		}
	}
	if !blank {
		b.WriteByte(' ')
	}
	return b.String()
}

//go:embed phrases.tsv
var phraseText string

// phrase is something that people write, and what it speaks for.
type phrase struct {
	kind   string // an RSIT type, or one of the words in phrases.tsv
	weight int
	shown  string
	find   string // as it stands in plainWords
}

var phrases = sync.OnceValue(func() []phrase { return readPhrases(phraseText) })

func readPhrases(text string) (out []phrase) {
	for line := range strings.Lines(text) {
		column := strings.Split(strings.TrimSpace(line), "\t")
		if len(column) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		weight, _ := strconv.Atoi(column[1])
		for p := range strings.SplitSeq(column[2], "|") {
			p = strings.TrimSpace(p)
			shown, begins := strings.CutSuffix(p, "*")
			find := " " + shown
			if !begins {
				find += " "
			}
			out = append(out, phrase{column[0], weight, shown, find})
		}
	}
	return out
}

// said is what was found of the phrases: by kind the sum of the weights, and which they were.
type said struct {
	weight map[string]int
	which  map[string][]string
}

// mostShown is how many phrases a reason names.
const mostShown = 3

// hear finds the phrases in subject and text; what stands in the subject counts twice.
func hear(subject, text string) said {
	s := said{map[string]int{}, map[string][]string{}}
	head, body := plainWords(subject), plainWords(text)
	for _, p := range phrases() {
		weight := 0
		if strings.Contains(head, p.find) {
			weight = 2 * p.weight
		} else if strings.Contains(body, p.find) {
			weight = p.weight
		}
		if weight > 0 {
			s.weight[p.kind] += weight
			if len(s.which[p.kind]) < mostShown {
				s.which[p.kind] = append(s.which[p.kind], p.shown)
			}
		}
	}
	return s
}

func (s said) any(kind string) bool { return s.weight[kind] > 0 }

func (s said) shown(kind string) string { return strings.Join(s.which[kind], ", ") }
