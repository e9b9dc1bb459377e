package delivery

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// MaxBytes is the most that one message may have. Relays take less; who writes messages splits them long before.
const MaxBytes = 32 << 20

// Compose makes the bytes of a message by the channel that reaches its contact, and sends nothing. Errors: Forbidden if the permit is not
// for this contact or label, or if it is for a sanitised copy and was cleared for another content than that of the draft (see Content); Invalid if no
// channel takes the contact, or the message cannot be composed for it.
func (s *Service) Compose(ctx context.Context, p release.Permit, d Draft) (Ready, error) {
	if err := permitted(p, d); err != nil {
		return Ready{}, err
	}
	if err := asCleared(p, d); err != nil {
		return Ready{}, err
	}
	c, err := s.channelFor(d.To)
	if err != nil {
		return Ready{}, err
	}
	r, err := c.Compose(ctx, Handled(p.Handling(), d))
	if err != nil {
		return Ready{}, err
	}
	r.Channel, r.Draft = c.Name(), d
	r.Draft.Text, r.Draft.Attachments, r.Draft.Payload = "", nil, nil
	r.seal = s.sealOf(p.Decision(), r)
	return r, r.check()
}

// channelFor finds the channel that reaches a contact.
func (s *Service) channelFor(c constituency.Contact) (Channel, error) {
	for _, ch := range s.Channels {
		if ch.Takes(c) {
			return ch, nil
		}
	}
	if c.Channel == constituency.Mail {
		return nil, problem.New(problem.Invalid, "no mail can be sent: name a mail.relay, or a mail.maildir, in the configuration")
	}
	return nil, problem.New(problem.Invalid, "nothing can be sent to a contact of the kind %s: a person has to reach it", c.Channel)
}

// permitted refuses what release has not let out to this very contact.
func permitted(p release.Permit, d Draft) error {
	switch {
	case !p.Valid():
		return problem.New(problem.Forbidden, "message %s has no permit: only release can give one", d.ID)
	case !p.Covers(d.To):
		return problem.New(problem.Forbidden, "message %s is for contact %s, and its permit is not, or the contact has changed since: decide again", d.ID, d.To.ID)
	case d.Label < p.Label():
		return problem.New(problem.Forbidden, "message %s is labelled %s, and what it holds is %s", d.ID, d.Label, p.Label())
	}
	return nil
}

// asCleared refuses another content than the one that was looked through.
func asCleared(p release.Permit, d Draft) error {
	if p.Profile() == "" {
		return nil
	}
	if c := Content(d); !p.Fits(c.Digest()) {
		return problem.New(problem.Forbidden, "message %s is not the copy that was looked through (profile %s): have release clear it as it is", d.ID, p.Profile())
	}
	return nil
}

// check refuses what is no message.
func (r Ready) check() error {
	switch {
	case !id.Valid(r.Draft.ID):
		return problem.New(problem.Internal, "%q is no id of a message", r.Draft.ID)
	case len(r.Bytes) == 0 || r.MessageID == "":
		return problem.New(problem.Internal, "message %s has no bytes, or no Message-ID", r.Draft.ID)
	case len(r.Bytes) > MaxBytes:
		return problem.New(problem.Invalid, "message %s has %d bytes, and at most %d can be sent: split it", r.Draft.ID, len(r.Bytes), MaxBytes)
	}
	return nil
}

// Enqueue stores a message: its bytes, ids and return path, as each attempt will send them. It is the only way in, and a step of somebody's
// operation, which authorises and audits; nothing is sent before that commits.
//
// Errors: Forbidden for a permit that is not for this contact or label, or not the one that the message was composed with, and for a message
// that was altered since; Invalid for too many bytes; Conflict if the message is there already, if the contact is not in the register as it was
// when it was decided about, or if a grant that the permit needs has been taken back.
func (s *Service) Enqueue(tx *sqldb.Tx, p release.Permit, r Ready) error {
	if err := permitted(p, r.Draft); err != nil {
		return err
	}
	if r.seal != s.sealOf(p.Decision(), r) {
		return problem.New(problem.Forbidden, "message %s is not as it was composed, or was composed with another permit: compose it again", r.Draft.ID)
	}
	now, err := contactIn(tx, r.Draft.To.ID, r.Draft.To.Address)
	if err == nil && !p.Covers(now) || problem.Is(err, problem.NotFound) {
		return problem.New(problem.Conflict, "contact %s has changed since it was decided about: decide anew", r.Draft.To.ID)
	}
	if err == nil {
		err = p.Stands(tx, s.Clock.Now())
	}
	if err != nil {
		return err
	}
	return s.enqueue(tx, p.Decision(), r)
}

// contactIn gives a contact as the register has it now. The team itself, which release.ForTeam lets be told, stands in
// none, and neither do those with whom it corresponds.
func contactIn(tx *sqldb.Tx, name, address string) (constituency.Contact, error) {
	switch name {
	case release.Team:
		return release.TeamContact(address), nil
	case release.Correspondent:
		return release.Correspondence(address), nil
	}
	return constituency.ContactIn(tx, name)
}

func (s *Service) enqueue(tx *sqldb.Tx, decision string, r Ready) error {
	if err := r.check(); err != nil {
		return err
	}
	c, known := s.channels[r.Channel]
	if !known || !c.Takes(r.Draft.To) {
		return problem.New(problem.Invalid, "message %s cannot go to %s by the channel %q", r.Draft.ID, r.Draft.To.ID, r.Channel)
	}
	if err := insertDelivery(tx, s.Clock.Now(), decision, r); err != nil {
		return err
	}
	return s.codec.insert(tx, r.Draft.ID, r.Bytes)
}

// lineOf makes one line of foreign words: no control characters, not longer than limit bytes.
func lineOf(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
