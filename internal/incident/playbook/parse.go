package playbook

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits of a playbook.
const (
	MaxSource = 512 << 10 // bytes
	maxFront  = 32 << 10  // bytes of the YAML
	MaxSteps  = 60
	maxText   = 32 << 10 // bytes of one step's text in one language
	maxTitle  = 200      // bytes
	maxAbout  = 1000
	maxFaults = 20 // that are told of at a time
)

// faults are what is wrong with a playbook, with lines.
type faults []string

func (f *faults) add(line int, format string, args ...any) {
	if len(*f) < maxFaults {
		*f = append(*f, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "%s", strings.Join(f, "\n"))
}

// Parse reads a playbook. Errors: Invalid, with a line for each thing that is wrong, beginning "line N: ".
func Parse(source []byte) (Book, error) {
	var f faults
	switch {
	case len(source) > MaxSource:
		return Book{}, problem.New(problem.Invalid, "line 1: the playbook has %d KiB, and may have %d", len(source)>>10, MaxSource>>10)
	case !utf8.Valid(source):
		return Book{}, problem.New(problem.Invalid, "line 1: the playbook is not UTF-8 text")
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(source), "\ufeff"), "\r\n", "\n")
	front, body, at, ok := split(text)
	if !ok {
		return Book{}, problem.New(problem.Invalid, "line 1: a playbook begins with a line ---, its front part in YAML, and another line ---")
	}
	book := readFront(front, &f)
	if book == nil {
		return Book{}, f.err()
	}
	readTexts(book, body, at, &f)
	checkGraph(book, &f)
	sum := sha256.Sum256(source)
	book.Digest, book.Source = hex.EncodeToString(sum[:]), string(source)
	if err := f.err(); err != nil {
		return Book{}, err
	}
	return *book, nil
}

// split finds the front part and what follows; at is the line on which that begins.
func split(text string) (front, body string, at int, ok bool) {
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return "", "", 0, false
	}
	end := strings.Index("\n"+rest, "\n---\n")
	if end < 0 {
		return "", "", 0, false
	}
	front, body = rest[:end], rest[min(len(rest), end+len("---\n")):]
	return front, body, strings.Count(front, "\n") + 3, true
}

var heading = regexp.MustCompile(`^## +([a-z0-9-]+)(?: +(en|fr))? *$`)

// readTexts gives each step the text beneath its heading, "## STEP" or "## STEP fr". Headings within fenced code are text.
func readTexts(b *Book, body string, at int, f *faults) {
	var to *Step
	var lang string
	var part []string
	had := map[string]bool{}
	flush := func(line int) {
		if to != nil {
			to.give(lang, strings.TrimSpace(strings.Join(part, "\n")), line, f)
		}
		part = nil
	}
	fenced := false
	for i, line := range strings.Split(body, "\n") {
		n := at + i
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			fenced = !fenced
		}
		if fenced || !strings.HasPrefix(line, "## ") {
			if part = append(part, line); to == nil && strings.TrimSpace(line) != "" {
				f.add(n, "text before the first heading: a text stands beneath ## and the id of its step")
				return
			}
			continue
		}
		flush(n)
		if to, lang = b.named(line, n, f); to != nil {
			if key := to.ID + " " + lang; had[key] {
				f.add(n, "the step %q has a second text in the same language", to.ID)
			} else {
				had[key] = true
			}
		}
		if to == nil {
			return
		}
	}
	flush(at + strings.Count(body, "\n"))
	for i := range b.Steps {
		if s := &b.Steps[i]; s.Text.EN == "" && s.Text.FR == "" {
			f.add(s.line, "the step %q has no text: write it beneath ## %s", s.ID, s.ID)
		}
	}
}

// named finds the step that a heading names.
func (b *Book) named(line string, n int, f *faults) (*Step, string) {
	m := heading.FindStringSubmatch(line)
	if m == nil {
		f.add(n, "%q names no step: a heading is ## and a step's id, and en or fr after it; headings within a text begin with ###", clip(line))
		return nil, ""
	}
	for i := range b.Steps {
		if b.Steps[i].ID == m[1] {
			return &b.Steps[i], m[2]
		}
	}
	f.add(n, "there is no step %q", clip(m[1]))
	return nil, ""
}

// give takes a text in a language; without one it stands for both.
func (s *Step) give(lang, text string, line int, f *faults) {
	if len(text) > maxText {
		f.add(line, "the text of %q has %d KiB, and may have %d", s.ID, len(text)>>10, maxText>>10)
		return
	}
	switch lang {
	case "en":
		s.Text.EN = text
	case "fr":
		s.Text.FR = text
	default:
		s.Text = Words{text, text}
	}
}

// clip shortens what is quoted in a message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
