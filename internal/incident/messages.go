package incident

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// MaxMessage bounds what is written in one message, in bytes.
const MaxMessage = 100 << 10

// messageBody is what of a message is sealed.
type messageBody struct {
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	By      string `json:"by,omitempty"` // an address; what the column holds is an account
	Trust   Trust  `json:"trust"`
}

func storeMessage(tx *sqldb.Tx, k seal.Key, about string, m Message) error {
	b := messageBody{Subject: m.Subject, Text: m.Text, Trust: m.Trust}
	by := m.By
	if m.Direction == In {
		b.By, by = m.By, ""
	}
	sealed, err := put(k, "message/"+m.ID, b)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO incident_message (id, about, direction, actor, at, delivery, body, step)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT), $7, count(*) + 1
		FROM incident_message WHERE about = CAST($2 AS TEXT)`,
		m.ID, about, string(m.Direction), by, m.At, m.Delivery, sealed)
	return err
}

func messagesOf(tx *sqldb.Tx, k seal.Key, about string) (list []Message, err error) {
	err = tx.Each(`SELECT id, direction, actor, at, delivery, body FROM incident_message WHERE about = $1 ORDER BY step, id`, []any{about}, func(scan func(...any) error) error {
		var m Message
		var sealed []byte
		if err := scan(&m.ID, &m.Direction, &m.By, moment{&m.At}, &m.Delivery, &sealed); err != nil {
			return err
		}
		b, err := get[messageBody](k, "message/"+m.ID, sealed)
		m.Subject, m.Text, m.Trust = b.Subject, b.Text, b.Trust
		if m.Direction == In {
			m.By = b.By
		}
		list = append(list, m)
		return err
	})
	return list, err
}

func messageText(s string) (string, error) {
	s = strings.TrimSpace(text(s))
	switch {
	case s == "":
		return "", problem.New(problem.Invalid, "the message is empty: write what they should read")
	case len(s) > MaxMessage:
		return "", problem.New(problem.Invalid, "the message has %d KiB, and may have %d", len(s)>>10, MaxMessage>>10)
	}
	return s, nil
}

// Reply writes to the reporter: into the mailbox of a confidential report, and else by mail to the address that it came from. Of what stands in a mailbox
// a mail, if we have an address, says only that it is there. Errors: NotFound, Invalid; Conflict if there is no way to the reporter.
func (s *Service) Reply(ctx context.Context, actor identity.Actor, name, subject, words string) (m Message, err error) {
	if err := actor.Authorise(OpReply, name); err != nil {
		return m, err
	}
	if words, err = messageText(words); err != nil {
		return m, err
	}
	err = s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		f, err := s.full(r)
		if err != nil {
			return err
		}
		now := r.at(s.now())
		m = Message{ID: id.NewAt(now), Direction: Out, By: actor.ID, Subject: line(subject), Text: words, At: now}
		if err := s.carry(tx, actor, &f, &m); err != nil {
			return err
		}
		if err := storeMessage(tx, f.key, r.ID, m); err != nil {
			return err
		}
		if err := s.asked(tx, r, Ask); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpReply, r.ID, nil, map[string]any{"message": m.ID, "delivery": m.Delivery})
	})
	return m, err
}

// asked opens a report that was new, as a move that says so does.
func (s *Service) asked(tx *sqldb.Tx, r *record, name MoveName) error {
	m, _ := find(reportMoves, name)
	if r.State == StateNew {
		return s.moveTo(tx, s.now(), r, m.To)
	}
	return step(tx, s.now(), r, "lead = lead")
}

// carry brings a reply on its way.
func (s *Service) carry(tx *sqldb.Tx, actor identity.Actor, f *full, m *Message) error {
	var boxes int
	if err := tx.QueryRow(`SELECT count(*) FROM incident_mailbox WHERE report = $1`, f.ID).Scan(&boxes); err != nil {
		return err
	}
	to := f.head.Reporter.Email
	l := letter{language: f.head.Reporter.Language, generic: "[" + f.Ref + "] " + s.o.TeamName}
	switch {
	case boxes == 1 && to == "":
		return s.leave(tx, actor, f)
	case boxes == 1:
		l.subject, l.text = l.generic, "There is an answer to your report "+f.Ref+". Read it with your reply code, on the page where you reported.\n"
	case to == "":
		return problem.New(problem.Conflict, "report %s has no mail address and no mailbox: the reporter can be reached by telephone, if at all", f.Ref)
	default:
		l.subject, l.text, l.ticket = s.subjectOf(f, m.Subject), m.Text, f.Ref
	}
	if s.o.Delivery == nil || s.o.Release == nil {
		return problem.New(problem.Unavailable, "no mail can be sent: name a mail.relay, or a mail.maildir, in the configuration")
	}
	label := max(f.label(), tlp.Green)
	if f.sealed() {
		label, l.ticket = max(label, tlp.Amber), ""
	}
	item := f.item()
	item.Terms.Label, item.Holds = label, sensitive&^release.Internal // they wrote it themselves, and get no other
	permit, contact, err := s.o.Release.ForReporter(tx, actor, item, to)
	if err != nil {
		return err
	}
	return s.posted(tx, m, f.ID, func() (string, string, error) { return s.send(tx, permit, contact, f.head.Reporter.Name, l) })
}

// posted notes which delivery carries a message, and by which Message-ID an answer to it is known.
func (s *Service) posted(tx *sqldb.Tx, m *Message, about string, send func() (string, string, error)) error {
	delivered, message, err := send()
	if err != nil {
		return err
	}
	m.Delivery = delivered
	return s.remember(tx, m.At, message, about)
}

// subjectOf is what stands above a reply: with the tag, and without words where they are sealed.
func (s *Service) subjectOf(f *full, words string) string {
	tag := "[" + f.Ref + "] "
	switch {
	case f.sealed():
		return tag + s.o.TeamName
	case words != "":
		return tag + words
	case f.head.Subject != "":
		return tag + f.head.Subject
	}
	return tag + s.o.TeamName
}
