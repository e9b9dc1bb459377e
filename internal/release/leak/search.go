package leak

import (
	"slices"
	"strings"
)

// search looks into one content.
type search struct {
	names    Names
	made     *made
	folder   *folder
	found    []Leak
	seen     map[string]bool // leaks by place and name: the same one is seen in several views
	mute     map[string]bool // names whose better places are known already
	most     int             // bytes that may be unpacked
	unpacked int
	viewed   int
	members  int
	depth    int
}

func newSearch(n Names) *search {
	s := &search{names: n, made: n.make(), folder: newFolder(), seen: map[string]bool{}, most: MaxUnpacked}
	return s
}

// idle tells that there is nothing to search for.
func (s *search) idle() bool {
	return s.made == nil || s.made.automaton == nil || len(s.made.list) == 0
}

// full tells that enough was found.
func (s *search) full() bool { return len(s.found) >= MaxLeaks }

func (s *search) leak(l Leak) {
	key := l.key() + "\x00" + l.Place.String()
	if !s.mute[l.key()] && !s.seen[key] && !s.full() {
		s.seen[key] = true
		s.found = append(s.found, l)
	}
}

// unreadable says that something cannot be looked into.
func (s *search) unreadable(at Place, why string) {
	if len(at) == 0 {
		at = Place{{Code: InText}}
	}
	s.leak(Leak{Place: at, Kind: Unreadable, Name: why})
}

// text looks through a text in all its views; lines tells that a place in it is said by its line.
func (s *search) text(at Place, text string, lines bool) {
	s.textFrom(at, text, nil, lines)
}

// textFrom is text for one that was taken from another.
func (s *search) textFrom(at Place, text string, from *origin, lines bool) {
	if text == "" || s.idle() || s.full() {
		return
	}
	s.view(at, text, from, lines)
	s.views(at, text, from, lines, maxLayers)
	s.encoded(at, text, from, lines)
}

// better looks for the same names again where their places can be said better, and keeps of what was found since only what is not found so.
func (s *search) better(since int, look func()) {
	rough := slices.Clone(s.found[since:])
	if len(rough) == 0 {
		return
	}
	s.found = s.found[:since]
	look()
	known := map[string]bool{}
	for _, l := range s.found[since:] {
		known[l.key()] = true
	}
	for _, l := range rough {
		if !known[l.key()] && !s.full() {
			s.found = append(s.found, l)
		}
	}
}

func (l *Leak) key() string { return string(l.Kind) + "\x00" + l.Name }

// maxLayers is how often one encoding may be laid over another in a text.
const maxLayers = 3

// views looks at what becomes of a text when its escapes are read, again and again.
func (s *search) views(at Place, text string, origin *origin, lines bool, layers int) {
	if layers == 0 {
		return
	}
	for _, decode := range []decoder{unescape, unquote} {
		out, from := decode(text, origin)
		if out == text || !s.room(at, len(out)) {
			continue
		}
		s.view(at, out, from, lines)
		s.views(at, out, from, lines, layers-1)
	}
}

// room takes so many bytes of what may be unpacked.
func (s *search) room(at Place, size int) bool {
	if s.viewed += size; s.viewed > views*s.most {
		s.unreadable(at, TooMuch)
		return false
	}
	return true
}

// views bounds all views of one content, in as many times the bytes that may be unpacked.
const views = 8

// view looks through one text. origin says where its lines were; nil: they are its own.
func (s *search) view(at Place, text string, from *origin, lines bool) {
	spans := s.made.find(text, s.folder, maxHits)
	spans = apart(spans, text)
	line, done := 1, 0
	for _, p := range spans {
		if p.allowed {
			continue
		}
		if s.full() {
			return
		}
		place := at
		if lines {
			line += strings.Count(text[done:p.Start], "\n")
			done = p.Start
			place = at.with(Step{Code: InLine, Number: from.line(line, p.Start)})
		}
		s.leak(Leak{Place: place, Kind: p.Kind, Role: p.Role, Name: p.Name, Found: excerpt(text[p.Start:p.End])})
	}
}

// maxHits bounds what is looked at of one view: more than are reported, for the same name may stand in a line several times.
const maxHits = 20_000

// excerpt is what was found, in one line of a bearable length.
func excerpt(s string) string {
	s = strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(s, "?"))), " ")
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}

func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case unseen(r):
		return -1
	}
	return r
}

// origin tells of a view in which line of the text each of its bytes stood.
type origin struct{ starts []int } // where each line of the text begins in the view

// line is the line of a place; own is the line that it has in the view.
func (o *origin) line(own, at int) int {
	if o == nil {
		return own
	}
	n, exact := slices.BinarySearch(o.starts, at)
	for exact && n+1 < len(o.starts) && o.starts[n+1] == at {
		n++
	}
	if exact {
		return n + 2
	}
	return n + 1
}
