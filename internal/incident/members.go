package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// firstMembers writes the members of an incident that becomes restricted: those named, and who makes it so if they have an agreement in force.
func (s *Service) firstMembers(tx *sqldb.Tx, now time.Time, actor identity.Actor, i *incidentRecord, list []Member) error {
	own, err := s.o.InForce(tx, actor.ID, now)
	if err != nil {
		return err
	}
	if own {
		list = append([]Member{{Account: actor.ID}}, list...)
	}
	if len(list) == 0 {
		return problem.New(problem.Conflict, "nobody would see the incident: name a member with a signed agreement in force, or sign yours")
	}
	for _, m := range list {
		if err := s.join(tx, now, actor, i, m); err != nil {
			return err
		}
	}
	return nil
}

// join makes somebody a member.
func (s *Service) join(tx *sqldb.Tx, now time.Time, actor identity.Actor, i *incidentRecord, m Member) error {
	switch bound, err := s.o.InForce(tx, m.Account, now); {
	case err != nil:
		return err
	case !bound:
		return problem.New(problem.Conflict, "%s has no signed agreement in force, and cannot be a member", m.Account)
	case m.AdHoc && m.Until.IsZero():
		return problem.New(problem.Invalid, "an ad-hoc member is one for a time: say until when")
	case !m.Until.IsZero() && !m.Until.After(now):
		return problem.New(problem.Invalid, "the membership of %s would end before it begins", m.Account)
	}
	_, err := tx.Exec(`INSERT INTO incident_member (incident, account, ad_hoc, glass, until, since, actor, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (incident, account) DO UPDATE SET ad_hoc = excluded.ad_hoc, glass = excluded.glass, until = excluded.until, since = excluded.since,
			actor = excluded.actor, reason = excluded.reason`,
		i.ID, m.Account, m.AdHoc, m.Glass, m.Until, now, actor.ID, line(m.Reason))
	if err != nil {
		return err
	}
	if err := s.toldMember(tx, actor, i, m); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpMembers, i.ID, line(m.Reason), nil, map[string]any{"member": m.Account, "until": m.Until, "ad_hoc": m.AdHoc, "glass": m.Glass})
}

func members(tx *sqldb.Tx, incident string) (list []Member, err error) {
	err = tx.Each(`SELECT account, ad_hoc, glass, until, since, actor, reason FROM incident_member WHERE incident = $1 ORDER BY since, account`, []any{incident},
		func(scan func(...any) error) error {
			var m Member
			err := scan(&m.Account, &m.AdHoc, &m.Glass, moment{&m.Until}, moment{&m.Since}, &m.By, &m.Reason)
			list = append(list, m)
			return err
		})
	return list, err
}

// lasting refuses who sees a restricted incident for a time only, by breaking the glass or ad hoc: they could make their time endless. It refuses, too,
// who is no lasting member of what was restricted before it was merged into it: they could show that to others.
func (s *Service) lasting(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord) error {
	var passing int
	err := tx.QueryRow(`SELECT count(*) FROM incident_member WHERE incident = $1 AND account = $2 AND until > 0`, i.ID, actor.ID).Scan(&passing)
	if err == nil && i.Restricted && passing > 0 {
		return problem.New(problem.Forbidden, "you see incident %s for a time only: who else sees it is for its lasting members to say", i.Ref)
	}
	if err != nil {
		return err
	}
	var ref string
	err = tx.QueryRow(`SELECT k.ref FROM incident k WHERE k.root = $1 AND k.id <> $1 AND EXISTS (SELECT 1 FROM incident_member m WHERE m.incident = k.id)
		AND NOT EXISTS (SELECT 1 FROM incident_member m WHERE m.incident = k.id AND m.account = $2 AND m.until = 0) ORDER BY k.ref LIMIT 1`, i.ID, actor.ID).Scan(&ref)
	if sqldb.NoRows(err) {
		return nil
	}
	if err == nil {
		err = problem.New(problem.Forbidden, "incident %s, which is merged into %s, was restricted to members, and you are none of them: they say who else sees it", ref, i.Ref)
	}
	return err
}

// AddMember lets a person see a restricted incident; an ad-hoc member only until a time. Errors: NotFound, Invalid; Forbidden for a member for a time;
// Conflict if the incident is not restricted, or the person has no agreement in force.
func (s *Service) AddMember(ctx context.Context, actor identity.Actor, name string, m Member) error {
	if err := actor.Authorise(OpMembers, name); err != nil {
		return err
	}
	m.Glass = false
	return s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		if !i.Restricted {
			return problem.New(problem.Conflict, "incident %s is not restricted: the whole team sees it", i.Ref)
		}
		if err := s.lasting(tx, actor, i); err != nil {
			return err
		}
		if err := s.join(tx, now, actor, i, m); err != nil {
			return err
		}
		return stepIncident(tx, now, i, "closed = closed")
	})
}

