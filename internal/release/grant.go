package release

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Grant is a person's word that one organisation may be told about another's networks.
type Grant struct {
	ID         string
	About      string // organisation id: whose networks
	To         string // organisation id: who may be told
	Reason     string // in the person's words
	By         string // the actor's id
	From       time.Time
	Until      time.Time // the first moment at which it no longer holds
	Revoked    time.Time // zero while it stands
	RevokedBy  string
	RevokedFor string // the reason
}

// InForce reports whether the grant holds at a moment.
func (g Grant) InForce(at time.Time) bool {
	return g.Revoked.IsZero() && !at.Before(g.From) && at.Before(g.Until)
}

// How long a grant holds if nobody says otherwise, and at most: a word that nobody remembers giving is nobody's word.
const (
	usualGrant   = 90 * 24 * time.Hour
	longestGrant = 2 * 366 * 24 * time.Hour
)

// maxReason is the longest reason, in characters.
const maxReason = 500

// Grant records a person's word. It holds from g.From, or from now if that is
// zero or past, until g.Until, or for 90 days if that is zero. Errors: Forbidden
// for a part of Firehall acting by itself, Invalid, NotFound for an organisation
// that is not in the register.
func (s *Service) Grant(ctx context.Context, actor identity.Actor, g Grant) (Grant, error) {
	if err := actor.Authorise(OpGrant, g.About); err != nil {
		return Grant{}, err
	}
	if actor.Kind == identity.SystemKind {
		return Grant{}, problem.New(problem.Forbidden, "a grant is a person's word, and %s is no person", actor)
	}
	now := s.o.Clock.Now()
	g, err := g.normal(now)
	if err != nil {
		return Grant{}, err
	}
	for _, organisation := range []string{g.About, g.To} {
		if _, err := s.o.Register.Organisation(ctx, actor, organisation); err != nil {
			return Grant{}, err
		}
	}
	g.ID, g.By = id.NewAt(now), actor.ID
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO release_grant (id, about, to_organisation, reason, granted_by, from_at, until_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, g.ID, g.About, g.To, g.Reason, g.By, g.From, g.Until)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpGrant, g.ID, g.Reason, nil, g)
	})
	return g, err
}

// normal checks what a person said and fills in what was left out.
func (g Grant) normal(now time.Time) (Grant, error) {
	reason, err := cleanReason(g.Reason)
	if err != nil {
		return g, err
	}
	g = Grant{About: g.About, To: g.To, Reason: reason, From: g.From.UTC().Truncate(time.Millisecond), Until: g.Until.UTC().Truncate(time.Millisecond)}
	if g.From.Before(now) { // nobody's word reaches back
		g.From = now.UTC().Truncate(time.Millisecond)
	}
	if g.Until.IsZero() {
		g.Until = g.From.Add(usualGrant)
	}
	switch {
	case g.About == g.To:
		return g, problem.New(problem.Invalid, "an organisation is told about its own networks without a grant: name another organisation")
	case !g.From.Before(g.Until):
		return g, problem.New(problem.Invalid, "the grant would end on %s, before it begins", g.Until.Format(time.RFC3339))
	case g.Until.Sub(g.From) > longestGrant:
		return g, problem.New(problem.Invalid, "a grant holds for two years at most: renew it then")
	}
	return g, nil
}

// cleanReason takes a reason that can stand in a line of a log or table.
func cleanReason(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", problem.New(problem.Invalid, "say the reason: who decided this, and why")
	case len(s) > 4*maxReason || utf8.RuneCountInString(s) > maxReason:
		return "", problem.New(problem.Invalid, "the reason is longer than %d characters: say it shorter", maxReason)
	case !utf8.ValidString(s):
		return "", problem.New(problem.Invalid, "the reason is no valid UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }):
		return "", problem.New(problem.Invalid, "the reason holds line breaks or invisible characters: write one plain line")
	}
	return s, nil
}

// Revoke takes a grant back, from now on. Errors: NotFound, Conflict if it was
// revoked before, Invalid without a reason.
func (s *Service) Revoke(ctx context.Context, actor identity.Actor, grant, reason string) error {
	if err := actor.Authorise(OpRevoke, grant); err != nil {
		return err
	}
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := grantByID(tx, grant)
		if err != nil {
			return err
		}
		after := before
		after.Revoked, after.RevokedBy, after.RevokedFor = now, actor.ID, reason
		n, err := tx.Exec("UPDATE release_grant SET revoked_at = $2, revoked_by = $3, revoked_for = $4 WHERE id = $1 AND revoked_at = 0",
			grant, now, actor.ID, reason)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "grant %s was revoked already, on %s", grant, before.Revoked.Format(time.RFC3339))
		}
		return actor.AuditReason(tx, now, OpRevoke, grant, reason, before, after)
	})
}

// Grants lists the grants about an organisation's networks, or all for "", ended and revoked ones too, the newest first.
func (s *Service) Grants(ctx context.Context, actor identity.Actor, about string) (list []Grant, err error) {
	if err := actor.Authorise(OpRead, about); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each("SELECT "+grantColumns+" FROM release_grant WHERE CAST($1 AS TEXT) = '' OR about = $1 ORDER BY id DESC", []any{about},
			func(scan func(...any) error) error {
				g, err := scanGrant(scan)
				list = append(list, g)
				return err
			})
	})
	return list, err
}

const grantColumns = "id, about, to_organisation, reason, granted_by, from_at, until_at, revoked_at, revoked_by, revoked_for"

func scanGrant(scan func(...any) error) (g Grant, err error) {
	var from, until, revoked int64
	err = scan(&g.ID, &g.About, &g.To, &g.Reason, &g.By, &from, &until, &revoked, &g.RevokedBy, &g.RevokedFor)
	g.From, g.Until, g.Revoked = sqldb.Time(from), sqldb.Time(until), sqldb.Time(revoked)
	return g, err
}

func grantByID(tx *sqldb.Tx, grant string) (Grant, error) {
	g, err := scanGrant(tx.QueryRow("SELECT "+grantColumns+" FROM release_grant WHERE id = $1", grant).Scan)
	if sqldb.NoRows(err) {
		return g, problem.New(problem.NotFound, "there is no grant %q: firehall release grants lists them", grant)
	}
	return g, err
}
