package leak

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// numeric are the characters of which addresses are made, defanged and reversed ones too.
var numeric = func() (t [256]bool) {
	for _, c := range "0123456789abcdefABCDEFxX.:[](){}-/%" {
		t[c] = true
	}
	return t
}()

// maxRun bounds what can be an address: one of IPv6 turned round for the DNS has 63 characters, defanged some more.
const maxRun = 320

// addresses looks for addresses in a text: in any spelling of them, defanged, in a host name, turned round for the DNS.
func (w *walk) addresses() {
	r := &w.run
	r.walk = w
	for i := 0; i < len(w.text) && len(w.spans) < w.most; {
		c, n := w.numeral(i)
		if c == 0 && n > 0 { // shows nothing
			i += n
			continue
		}
		if n == 0 {
			r.end()
			_, n = runeAt(w.text[i:])
		} else {
			r.add(c, i, i+n)
		}
		i += n
	}
	r.end()
}

// numeral is the numeric character that stands at a place, and how many bytes it takes: 0 and some for what shows nothing, 0 and 0 for all else.
func (w *walk) numeral(at int) (c byte, size int) {
	c = w.text[at]
	if c < utf8.RuneSelf {
		if c == '[' || c == '(' || c == '{' {
			if rest := w.text[at:min(len(w.text), at+5)]; len(rest) == 5 && strings.EqualFold(rest[1:4], "dot") {
				return '.', 5
			}
		}
		if numeric[c] {
			return c, 1
		}
		return 0, 0
	}
	r, n := runeAt(w.text[at:])
	if unseen(r) {
		return 0, n
	}
	if s := norm.NFKC.String(string(r)); len(s) == 1 && numeric[s[0]] {
		return s[0], n
	}
	if r == '。' {
		return '.', n
	}
	return 0, 0
}

// run is a stretch of numeric characters that may be an address, or several with something between.
type run struct {
	*walk
	text          []byte
	starts, stops []int // where in the text of the walk each byte stands
}

func (r *run) add(c byte, start, stop int) {
	if len(r.text) == maxRun { // too long for one, and may hold several: go on with its second half
		r.look("")
		r.text = r.text[:copy(r.text, r.text[maxRun/2:])]
		r.starts = r.starts[:copy(r.starts, r.starts[maxRun/2:])]
		r.stops = r.stops[:copy(r.stops, r.stops[maxRun/2:])]
	}
	r.text, r.starts, r.stops = append(r.text, c), append(r.starts, start), append(r.stops, stop)
}

func (r *run) end() {
	if len(r.text) > 2 && promising(r.text) {
		at := r.stops[len(r.stops)-1]
		r.look(r.walk.text[at:min(len(r.walk.text), at+16)])
	}
	r.text, r.starts, r.stops = r.text[:0], r.starts[:0], r.stops[:0]
}

// promising tells of what can be an address at all: most numbers and words are none.
func promising(text []byte) bool {
	var dots, colons, dashes, digits, hex int
	for _, c := range text {
		switch {
		case c == 'x' || c == 'X':
			hex++
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c == '-':
			dashes++
		case '0' <= c && c <= '9':
			digits++
		}
	}
	return digits > 0 && (dots >= 3 || colons >= 2 || dashes >= 3 || len(text) >= 8 && digits >= 8 || len(text) >= 10 && hex > 0 || len(text) >= 32) || colons >= 2
}

// outer is what may stand around an address.
const outer = "[](){}-/:.%"

func (r *run) look(after string) {
	text := string(r.text)
	for _, one := range readAddresses(text, after) {
		n, hit, allowed := r.hit(one)
		if !hit {
			continue
		}
		first := len(text) - len(strings.TrimLeft(text, outer))
		last := len(strings.TrimRight(text, outer)) - 1
		name := r.list[n]
		s := Span{Start: r.starts[first], End: r.stops[last], Kind: Address, Role: name.role, Name: name.value, allowed: allowed}
		if !slices.Contains(r.spans, s) {
			r.spans = append(r.spans, s)
		}
	}
}

// Networks that a content may name although an address of the victim lies in them.
const (
	broad4 = 24
	broad6 = 48
)

// reading is what a run can be read as.
type reading struct {
	netip.Prefix
	whole bool // it is a mere number, which may be a date, or something else altogether
}

// hit tells whether an address or network is, or lies in, one of the names, or is a small network around one.
func (w *walk) hit(p reading) (n int32, hit, allowed bool) {
	if n, ok := w.made.allowed.Lookup(p.Addr()); ok {
		return n, true, true
	}
	if q, n, ok := w.made.addresses.LookupPrefixLPM(p.Prefix); ok {
		return n, !p.whole || q.Bits() >= broad(q), false
	}
	if p.Bits() < broad(p.Prefix) {
		return 0, false, false
	}
	for _, n := range w.made.addresses.Subnets(p.Prefix) {
		return n, true, false
	}
	return 0, false, false
}

func broad(p netip.Prefix) int {
	if p.Addr().Is4() {
		return broad4
	}
	return broad6
}

var unbracket = strings.NewReplacer("[", "", "]", "", "(", "", ")", "", "{", "", "}", "")