// RemoveMember ends that. Errors: NotFound; Conflict for the last member.
func (s *Service) RemoveMember(ctx context.Context, actor identity.Actor, name, account, why string) error {
	if err := actor.Authorise(OpMembers, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		if account != actor.ID { // everybody may leave
			if err := s.lasting(tx, actor, i); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`DELETE FROM incident_member WHERE incident = $1 AND account = $2`, i.ID, account)
		if err == nil && n == 0 {
			return gone("member", account)
		}
		if err == nil {
			err = manned(tx, i)
		}
		if err == nil {
			err = stepIncident(tx, now, i, "closed = closed")
		}
		if err != nil {
			return err
		}
		if err := s.told(tx, actor, i, Entry{Code: "member.removed", Args: map[string]string{"account": account}}); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpMembers, i.ID, why, map[string]any{"member": account}, nil)
	})
}

// manned refuses to leave a restricted incident without a member who stays.
func manned(tx *sqldb.Tx, i *incidentRecord) error {
	var left int
	err := tx.QueryRow(`SELECT count(*) FROM incident_member WHERE incident = $1 AND until = 0`, i.ID).Scan(&left)
	if err == nil && i.Restricted && left == 0 {
		return problem.New(problem.Conflict, "incident %s would have no lasting member: name another first, or open it to the team", i.Ref)
	}
	return err
}

// Restrict makes an incident restricted with its first members, or opens it to the team. Reports that belong to restricted incidents alone are hidden
// with them. Errors: NotFound, Invalid; Conflict if it is so already, or for a member without an agreement.
func (s *Service) Restrict(ctx context.Context, actor identity.Actor, name string, restricted bool, list []Member, why string) (out Incident, err error) {
	if err := actor.Authorise(OpMembers, name); err != nil {
		return out, err
	}
	if why, err = reason(why); err != nil {
		return out, err
	}
	err = s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		if i.Restricted == restricted {
			return problem.New(problem.Conflict, "incident %s is so already", i.Ref)
		}
		if err := s.lasting(tx, actor, i); err != nil {
			return err
		}
		if err := s.restrict(tx, now, actor, i, restricted, list); err != nil {
			return err
		}
		if err := s.told(tx, actor, i, Entry{Code: restriction(restricted)}); err != nil {
			return err
		}
		if err := actor.AuditReason(tx, now, OpMembers, i.ID, why, map[string]any{"restricted": !restricted}, map[string]any{"restricted": restricted}); err != nil {
			return err
		}
		out, err = s.wholeIncident(tx, Sight{all: true}, i)
		return err
	})
	return out, err
}

func (s *Service) restrict(tx *sqldb.Tx, now time.Time, actor identity.Actor, i *incidentRecord, restricted bool, list []Member) error {
	i.Restricted = restricted
	if err := stepIncident(tx, now, i, "restricted = $4", restricted); err != nil {
		return err
	}
	if restricted {
		if err := s.firstMembers(tx, now, actor, i, list); err != nil {
			return err
		}
		if err := adopt(tx, i.ID); err != nil {
			return err
		}
	} else if _, err := tx.Exec(`DELETE FROM incident_member WHERE incident IN (SELECT id FROM incident WHERE root = $1)`, i.ID); err != nil {
		return err
	}
	tree, err := below(tx, i.ID)
	if err != nil {
		return err
	}
	if err := s.root(tx, tree, i.ID, restricted); err != nil {
		return err
	}
	return s.settleParts(tx, i)
}

// adopt gives the members of an incident to those that were merged into it: it became restricted with all that it is.
func adopt(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`INSERT INTO incident_member (incident, account, ad_hoc, glass, until, since, actor, reason)
		SELECT k.id, m.account, m.ad_hoc, m.glass, m.until, m.since, m.actor, m.reason FROM incident_member m CROSS JOIN incident k
		WHERE m.incident = $1 AND k.root = $1 AND k.id <> $1 ON CONFLICT DO NOTHING`, id)
	return err
}

// settleAll settles the reports of an incident.
func (s *Service) settleAll(tx *sqldb.Tx, incident string) error {
	var ids []string
	err := tx.Each(`SELECT report FROM incident_link WHERE incident = $1 ORDER BY report`, []any{incident}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = s.settle(tx, id)
		}
	}
	return err
}
