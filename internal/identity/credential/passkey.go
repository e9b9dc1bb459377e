package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bounds of passkeys.
const (
	maxPasskeys  = 20
	maxName      = 60 // characters of a passkey's name
	ceremonyLife = 5 * time.Minute
)

// ErrSite is for a site at which there can be no passkeys.
var ErrSite = problem.New(problem.Conflict, "passkeys belong to a name and need https: reach this page by its name, or on this machine as http://localhost")

// Step is one half of a ceremony (WebAuthn Level 3, §7): options for the browser's credentials API, as JSON, and a ticket that it keeps for
// the other half.
type Step struct {
	Options json.RawMessage
	Ticket  string
}

// ceremony is what the ticket holds.
type ceremony struct {
	Account string               `json:"account,omitempty"` // who registers, or proves again who they are; empty: whoever comes
	Session webauthn.SessionData `json:"session"`
}

// site makes the relying party of an origin, such as "https://firehall.example" or "http://localhost:8080". The caller knows that the origin is
// ours.
func (k *Keeper) site(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil, ErrSite
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: k.Team, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation, // which make it is tells us nothing that we would act on
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil || protocol.ValidateRPID(u.Hostname()) != nil {
		return nil, ErrSite
	}
	return w, nil
}

// Usable tells whether there can be passkeys at an origin.
func (k *Keeper) Usable(origin string) bool {
	_, err := k.site(origin)
	return err == nil
}

// user is an account as the library wants it. The account's id is the handle: it tells nothing about the person.
type user struct {
	account.Account
	keys []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return []byte(u.ID) }
func (u user) WebAuthnName() string                       { return u.Login }
func (u user) WebAuthnDisplayName() string                { return u.Name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// BeginPasskey begins to make a passkey for who asks. Errors: ErrStale, ErrSite, Conflict for too many.
func (k *Keeper) BeginPasskey(ctx context.Context, by Proven, origin string) (Step, error) {
	if err := k.authorise(by, OpPasskey); err != nil {
		return Step{}, err
	}
	w, err := k.site(origin)
	if err != nil {
		return Step{}, err
	}
	u, err := k.user(ctx, by.ID)
	if err != nil {
		return Step{}, err
	}
	if len(u.keys) >= maxPasskeys {
		return Step{}, problem.New(problem.Conflict, "you have %d passkeys: remove one first", len(u.keys))
	}
	var have []protocol.CredentialDescriptor
	for _, key := range u.keys {
		have = append(have, key.Descriptor())
	}
	options, session, err := w.BeginRegistration(u, webauthn.WithExclusions(have))
	if err != nil {
		return Step{}, problem.Wrap(problem.Internal, err, "begin to make a passkey")
	}
	return k.step("register", options.Response, ceremony{by.ID, *session})
}

func (k *Keeper) step(use string, options any, c ceremony) (Step, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Step{}, problem.Wrap(problem.Internal, err, "write a passkey's options")
	}
	t, err := newTicket(k, "passkey "+use, ceremonyLife, c)
	return Step{text, t}, err
}

// maxAnswer bounds what a browser answers, in bytes.
const maxAnswer = 64 << 10

