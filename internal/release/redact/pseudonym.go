package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"net/netip"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/release/leak"
)

// Secret names the key of pseudonyms in the keyring. It is of no other use: who destroys it makes all pseudonyms stand for nothing.
const Secret = "pseudonyms"

// Pseudonyms stand for names, of one item and for one group of recipients. The zero Pseudonyms give none: the bare word of what it is.
type Pseudonyms struct {
	key   [sha256.Size]byte
	armed bool
}

// NewPseudonyms gives those of an item for a group of recipients: an organisation's id, a sharing group's, or the name of an audience.
func NewPseudonyms(secret [32]byte, item, group string) Pseudonyms {
	return Pseudonyms{sum(secret[:], item, group), true}
}

func sum(key []byte, parts ...string) (out [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	for _, p := range append([]string{"firehall/release/pseudonym"}, parts...) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(len(p)))
		_, _ = h.Write(b[:]) // a hash takes everything
		_, _ = h.Write([]byte(p))
	}
	h.Sum(out[:0])
	return out
}

// digest stands for a name, however it is written.
func (p Pseudonyms) digest(kind leak.Kind, value string) [sha256.Size]byte {
	return sum(p.key[:], string(kind), canonical(kind, value))
}

// canonical is the one way of writing a name.
func canonical(kind leak.Kind, value string) string {
	value = strings.ToLower(norm.NFKC.String(strings.TrimSpace(value)))
	switch kind {
	case leak.Address:
		if a, err := netip.ParseAddr(value); err == nil {
			return a.Unmap().WithZone("").String()
		}
		if n, err := netip.ParsePrefix(value); err == nil {
			return n.Masked().String()
		}
	case leak.Domain:
		return strings.Trim(value, ".")
	}
	return strings.Join(strings.Fields(value), " ")
}

// letters are those of pseudonyms: none of them is taken for another.
var letters = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// In is the pseudonym that stands in a text: [organisation k3f9q2].
func (p Pseudonyms) In(kind leak.Kind, value string) string {
	if !p.armed {
		return "[" + string(kind) + "]"
	}
	d := p.digest(kind, value)
	return "[" + string(kind) + " " + letters.EncodeToString(d[:])[:6] + "]"
}

// The networks in which nobody is: of IPv4 the one for measuring devices (RFC 2544), which is larger than those for documentation, and of IPv6 the one for
// documentation (RFC 3849).
var (
	nobody4 = [2]byte{198, 18}
	nobody6 = [4]byte{0x20, 0x01, 0x0d, 0xb8}
)

// Stand is the pseudonym for a place that a machine reads, where only a value of the same kind may stand: a domain of RFC 2606, a mailbox of it, an
// address that is nobody's. The latter are 131,072 of IPv4: two addresses of a copy get the same one hardly ever.
func (p Pseudonyms) Stand(kind leak.Kind, value string) string {
	d := p.digest(kind, value)
	code := letters.EncodeToString(d[:])[:6]
	switch kind {
	case leak.Domain:
		return code + ".example"
	case leak.Mail:
		return code + "@redacted.example"
	case leak.Address:
		return p.address(d, canonical(kind, value))
	}
	return p.In(kind, value)
}

func (p Pseudonyms) address(d [sha256.Size]byte, value string) string {
	length := ""
	if at := strings.IndexByte(value, '/'); at >= 0 {
		length = value[at:]
	}
	if strings.Contains(value, ":") {
		b := [16]byte(d[:16])
		copy(b[:], nobody6[:])
		return whole(netip.AddrFrom16(b), length)
	}
	return whole(netip.AddrFrom4([4]byte{nobody4[0], nobody4[1] + d[0]%2, d[1], d[2]}), length)
}

// whole writes an address, or the network of that length which it lies in.
func whole(a netip.Addr, length string) string {
	if n, err := netip.ParsePrefix(a.String() + length); length != "" && err == nil {
		return n.Masked().String()
	}
	return a.String()
}
