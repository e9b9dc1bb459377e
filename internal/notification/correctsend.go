package notification

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// stillThere finds the contact as it is now; why is the reason for which nothing can be sent where the wrong message went.
func (s *Service) stillThere(ctx context.Context, actor identity.Actor, to *Corrected) (why string, err error) {
	if to.Contact == release.Correspondent { // who answers for a network by its registry
		h := unregistered(to.Address)
		to.contact, to.of = h.to.Contacts[0], h.to.Organisation
		return "", nil
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		to.contact, err = constituency.ContactIn(tx, to.Contact)
		return err
	})
	switch {
	case problem.Is(err, problem.NotFound):
		return "its contact is not in the register any more: write to " + to.Address + " by hand", nil
	case err != nil:
		return "", err
	case to.contact.Address != to.Address:
		return "its contact has another address now: write to " + to.Address + " by hand", nil
	case !to.contact.Usable():
		return "messages to its contact come back: reach them another way", nil
	}
	to.of, err = s.Register.Organisation(ctx, actor, to.contact.Organisation)
	return "", err
}

// toldOf are all that messages told, as release knew it when it let them out.
func (s *Service) toldOf(ctx context.Context, actor identity.Actor, messages []delivery.Delivery) (out []release.Item, err error) {
	var ids []string
	for _, d := range messages {
		ids = append(ids, strings.Fields(d.Decision)...)
	}
	decisions, err := s.Release.Find(ctx, actor, ids)
	for _, d := range decisions {
		out = append(out, d.Item)
	}
	return out, err
}

func (s *Service) aboutAll(ctx context.Context, batch string) (about map[string]About, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		about, err = aboutBatch(tx, batch)
		return err
	})
	return about, err
}

// correctionPhrases are the words around a person's, by language; English for a language that has none.
var correctionPhrases = map[string]struct{ subject, sent, wrong, only, other string }{
	"en": {
		"Correction: our message of %s", "We sent you this about networks of %s:", "It was wrong. What is right:",
		"Everybody who got that message gets this one, and nobody else.", "Our further messages stand behind this one. Answer with the ticket in the subject.",
	},
	"fr": {
		"Rectificatif : notre message du %s", "Nous vous avons envoyé ceci au sujet de réseaux de %s :", "C’était une erreur. Voici ce qui est exact :",
		"Tous ceux qui ont reçu ce message reçoivent celui-ci, et personne d’autre.", "Nos messages suivants viendront après celui-ci. Répondez en gardant le ticket dans l’objet.",
	},
}

// correctionText writes the subject and the text that one recipient reads.
func (s *Service) correctionText(to Corrected, words string) (subject, text string) {
	lang, _, _ := strings.Cut(strings.ToLower(to.contact.Language), "-")
	p, ok := correctionPhrases[lang]
	if !ok {
		p = correctionPhrases["en"]
	}
	day := to.Messages[0].Created.In(s.rules.zone).Format(time.DateOnly)
	subject = fmt.Sprintf(p.subject, day)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", subject, fmt.Sprintf(p.sent, cmp.Or(to.Name, to.Organisation)))
	for _, d := range to.Messages {
		fmt.Fprintf(&b, "- %s  %s\n", d.Created.In(s.rules.zone).Format("2006-01-02 15:04 -07:00"), d.Subject)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n\n%s %s\n\n--\n%s\n%s\n", p.wrong, words, p.only, p.other, s.Team.Name, cmp.Or(s.Team.ReplyTo, s.Team.Email))
	return "[" + to.Label.String() + "] [" + to.Ticket + "] " + subject, message.Fold(b.String())
}

// correctOne writes to one recipient, or holds it with a task. One that an earlier call wrote to is left alone.
func (s *Service) correctOne(ctx context.Context, actor identity.Actor, correction, batch string, to *Corrected) error {
	var ready delivery.Ready
	if to.Held == "" {
		var err error
		ready, err = s.Delivery.Compose(ctx, to.permit, s.correctionDraft(correction, *to))
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			to.Held = err.Error()
		}
	}
	err := s.keepCorrected(ctx, actor, correction, batch, to, ready)
	if problem.Is(err, problem.Conflict) { // the contact, or a grant, has changed at this moment
		to.Held = err.Error()
		err = s.keepCorrected(ctx, actor, correction, batch, to, delivery.Ready{})
	}
	return err
}

// correctionPayload is what a webhook gets.
type correctionPayload struct {
	Type         string   `json:"type"`
	Timestamp    string   `json:"timestamp"`
	Ticket       string   `json:"ticket"`
	Label        string   `json:"label"`
	Subject      string   `json:"subject"`
	Organisation string   `json:"organisation"`
	Text         string   `json:"text"`
	Corrects     []string `json:"corrects"` // the webhook-ids, or Message-IDs, of the messages that were wrong
}

func (s *Service) correctionDraft(batch string, to Corrected) delivery.Draft {
	now := s.Clock.Now()
	last := to.Messages[len(to.Messages)-1]
	thread := delivery.Thread{InReplyTo: last.MessageID}
	doc := correctionPayload{
		Type: "correction", Timestamp: now.UTC().Format(time.RFC3339), Ticket: to.Ticket, Label: to.Label.String(), Subject: to.Subject,
		Organisation: to.Name, Text: to.Text,
	}
	for _, d := range to.Messages {
		thread.References = append(thread.References, d.MessageID)
		doc.Corrects = append(doc.Corrects, d.MessageID)
	}
	thread.References = thread.References[max(0, len(thread.References)-mostReferences):]
	payload, _ := json.Marshal(doc) // texts cannot fail
	return delivery.Draft{
		ID: id.NewAt(now), To: to.contact, ToName: to.of.Name, Subject: to.Subject, Generic: to.Subject, Text: to.Text, Payload: payload,
		Label: to.Label, Language: to.contact.Language, Ticket: to.Ticket, Thread: thread, Date: now, Batch: batch,
	}
}

// mostReferences bounds the messages that a correction stands behind: a batch splits a large message into parts.
const mostReferences = 20

// keepCorrected is the transaction of one recipient: the message in the outbox, or the task, and the record of it.
func (s *Service) keepCorrected(ctx context.Context, actor identity.Actor, correction, batch string, to *Corrected, ready delivery.Ready) error {
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.Clock.Now()
		to.Message = ""
		if to.Held == "" {
			to.Message = ready.Draft.ID
		}
		fresh, err := insertCorrected(tx, correction, *to)
		if err != nil || !fresh {
			return err
		}
		if to.Held != "" {
			_, err := queue.Raise(tx, now, queue.Task{
				Kind: "not-corrected", Organisation: to.Organisation, Contact: to.Contact, Object: batch + "/" + to.Ticket,
				Title: "A wrong message to " + to.Address + " could not be corrected", Detail: to.Held,
				Advice: "Tell them by another way what was wrong. The words of the correction stand at the batch.",
			})
			return err
		}
		if err := s.Delivery.Enqueue(tx, to.permit, ready); err != nil {
			return err
		}
		if err := followThread(tx, *to, ready.MessageID, now); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpCorrect, to.Message, nil, map[string]any{
			"batch": batch, "correction": correction, "ticket": to.Ticket, "organisation": to.Organisation, "contact": to.Contact,
			"corrects": len(to.Messages), "label": to.Label.String(),
		})
	})
}
