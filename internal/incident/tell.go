package incident

import (
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// teller is who sends notices.
var teller = identity.System("incident")

// letter is a mail to be.
type letter struct {
	subject, generic, text string
	language, ticket       string
	batch                  string
	thread                 delivery.Thread
	files                  []delivery.Attachment
	checked                checked // of what goes outside
}

// send looks through a letter, composes and enqueues it under a permit; it returns the delivery's id and the Message-ID.
func (s *Service) send(tx *sqldb.Tx, permit release.Permit, to constituency.Contact, name string, l letter) (delivered, message string, err error) {
	d := delivery.Draft{
		ID: id.NewAt(s.now()), To: to, ToName: name, Subject: l.subject, Generic: l.generic, Text: l.text, Label: permit.Label(), Language: l.language,
		Ticket: l.ticket, Batch: l.batch, Thread: l.thread, Attachments: l.files, Date: s.now(),
	}
	if permit, err = s.cleared(tx, permit, l.checked, d); err != nil {
		return "", "", err
	}
	ready, err := s.o.Delivery.Compose(tx.Context(), permit, d)
	if err != nil {
		return "", "", err
	}
	return ready.Draft.ID, ready.MessageID, s.o.Delivery.Enqueue(tx, permit, ready)
}

// tellTeam writes to the team's own mailbox, if it has one and mail can be sent; the queue of tasks says the same.
func (s *Service) tellTeam(tx *sqldb.Tx, subject, words string) error {
	if s.o.Delivery == nil || s.o.Release == nil {
		return nil
	}
	permit, to, err := s.o.Release.ForTeam(tx, teller, "incident")
	if err == nil {
		_, _, err = s.send(tx, permit, to, s.o.TeamName, letter{subject: subject, generic: subject, text: words})
	}
	return unsendable(err)
}

// tellPeople writes to people of the team who have a mailbox. The notice has no content.
func (s *Service) tellPeople(tx *sqldb.Tx, accounts []string, subject, words string) error {
	if s.o.Delivery == nil || s.o.Release == nil || s.o.Mailbox == nil {
		return nil
	}
	for _, account := range accounts {
		address, language, err := s.o.Mailbox(tx, account)
		if err != nil {
			return err
		}
		if address == "" {
			continue
		}
		permit, to, err := s.o.Release.ForPerson(tx, teller, "incident", address)
		if err == nil {
			_, _, err = s.send(tx, permit, to, "", letter{subject: subject, generic: subject, text: words, language: language, batch: personal})
		}
		if err := unsendable(err); err != nil {
			return err
		}
	}
	return nil
}

// unsendable drops that there is no mailbox or no way to it: what is told stands in the queue too.
func unsendable(err error) error {
	if problem.Is(err, problem.Invalid) {
		return nil
	}
	return err
}

// tellMembers writes to the members of an incident whose membership counts.
func (s *Service) tellMembers(tx *sqldb.Tx, incident, subject, words string) error {
	list, err := members(tx, incident)
	if err != nil {
		return err
	}
	var accounts []string
	for _, m := range list {
		if m.Until.IsZero() || m.Until.After(s.now()) {
			accounts = append(accounts, m.Account)
		}
	}
	return s.tellPeople(tx, accounts, subject, words)
}

// tellManagers writes to the managers.
func (s *Service) tellManagers(tx *sqldb.Tx, subject, words string) error {
	if s.o.Managers == nil {
		return nil
	}
	accounts, err := s.o.Managers(tx)
	if err != nil {
		return err
	}
	return s.tellPeople(tx, accounts, subject, words)
}
