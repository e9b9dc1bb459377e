package app

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/mime"
)

// mailFormat is a format whose inputs are mails.
type mailFormat interface {
	Carries(m *mime.Message) bool
}

// feedOfMail takes a mail in as an input of the feed that names its sender in `mail_from`, if it holds what that feed reads. One that is labelled more
// strictly than the feed's terms are, or states a policy in its text that its files do not state, is left to a person: nobody but its source may relax it.
func (a *App) feedOfMail(ctx context.Context, actor identity.Actor, f maildoor.Fed) (used bool, err error) {
	name, ok, err := a.feedFrom(f)
	if err != nil || !ok {
		return false, err
	}
	list, err := a.Feeds.Accept(ctx, actor, feed.Source{
		Feed: name, Name: cmp.Or(f.Message.MessageID, "mail") + ".eml", Reader: bytes.NewReader(f.Message.Opened()), Door: "mail",
	})
	if len(list) > 0 && a.Jobs != nil {
		a.Jobs.Wake()
	}
	if problem.Is(err, problem.Invalid) && len(list) == 0 {
		a.Log.WarnContext(ctx, "a mail of a feed's sender was refused by the feed, and becomes a report", "feed", name, "error", err)
		return false, nil
	}
	return err == nil, err
}

// feedFrom is the feed that a mail is an input of.
func (a *App) feedFrom(f maildoor.Fed) (name string, ok bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(a.Config.Feeds)) {
		terms := a.Config.Feeds[name]
		if !mailsFrom(terms, f.From) {
			continue
		}
		fm, _, err := a.format(name)
		if err != nil {
			return "", false, err
		}
		if mails, ok := fm.(mailFormat); ok && mails.Carries(f.Message) && !stricter(f, terms) {
			return name, true, nil
		}
	}
	return "", false, nil
}

func mailsFrom(terms config.Feed, sender string) bool {
	return slices.ContainsFunc(terms.MailFrom, func(one string) bool { return strings.EqualFold(one, sender) })
}

// stricter tells that a mail says a label above its feed's.
func stricter(f maildoor.Fed, terms config.Feed) bool {
	label, err := tlp.Parse(terms.TLP)
	if err != nil {
		return true
	}
	pap, err := tlp.ParsePAP(terms.PAP)
	return err != nil || f.Said && f.TLP > label || f.PAP > pap || binds(f, terms)
}

// binds tells that a mail states a policy in its text which neither the feed's terms nor its own files hold.
func binds(f maildoor.Fed, terms config.Feed) bool {
	_, policy := feedPermits(terms)
	if f.IEP == nil || iep.Stricter(policy, f.IEP).Code() == policy.Code() {
		return false
	}
	return !slices.ContainsFunc(f.Message.Parts, func(p mime.Part) bool {
		head := p.Body[:min(len(p.Body), format.HeadSize)]
		return bytes.Contains(head, []byte(event.FieldIEP)) || bytes.Contains(head, []byte("firehall_iep"))
	})
}
