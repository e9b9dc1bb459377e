package taxii

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/credential"
)

// who finds out who asks, and whether anybody does: by a token, as Bearer or as the password of Basic, and else by a certificate.
func (s *Server) who(r *http.Request) (actor identity.Actor, known bool, err error) {
	if text, ok := bearer(r); ok {
		return s.Tokens.Check(r.Context(), text)
	}
	if user, password, ok := r.BasicAuth(); ok {
		return s.basic(r.Context(), user, password)
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return s.certified(r.Context(), r.TLS.PeerCertificates[0])
	}
	return identity.Actor{}, false, nil
}

// bearer is the token that a request carries (RFC 6750 §2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(text), strings.EqualFold(scheme, "Bearer")
}

// basic lets in by a token as password. The user is whom the token acts for, by login; of one that was made at the machine it may be any.
func (s *Server) basic(ctx context.Context, user, token string) (identity.Actor, bool, error) {
	actor, known, err := s.Tokens.Check(ctx, token)
	if err != nil || !known {
		return actor, false, err
	}
	account, err := s.Tokens.AccountOf(ctx, token)
	if err != nil || account == "" {
		return actor, err == nil, err
	}
	who, err := s.Accounts.ByID(ctx, account)
	return actor, err == nil && strings.EqualFold(strings.TrimSpace(user), who.Login), err
}

// Fingerprint stands for a certificate: the SHA-256 of its bytes in hexadecimal digits.
func Fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return hex.EncodeToString(sum[:])
}

// certified lets in who has the key of a certificate that the configuration names for an account, as long as it holds. The handshake proved that they
// have it.
func (s *Server) certified(ctx context.Context, c *x509.Certificate) (identity.Actor, bool, error) {
	login := s.certificates[Fingerprint(c.Raw)]
	if login == "" || !s.holds(c) {
		return identity.Actor{}, false, nil
	}
	account, err := s.Accounts.ByLogin(ctx, login)
	if problem.Is(err, problem.NotFound) {
		return identity.Actor{}, false, nil
	}
	if err != nil {
		return identity.Actor{}, false, err
	}
	who, err := s.Accounts.Actor(ctx, account.ID)
	if problem.Is(err, problem.Forbidden) {
		return identity.Actor{}, false, nil
	}
	actor := identity.Actor{
		ID: "certificate:" + account.ID, Name: account.Login, Kind: identity.ProgramKind, Via: "taxii", Roles: who.Roles, Organisation: who.Organisation,
		Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite},
	}
	return actor, err == nil, err
}

// holds tells whether a certificate holds now.
func (s *Server) holds(c *x509.Certificate) bool {
	now := s.Clock.Now()
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// stranger says why somebody is not let in, to themselves: of a certificate that they showed, all that they can see of it anyway.
func (s *Server) stranger(r *http.Request) string {
	const wanted = "show a token that works: as Bearer, or as the password of Basic with the login of whom it acts for"
	if r.Header.Get("Authorization") != "" || r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return wanted
	}
	c := r.TLS.PeerCertificates[0]
	if !s.holds(c) {
		return "your certificate holds from " + c.NotBefore.UTC().Format(time.RFC3339) + " to " + c.NotAfter.UTC().Format(time.RFC3339) + ": use another, and have it named here, or " + wanted
	}
	return "your certificate is not known here: have its SHA-256 fingerprint " + Fingerprint(c.Raw) + " named for your account, or " + wanted
}

// How often a program, and one network of those who are not known, may ask: so many a second in the long run, so many at once.
const (
	programRate, programBurst   = 100, 500
	strangerRate, strangerBurst = 2, 20
	mostPaces                   = 10_000
)

// paces bounds how often each may ask.
type paces struct {
	mu sync.Mutex
	by map[string]*rate.Limiter
}

// wait is how long somebody has to wait; 0 is not at all.
func (p *paces) wait(now time.Time, who string, per rate.Limit, burst int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil || len(p.by) >= mostPaces {
		p.by = map[string]*rate.Limiter{}
	}
	l := p.by[who]
	if l == nil {
		l = rate.NewLimiter(per, burst)
		p.by[who] = l
	}
	v := l.ReserveN(now, 1)
	if d := v.DelayFrom(now); d > 0 {
		v.CancelAt(now)
		return d
	}
	return 0
}

// slow tells whether somebody has to wait, and says so.
func (s *Server) slow(w http.ResponseWriter, r *http.Request, actor identity.Actor, known bool) bool {
	now := s.Clock.Now()
	var d time.Duration
	if known {
		d = s.paces.wait(now, actor.ID, programRate, programBurst)
	} else {
		d = s.paces.wait(now, "network "+credential.Network(r.RemoteAddr).String(), strangerRate, strangerBurst)
	}
	if d > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(d/time.Second)+1))
		Refuse(w, http.StatusTooManyRequests, "too many requests: ask again in a while, as Retry-After says")
	}
	return d > 0
}
