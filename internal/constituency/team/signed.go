package team

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Sign records an agreement that was signed with an organisation of the register. Its ID is made here; a zero From is the day of the signature.
// Errors: Forbidden; NotFound for the organisation; Invalid for what cannot be.
func (s *Service) Sign(ctx context.Context, actor identity.Actor, a Agreement) (Agreement, error) {
	if err := actor.Authorise(OpAgreement, a.Organisation); err != nil {
		return a, err
	}
	a, err := a.normal(s.Clock.Now())
	if err != nil {
		return a, err
	}
	err = s.write(ctx, actor, OpAgreement, a.Organisation, func(tx *sqldb.Tx, now time.Time) error {
		a.ID, a.Ended, a.Reason, a.RecordedBy, a.Recorded = id.NewAt(now), time.Time{}, "", actor.ID, now
		if _, err := constituency.OrganisationIn(tx, a.Organisation); err != nil {
			return err
		}
		if err := insertAgreement(tx, a); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpAgreement, a.Organisation, nil, a)
	})
	return a, err
}

// End ends an agreement before its time. Errors: NotFound; Invalid without a reason; Conflict if it is ended already.
func (s *Service) End(ctx context.Context, actor identity.Actor, agreement, reason string) error {
	if err := actor.Authorise(OpAgreement, agreement); err != nil {
		return err
	}
	reason, err := cleanLine("reason", reason, maxLine)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.New(problem.Invalid, "say why the agreement ends")
	}
	return s.write(ctx, actor, OpAgreement, agreement, func(tx *sqldb.Tx, now time.Time) error {
		before, err := agreementByID(tx, agreement)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE team_agreement SET ended = $2, reason = $3 WHERE id = $1 AND ended = 0`, before.ID, now, reason)
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "the agreement was ended already")
		}
		if err != nil {
			return err
		}
		after := before
		after.Ended, after.Reason = now, reason
		return actor.AuditReason(tx, now, OpAgreement, before.Organisation, reason, before, after)
	})
}

func agreementByID(tx *sqldb.Tx, agreement string) (Agreement, error) {
	list, err := agreements(tx, `id = $1`, agreement)
	if err == nil && len(list) == 0 {
		return Agreement{}, problem.New(problem.NotFound, "there is no agreement %s", clip(agreement))
	}
	if err != nil {
		return Agreement{}, err
	}
	return list[0], nil
}

// Agreements lists the agreements with an organisation, or with all if it is empty, the latest signed first; those that ended too.
func (s *Service) Agreements(ctx context.Context, actor identity.Actor, organisation string) (list []Agreement, err error) {
	err = s.read(ctx, actor, organisation, func(tx *sqldb.Tx) error {
		where, args := "1 = 1", []any(nil)
		if organisation != "" {
			where, args = "organisation = $1", []any{organisation}
		}
		list, err = agreements(tx, where, args...)
		return err
	})
	return list, err
}

// Lapse is an agreement that runs out, and with whom it is.
type Lapse struct {
	Agreement
	Name string `json:"name"`
}

// Lapsing lists what is in force and runs out within a time, the first first. What another agreement of the same kind with the same
// organisation outlasts is left out.
func (s *Service) Lapsing(ctx context.Context, actor identity.Actor, within time.Duration) (list []Lapse, err error) {
	now := s.Clock.Now()
	err = s.read(ctx, actor, "agreements", func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT `+prefixed("a", agreementColumns)+`, o.name FROM team_agreement a JOIN organisation o ON o.id = a.organisation
			WHERE a.valid_from <= $1 AND a.ended = 0 AND a.valid_until > $1 AND a.valid_until <= $2 AND NOT EXISTS (SELECT 1 FROM team_agreement b
			WHERE b.organisation = a.organisation AND b.kind = a.kind AND b.ended = 0 AND b.valid_from <= a.valid_until
			AND (b.valid_until = 0 OR b.valid_until > a.valid_until)) ORDER BY a.valid_until, a.id`, []any{now, now.Add(within)}, func(scan func(...any) error) error {
			var l Lapse
			var err error
			l.Agreement, err = scanAgreement(func(to ...any) error { return scan(append(to, &l.Name)...) })
			list = append(list, l)
			return err
		})
	})
	return list, err
}

// prefixed writes columns of a table that has an alias.
func prefixed(alias, columns string) string {
	names := strings.Fields(strings.ReplaceAll(columns, ",", " "))
	return alias + "." + strings.Join(names, ", "+alias+".")
}

// Groups lists the sharing groups by name, with their members.
func (s *Service) Groups(ctx context.Context, actor identity.Actor) (list []Group, err error) {
	err = s.read(ctx, actor, "groups", func(tx *sqldb.Tx) error {
		var ids []string
		err := tx.Each(`SELECT id FROM team_group ORDER BY name_key`, nil, func(scan func(...any) error) error {
			var one string
			err := scan(&one)
			ids = append(ids, one)
			return err
		})
		list = make([]Group, len(ids))
		for i := 0; err == nil && i < len(ids); i++ {
			list[i], err = GroupIn(tx, ids[i])
		}
		return err
	})
	return list, err
}

// Group reads one sharing group. Errors: NotFound.
func (s *Service) Group(ctx context.Context, actor identity.Actor, group string) (g Group, err error) {
	err = s.read(ctx, actor, group, func(tx *sqldb.Tx) error {
		g, err = GroupIn(tx, group)
		return err
	})
	return g, err
}
