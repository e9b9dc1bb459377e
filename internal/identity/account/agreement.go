package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Kind is what sort of agreement it is.
type Kind string

// The kinds of agreements.
const (
	NDA        Kind = "nda"
	Volunteer  Kind = "volunteer"
	Employment Kind = "employment"
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{NDA, Volunteer, Employment} }

// Agreement is on what terms somebody works here.
type Agreement struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Kind    Kind      `json:"kind"`
	Scope   string    `json:"scope,omitempty"`   // what it is about, in words
	Version string    `json:"version,omitempty"` // of the text that was signed
	Signed  time.Time `json:"signed"`
	Expires time.Time `json:"expires,omitzero"` // zero: no end
	Ended   time.Time `json:"ended,omitzero"`   // before its time, by somebody's word
	Reason  string    `json:"reason,omitempty"` // why it was ended
}

// Holds tells whether the agreement is in force at a time.
func (g Agreement) Holds(now time.Time) bool {
	return !g.Signed.After(now) && g.Ended.IsZero() && (g.Expires.IsZero() || now.Before(g.Expires))
}

// Lapse is an agreement that is about to run out, and whose it is.
type Lapse struct {
	Agreement
	Login string `json:"login"`
	Name  string `json:"name"`
}

// maxTerm bounds the scope, the version and the reason of an agreement, in bytes.
const maxTerm = 500

// aheadOfTime is how far in the future a signature may lie: people sign in zones that are ahead.
const aheadOfTime = 24 * time.Hour

// Sign records an agreement that somebody signed. Its ID is made here; a zero Signed is now.
//
// Errors: Forbidden; NotFound for the account; Invalid for what cannot be.
func (a *Accounts) Sign(ctx context.Context, actor identity.Actor, g Agreement) (Agreement, error) {
	if err := actor.Authorise(OpAgreement, g.Account); err != nil {
		return Agreement{}, err
	}
	now := a.o.Clock.Now()
	if g.Signed.IsZero() {
		g.Signed = now
	}
	if err := g.check(now); err != nil {
		return Agreement{}, err
	}
	g.ID, g.Ended, g.Reason = id.NewAt(now), time.Time{}, ""
	err := a.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := byID(tx, g.Account); err != nil {
			return err
		}
		if err := insertAgreement(tx, g); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpAgreement, g.Account, nil, g)
	})
	return g, err
}

// check refuses an agreement that cannot be.
func (g Agreement) check(now time.Time) error {
	switch {
	case !slices.Contains(Kinds(), g.Kind):
		return problem.New(problem.Invalid, "an agreement is an nda, volunteer or employment, not %q", g.Kind)
	case g.Signed.After(now.Add(aheadOfTime)):
		return problem.New(problem.Invalid, "an agreement that is signed on %s is not signed yet", g.Signed.Format(time.DateOnly))
	case !g.Expires.IsZero() && !g.Expires.After(g.Signed):
		return problem.New(problem.Invalid, "an agreement cannot end on %s, before it is signed", g.Expires.Format(time.DateOnly))
	case !plain(g.Scope, maxTerm) || !plain(g.Version, maxTerm):
		return problem.New(problem.Invalid, "an agreement's scope and version are one line of %d bytes at most each", maxTerm)
	}
	return nil
}

// End ends an agreement before its time. Errors: Forbidden; NotFound; Invalid without a reason; Conflict if it is ended already.
func (a *Accounts) End(ctx context.Context, actor identity.Actor, agreement, reason string) error {
	if err := actor.Authorise(OpAgreement, agreement); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" || !plain(reason, maxTerm) {
		return problem.New(problem.Invalid, "say why the agreement ends, in one line of %d bytes at most", maxTerm)
	}
	now := a.o.Clock.Now()
	return a.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		g, err := agreementByID(tx, agreement)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE agreement SET ended = $2, reason = $3 WHERE id = $1 AND ended = 0`, g.ID, now, reason)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "the agreement %s was ended already", g.ID)
		}
		before := g
		g.Ended, g.Reason = now, reason
		return actor.AuditReason(tx, now, OpAgreement, g.Account, reason, before, g)
	})
}

// Agreements lists the agreements of an account, the newest first; one's own always, others' with account.read.
func (a *Accounts) Agreements(ctx context.Context, actor identity.Actor, account string) (list []Agreement, err error) {
	if err := actor.Authorise(ownOr(actor, account, OpRead), account); err != nil {
		return nil, err
	}
	err = a.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if _, err := byID(tx, account); err != nil {
			return err
		}
		list, err = agreementsOf(tx, account)
		return err
	})
	return list, err
}

// Lapsing lists what is in force and runs out within a time, of people who are here, the first first: these have to be asked to sign again.
// What another agreement of the same person and kind outlasts is left out.
func (a *Accounts) Lapsing(ctx context.Context, actor identity.Actor, within time.Duration) (list []Lapse, err error) {
	if err := actor.Authorise(OpRead, "agreements"); err != nil {
		return nil, err
	}
	now := a.o.Clock.Now()
	err = a.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = lapsing(tx, now, now.Add(within))
		return err
	})
	return list, err
}

// InForce tells whether an account has an agreement in force: without one nobody can be a member of an incident.
func (a *Accounts) InForce(tx *sqldb.Tx, account string, now time.Time) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM agreement WHERE account = $1 AND signed <= $2 AND ended = 0 AND (expires = 0 OR expires > $2)`, account, now).Scan(&n)
	return n > 0, err
}
