package leak

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gaissmai/bart"
)

// The limits of names: what is beyond is not searched for, and Skipped tells.
const (
	MaxNames = 50_000
	maxValue = 400 // bytes of one
)

// Names are what must not be found. The zero Names are none. A copy holds the same names. What they hold may not be added to while they are searched for.
type Names struct{ all *names }

type names struct {
	list    []name
	allowed []name
	skipped []string
	once    sync.Once
	made    *made
	nobody  string
}

// name is a name as it was added.
type name struct {
	kind  Kind
	role  Role
	value string
}

// NewNames gives names that hold none.
func NewNames() Names { return Names{&names{}} }

// Add adds a name of the victim. See AddAs.
func (n *Names) Add(kind Kind, value string) { n.AddAs(Victim, kind, value) }

// AddAs adds a name. What can be no name is left out and listed by Skipped: one of a single letter, a word that stands in every text, an address that is
// no address, a network of half the world. A name of two or three letters is found only as it was written, with the same capitals, and as a word
// of its own; a name that is a usual word ("Rose") only where it begins with a capital.
func (n *Names) AddAs(role Role, kind Kind, value string) {
	n.own()
	if value = strings.TrimSpace(value); value != "" {
		n.all.list = append(n.all.list, name{kind, role, value})
	}
}

// Allow adds what may be named although it is, or stands in, a name: the recipient's own names and the team's. A name that stands within what is allowed
// is no leak there: "City" is none in "City Council", if that is allowed.
func (n *Names) Allow(kind Kind, value string) {
	n.own()
	if value = strings.TrimSpace(value); value != "" {
		n.all.allowed = append(n.all.allowed, name{kind: kind, value: value})
	}
}

func (n *Names) own() {
	if n.all == nil {
		n.all = &names{}
	}
	if n.all.made != nil {
		n.all.made, n.all.once = nil, sync.Once{}
	}
}

// Nobody says that somebody looked, and that there is nobody to protect, and why: names that are none otherwise mean that nobody has looked.
func (n *Names) Nobody(why string) {
	n.own()
	n.all.nobody = strings.TrimSpace(why)
}

// Why is what Nobody said; "" if it was not said.
func (n Names) Why() string {
	if n.all == nil {
		return ""
	}
	return n.all.nobody
}

// Len is how many names were added.
func (n Names) Len() int {
	if n.all == nil {
		return 0
	}
	return len(n.all.list)
}

// Skipped lists the names that are not searched for, because they would be found everywhere.
func (n Names) Skipped() []string {
	n.make()
	if n.all == nil {
		return nil
	}
	return slices.Clone(n.all.skipped)
}

// made is what a search needs.
type made struct {
	list      []name // those added, and then those allowed
	entries   []entry
	next      []int32 // the further entry with the same skeleton, -1 for none
	automaton *automaton
	longest   int // bytes of the longest skeleton
	addresses *bart.Table[int32]
	allowed   *bart.Table[int32]
}

// entry is one way in which a name is written.
type entry struct {
	name    int32
	precise string
	gaps    string // what stands before each byte of precise: no, any, a dot or an at
	exact   string // its letters, each of which must stand as it is; "" for any case
	proper  bool   // it must begin with a capital
	loose   bool   // numbers: blanks and hyphens may stand anywhere
	open    bool   // further digits may stand before it
	allowed bool
}

// What may stand before a letter of a name.
const (
	noGap  = 'n'
	anyGap = 'a'
	dotGap = '.'
	atGap  = '@'
)

func (n Names) make() *made {
	if n.all == nil {
		return &made{}
	}
	n.all.once.Do(func() {
		n.all.skipped = nil
		b := builder{folder: newFolder(), all: n.all, seen: map[string]bool{}, out: &made{addresses: &bart.Table[int32]{}, allowed: &bart.Table[int32]{}}}
		n.all.made = b.build()
	})
	return n.all.made
}

// builder makes of names what a search needs.
type builder struct {
	*folder
	all     *names
	out     *made
	seen    map[string]bool // entries
	barred  map[string]bool // skeletons of what is allowed
	current int32
	allows  bool
	written bool // the current name has an entry
}

