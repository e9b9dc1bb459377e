package credential

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// How codes are made: RFC 6238 with what every authenticator knows, 20 bytes (RFC 4226 §4), SHA-1, 30 seconds, six digits.
const (
	step        = 30 * time.Second
	digits      = otp.DigitsSix
	secretBytes = 20
	skew        = 1 // steps before and after that count too (RFC 6238 §5.2)

	newAuthenticatorLife = 15 * time.Minute
)

var secretText = base32.StdEncoding.WithPadding(base32.NoPadding)

// Authenticator is one that is about to be set up: its ticket comes back with the first code.
type Authenticator struct {
	Ticket string
	Secret string // to be typed in, in groups of four
	URL    string // otpauth://, for a picture
}

// pending is what the ticket holds.
type pending struct {
	Account string `json:"account"`
	Secret  []byte `json:"secret"`
}

// NewAuthenticator makes a secret for who asks. Nothing is kept before a code of it is shown.
func (k *Keeper) NewAuthenticator(by Proven, login string) (Authenticator, error) {
	if err := k.authorise(by, OpPassword); err != nil {
		return Authenticator{}, err
	}
	return k.authenticator(pending{by.ID, random(secretBytes)}, login)
}

// SameAuthenticator is an authenticator that is being set up, again, for a form that is shown once more: the picture has been taken already.
func (k *Keeper) SameAuthenticator(by Proven, login, ticket string) (Authenticator, error) {
	t, err := readTicket[pending](k, "authenticator", ticket)
	if err != nil || t.Value.Account != by.ID {
		return k.NewAuthenticator(by, login)
	}
	return k.authenticator(t.Value, login)
}

func (k *Keeper) authenticator(p pending, login string) (Authenticator, error) {
	ticket, err := newTicket(k, "authenticator", newAuthenticatorLife, p)
	text := secretText.EncodeToString(p.Secret)
	return Authenticator{Ticket: ticket, Secret: groups(text), URL: k.otpauth(text, login)}, err
}

// otpauth is the URL that authenticators read from a picture.
func (k *Keeper) otpauth(secret, login string) string {
	q := url.Values{"secret": {secret}, "issuer": {k.Team}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + k.Team + ":" + login, RawQuery: strings.ReplaceAll(q.Encode(), "+", "%20")}
	return u.String()
}

// groups writes a text in groups of four, as people read it out.
func groups(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ErrCode is for a first code that is not the new authenticator's.
var ErrCode = problem.New(problem.Invalid, "this is not the code that the new authenticator shows now: type the newest one, and see that the telephone's clock is right")

// proof is an authenticator that showed its first code; nil is none.
type proof struct {
	account string
	sealed  []byte
	step    int64
}

// readAuthenticator opens a ticket and checks the first code; no ticket gives nil.
func (k *Keeper) readAuthenticator(by Proven, ticket, code string) (*proof, error) {
	if ticket == "" {
		return nil, nil
	}
	t, err := readTicket[pending](k, "authenticator", ticket)
	if err != nil {
		return nil, err
	}
	if t.Value.Account != by.ID {
		return nil, errTicket
	}
	at, ok := matchCode(t.Value.Secret, code, k.Clock.Now(), 0)
	if !ok {
		return nil, ErrCode
	}
	sealed, err := k.seal("authenticator", by.ID, t.Value.Secret)
	return &proof{by.ID, sealed, at}, err
}

func (p *proof) store(tx *sqldb.Tx, now time.Time) error {
	if p == nil {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO authenticator (account, secret, step, made) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, step = excluded.step, made = excluded.made`, p.account, p.sealed, p.step, now)
	return err
}

// matchCode tells of which step a code is, if it is one of those around now and later than the last one used.
func matchCode(secret []byte, code string, now time.Time, last int64) (at int64, ok bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	text, current := secretText.EncodeToString(secret), now.Unix()/int64(step/time.Second)
	for n := current - skew; n <= current+skew; n++ { // all are looked at: how long it takes tells nothing
		want, err := hotp.GenerateCodeCustom(text, uint64(max(n, 0)), hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // not negative
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			at, ok = n, true
		}
	}
	return at, ok
}

// useCode notes that the code of a step was used; false if it, or a later one, was used before.
func useCode(tx *sqldb.Tx, account string, at int64) (bool, error) {
	n, err := tx.Exec(`UPDATE authenticator SET step = $2 WHERE account = $1 AND step < $2`, account, at)
	return n == 1, err
}
