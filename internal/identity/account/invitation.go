package account

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

// InvitationLife is how long an invitation works.
const InvitationLife = 7 * 24 * time.Hour

// Where an invitation's link points to, and the name of the token in its query.
const (
	InvitationPath  = "/invitation"
	InvitationParam = "token"
)

// secretBytes is how many random bytes an invitation holds.
const secretBytes = 32

// Invitation is the way into an account that works once. The token goes to the person and nowhere else: a digest of it is kept.
type Invitation struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// URL writes the link of an invitation; base is where browsers reach this installation, as in "https://firehall.example".
func (i Invitation) URL(base string) string {
	return strings.TrimRight(base, "/") + InvitationPath + "?" + url.Values{InvitationParam: {i.Token}}.Encode()
}

// errInvitation is for every invitation that lets nobody in: why would tell a stranger something.
var errInvitation = problem.New(problem.Forbidden, "this invitation was used before, is over, or is not whole: ask a manager of the team for a new one")

// TakeBackAll makes every invitation useless, in a transaction that does more, as a restore does. It tells how many there were.
func TakeBackAll(tx *sqldb.Tx, now time.Time, actor identity.Actor) (int64, error) {
	if err := actor.Authorise(OpInvite, "all"); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`DELETE FROM invitation`)
	if err != nil {
		return 0, err
	}
	return n, actor.Audit(tx, now, OpInvite, "all", nil, map[string]int64{"taken_back": n})
}

// Invite invites somebody anew who lost the invitation, or every way to log in; what was sent before does not work any more.
//
// Errors: Forbidden; NotFound; Conflict for an account that is disabled.
func (a *Accounts) Invite(ctx context.Context, actor identity.Actor, account string) (i Invitation, err error) {
	if err := actor.Authorise(OpInvite, account); err != nil {
		return i, err
	}
	err = a.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		who, err := byID(tx, account)
		if err != nil {
			return err
		}
		if who.Organisation != "" {
			return problem.New(problem.Conflict, "the account %s is a peer's, which does not log in: make a token for it", who.Login)
		}
		if who.State == Disabled {
			return problem.New(problem.Conflict, "the account %s is disabled: enable it first", who.Login)
		}
		i, err = a.invite(tx, actor, account)
		return err
	})
	return i, err
}

// invite makes the invitation of an account.
func (a *Accounts) invite(tx *sqldb.Tx, actor identity.Actor, account string) (Invitation, error) {
	now := a.o.Clock.Now()
	var secret [secretBytes]byte
	rand.Read(secret[:]) // never fails: crypto/rand ends the process instead
	name := id.NewAt(now)
	i := Invitation{Token: name + "." + base64.RawURLEncoding.EncodeToString(secret[:]), Expires: now.Add(InvitationLife)}
	if err := putInvitation(tx, name, account, digest(secret[:]), i.Expires); err != nil {
		return Invitation{}, err
	}
	return i, actor.Audit(tx, now, OpInvite, account, nil, map[string]time.Time{"expires": i.Expires})
}

// Invited tells whom a token invites; it uses nothing up, since mail scanners and previews follow links. Error: Forbidden for every token that
// does not work.
func (a *Accounts) Invited(ctx context.Context, token string) (who Account, err error) {
	err = a.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		who, err = a.invited(tx, token)
		return err
	})
	return who, err
}

func (a *Accounts) invited(tx *sqldb.Tx, token string) (Account, error) {
	name, secret, err := splitToken(token)
	if err != nil {
		return Account{}, err
	}
	now := a.o.Clock.Now()
	want, account, err := findInvitation(tx, name, now)
	if err != nil {
		return Account{}, err
	}
	if subtle.ConstantTimeCompare(want, digest(secret)) != 1 {
		return Account{}, errInvitation
	}
	who, err := byID(tx, account)
	if err == nil && (who.State == Disabled || who.over(now)) {
		err = errInvitation
	}
	return who, err
}

// Accept uses an invitation up, in the transaction that stores how the person will log in: the account is active when that commits.
// Error: Forbidden for every token that does not work.
func (a *Accounts) Accept(tx *sqldb.Tx, token string) (Account, error) {
	who, err := a.invited(tx, token)
	if err != nil {
		return Account{}, err
	}
	n, err := forgetInvitation(tx, who.ID)
	if err != nil {
		return Account{}, err
	}
	if n == 0 {
		return Account{}, errInvitation // somebody else was faster
	}
	before := who
	if who.State == Invited {
		who.State = Active
		if who, err = update(tx, who); err != nil {
			return Account{}, err
		}
	}
	actor := who.actor()
	if err := actor.Authorise(OpAccept, who.ID); err != nil {
		return Account{}, err
	}
	return who, actor.Audit(tx, a.o.Clock.Now(), OpAccept, who.ID, before, who)
}

// splitToken takes a token apart into the invitation's id and its secret.
func splitToken(token string) (name string, secret []byte, err error) {
	name, text, _ := strings.Cut(token, ".")
	secret, err = base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(secret) != secretBytes || !id.Valid(name) {
		return "", nil, errInvitation
	}
	return name, secret, nil
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}