func (b *builder) build() *made {
	b.barred = map[string]bool{}
	b.allows = true
	for i, n := range b.all.allowed {
		b.current = int32(len(b.all.list) + i) //nolint:gosec // few
		b.name(n)
	}
	b.allows = false
	for i, n := range b.all.list {
		if b.current, b.written = int32(i), false; i < MaxNames && len(n.value) <= maxValue { //nolint:gosec // bounded here
			b.name(n)
		}
		if !b.written {
			b.all.skipped = append(b.all.skipped, n.value)
		}
	}
	b.out.list = slices.Concat(b.all.list, b.all.allowed)
	words := make([]string, len(b.out.entries))
	for i, e := range b.out.entries {
		words[i] = bluntOf(e.precise)
		b.out.longest = max(b.out.longest, len(words[i]))
	}
	b.out.automaton, b.out.next = newAutomaton(words)
	return b.out
}

func bluntOf(s string) string {
	out := []byte(s)
	for i, c := range out {
		out[i] = blunt[c]
	}
	return string(out)
}

// name adds the ways in which a name is written, by its kind.
func (b *builder) name(n name) {
	switch n.kind {
	case Address:
		b.address(n.value)
	case Domain:
		b.domain(n.value)
	case Mail:
		b.mail(n.value)
	case Phone:
		b.phone(n.value)
	case Ticket:
		b.add(n.value, entry{loose: true})
	case Person:
		b.person(n.value)
	case Organisation:
		b.organisation(n.value)
	default:
		b.words(plainGaps(n.value))
	}
}

// words adds a name of one or several words, with the care that short and usual ones need.
func (b *builder) words(value string) {
	value = strings.Trim(value, " .,;:()[]\"'")
	size := utf8.RuneCountInString(b.skeleton(value))
	long := strings.IndexFunc(value, wide) >= 0
	lower := strings.ToLower(value)
	switch {
	case b.allows && size > 0, long && size > 1:
		b.spelt(value, entry{})
	case size < 2, stop[lower]:
	case size <= 3:
		b.add(value, entry{exact: strings.Map(b.letter, value)})
	case common[lower]:
		b.spelt(value, entry{proper: true})
	default:
		b.spelt(value, entry{})
	}
}

// letter drops what is no letter or digit of a name.
func (b *builder) letter(r rune) rune {
	if b.skeleton(string(r)) == "" {
		return -1
	}
	return r
}

// spelt adds a name as it stands, in capitals and small, which are not always alike once look-alikes are, and with its umlauts written out.
func (b *builder) spelt(value string, e entry) {
	b.add(value, e)
	if strings.IndexFunc(value, beyond) < 0 {
		return
	}
	b.add(strings.ToUpper(value), e)
	b.add(strings.ToLower(value), e)
	if out := umlauts.Replace(value); out != value {
		b.add(out, e)
	}
}

func beyond(r rune) bool { return r >= utf8.RuneSelf }

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe")

// add adds one way of writing.
func (b *builder) add(value string, e entry) {
	e.name, e.allowed = b.current, b.allows
	e.precise, e.gaps = b.profile(value)
	key := bluntOf(e.precise)
	if e.precise == "" || len(e.precise) > maxValue {
		return
	}
	if b.allows {
		b.barred[key] = true
	} else if b.written = true; b.barred[key] { // it was thought of: it is not Skipped
		return
	}
	id := key + "\x00" + e.gaps + "\x00" + e.exact + "\x00" + strconv.Itoa(int(b.current))
	if !b.seen[id] {
		b.seen[id] = true
		b.out.entries = append(b.out.entries, e)
	}
}

// profile is the precise skeleton of a name, and what stands before each of its bytes.
func (b *builder) profile(value string) (precise, gaps string) {
	var p, g strings.Builder
	gap := byte(noGap)
	for _, r := range value {
		s := b.skeleton(string(r))
		switch {
		case s != "":
			p.WriteString(s)
			g.WriteByte(gap)
			g.WriteString(strings.Repeat(string(rune(noGap)), len(s)-1))
			gap = noGap
		case unseen(r):
		case r == '.' || r == '。':
			gap = dotGap
		case r == '@':
			gap = atGap
		case gap == noGap:
			gap = anyGap
		}
	}
	return p.String(), g.String()
}

// plainGaps is a name in which dots and ats part words as blanks do.
func plainGaps(value string) string { return strings.NewReplacer(".", " ", "@", " ").Replace(value) }
