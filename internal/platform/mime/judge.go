package mime

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Limits of one verdict.
const (
	maxSignatures = 8
	maxLookups    = 40
	judgeTime     = 4 * time.Second
)

// Judge asks the DNS what the domains of a mail say of it: DKIM (RFC 6376), SPF (RFC 7208), DMARC (RFC 7489). It takes at most four seconds
// and forty questions; what was not answered by then is a TempError. ARC is not looked at: it would make us believe whoever forwards.
func Judge(ctx context.Context, m *Message, e Envelope, r Resolver) Verdict {
	ctx, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	j := &judge{ctx: ctx, resolver: &counting{Resolver: r}}
	v := Verdict{SPF: j.spf(e), DKIM: j.dkim(m.Raw)}
	v.DMARC, v.Policy = j.dmarc(m, &v)
	return v
}

type judge struct {
	ctx      context.Context //nolint:containedctx // lives as long as one verdict
	resolver *counting
}

// counting refuses the questions beyond the limit.
type counting struct {
	Resolver
	mu    sync.Mutex
	asked int
}

// errEnough is temporary to those who ask: the mail is not to blame.
var errEnough = &net.DNSError{Err: "one mail made us ask too much", IsTemporary: true}

func (c *counting) allow() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked++; c.asked > maxLookups {
		return errEnough
	}
	return nil
}

// LookupTXT implements Resolver.
func (c *counting) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if err := c.allow(); err != nil {
		return nil, err
	}
	return c.Resolver.LookupTXT(ctx, name)
}

// LookupMX implements Resolver.
func (c *counting) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	if err := c.allow(); err != nil {
		return nil, err
	}
	return c.Resolver.LookupMX(ctx, name)
}

// LookupIPAddr implements Resolver.
func (c *counting) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if err := c.allow(); err != nil {
		return nil, err
	}
	return c.Resolver.LookupIPAddr(ctx, host)
}

// LookupAddr implements Resolver.
func (c *counting) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if err := c.allow(); err != nil {
		return nil, err
	}
	return c.Resolver.LookupAddr(ctx, addr)
}

func (j *judge) txt(name string) ([]string, error) { return j.resolver.LookupTXT(j.ctx, name) }

// spf checks the return path, or the greeting where that is empty.
func (j *judge) spf(e Envelope) Check {
	if !e.IP.IsValid() {
		return Check{Result: ResultNone, Why: "the mail did not come by SMTP"}
	}
	domain := Address{Address: tidy(e.From)}.Domain()
	if domain == "" {
		domain = strings.ToLower(e.Hello)
	}
	c := Check{Result: ResultNone, Domain: cutText(line(domain), 255)}
	err := guarded(func() error {
		got, err := spf.CheckHostWithSender(net.IP(e.IP.Unmap().AsSlice()), e.Hello, e.From, spf.WithContext(j.ctx), spf.WithResolver(j.resolver))
		c.Result = spfResult(got)
		return err
	})
	if err != nil && c.Result != Pass {
		c.Why = cutText(line(err.Error()), 300)
	}
	return c
}

func spfResult(r spf.Result) Result {
	switch r {
	case spf.Pass:
		return Pass
	case spf.Fail, spf.SoftFail, spf.PermError:
		return Fail
	case spf.TempError:
		return TempError
	}
	return ResultNone
}

// dkim checks the signatures, eight at most.
func (j *judge) dkim(raw []byte) []Check {
	var found []*dkim.Verification
	err := guarded(func() (err error) {
		found, err = dkim.VerifyWithOptions(bytes.NewReader(canonical(raw)), &dkim.VerifyOptions{LookupTXT: j.txt, MaxVerifications: maxSignatures})
		return err
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return []Check{{Result: Fail, Why: cutText(line(err.Error()), 300)}}
	}
	var out []Check
	for _, v := range found {
		c := Check{Result: Pass, Domain: cutText(line(strings.ToLower(v.Domain)), 255)}
		if v.Err != nil {
			c.Result, c.Why = Fail, cutText(line(v.Err.Error()), 300)
			if dkim.IsTempFail(v.Err) {
				c.Result = TempError
			}
		}
		out = append(out, c)
	}
	return out
}

// dmarc compares what passed with the domain of From, and marks what belongs to the same organisation.
func (j *judge) dmarc(m *Message, v *Verdict) (Check, string) {
	author, ok := m.Author()
	if !ok {
		return Check{Result: Fail, Why: "there is not one sender (RFC 7489 §6.6.1)"}, ""
	}
	domain, err := idna.Lookup.ToASCII(author.Domain())
	if err != nil || domain == "" {
		return Check{Result: Fail, Why: "the sender's domain is none"}, ""
	}
	c := Check{Result: ResultNone, Domain: domain}
	record, policy, err := j.record(domain)
	switch {
	case errors.Is(err, dmarc.ErrNoPolicy):
		c.Why = "the domain has no DMARC record"
		return c, ""
	case err != nil:
		c.Result, c.Why = TempError, cutText(line(err.Error()), 300)
		if !dmarc.IsTempFail(err) && j.ctx.Err() == nil {
			c.Result = ResultNone // a record that is none counts as none (RFC 7489 §6.6.3)
		}
		return c, ""
	}
	c.Result, c.Aligned = align(domain, record, v)
	if c.Result != Pass {
		c.Why = "neither SPF nor DKIM passed for the sender's domain"
	}
	return c, policy
}

// record finds the policy of a domain, else that of its organisation (RFC 7489 §6.6.3).
func (j *judge) record(domain string) (*dmarc.Record, string, error) {
	options := &dmarc.LookupOptions{LookupTXT: j.txt}
	r, err := dmarc.LookupWithOptions(domain, options)
	if err == nil {
		return r, string(r.Policy), nil
	}
	org := organisation(domain)
	if !errors.Is(err, dmarc.ErrNoPolicy) || org == domain {
		return nil, "", err
	}
	if r, err = dmarc.LookupWithOptions(org, options); err != nil {
		return nil, "", err
	}
	if r.SubdomainPolicy != "" {
		return r, string(r.SubdomainPolicy), nil
	}
	return r, string(r.Policy), nil
}

// align is RFC 7489 §3.1: something passed for a domain that is From's, or, where its policy is relaxed, of the same organisation.
func align(domain string, r *dmarc.Record, v *Verdict) (result Result, aligned bool) {
	result = Fail
	try := func(c *Check, mode dmarc.AlignmentMode) {
		c.Aligned = c.Domain != "" && (c.Domain == domain || mode != dmarc.AlignmentStrict && organisation(c.Domain) == organisation(domain))
		switch {
		case c.Aligned && c.Result == Pass:
			result, aligned = Pass, true
		case c.Aligned && c.Result == TempError && result != Pass:
			result = TempError
		}
	}
	try(&v.SPF, r.SPFAlignment)
	for i := range v.DKIM {
		try(&v.DKIM[i], r.DKIMAlignment)
	}
	return result, aligned
}

// organisation is the organisational domain (RFC 7489 §3.2); a public suffix is its own.
func organisation(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}
