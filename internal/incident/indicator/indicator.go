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
	At       int      `json:"at"`                 // byte at which As begins, of its first place
}

// Limits bound what Extract does; zero values take the defaults.
type Limits struct {
	Bytes int // of the text looked at: 10 MiB
	Count int // of different indicators: 2,000
}

// Found is what Extract finds.
type Found struct {
	List []Indicator // in the order in which they stand
	Left int         // further different indicators, beyond Limits.Count (at most as many again are told apart)
	Cut  bool        // the text was longer than Limits.Bytes, and its end was not looked at
}
