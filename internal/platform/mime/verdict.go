package mime

import (
	"context"
	"net"
	"net/netip"
)

// Result is the outcome of one check.
type Result string

// The results, in the words of RFC 8601.
const (
	ResultNone Result = "none" // nothing to check, or not checked
	Pass       Result = "pass"
	Fail       Result = "fail"
	TempError  Result = "temperror" // the DNS did not answer in time
)

// Check is one check of a mail's origin.
type Check struct {
	Result  Result
	Domain  string // that was checked
	Aligned bool   // it belongs to the same organisation as From's, as strictly as its policy asks (RFC 7489 §3.1)
	Why     string // of what is no pass, in English, one line
}

// Verdict is what the DNS says of a mail's sender.
type Verdict struct {
	SPF    Check
	DKIM   []Check // a check for each signature, eight at most
	DMARC  Check
	Policy string // what From's domain asks to be done with mail that fails: none, quarantine, reject; "" if it has no policy
}

// Authentic tells whether the domain in From is proved: an aligned DMARC pass.
func (v Verdict) Authentic() bool { return v.DMARC.Result == Pass && v.DMARC.Aligned }

// Envelope is what the SMTP session told. All zero for mail that was fetched from a mailbox: then SPF is not checked.
type Envelope struct {
	IP    netip.Addr
	Hello string
	From  string // the return path, "" for none
}

// Resolver asks the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) (names []string, err error)
}
