package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// LinkLife is how long a login link works.
const LinkLife = 10 * time.Minute

// maxLinks is how many unused links there may be for one person, who may share an account of the machine with others: making more, the oldest
// stop working.
const maxLinks = 5

// secretBytes is how many random bytes a link holds.
const secretBytes = 32

// Where a login link points to, and the name of the token in its query.
const (
	LinkPath  = "/login"
	LinkParam = "token"
)

// LinkURL writes the link for a token; base is where browsers reach this installation, as in "https://firehall.example".
func LinkURL(base, token string) string {
	return strings.TrimRight(base, "/") + LinkPath + "?" + url.Values{LinkParam: {token}}.Encode()
}

// NewLink makes a link that lets in somebody once, within LinkLife. The token goes into the person's hands and nowhere else.
func (m *Manager) NewLink(ctx context.Context, actor, person identity.Actor) (token string, expires time.Time, err error) {
	if err := actor.Authorise(OpLink, person.ID); err != nil {
		return "", time.Time{}, err
	}
	if person.ID == "" {
		return "", time.Time{}, problem.New(problem.Invalid, "a login link must be for somebody")
	}
	now := m.Clock.Now()
	expires = now.Add(LinkLife)
	var secret [secretBytes]byte
	rand.Read(secret[:]) // never fails: crypto/rand ends the process instead
	link := id.NewAt(now)
	err = m.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := forgetOld(tx, now); err != nil {
			return err
		}
		if err := insertLink(tx, link, digest(secret[:]), person, expires); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpLink, link, nil, linkRecord{For: person.ID, Expires: expires})
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return link + "." + base64.RawURLEncoding.EncodeToString(secret[:]), expires, nil
}

// linkRecord is what the audit record says about a link.
type linkRecord struct {
	For     string    `json:"for"`
	Expires time.Time `json:"expires"`
}

// errLink is for every link that lets nobody in: why would tell a stranger something.
var errLink = problem.New(problem.Forbidden, "this login link was used before, is over ten minutes old, or is not whole: ask for a new one with `firehall login-link`")

// redeem uses a link up and tells whom it lets in.
func (m *Manager) redeem(ctx context.Context, now time.Time, token string) (a identity.Actor, err error) {
	link, secret, err := splitToken(token)
	if err != nil {
		return a, err
	}
	err = m.DB.Write(ctx, func(tx *sqldb.Tx) error {
		want, actor, name, err := takeLink(tx, link, now)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(want, digest(secret)) != 1 {
			return errLink // and the link stays: the transaction is rolled back
		}
		who, err := m.person(ctx, actor, name)
		if err != nil {
			return err
		}
		if err := who.Authorise(OpLogIn, link); err != nil {
			return err
		}
		a = who
		return who.Audit(tx, now, OpLogIn, link, nil, nil)
	})
	if err != nil {
		return identity.Actor{}, err
	}
	return a, nil
}

// works tells whether a token would let somebody in, and changes nothing: whoever guesses may not have the database write.
func (m *Manager) works(ctx context.Context, now time.Time, token string) bool {
	link, secret, err := splitToken(token)
	if err != nil {
		return false
	}
	var want []byte
	err = m.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT secret FROM login_link WHERE id = $1 AND expires > $2`, link, now).Scan(&want)
	})
	return err == nil && subtle.ConstantTimeCompare(want, digest(secret)) == 1
}

// splitToken takes a token apart into the link's id and its secret.
func splitToken(token string) (link string, secret []byte, err error) {
	link, text, _ := strings.Cut(token, ".")
	secret, err = base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(secret) != secretBytes || !id.Valid(link) {
		return "", nil, errLink
	}
	return link, secret, nil
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}
