package mail

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/mime"
)

// acknowledge answers a new report, if it may.
func (d *Door) acknowledge(ctx context.Context, actor identity.Actor, m *mime.Message, r incident.Report, at time.Time) error {
	author, ok := m.Author()
	if d.o.Answer == nil || !ok || !d.answerable(m, author) || !fresh(r, at) {
		return nil
	}
	may, err := d.mayAnswer(ctx, author.Address)
	if err != nil || !may {
		return err
	}
	return d.o.Answer(ctx, actor, Answer{
		Report: r, To: author, Language: reporter(m).Language, Subject: m.Subject, Thread: append(slices.Clone(m.References), m.MessageID),
	})
}

// answerable is RFC 3834 §2 and more: a person wrote, who is proven to be the one in From, and neither we nor a role that never reads.
func (d *Door) answerable(m *mime.Message, author mime.Address) bool {
	local, _, _ := strings.Cut(strings.ToLower(author.Address), "@")
	return m.Auto.Answerable() && verified(m) != incident.Unverified && !d.ours(author.Address) &&
		(d.o.ReturnPath == nil || !d.o.ReturnPath(author.Address)) && m.MessageID != "" &&
		!slices.Contains([]string{"mailer-daemon", "postmaster", "noreply", "no-reply"}, local) && !strings.HasPrefix(local, "owner-") && !strings.HasSuffix(local, "-request")
}

// fresh tells whether the mail became a report of its own, and did so just now: not one of a dialogue, not one that was there.
func fresh(r incident.Report, at time.Time) bool {
	return r.State == incident.StateNew && !r.Received.Before(at)
}
