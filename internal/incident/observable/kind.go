package observable

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/warninglist"
)

// Kind is what an observable is: one of an indicator's kinds, or one of those that only people tell.
type Kind = indicator.Kind

// The kinds beside those of indicators.
const (
	File      Kind = "filename"
	Registry  Kind = "registry" // key or value of the Windows registry
	UserAgent Kind = "user-agent"
	Account   Kind = "account" // of a service or a system
	Phone     Kind = "phone"
	Bitcoin   Kind = "bitcoin"
	IBAN      Kind = "iban"
	MAC       Kind = "mac"
	Mutex     Kind = "mutex"
	Other     Kind = "other"
)

// Kinds lists the kinds in the order in which lists show them.
func Kinds() []Kind { return append(indicator.Kinds(), told...) }

// told are the kinds that no text shows by itself.
var told = []Kind{File, Registry, UserAgent, Account, Phone, Bitcoin, IBAN, MAC, Mutex, Other}

// MaxValue is the longest value, in bytes.
const MaxValue = 4096

// value is an observable's value in normal form.
type value struct {
	kind   Kind
	text   string
	host   string   // of a URL or a mail address: the domain or address in it
	listed []string // codes of warning lists
}

// Normal gives a value's normal form, and its kind if none is given: 192[.]0[.]2[.]1 is the ip 192.0.2.1, hxxp://EVIL.example the url
// http://evil.example/. A network of one address is an address. Errors: Invalid.
func Normal(kind Kind, text string) (Kind, string, error) {
	v, err := read(kind, text)
	return v.kind, v.text, err
}

// read reads a value as people write it. Errors: Invalid.
func read(kind Kind, text string) (value, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return value{}, problem.New(problem.Invalid, "the value is empty")
	case len(text) > MaxValue:
		return value{}, problem.New(problem.Invalid, "the value has %d bytes, and may have %d: attach what is longer as a file", len(text), MaxValue)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return value{}, problem.New(problem.Invalid, "the value holds signs that are no text: give one value on one line")
	case kind == "":
		return guess(text)
	case slices.Contains(told, kind):
		return people(kind, text)
	}
	return machine(kind, text)
}

// guess finds out what a value is.
func guess(text string) (value, error) {
	if v, err := network(text); err == nil {
		return v, nil
	}
	return extract(text, "")
}

// machine reads a value of an indicator's kind.
func machine(kind Kind, text string) (value, error) {
	switch kind {
	case indicator.IP, indicator.CIDR:
		return network(text)
	case indicator.ASN:
		return asn(text)
	case indicator.Domain:
		return extract(strings.ReplaceAll(constituency.Refang(text), ".", "[.]"), kind) // in brackets, nothing is taken for a file's name
	case indicator.URL:
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
	case indicator.Email, indicator.MD5, indicator.SHA1, indicator.SHA256, indicator.SHA512, indicator.CVE:
	default:
		return value{}, problem.New(problem.Invalid, "%q is no kind of observable: use one of %s", kind, names())
	}
	return extract(text, kind)
}

func names() string {
	var list []string
	for _, k := range Kinds() {
		list = append(list, string(k))
	}
	return strings.Join(list, ", ")
}

