package incident

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// WroteAgain is the topic of outbox rows that name a report or an investigation to which its party wrote.
const WroteAgain = "report.heard"

// remember notes that a Message-ID belongs to a dialogue; only a digest of it is kept.
func (s *Service) remember(tx *sqldb.Tx, now time.Time, message, about string) error {
	if message == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO incident_thread (message, about, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, s.threadOf(message), about, now)
	return err
}

// Acknowledged notes the Message-ID of an acknowledgement, so that an answer to it finds the report. It is a step of sending that.
func (s *Service) Acknowledged(tx *sqldb.Tx, actor identity.Actor, report, message string) error {
	if err := actor.Authorise(OpAccept, report); err != nil {
		return err
	}
	return s.remember(tx, s.now(), message, report)
}

func (s *Service) threadOf(message string) string {
	return s.sealer.Digest("thread", strings.Trim(strings.TrimSpace(message), "<>"))
}

// maxReferences bounds how many are looked up; the last are the nearest.
const maxReferences = 50

// continues adds a mail to the dialogue that it belongs to, if there is one and the mail comes from the one that it is with. Anybody can write a
// tag: it counts only from a sender whose mail is verified, and so does everything where the dialogue is restricted.
func (a *acceptance) continues(tx *sqldb.Tx) (Report, error) {
	sender := a.d.Reporter.Email
	if a.d.Door != Mail || sender == "" {
		return Report{}, nil
	}
	about, err := a.dialogue(tx)
	if err != nil || about == "" {
		return a.tagged(tx, err)
	}
	return a.join(tx, about, a.d.Reporter.Verified != Unverified)
}

// dialogue finds what the references name.
func (a *acceptance) dialogue(tx *sqldb.Tx) (about string, err error) {
	refs := a.d.Thread.References
	for i := range min(len(refs), maxReferences) {
		err := tx.QueryRow(`SELECT about FROM incident_thread WHERE message = $1`, a.s.threadOf(refs[len(refs)-1-i])).Scan(&about)
		if !sqldb.NoRows(err) {
			return about, err
		}
	}
	return "", nil
}

// tagged looks for what the tag names.
func (a *acceptance) tagged(tx *sqldb.Tx, err error) (Report, error) {
	if err != nil || a.d.Thread.Tag == "" || a.d.Reporter.Verified == Unverified {
		return Report{}, err
	}
	var about string
	err = tx.QueryRow(`SELECT id FROM report WHERE ref = $1 UNION ALL SELECT id FROM investigation WHERE ref = $1 LIMIT 1`, a.d.Thread.Tag).Scan(&about)
	if sqldb.NoRows(err) {
		return Report{}, nil
	}
	if err != nil {
		return Report{}, err
	}
	return a.join(tx, about, true)
}

// join adds the mail to a dialogue if its sender is the party.
func (a *acceptance) join(tx *sqldb.Tx, about string, verified bool) (Report, error) {
	t, err := a.s.dialogueOf(tx, about)
	if err != nil || t.erased || !strings.EqualFold(t.party, a.d.Reporter.Email) || t.hidden && !verified {
		return Report{}, err
	}
	out := Report{ID: t.id, Ref: t.ref, Passed: t.hidden}
	var had int
	if err := tx.QueryRow(`SELECT count(*) FROM incident_thread WHERE message = $1`, a.s.threadOf(a.d.Thread.MessageID)).Scan(&had); err != nil {
		return Report{}, err
	}
	if had > 0 && a.d.Thread.MessageID != "" {
		return out, nil // the same mail once more
	}
	m := Message{ID: id.NewAt(a.at), Direction: In, By: a.d.Reporter.Email, Subject: a.d.Subject, Text: a.d.Text, At: a.at, Trust: a.d.Trust}
	if err := a.s.hear(tx, t, m); err != nil {
		return Report{}, err
	}
	if err := a.s.received(tx, a.actor, about); err != nil {
		return Report{}, err
	}
	if err := a.keep(tx, m.ID, t.parent, t.quarantined); err != nil {
		return Report{}, err
	}
	if err := a.s.remember(tx, a.at, a.d.Thread.MessageID, about); err != nil {
		return Report{}, err
	}
	return out, a.actor.Audit(tx, a.at, OpAccept, about, nil, map[string]any{"message": m.ID, "door": a.d.Door, "files": len(a.files)})
}

// dialogue is what messages belong to: a report, or an investigation.
type dialogue struct {
	about, parent       string // parent is the report or incident that holds the key
	id, ref, party      string
	hidden, quarantined bool
	erased              bool
	key                 seal.Key
	report              *record        // if it is a report's
	investigation       *Investigation // if it is an investigation's
}

// dialogueOf reads it, whoever may see it: it is a step of somebody's operation, which decides.
func (s *Service) dialogueOf(tx *sqldb.Tx, about string) (t dialogue, err error) {
	r, err := s.report(tx, Sight{all: true}, about)
	if err == nil {
		return s.reportDialogue(&r)
	}
	v, restricted, err := s.investigation(tx, Sight{all: true}, about)
	if err != nil {
		return t, err
	}
	key, parent, err := s.parentKey(tx, v)
	return dialogue{about: v.ID, parent: parent, id: v.ID, ref: v.Ref, party: v.Party.Email, hidden: restricted, key: key, investigation: &v}, err
}

func (s *Service) reportDialogue(r *record) (t dialogue, err error) {
	t = dialogue{about: r.ID, parent: r.ID, id: r.ID, ref: r.Ref, hidden: r.Hidden, quarantined: r.Quarantined, report: r, erased: len(r.wrapped) == 0}
	if t.erased {
		return t, nil
	}
	if t.key, err = s.key(r); err != nil {
		return t, err
	}
	h, err := get[head](t.key, "head", r.sealedHead)
	t.party = h.Reporter.Email
	return t, err
}

// hear stores a message that came, and wakes what was at rest.
func (s *Service) hear(tx *sqldb.Tx, t dialogue, m Message) error {
	if err := storeMessage(tx, t.key, t.about, m); err != nil {
		return err
	}
	if err := outbox.Post(tx, m.At, WroteAgain, t.about); err != nil {
		return err
	}
	if t.report != nil {
		if move, _ := find(reportMoves, Heard); t.report.State == StateResolved {
			if err := s.moveTo(tx, m.At, t.report, move.To); err != nil {
				return err
			}
			return s.wakeAbove(tx, teller, t.report.ID)
		}
		return step(tx, m.At, t.report, "lead = lead")
	}
	if _, err := tx.Exec(`UPDATE investigation SET state = $2, version = version + 1 WHERE id = $1`, t.about, string(StateOpen)); err != nil {
		return err
	}
	if err := s.toldHeard(tx, t, m); err != nil {
		return err
	}
	return s.wakeOver(tx, teller, t.investigation.Incident)
}
