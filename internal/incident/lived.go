package incident

import (
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Lived is what became of a report, for whoever counts how long that took. No word of it is here.
type Lived struct {
	ID, Ref    string
	Received   time.Time // like all its times to the hour, if the report is anonymous
	Answered   time.Time // a person first wrote to the reporter, or spoke to them as they rang; zero: nobody did
	Ended      time.Time // it was resolved or rejected; zero: it is not
	Severity   triage.Severity
	Assignee   string // account
	Hidden     bool   // members see it alone
	Answerable bool   // there is a way to the reporter
	Version    int64
}

// LifeOf gives what became of a report within the actor's sight, by id or ref. It is a step of somebody's operation and does not authorise. Errors: NotFound.
func (s *Service) LifeOf(tx *sqldb.Tx, actor identity.Actor, name string) (l Lived, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return l, err
	}
	r, err := s.report(tx, v, name)
	if err != nil {
		return l, err
	}
	l = Lived{ID: r.ID, Ref: r.Ref, Received: r.Received, Ended: r.Ended, Severity: r.Severity, Assignee: r.Assignee, Hidden: r.Hidden, Version: r.Version}
	var first, boxes int64
	err = tx.QueryRow(`SELECT (SELECT coalesce(min(at), 0) FROM incident_message WHERE about = $1 AND direction = $2), (SELECT count(*) FROM incident_mailbox WHERE report = $1)`,
		r.ID, string(Out)).Scan(&first, &boxes)
	if err != nil {
		return l, err
	}
	if l.Answered = sqldb.Time(first); r.Door == Phone {
		l.Answered = r.Received
	}
	l.Answerable, err = s.answerable(&r, boxes > 0)
	return l, err
}

// answerable tells whether a reply has a way: a mailbox, or an address. Of what is erased nobody is answered.
func (s *Service) answerable(r *record, box bool) (bool, error) {
	key, err := s.key(r)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	if err != nil || box {
		return box, err
	}
	h, err := get[head](key, "head", r.sealedHead)
	return h.Reporter.Email != "", err
}

// MembersOf lists the accounts that see a hidden report: the members of the restricted incidents that it belongs to, or resembles.
func (s *Service) MembersOf(tx *sqldb.Tx, report string) (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT m.account FROM incident_member m JOIN incident k ON k.root = m.incident JOIN incident_link l ON l.incident = k.id
		WHERE l.report = $1 AND (m.until = 0 OR m.until > CAST($2 AS BIGINT)) ORDER BY m.account`, []any{report, s.now()}, func(scan func(...any) error) error {
		var account string
		err := scan(&account)
		list = append(list, account)
		return err
	})
	return list, err
}
