package format

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"
)

// ParseIPv4 reads a dotted quad without leading zeros, as netip does, into its 32 bits.
func ParseIPv4(v []byte) (uint32, bool) {
	var addr, octet uint32
	digits, dots := 0, 0
	if len(v) < 7 || len(v) > 15 {
		return 0, false
	}
	for _, c := range v {
		if d := uint32(c - '0'); d <= 9 {
			if digits > 0 && octet == 0 {
				return 0, false
			}
			octet = octet*10 + d
			digits++
			continue
		}
		if c != '.' || digits == 0 || octet > 255 || dots == 3 {
			return 0, false
		}
		addr, octet, digits = addr<<8|octet, 0, 0
		dots++
	}
	if dots != 3 || digits == 0 || octet > 255 {
		return 0, false
	}
	return addr<<8 | octet, true
}

// ParseAddr reads an IPv4 or IPv6 address; an IPv4-mapped one comes out as IPv4, a zone is refused.
func ParseAddr(v []byte) (netip.Addr, bool) {
	if a, ok := ParseIPv4(v); ok {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], a)
		return netip.AddrFrom4(b), true
	}
	if b, ok := parseIPv6(v); ok {
		return netip.AddrFrom16(b).Unmap(), true
	}
	return netip.Addr{}, false
}

// Mapped tells whether the address that ParseAddr made of v was written as an IPv4-mapped one (RFC 4291 §2.5.5.2).
func Mapped(a netip.Addr, v []byte) bool { return a.Is4() && bytes.IndexByte(v, ':') >= 0 }

// Reasons for which values that could be read are still no observation.
const (
	MappedReason = "is an IPv4-mapped IPv6 address, which is never seen on the wire: ask the source whether it means the IPv4 address"
	ZeroASReason = "is AS 0, which is nobody's (RFC 7607): leave the value out where the system is not known"
)

// parseIPv6 reads the text form of RFC 4291 §2.2 without a zone; netip's reader would cost an allocation for the string.
func parseIPv6(v []byte) (out [16]byte, ok bool) {
	i, n, gap := 0, 0, -1 // place in v, bytes written, where :: stands
	if len(v) < 2 || len(v) > 45 {
		return out, false
	}
	if v[0] == ':' {
		if v[1] != ':' {
			return out, false
		}
		i, gap = 2, 0
	}
	for i < len(v) {
		group, j := hexGroup(v, i)
		if j == i || n > 14 {
			return out, false
		}
		if j < len(v) && v[j] == '.' { // IPv4 in the last 32 bits
			a, isV4 := ParseIPv4(v[i:])
			if !isV4 || n > 12 {
				return out, false
			}
			binary.BigEndian.PutUint32(out[n:], a)
			n += 4
			break
		}
		binary.BigEndian.PutUint16(out[n:], group)
		n += 2
		if i = j; i == len(v) {
			break
		}
		if v[i] != ':' || i+1 == len(v) {
			return out, false
		}
		if i++; v[i] == ':' {
			if gap >= 0 {
				return out, false
			}
			gap = n
			i++
		}
	}
	return spread(out, n, gap)
}

// hexGroup reads at most four hexadecimal digits from i and gives where they end; a fifth digit makes it none.
func hexGroup(v []byte, i int) (group uint16, end int) {
	for end = i; end < len(v); end++ {
		c := v[end]
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' <= 5:
			c = c | 0x20 - 'a' + 10
		default:
			return group, end
		}
		if end-i == 4 {
			return 0, i
		}
		group = group<<4 | uint16(c)
	}
	return group, end
}

// spread moves what follows the :: at gap to the end; without one all 16 bytes must be there.
func spread(b [16]byte, n, gap int) ([16]byte, bool) {
	if n == 16 || gap < 0 {
		return b, n == 16 && gap < 0
	}
	move := n - gap
	copy(b[16-move:], b[gap:n])
	clear(b[gap : 16-move])
	return b, true
}

// ParseUint reads a decimal number of at most 18 digits.
func ParseUint(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range v {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, true
}

// Stamps reads times and remembers the last date, since rows of one file share it. The zero value is ready; not for concurrent use.
type Stamps struct {
	lo  uint64 // first eight bytes of the date last read
	hi  uint16 // the other two
	day int64  // its midnight, milliseconds since 1970
}

// layouts are tried in turn when a time is not of the usual form. A time without a zone is UTC; names of zones mean something else
// in each country, so only UTC and GMT are known.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 GMT",
	"2006-01-02T15:04Z07:00", "2006-01-02 15:04", time.RFC1123Z, "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 UTC", "2006-01-02",
}

// Parse reads "2006-01-02 15:04:05" (UTC; T may stand for the space), RFC 3339 and its near relatives, into milliseconds since 1970.
func (s *Stamps) Parse(v []byte) (ms int64, ok bool) {
	if len(v) != 19 || v[13] != ':' || v[16] != ':' || v[10] != ' ' && v[10] != 'T' {
		return slowTime(v)
	}
	lo, hi := binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint16(v[8:])
	if lo != s.lo || hi != s.hi {
		day, ok := parseDate(v[:10])
		if !ok {
			return 0, false
		}
		s.lo, s.hi, s.day = lo, hi, day
	}
	h, ok1 := two(v[11], v[12])
	m, ok2 := two(v[14], v[15])
	sec, ok3 := two(v[17], v[18])
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	return s.day + ((h*60+m)*60+sec)*1000, true
}

func two(a, b byte) (int64, bool) {
	a, b = a-'0', b-'0'
	return int64(a)*10 + int64(b), a <= 9 && b <= 9
}

func parseDate(v []byte) (ms int64, ok bool) {
	y1, ok1 := two(v[0], v[1])
	y2, ok2 := two(v[2], v[3])
	m, ok3 := two(v[5], v[6])
	d, ok4 := two(v[8], v[9])
	if !ok1 || !ok2 || !ok3 || !ok4 || v[4] != '-' || v[7] != '-' || m < 1 || m > 12 || d < 1 {
		return 0, false
	}
	t := time.Date(int(y1*100+y2), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	if t.Day() != int(d) { // 31 April rolled over
		return 0, false
	}
	return t.UnixMilli(), true
}

func slowTime(v []byte) (ms int64, ok bool) {
	if len(v) < 10 || len(v) > 40 {
		return 0, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(v)); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// Window bounds the times that are believed, milliseconds since 1970.
type Window struct{ From, To int64 }

// ahead is how far a source's clock may be ahead of ours.
const ahead = 48 * time.Hour

// WindowAt believes times from ten years before now to two days after it: anything else is a broken clock, and an event put there
// would be found by nobody.
func WindowAt(now time.Time) Window {
	return Window{From: now.AddDate(-10, 0, 0).UnixMilli(), To: now.Add(ahead).UnixMilli()}
}

// now is the time around which the window lies.
func (w Window) now() time.Time { return time.UnixMilli(w.To).Add(-ahead) }

// Holds tells whether ms lies in the window.
func (w Window) Holds(ms int64) bool { return ms >= w.From && ms <= w.To }
