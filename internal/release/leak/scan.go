package leak

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a name in a text, by bytes.
type Span struct {
	Start, End int
	Kind       Kind
	Role       Role
	Name       string // as it was added

	allowed bool
}

// Find lists the names in a text as it stands, nothing decoded: in their order, none within or across another; of two that overlap the longer one.
func (n Names) Find(text string) []Span {
	m := n.make()
	if m == nil || m.automaton == nil {
		return nil
	}
	list := m.find(text, newFolder(), maxSpans)
	return slices.DeleteFunc(apart(list, text), func(s Span) bool { return s.allowed })
}

// maxSpans bounds what is looked at of one text: what is full of names is a leak anyway.
const maxSpans = 100_000

// apart leaves spans that do not overlap and cover all that the given ones do, in their order.
func apart(list []Span, text string) (out []Span) {
	slices.SortStableFunc(list, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	for len(list) > 0 {
		n, end := 1, list[0].End
		for n < len(list) && list[n].Start < end {
			end = max(end, list[n].End)
			n++
		}
		out = append(out, untangle(list[:n:n], end, text)...)
		list = list[n:]
	}
	return out
}

// mostTangled is how many spans that hang together are told apart; more are one.
const mostTangled = 64

// untangle tells spans apart that overlap in a row, which ends somewhere: the longest first, then what of the others is still to be read.
func untangle(list []Span, end int, text string) []Span {
	if len(list) == 1 {
		return list
	}
	if len(list) > mostTangled {
		whole := list[max(0, slices.IndexFunc(list, func(s Span) bool { return !s.allowed }))]
		whole.Start, whole.End = list[0].Start, end
		return []Span{whole}
	}
	slices.SortStableFunc(list, func(a, b Span) int { return cmp.Compare(b.End-b.Start, a.End-a.Start) })
	var out []Span
	for _, s := range list {
		out = slices.Concat(out, uncovered(s, out, text))
		slices.SortFunc(out, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	}
	return out
}

// uncovered are the pieces of a span that others, in their order, leave to be read.
func uncovered(s Span, others []Span, text string) (pieces []Span) {
	keep := func(start, end int) {
		if start < end && strings.ContainsFunc(text[start:end], said) {
			piece := s
			piece.Start, piece.End = start, end
			pieces = append(pieces, piece)
		}
	}
	at := s.Start
	for _, o := range others {
		if o.End > at && o.Start < s.End {
			keep(at, o.Start)
			at = o.End
		}
	}
	keep(at, s.End)
	return pieces
}

// said tells of what tells something of a name.
func said(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// find lists all spans, those of what is allowed included; names within those are left out.
func (m *made) find(text string, f *folder, most int) []Span {
	w := walk{made: m, folder: f, text: text, most: most}
	if m.longest > 0 {
		w.words()
	}
	if m.addresses.Size() > 0 {
		w.addresses()
	}
	return withoutAllowed(w.spans)
}

// withoutAllowed drops what stands within what is allowed.
func withoutAllowed(list []Span) []Span {
	var allowed []Span
	for _, s := range list {
		if s.allowed {
			allowed = append(allowed, s)
		}
	}
	if len(allowed) == 0 {
		return list
	}
	slices.SortFunc(allowed, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	reach := make([]int, len(allowed)) // how far those up to each go
	for i, a := range allowed {
		reach[i] = a.End
		if i > 0 {
			reach[i] = max(reach[i], reach[i-1])
		}
	}
	return slices.DeleteFunc(list, func(s Span) bool {
		if s.allowed {
			return false
		}
		i, exact := slices.BinarySearchFunc(allowed, s.Start, func(a Span, at int) int { return cmp.Compare(a.Start, at) })
		for exact && i < len(allowed) && allowed[i].Start == s.Start { // all that begin there
			i++
		}
		return i > 0 && reach[i-1] >= s.End
	})
}

// walk goes once through a text.
type walk struct {
	*made
	*folder
	text  string
	most  int
	spans []Span

	ring  []int32 // where in the text the last bytes of the skeleton came from
	mask  int
	total int // bytes of the skeleton so far
	state int32
}

func (w *walk) words() {
	size := 1 << bits.Len(uint(w.longest+utf8.UTFMax)) //nolint:gosec // positive
	if len(w.folder.ring) < size {
		w.folder.ring = make([]int32, size)
	}
	w.ring, w.mask = w.folder.ring, size-1
	for i := 0; i < len(w.text) && len(w.spans) < w.most; {
		c := w.text[i]
		if c < utf8.RuneSelf {
			if s := ascii[c]; s != 0 {
				w.byte(s, i, i+1)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(w.text[i:])
		if r == utf8.RuneError && n == 1 {
			r = rune(c) // what is no UTF-8 is read as Latin-1
		}
		s := w.of(r)
		for k := range len(s) {
			w.byte(s[k], i, i+n)
		}
		i += n
	}
}

// byte takes a further byte of the skeleton, which comes from text[start:end].
func (w *walk) byte(c byte, start, end int) {
	a := w.automaton
	w.ring[w.total&w.mask] = int32(start) //nolint:gosec // texts are below 2 GiB
	w.total++
	w.state = a.next(w.state, a.class[blunt[c]])
	at := w.state
	if a.states[at].word < 0 {
		at = a.states[at].shorter
	}
	for at != 0 {
		s := &a.states[at]
		from := int(w.ring[(w.total-int(s.size))&w.mask])
		for e := s.word; e >= 0; e = w.next[e] {
			w.candidate(&w.entries[e], from, end)
		}
		at = s.shorter
	}
}

// candidate keeps what stands at a place if it is the name in earnest.
func (w *walk) candidate(e *entry, start, end int) {
	if len(w.spans) >= w.most || !w.bounded(e, start, end) || !w.stands(e, start, end) {
		return
	}
	n := w.list[e.name]
	w.spans = append(w.spans, Span{Start: start, End: end, Kind: n.kind, Role: n.role, Name: n.value, allowed: e.allowed})
}

// bounded tells whether a word begins and ends there.
func (w *walk) bounded(e *entry, start, end int) bool {
	first, _ := runeAt(w.text[start:])
	last, _ := lastRune(w.text[start:end])
	before, after := w.wordBefore(start), w.wordAfter(end)
	begins := before < 0 || e.open && isDigit(before) || w.parts(e, before, first)
	return begins && (after < 0 || w.parts(e, last, after))
}

// parts tells whether a word ends between two letters or digits that stand side by side.
func (w *walk) parts(e *entry, left, right rune) bool {
	switch {
	case wide(left) || wide(right):
		return true
	case e.exact != "" || len(e.precise) < 6:
		return false
	}
	return isDigit(left) != isDigit(right) && !e.loose || unicode.IsLower(left) && unicode.IsUpper(right)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// wordBefore is the letter or digit right before a place, -1 for none.
func (w *walk) wordBefore(at int) rune {
	for at > 0 {
		r, n := lastRune(w.text[:at])
		if w.wordy(r) {
			return r
		}
		if !unseen(r) {
			return -1
		}
		at -= n
	}
	return -1
}

// wordAfter is the letter or digit right after a place, -1 for none.
func (w *walk) wordAfter(at int) rune {
	for at < len(w.text) {
		r, n := runeAt(w.text[at:])
		if w.wordy(r) {
			return r
		}
		if !unseen(r) {
			return -1
		}
		at += n
	}
	return -1
}

func runeAt(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = rune(s[0])
	}
	return r, n
}

func lastRune(s string) (rune, int) {
	r, n := utf8.DecodeLastRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = rune(s[len(s)-1])
	}
	return r, n
}

// stands compares letter by letter what is found with the name, and what parts its letters.
func (w *walk) stands(e *entry, start, end int) bool {
	text := w.text[start:end]
	if e.exact != "" {
		return w.exactly(e, text)
	}
	if first, _ := runeAt(text); e.proper && !unicode.IsUpper(first) && !isDigit(first) && !wide(first) {
		return false
	}
	c := comparison{walk: w, entry: e}
	for i := 0; i < len(text); {
		r, n := runeAt(text[i:])
		if !c.rune(r, text[i:i+n]) {
			return false
		}
		i += n
	}
	return c.at == len(e.precise) && (!c.doubtful || c.letters) && c.whole()
}

// exactly compares letter by letter, with what parts them only where something parts them in the name.
func (w *walk) exactly(e *entry, text string) bool {
	rest, at, parted := e.exact, 0, false
	for i := 0; i < len(text); {
		r, n := runeAt(text[i:])
		letter := text[i : i+n]
		i += n
		s := w.skeleton(letter)
		if s == "" {
			parted = parted || !unseen(r)
			continue
		}
		if at >= len(e.gaps) || parted && e.gaps[at] == noGap || !strings.HasPrefix(rest, letter) {
			return false
		}
		rest, at, parted = rest[n:], at+len(s), false
	}
	return rest == ""
}

// comparison goes through what is found.
type comparison struct {
	*walk
	entry    *entry
	at       int
	gap      strings.Builder
	before   rune // the last letter
	inside   int  // gaps where the name has none
	solid    int  // places where the name has none
	broken   int  // those of inside that are line breaks
	doubtful bool // a digit stands for a letter, or a letter for a digit
	letters  bool // a letter stands there as itself
}

// maxGap bounds what may stand between two words of a name, in bytes.
const maxGap = 60

func (c *comparison) rune(r rune, raw string) bool {
	s := ""
	if r < utf8.RuneSelf {
		if b := ascii[r]; b != 0 {
			s = string(rune(b))
		}
	} else {
		s = c.of(r)
	}
	if s == "" {
		if !unseen(r) {
			c.gap.WriteString(raw)
		}
		return c.gap.Len() <= maxGap
	}
	for k := range len(s) {
		if c.at >= len(c.entry.precise) || !c.parted() || !c.same(s[k], r) {
			return false
		}
		c.at++
	}
	c.before = r
	return true
}

// parted judges what stands before the next letter.
func (c *comparison) parted() bool {
	gap := c.gap.String()
	c.gap.Reset()
	switch c.entry.gaps[c.at] {
	case dotGap:
		return strings.ContainsAny(gap, ".。．｡․﹒")
	case atGap:
		return strings.ContainsAny(gap, "@＠﹫")
	case noGap:
		if c.at > 0 {
			c.solid++
		}
		if gap != "" && c.at > 0 {
			c.inside++
			if strings.ContainsAny(gap, "\n\r") {
				c.broken++
			}
		}
	}
	return true
}

// whole judges the gaps within words: a number may have any; else a line break, or blanks between all letters.
func (c *comparison) whole() bool {
	if c.entry.loose || c.inside == 0 {
		return true
	}
	return c.inside == 1 && c.broken == 1 || c.solid >= 3 && c.inside*10 >= c.solid*8
}

// same compares a letter with that of the name: what is alike bluntly and not precisely has to be a digit among letters, or a capital I among small ones.
func (c *comparison) same(s byte, r rune) bool {
	want := c.entry.precise[c.at]
	if s == want {
		if s < '0' || s > '9' {
			c.letters = true
		}
		return true
	}
	if blunt[s] != blunt[want] {
		return false
	}
	if isDigit(rune(s)) != isDigit(rune(want)) {
		c.doubtful = true
		return true
	}
	return r == 'I' && unicode.IsLower(c.before)
}