// readAddresses gives what a run of numeric characters can be read as; after is what follows it.
func readAddresses(run, after string) (list []reading) {
	if a, err := netip.ParseAddr(run); err == nil && !reversed(after) { // the usual case
		return both(list, a, false)
	}
	plain := strings.Trim(unbracket.Replace(run), "./:-%")
	list = readOne(list, plain, after)
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return strings.ContainsRune("()[]{}/-%", r) }) {
		list = readOne(list, strings.Trim(part, ".:"), after)
	}
	for part := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '/' || r == ':' || r == '%' }) {
		list = readDashed(list, part)
		list = readOne(list, strings.Trim(part, ".-"), after)
		list = readOne(list, strings.Trim(part, ".-abcdefABCDEFxX"), after)
	}
	return list
}

// both adds an address, and the one of IPv4 that stands in it.
func both(list []reading, a netip.Addr, whole bool) []reading {
	a = a.WithZone("").Unmap()
	list = append(list, reading{netip.PrefixFrom(a, a.BitLen()), whole})
	if b := within(a); b != a {
		list = append(list, reading{netip.PrefixFrom(b, b.BitLen()), whole})
	}
	return list
}

// readOne reads one address or network.
func readOne(list []reading, s, after string) []reading {
	if len(s) < 3 {
		return list
	}
	if before, length, ok := strings.Cut(s, "/"); ok {
		a, _, ok := readAddr(before, "")
		bits, err := strconv.Atoi(length)
		if ok && err == nil && bits >= 0 && bits <= a.BitLen() {
			list = append(list, reading{netip.PrefixFrom(a, bits).Masked(), false})
		}
		return list
	}
	if a, whole, ok := readAddr(s, after); ok {
		list = both(list, a, whole)
	}
	return list
}

// readAddr reads an address; whole tells that it is a mere number.
func readAddr(s, after string) (a netip.Addr, whole, ok bool) {
	s, _, _ = strings.Cut(s, "%")
	dots, colons := strings.Count(s, "."), strings.Count(s, ":")
	switch {
	case colons >= 2:
		a, err := netip.ParseAddr(s)
		return a, false, err == nil
	case colons == 1 && dots == 3: // with a port
		s, _, _ = strings.Cut(s, ":")
		a, ok = readDotted(s, after)
	case colons == 0 && dots == 3:
		a, ok = readDotted(s, after)
	case colons == 0 && dots == 31:
		a, ok = readNibbles(s)
	case colons == 0 && dots == 0:
		a, ok = readWhole(s)
		whole = true
	}
	return a, whole, ok
}

// within is the address of IPv4 that one of IPv6 stands for (mapped, compatible, NAT64, 6to4), or the address itself.
func within(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch head := string(b[:12]); {
	case head == "\x00\x64\xff\x9b\x00\x00\x00\x00\x00\x00\x00\x00", head == string(make([]byte, 12)) && b[12] != 0:
		return netip.AddrFrom4([4]byte(b[12:]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// readDotted reads four numbers, with leading noughts or in hexadecimal digits too; before in-addr.arpa they stand the other way round.
func readDotted(s, after string) (netip.Addr, bool) {
	var b [4]byte
	i := 0
	for part := range strings.SplitSeq(s, ".") {
		base := 10
		if low := strings.ToLower(part); strings.HasPrefix(low, "0x") {
			base, part = 16, low[2:]
		}
		n, err := strconv.ParseUint(part, base, 64)
		if err != nil || n > 255 || i > 3 || len(part) > 12 {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
		i++
	}
	if reversed(after) {
		b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	}
	return netip.AddrFrom4(b), i == 4
}

func reversed(after string) bool {
	after = strings.ToLower(strings.TrimLeft(after, ".[]()"))
	return strings.HasPrefix(after, "in-addr")
}

// readNibbles reads an address of IPv6 turned round for the DNS.
func readNibbles(s string) (netip.Addr, bool) {
	s = strings.ReplaceAll(s, ".", "")
	if len(s) != 32 {
		return netip.Addr{}, false
	}
	var b [16]byte
	for i := range 32 {
		n, err := strconv.ParseUint(s[31-i:32-i], 16, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		b[i/2] = b[i/2]<<4 | byte(n)
	}
	return netip.AddrFrom16(b), true
}

// readWhole reads an address of IPv4 that is one number, or one of IPv6 that is 32 hexadecimal digits.
func readWhole(s string) (netip.Addr, bool) {
	low := strings.ToLower(s)
	switch {
	case len(low) == 10 && strings.HasPrefix(low, "0x"):
		return readNumber(low[2:], 16)
	case len(low) >= 8 && len(low) <= 10 && strings.Trim(low, "0123456789") == "":
		return readNumber(low, 10)
	case len(low) == 32:
		var b [16]byte
		for i := range 16 {
			n, err := strconv.ParseUint(low[2*i:2*i+2], 16, 8)
			if err != nil {
				return netip.Addr{}, false
			}
			b[i] = byte(n)
		}
		return netip.AddrFrom16(b), true
	}
	return netip.Addr{}, false
}

func readNumber(s string, base int) (netip.Addr, bool) {
	n, err := strconv.ParseUint(s, base, 32)
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n)) //nolint:gosec // 32 bits
	return netip.AddrFrom4(b), err == nil
}

// readDashed reads what stands in the names of hosts: 192-0-2-1, and 2001-db8--1.
func readDashed(list []reading, s string) []reading {
	if strings.Count(s, "-") < 2 {
		return list
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '.' })
	for i := 0; i+4 <= len(parts); i++ {
		if a, ok := readDotted(strings.Join(parts[i:i+4], "."), ""); ok {
			list = both(list, a, false)
		}
	}
	host, _, _ := strings.Cut(s, ".")
	if a, err := netip.ParseAddr(strings.ReplaceAll(host, "-", ":")); err == nil {
		list = both(list, a, false)
	}
	return list
}
