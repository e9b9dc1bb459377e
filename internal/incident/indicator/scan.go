package indicator

import "strings"

// scanner goes through a folded piece word by word.
type scanner struct {
	plain
	into   *collector
	before string // the word before, in lower case, without signs around it
}

// What a word has, found out in one pass.
const (
	hasDot = 1 << iota
	hasColon
	hasAt
	hasDigit
)

// ends says which bytes end a word.
var ends = func() (t [256]bool) {
	for c := range 33 {
		t[c] = true
	}
	for _, c := range []byte("<>\"`|^{}\x7f") {
		t[c] = true
	}
	return t
}()

// features says what bytes a word's bytes make it have.
var features = func() (t [256]uint8) {
	t['.'], t[':'], t['@'] = hasDot, hasColon, hasAt
	for c := '0'; c <= '9'; c++ {
		t[c] = hasDigit
	}
	return t
}()

func (s *scanner) scan() {
	for i := 0; i < len(s.text); {
		if ends[s.text[i]] {
			i++
			continue
		}
		from, has := i, uint8(0)
		for ; i < len(s.text) && !ends[s.text[i]]; i++ {
			has |= features[s.text[i]]
		}
		if has != 0 || i-from >= 32 {
			s.word(from, i, has)
		}
		s.before = remember(s.text[from:i])
	}
}

// longestWord that is remembered: those that we look for are short.
const longestWord = 16

func remember(word []byte) string {
	if len(word) > longestWord {
		return ""
	}
	return strings.ToLower(strings.Trim(string(word), ".,:;()[]#'*="))
}

// word looks for URLs first, since all else may stand in them, then for the rest around them.
func (s *scanner) word(from, to int, has uint8) {
	if has&hasColon != 0 {
		for from < to {
			start, end, ok := s.nextURL(from, to)
			if !ok {
				break
			}
			s.pieces(from, start)
			s.url(start, end)
			from = end
		}
	}
	s.pieces(from, to)
}

// separators part what stands in one word without blanks.
const separators = ",;()'=!*&#$?"

func (s *scanner) pieces(from, to int) {
	for from < to {
		end := from
		for end < to && strings.IndexByte(separators, s.text[end]) < 0 {
			end++
		}
		if end > from {
			s.piece(from, end)
		}
		from = end + 1
	}
}

// edges are signs that stand around an indicator and are none of it.
const edges = ".-_/@+~%\\]["

// piece tries what a piece could be as a whole, and else its parts.
func (s *scanner) piece(from, to int) {
	if s.address(from, to) || s.mails(from, to) {
		return
	}
	a, z := s.trim(from, to, edges+":")
	if a == z || s.address(a, z) || s.hash(a, z) || s.number(a, z) || s.name(a, z, from) {
		return
	}
	s.parts(a, z)
}

func (s *scanner) trim(from, to int, signs string) (int, int) {
	for from < to && strings.IndexByte(signs, s.text[from]) >= 0 {
		from++
	}
	for from < to && strings.IndexByte(signs, s.text[to-1]) >= 0 {
		to--
	}
	return from, to
}

// parts looks at what stands between the signs within a piece: sha256:..., 192.0.2.1-192.0.2.9, label:host.
func (s *scanner) parts(from, to int) {
	signs := ":/[]%+~\\@"
	if strings.Trim(string(s.text[from:to]), "0123456789.-") == "" {
		signs += "-"
	}
	if !strings.ContainsAny(string(s.text[from:to]), signs) {
		return
	}
	path := false // behind a slash stand files, not hosts
	for i := from; i < to; {
		end := i
		for end < to && strings.IndexByte(signs, s.text[end]) < 0 {
			end++
		}
		s.part(i, end, path)
		if end < to && (s.text[end] == '/' || s.text[end] == '\\') {
			path = true
		}
		i = end + 1
	}
}

func (s *scanner) part(from, to int, path bool) {
	a, z := s.trim(from, to, edges)
	if a == z || path && s.release(a, z) {
		return
	}
	if s.address(a, z) || s.hash(a, z) || s.number(a, z) || path {
		return
	}
	s.name(a, z, a)
}

// found hands on what stands at text[from:to].
func (s *scanner) found(in Indicator, from, to int) {
	start, end, defanged := s.span(from, to)
	in.As, in.Defanged = s.raw[start:end], in.Defanged || defanged
	s.into.add(in, s.base+start, s.base+end)
}
