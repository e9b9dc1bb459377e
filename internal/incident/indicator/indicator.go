package indicator

// Kind is what an indicator is.
type Kind string

// The kinds.
const (
	IP     Kind = "ip"
	CIDR   Kind = "cidr"
	ASN    Kind = "asn"
	Domain Kind = "domain"
	URL    Kind = "url"
	Email  Kind = "email"
	MD5    Kind = "md5"
	SHA1   Kind = "sha1"
	SHA256 Kind = "sha256"
	SHA512 Kind = "sha512"
	CVE    Kind = "cve"
)

// Kinds lists the kinds in the order in which lists show them.
func Kinds() []Kind {
	return []Kind{IP, CIDR, ASN, Domain, URL, Email, MD5, SHA1, SHA256, SHA512, CVE}
}

// Indicator is one thing that was found, at the first place where it stands.
type Indicator struct {
	Kind     Kind     `json:"kind"`
	Value    string   `json:"value"`              // refanged, in normal form: 192.0.2.1, AS64500, xn--bcher-kva.example, http://host/path
	As       string   `json:"as,omitempty"`       // as written, if not as Value
	Defanged bool     `json:"defanged,omitempty"` // somebody had made it harmless
	Host     string   `json:"host,omitempty"`     // of a URL or a mail address: the domain or address in it
	Listed   []string `json:"listed,omitempty"`   // codes of the warning lists that it is on (see warninglist)
	Count    int      `json:"count,omitempty"`    // how often it stands there
	At       int      `json:"at"`                 // byte at which it begins, of its first place
}

// Place is where an indicator stands, for showing the text with its indicators.
type Place struct {
	From, To int // bytes of the text
	Of       int // which of Found.List
}

// Limits bound what Extract does; zero values take the defaults.
type Limits struct {
	Bytes  int // of the text looked at: 10 MiB
	Count  int // of different indicators: 2,000
	Places int // of places kept: 10,000
}

// Found is what Extract finds.
type Found struct {
	List   []Indicator // in the order in which they stand
	Places []Place     // in the order in which they stand, not overlapping
	Left   int         // further different indicators, beyond Limits.Count (told apart up to as many again)
	Cut    bool        // the text was longer than Limits.Bytes, and its end was not looked at
}

// Extract finds the indicators of a text.
func Extract(text string, l Limits) Found {
	c := newCollector(l)
	if len(text) > c.limits.Bytes {
		text, c.found.Cut = text[:c.limits.Bytes], true
	}
	s := scanner{into: c}
	for base := 0; base < len(text); {
		n := window(text[base:])
		s.fold(text[base:base+n], base)
		s.scan()
		base += n
	}
	return c.found
}

// windowSize bounds the memory of one step, whatever the text.
const windowSize = 64 << 10

// window says how much of a text to take at once: up to the last line break or blank that fits.
func window(text string) int {
	if len(text) <= windowSize {
		return len(text)
	}
	for i := windowSize; i > windowSize/2; i-- {
		if c := text[i-1]; c == '\n' || c == ' ' {
			return i
		}
	}
	return windowSize
}
