package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// BreakGlass lets the actor see, for GlassFor, what a name (the id or ref of a report or an incident) hides from them. The reason goes on record, and the
// team, the managers and the members are told. It needs an agreement in force, as all membership does. Errors: NotFound, Invalid without a reason;
// Conflict if nothing is hidden from the actor.
func (s *Service) BreakGlass(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpGlass, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		list, err := s.behind(tx, v, name)
		if err != nil {
			return err
		}
		for i := range list {
			if err := s.breakOne(tx, actor, &list[i], why); err != nil {
				return err
			}
		}
		return nil
	})
}

// behind lists the restricted incidents that a name hides from who sees v.
func (s *Service) behind(tx *sqldb.Tx, v Sight, name string) (list []incidentRecord, err error) {
	var q query
	q.and(`i.restricted = 1 AND i.id IN (SELECT k.root FROM incident k WHERE k.id = ? OR k.ref = ? OR k.id IN (SELECT l.incident FROM incident_link l
		JOIN report r ON r.id = l.report WHERE r.hidden = 1 AND (r.id = ? OR r.ref = ?)))`, name, name, name, name)
	err = tx.Each("SELECT "+incidentColumns+" FROM incident i WHERE "+q.String()+" ORDER BY i.id", q.args, func(scan func(...any) error) error {
		var i incidentRecord
		err := scan(i.into()...)
		list = append(list, i)
		return err
	})
	if err == nil && len(list) == 0 {
		return nil, gone("report or incident", name)
	}
	var hidden []incidentRecord
	for _, i := range list {
		if _, sees := s.incident(tx, v, i.ID); problem.Is(sees, problem.NotFound) {
			hidden = append(hidden, i)
		}
	}
	if err == nil && len(hidden) == 0 {
		return nil, problem.New(problem.Conflict, "nothing is hidden from you there: you are a member")
	}
	return hidden, err
}

func (s *Service) breakOne(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, why string) error {
	now := s.now()
	if err := s.join(tx, now, actor, i, Member{Account: actor.ID, Glass: true, Until: now.Add(GlassFor), Reason: why}); err != nil {
		return err
	}
	if err := actor.AuditReason(tx, now, OpGlass, i.ID, why, nil, map[string]any{"until": now.Add(GlassFor)}); err != nil {
		return err
	}
	title := actor.Name + " broke the glass of a restricted incident" // which one is for those who may know that there is one
	_, err := queue.Raise(tx, now, queue.Task{
		Kind: "glass", Object: s.sealer.Digest("glass", i.ID, actor.ID), Title: title,
		Detail: "Until " + now.Add(GlassFor).Format(time.RFC3339) + ". The reason stands in the audit record.",
		Advice: "Ask why, and whether it was needed; managers and members were told which one it is. A member may end the access at once, by removing the person from the incident.",
	})
	if err != nil {
		return err
	}
	when := " at " + now.Format(time.RFC3339) + ", for four hours. The reason stands in the audit record.\n"
	if err := s.tellTeam(tx, "The glass of a restricted incident was broken", title+when); err != nil {
		return err
	}
	words := actor.Name + " broke the glass of " + i.Ref + when
	if err := s.tellManagers(tx, "The glass of "+i.Ref+" was broken", words); err != nil {
		return err
	}
	return s.tellMembers(tx, i.ID, "The glass of "+i.Ref+" was broken", words)
}

// expire ends memberships whose time is over; they had no effect any more. It is a step of Forget.
func (s *Service) expire(tx *sqldb.Tx, actor identity.Actor) error {
	now := s.now()
	type one struct{ incident, account string }
	var list []one
	err := tx.Each(`SELECT incident, account FROM incident_member WHERE until > 0 AND until <= $1 ORDER BY incident, account`, []any{now}, func(scan func(...any) error) error {
		var m one
		err := scan(&m.incident, &m.account)
		list = append(list, m)
		return err
	})
	for _, m := range list {
		if err != nil {
			return err
		}
		if _, err = tx.Exec(`DELETE FROM incident_member WHERE incident = $1 AND account = $2`, m.incident, m.account); err == nil {
			err = actor.Audit(tx, now, OpGlassExpire, m.incident, map[string]any{"member": m.account}, nil)
		}
	}
	return err
}
