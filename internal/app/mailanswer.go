package app

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// acknowledgement is what a reporter is told at once, and nothing else: not what was reported, which may have been encrypted.
type acknowledgement struct{ subject, text string }

var acknowledgements = map[string]acknowledgement{
	"en": {"We have your report", `Your report has reached us. A person will read it.

Its number is REF. To add something, answer this message and leave its subject as it is.

TEAM

This message was written by a program.
`},
	"fr": {"Nous avons reçu votre signalement", `Votre signalement nous est parvenu. Quelqu'un va le lire.

Son numéro est REF. Pour le compléter, répondez à ce message sans changer son objet.

TEAM

Ce message a été écrit par un programme.
`},
}

// answerReport acknowledges a report to who sent it.
func (a *App) answerReport(ctx context.Context, actor identity.Actor, w maildoor.Answer) error {
	m := a.Config.Mail
	if a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return nil // no mail is sent from here
	}
	language := a.answerLanguage(w.Language)
	words := acknowledgements[language]
	team := a.Config.Team.Name
	subject := "[" + strings.TrimSpace(team+" "+w.Report.Ref) + "] " + words.subject
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		permit, to, err := a.Release.ForReporter(tx, actor, acknowledged(w.Report.ID), w.To.Address)
		if err != nil {
			return err
		}
		now := a.Clock.Now()
		ready, err := a.Delivery.Compose(ctx, permit, delivery.Draft{
			ID: id.NewAt(now), To: to, ToName: w.To.Name, Subject: subject, Generic: subject, Label: tlp.Green, Language: language, Ticket: w.Report.Ref, Date: now,
			Text: strings.NewReplacer("REF", w.Report.Ref, "TEAM", team).Replace(words.text), Thread: threadOf(w.Thread), Automatic: true,
		})
		if err != nil {
			return err
		}
		if err := a.Incidents.Acknowledged(tx, actor, w.Report.ID, ready.MessageID); err != nil {
			return err
		}
		return a.Delivery.Enqueue(tx, permit, ready)
	})
}

// acknowledged is that a report has come: its number, and nothing of it.
func acknowledged(report string) release.Item {
	return release.Item{Kind: incident.ReportItem, ID: report, Version: "acknowledged", Terms: release.Terms{Label: tlp.Green}, Count: 1}
}

// threadOf places an answer behind the mail.
func threadOf(ids []string) (t delivery.Thread) {
	for _, x := range ids[max(0, len(ids)-20):] {
		t.References = append(t.References, "<"+x+">")
	}
	if len(t.References) > 0 {
		t.InReplyTo = t.References[len(t.References)-1]
	}
	return t
}
