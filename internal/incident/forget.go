package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// Erase makes a report's text, messages and files unreadable for good: its data key goes. That there was a report, and what was done with it, stays. Errors:
// NotFound; Invalid without a reason.
func (s *Service) Erase(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpErase, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	var free []string
	err = s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		free, err = s.erase(tx, actor, r, why)
		return err
	})
	if err != nil {
		return err
	}
	return s.remove(ctx, free)
}

// remove takes files away that nothing refers to any more. The claim keeps everybody else, in other processes too, from noting one of them until it is
// gone.
func (s *Service) remove(ctx context.Context, addresses []string) error {
	s.filing.Lock() // spares who files here at this moment a second attempt
	defer s.filing.Unlock()
	for _, a := range addresses {
		free := false
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			free, err = evidence.Claim(tx, s.now(), a)
			return err
		})
		if err == nil && free {
			if err = s.vault.Remove(a); err == nil {
				err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return evidence.Gone(tx, a) })
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// erase is a step of an operation that has authorised.
func (s *Service) erase(tx *sqldb.Tx, actor identity.Actor, r *record, why string) (free []string, err error) {
	now := r.at(s.now())
	if free, err = s.vault.Erase(tx, now, r.ID, actor.ID, why); err != nil {
		return nil, err
	}
	if err := reword(tx, "report", r.ID, r.words, nil); err != nil {
		return nil, err
	}
	if err := s.eraseMail(tx, r.ID); err != nil {
		return nil, err
	}
	if err := step(tx, now, r, "data_key = NULL, sender = '', head = substr(head, 1, 0), body = substr(body, 1, 0), assessment = NULL"); err != nil {
		return nil, err
	}
	if err := eraseStops(tx, r.ID); err != nil {
		return nil, err
	}
	for _, statement := range []string{
		`DELETE FROM incident_message WHERE about = $1 OR about IN (SELECT id FROM investigation WHERE report = $1 AND report <> '')`,
		`DELETE FROM incident_thread WHERE about = $1 OR about IN (SELECT id FROM investigation WHERE report = $1 AND report <> '')`,
		`DELETE FROM incident_note WHERE about = $1`,
		`DELETE FROM incident_draft WHERE about = $1`,
		`DELETE FROM incident_mailbox WHERE report = $1`,
		`DELETE FROM significance WHERE about = $1`,
		`DELETE FROM referral WHERE report = $1`,
		`DELETE FROM investigation WHERE report = $1 AND report <> ''`,
	} {
		if _, err := tx.Exec(statement, r.ID); err != nil {
			return nil, err
		}
	}
	if s.o.Erased != nil {
		if err := s.o.Erased(tx, r.ID); err != nil {
			return nil, err
		}
	}
	return free, actor.AuditReason(tx, now, OpErase, r.ID, why, nil, nil)
}

// eraseMail drops the bytes of what was mailed about a report.
func (s *Service) eraseMail(tx *sqldb.Tx, report string) error {
	if s.o.Delivery == nil {
		return nil
	}
	var names []string
	err := tx.Each(`SELECT delivery FROM incident_message WHERE delivery <> '' AND (about = $1 OR about IN (SELECT id FROM investigation WHERE report = $1 AND report <> ''))
		UNION SELECT delivery FROM referral WHERE delivery <> '' AND report = $1`, []any{report}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	if err != nil {
		return err
	}
	return s.o.Delivery.Erase(tx, names)
}

// eraseStops forgets copies that were stopped because they name somebody: of a report, of what was asked about it, and of the incidents that it is part of,
// whose letters name those of the report.
func eraseStops(tx *sqldb.Tx, report string) error {
	items := []string{report}
	err := tx.Each(`SELECT id FROM investigation WHERE report = $1 AND report <> '' UNION SELECT incident FROM incident_link WHERE report = $1`, []any{report},
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			items = append(items, id)
			return err
		})
	if err != nil {
		return err
	}
	return release.EraseStops(tx, items)
}

// forgetBatch is how many reports one transaction of Forget erases.
const forgetBatch = 100

// Forget erases the text of reports that ended longer ago than age (0: of none) and that belong to no open incident, and ends memberships whose time is
// over. It returns how many reports.
func (s *Service) Forget(ctx context.Context, actor identity.Actor, age time.Duration) (total int, err error) {
	if err := actor.Authorise(OpForget, ""); err != nil {
		return 0, err
	}
	if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.oldDrafts(tx); err != nil {
			return err
		}
		return s.expire(tx, actor)
	}); err != nil || age <= 0 {
		return 0, err
	}
	for {
		var free []string
		n := 0
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			free, n, err = s.forgetSome(tx, actor, age)
			return err
		})
		if err == nil {
			err = s.remove(ctx, free)
		}
		if total += n; err != nil || n < forgetBatch {
			return total, err
		}
	}
}

func (s *Service) forgetSome(tx *sqldb.Tx, actor identity.Actor, age time.Duration) (free []string, n int, err error) {
	var list []record
	err = tx.Each(`SELECT `+recordColumns+` FROM report r WHERE r.ended > 0 AND r.ended < $1 AND r.data_key IS NOT NULL AND NOT EXISTS
		(SELECT 1 FROM incident_link l JOIN incident k ON k.id = l.incident JOIN incident i ON i.id = k.root WHERE l.report = r.id AND i.state = 'open') ORDER BY r.ended, r.id LIMIT $2`,
		[]any{s.now().Add(-age), forgetBatch}, func(scan func(...any) error) error {
			var r record
			err := scan(r.into()...)
			list = append(list, r)
			return err
		})
	for i := range list {
		if err != nil {
			return nil, 0, err
		}
		var some []string
		some, err = s.erase(tx, actor, &list[i], "its time is over")
		free = append(free, some...)
	}
	return free, len(list), err
}
