package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Again adds what a door heard anew about something to the report that it became before, as a further message of its reporter. The same draft with
// the same key is one message. Of a report that was erased nothing is kept. Errors: Invalid, also without a key; Forbidden; NotFound; Unavailable.
func (s *Service) Again(ctx context.Context, actor identity.Actor, report string, d Draft) error {
	if err := actor.Authorise(OpAccept, report); err != nil {
		return err
	}
	if d.Key == "" || d.Anonymous || d.Confidential {
		return problem.New(problem.Invalid, "what is heard again has a key, and comes from somebody")
	}
	if err := d.check(); err != nil {
		return err
	}
	a := s.acceptance(actor, d)
	s.filing.RLock()
	defer s.filing.RUnlock()
	if err := a.store(d.Raw, d.Files); err != nil {
		return err
	}
	if err := s.group.Write(ctx, func(tx *sqldb.Tx) error { return a.again(tx, report) }); err != nil {
		return err
	}
	s.wake()
	return nil
}

// again writes the message, unless it is there. The key is digested apart from the Message-IDs of mail, which anybody can choose.
func (a *acceptance) again(tx *sqldb.Tx, report string) error {
	once := a.s.sealer.Digest("again", string(a.d.Door), a.d.Key)
	n, err := tx.Exec(`INSERT INTO incident_thread (message, about, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, once, report, a.at)
	if err != nil || n == 0 {
		return err
	}
	t, err := a.s.dialogueOf(tx, report)
	if err != nil || t.erased {
		return err
	}
	m := Message{ID: id.NewAt(a.at), Direction: In, By: a.d.Reporter.Email, Subject: a.d.Subject, Text: a.d.Text, At: a.at, Trust: a.d.Trust}
	if m.By == "" {
		m.By = a.d.Reporter.Name
	}
	if err := a.s.hear(tx, t, m); err != nil {
		return err
	}
	if err := a.keep(tx, m.ID, t.parent, t.quarantined); err != nil {
		return err
	}
	return a.actor.Audit(tx, a.at, OpAccept, report, nil, map[string]any{"message": m.ID, "door": a.d.Door, "files": len(a.files)})
}