// network reads an address or a network; one address is an address.
func network(text string) (value, error) {
	text = strings.Trim(constituency.Refang(text), "[]")
	if a, err := netip.ParseAddr(text); err == nil {
		return address(a), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4In6() {
		return value{}, problem.New(problem.Invalid, "%q is neither an address nor a network", cut(text))
	}
	switch {
	case p.Bits() == 0:
		return value{}, problem.New(problem.Invalid, "%s is the whole Internet: name a smaller network", p)
	case p.IsSingleIP():
		return address(p.Addr()), nil
	}
	return value{kind: indicator.CIDR, text: p.Masked().String(), listed: warninglist.Prefix(p.Masked())}, nil
}

func address(a netip.Addr) value {
	a = a.Unmap().WithZone("")
	return value{kind: indicator.IP, text: a.String(), listed: warninglist.Addr(a)}
}

func asn(text string) (value, error) {
	if strings.Trim(text, "0123456789") == "" {
		text = "AS" + text
	}
	n, err := constituency.ParseASN(text)
	if err != nil {
		return value{}, err
	}
	return value{kind: indicator.ASN, text: "AS" + strconv.FormatUint(uint64(n), 10)}, nil
}

// edges are signs around a value that are none of it.
const edges = " \t<>\"'`,;.()[]"

// extract reads a value as it is found in texts; it has to be all of the text. kind "": whatever it is.
func extract(text string, kind Kind) (value, error) {
	found := indicator.Extract(text, indicator.Limits{Count: 2}).List
	if len(found) != 1 || kind != "" && found[0].Kind != kind {
		return value{}, unread(kind, text)
	}
	in := found[0]
	written := in.As
	if written == "" {
		written = in.Value
	}
	if strings.Trim(text, edges) != strings.Trim(written, edges) {
		return value{}, unread(kind, text)
	}
	return value{kind: in.Kind, text: in.Value, host: in.Host, listed: in.Listed}, nil
}

func unread(kind Kind, text string) error {
	if kind == "" {
		return problem.New(problem.Invalid, "%q is no address, name or hash by itself: say its kind, or paste it as a text", cut(text))
	}
	return problem.New(problem.Invalid, "%q cannot be read as %s", cut(text), kind)
}

// cut shortens a value for a message.
func cut(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// people reads a value of a kind that only people tell.
func people(kind Kind, text string) (value, error) {
	text, ok := norm.NFC.String(text), true
	switch kind {
	case Registry:
		text = registry(text)
	case UserAgent, Account:
		text = strings.Join(strings.Fields(text), " ")
	case Phone:
		text, ok = phone(text)
	case Bitcoin:
		ok = coin.MatchString(text)
	case IBAN:
		text, ok = iban(text)
	case MAC:
		text, ok = mac(text)
	}
	if !ok {
		return value{}, unread(kind, text)
	}
	return value{kind: kind, text: text}, nil
}

// roots are the short names of the registry's roots.
var roots = map[string]string{
	"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG",
}

func registry(text string) string {
	root, rest, below := strings.Cut(strings.ReplaceAll(text, "/", `\`), `\`)
	root = strings.ToUpper(strings.TrimSuffix(root, ":"))
	if long, ok := roots[root]; ok {
		root = long
	}
	if !below {
		return root
	}
	return root + `\` + rest
}

// phone reads a number as +4312345, or as it is dialled in a country: 012345.
func phone(text string) (string, bool) {
	n := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/()\u00a0\u2010\u2011", r) {
			return -1
		}
		return r
	}, text)
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	digits := strings.TrimPrefix(n, "+")
	return n, len(digits) >= 3 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// coin is the shape of a Bitcoin address: Base58Check or Bech32 (BIP 173).
var coin = regexp.MustCompile(`^(bc1[ac-hj-np-z02-9]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})$`)

// iban reads an account number, and checks its digits (ISO 13616: modulo 97).
func iban(text string) (string, bool) {
	n := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if len(n) < 15 || len(n) > 34 {
		return text, false
	}
	sum := 0
	for _, c := range n[4:] + n[:4] {
		switch {
		case c >= '0' && c <= '9':
			sum = (sum*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			sum = (sum*100 + int(c-'A') + 10) % 97
		default:
			return text, false
		}
	}
	return n, sum == 1
}

func mac(text string) (string, bool) {
	a, err := net.ParseMAC(text)
	if err != nil || len(a) != 6 {
		return text, false
	}
	return a.String(), true
}

// folded are the kinds in which capitals make no difference.
var folded = []Kind{File, Registry, Account}

// fold gives what a value is compared by.
func (v value) fold() string {
	if slices.Contains(folded, v.kind) {
		return strings.ToLower(v.text)
	}
	return v.text
}

// quiet reports whether a warning list speaks against matching the value.
func quiet(listed []string) bool { return len(warninglist.Speak(listed, warninglist.Search)) > 0 }