// FinishPasskey keeps the passkey that the browser made. answer is its PublicKeyCredential as JSON. Errors: ErrStale, Invalid for an answer
// that is none or does not fit, Forbidden for a step that took too long, Conflict for a passkey that is known.
func (k *Keeper) FinishPasskey(ctx context.Context, by Proven, origin, ticket, name string, answer []byte) (Passkey, error) {
	if err := k.authorise(by, OpPasskey); err != nil {
		return Passkey{}, err
	}
	w, t, err := k.resume(origin, "register", ticket)
	if err != nil {
		return Passkey{}, err
	}
	if t.Value.Account != by.ID {
		return Passkey{}, errTicket
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(cut(answer))
	if err != nil {
		return Passkey{}, unread(err)
	}
	cred, err := w.CreateCredential(user{Account: account.Account{ID: by.ID}}, t.Value.Session, parsed)
	if err != nil {
		return Passkey{}, unread(err)
	}
	return k.keep(ctx, by, w.Config.RPID, name, cred, t)
}

// resume opens the ticket of a ceremony that was begun at an origin.
func (k *Keeper) resume(origin, use, text string) (*webauthn.WebAuthn, ticket[ceremony], error) {
	w, err := k.site(origin)
	if err != nil {
		return nil, ticket[ceremony]{}, err
	}
	t, err := readTicket[ceremony](k, "passkey "+use, text)
	return w, t, err
}

// cut bounds an answer; what is cut is no JSON any more, and is refused as such.
func cut(answer []byte) []byte { return answer[:min(len(answer), maxAnswer)] }

// unread is for a browser's answer that does not count. The library's words are for developers; they are kept as the cause.
func unread(err error) error {
	var detail *protocol.Error
	if errors.As(err, &detail) {
		return problem.New(problem.Invalid, "the passkey's answer does not count: %s", detail.Details)
	}
	return problem.New(problem.Invalid, "the passkey's answer cannot be read")
}

func (k *Keeper) keep(ctx context.Context, by Proven, site, name string, cred *webauthn.Credential, t ticket[ceremony]) (Passkey, error) {
	now := k.Clock.Now()
	p := Passkey{ID: id.NewAt(now), Name: called(name), Site: site, Synced: cred.Flags.BackupEligible, Made: now}
	cred.Attestation = webauthn.CredentialAttestation{} // nothing is asked about it
	data, err := json.Marshal(cred)
	if err != nil {
		return Passkey{}, problem.Wrap(problem.Internal, err, "write a passkey")
	}
	err = k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := k.accept(tx, by); err != nil {
			return err
		}
		if err := spend(tx, now, t.ID, t.Expires); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO passkey (id, account, handle, name, site, data, made, used, flagged) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)
			ON CONFLICT (handle) DO NOTHING`, p.ID, by.ID, cred.ID, p.Name, p.Site, string(data), now)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "this passkey is known already")
		}
		return by.Audit(tx, now, OpPasskey, by.ID, nil, changed{Passkey: p.ID, Name: p.Name, Site: p.Site})
	})
	return p, err
}

// called is a passkey's name, harmless and short.
func called(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName])
	}
	if name == "" {
		return "Passkey"
	}
	return name
}

// RenamePasskey gives a passkey of who asks another name. Errors: ErrStale, NotFound.
func (k *Keeper) RenamePasskey(ctx context.Context, by Proven, passkey, name string) error {
	if err := k.authorise(by, OpPasskey); err != nil {
		return err
	}
	return k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`UPDATE passkey SET name = $3 WHERE id = $1 AND account = $2`, passkey, by.ID, called(name))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "you have no such passkey")
		}
		return by.Audit(tx, k.Clock.Now(), OpPasskey, by.ID, nil, changed{Passkey: passkey, Name: called(name)})
	})
}

// BeginLogIn begins a log-in by passkey for whoever comes. It costs the database nothing. Error: ErrSite.
func (k *Keeper) BeginLogIn(origin string) (Step, error) { return k.beginLogIn(origin, "", "login") }

// BeginAgain begins to prove again who is logged in. Error: ErrSite.
func (k *Keeper) BeginAgain(origin string, actor identity.Actor) (Step, error) {
	return k.beginLogIn(origin, actor.ID, "again")
}

func (k *Keeper) beginLogIn(origin, account, use string) (Step, error) {
	w, err := k.site(origin)
	if err != nil {
		return Step{}, err
	}
	options, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Step{}, problem.Wrap(problem.Internal, err, "begin a log-in by passkey")
	}
	return k.step(use, options.Response, ceremony{account, *session})
}

// FinishLogIn lets the owner of a passkey in. Errors: Forbidden, always the same, for all that does not count; ErrSite.
func (k *Keeper) FinishLogIn(ctx context.Context, origin, ticket, address string, answer []byte) (identity.Actor, error) {
	return k.finishLogIn(ctx, origin, ticket, address, answer, "login")
}

// FinishAgain is FinishLogIn for who is logged in, and for nobody else. Errors are those of FinishLogIn.
func (k *Keeper) FinishAgain(ctx context.Context, actor identity.Actor, origin, ticket, address string, answer []byte) error {
	t, err := readTicket[ceremony](k, "passkey again", ticket)
	if err != nil {
		return err
	}
	if t.Value.Account != actor.ID {
		return errTicket
	}
	_, err = k.finishLogIn(ctx, origin, ticket, address, answer, "again")
	return err
}

func (k *Keeper) finishLogIn(ctx context.Context, origin, text, address string, answer []byte, use string) (identity.Actor, error) {
	w, t, err := k.resume(origin, use, text)
	if err != nil {
		return identity.Actor{}, err
	}
	try := tried{By: ByPasskey, Address: host(address)}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(cut(answer))
	if err != nil {
		return identity.Actor{}, errRefused // not worth a line in the record: nothing was tried
	}
	u, cred, err := w.ValidatePasskeyLogin(func(handle, owner []byte) (webauthn.User, error) { return k.owner(ctx, handle, owner) }, t.Value.Session, parsed)
	if err != nil {
		k.Log.DebugContext(ctx, "a passkey was refused", "error", err)
		return identity.Actor{}, errRefused
	}
	owner := string(u.WebAuthnID())
	if t.Value.Account != "" && t.Value.Account != owner {
		try.Why = "another account"
	}
	return k.enter(ctx, account.Account{ID: owner}, try, func(tx *sqldb.Tx, now time.Time) (bool, error) {
		return k.used(tx, now, owner, cred, t, try.Address)
	}, nil)
}

// used notes that a passkey let its owner in. One whose counter went back does so too, since not every authenticator counts well; it is flagged,
// and its owner and the team are told.
func (k *Keeper) used(tx *sqldb.Tx, now time.Time, account string, cred *webauthn.Credential, t ticket[ceremony], address string) (bool, error) {
	if err := spend(tx, now, t.ID, t.Expires); err != nil {
		if problem.Is(err, problem.Forbidden) {
			return false, nil
		}
		return false, err
	}
	copied := cred.Authenticator.CloneWarning
	cred.Authenticator.CloneWarning = false
	data, err := json.Marshal(cred)
	if err != nil {
		return false, problem.Wrap(problem.Internal, err, "write a passkey")
	}
	n, err := tx.Exec(`UPDATE passkey SET data = $3, used = $4, flagged = CASE WHEN $5 = 1 THEN $4 ELSE flagged END WHERE handle = $1 AND account = $2`,
		cred.ID, account, string(data), now, copied)
	if err != nil || n == 0 {
		return false, err
	}
	if copied {
		return true, k.tell(tx, Notice{Account: account, What: PasskeyCopied, Address: address, At: now})
	}
	return true, nil
}

// owner finds whom a passkey belongs to.
func (k *Keeper) owner(ctx context.Context, handle, account []byte) (webauthn.User, error) {
	if len(account) != id.Size || !id.Valid(string(account)) {
		return nil, errRefused
	}
	u, err := k.user(ctx, string(account))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(u.keys, func(c webauthn.Credential) bool { return bytes.Equal(c.ID, handle) }) {
		return nil, errRefused
	}
	return u, nil
}

// user reads an account with its passkeys.
func (k *Keeper) user(ctx context.Context, of string) (u user, err error) {
	if u.Account, err = k.person(ctx, of); err != nil {
		return u, err
	}
	err = k.DB.Read(ctx, func(tx *sqldb.Tx) error {
		u.keys = nil
		return tx.Each(`SELECT data FROM passkey WHERE account = $1 ORDER BY id`, []any{of}, func(scan func(...any) error) error {
			var data string
			if err := scan(&data); err != nil {
				return err
			}
			var c webauthn.Credential
			err := json.Unmarshal([]byte(data), &c)
			u.keys = append(u.keys, c)
			return problem.Wrap(problem.Internal, err, "read a passkey")
		})
	})
	return u, err
}

func readPasskeys(tx *sqldb.Tx, account string) (list []Passkey, err error) {
	err = tx.Each(`SELECT id, name, site, data, made, used, flagged FROM passkey WHERE account = $1 ORDER BY made, id`, []any{account}, func(scan func(...any) error) error {
		var p Passkey
		var data string
		var made, used, flagged int64
		if err := scan(&p.ID, &p.Name, &p.Site, &data, &made, &used, &flagged); err != nil {
			return err
		}
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return problem.Wrap(problem.Internal, err, "read a passkey")
		}
		p.Synced, p.Made, p.Used, p.Flagged = c.Flags.BackupEligible, sqldb.Time(made), sqldb.Time(used), sqldb.Time(flagged)
		list = append(list, p)
		return nil
	})
	return list, err
}
