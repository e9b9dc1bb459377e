package mail

import (
	"context"
	"crypto/x509"
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/token"
)

// What one message may be; the parts of a large notice are far smaller ([notify] part_size).
const (
	maxContent     = 24 << 20 // text and attachments, before they are encoded
	maxAttachments = 50
	maxName        = 100 // characters of a display name
	maxSubject     = 250 // characters
)

// Compose makes the message: signed for the team always, encrypted where the contact has a valid key or certificate. problem.Invalid says why it cannot be
// made, above all that it would have to be encrypted and cannot be; the caller holds it for a person.
func (c *Channel) Compose(ctx context.Context, d delivery.Draft) (delivery.Ready, error) {
	if err := ctx.Err(); err != nil {
		return delivery.Ready{}, err
	}
	to, domain, err := parseAddress(d.To.Address)
	if err != nil {
		return delivery.Ready{}, err
	}
	if err := fits(d); err != nil {
		return delivery.Ready{}, err
	}
	k, err := c.unlocked()
	if err != nil {
		return delivery.Ready{}, err
	}
	lock, err := c.lockFor(k.pgp, d)
	if err != nil {
		return delivery.Ready{}, err
	}
	l := c.letter(d, to)
	body, err := c.wrap(k.pgp, d, l, lock)
	if err != nil {
		return delivery.Ready{}, err
	}
	message, err := c.outer(k.dkim, d, l, body)
	if err != nil {
		return delivery.Ready{}, err
	}
	returnPath := token.Address(k.returnPath[:], d.ID, c.bounceDomain)
	if d.Automatic {
		returnPath = "" // RFC 3834 §3.3
	}
	d.Text, d.Attachments, d.Payload = "", nil, nil
	return delivery.Ready{
		Draft: d, Channel: c.Name(), MessageID: l.messageID, Subject: l.outer, Domain: domain,
		ReturnPath: returnPath, Bytes: message,
	}, nil
}

func submitted(d delivery.Draft) string {
	if d.Automatic {
		return "auto-replied"
	}
	return "auto-generated"
}

// letter is what Compose has decided about a message before it writes anything.
type letter struct {
	to, messageID string
	subject       string // the real one
	outer         string // the one that everybody on the way reads
	text          string
}

func (c *Channel) letter(d delivery.Draft, to string) letter {
	l := letter{to: to, messageID: "<" + d.ID + "@" + c.fromDomain + ">", subject: oneLine(d.Subject, maxSubject), text: d.Text}
	l.outer = l.subject
	if d.Label >= tlp.Amber {
		l.outer = oneLine(d.Generic, maxSubject)
	}
	if l.outer == "" {
		l.outer = d.Label.String()
	}
	if l.subject == "" {
		l.subject = l.outer
	}
	// Not every mail program shows the protected subject, so it opens the text where the outer one says less.
	if l.subject != l.outer && !strings.HasPrefix(l.text, l.subject) {
		l.text = l.subject + "\n\n" + l.text
	}
	return l
}

// fits refuses what is no message.
func fits(d delivery.Draft) error {
	size := len(d.Text)
	for _, a := range d.Attachments {
		size += len(a.Data)
	}
	switch {
	case !id.Valid(d.ID):
		return problem.New(problem.Internal, "%q is no id of a delivery", oneLine(d.ID, 40))
	case len(d.Attachments) > maxAttachments:
		return problem.New(problem.Invalid, "the message has %d attachments, at most %d are sent: split it", len(d.Attachments), maxAttachments)
	case size > maxContent:
		return problem.New(problem.Invalid, "the message is %d MiB, at most %d are sent: split it (notify.part_size)", size>>20, maxContent>>20)
	}
	return nil
}

// lock is what a message is encrypted to: a key or a certificate. With neither it is not encrypted.
type lock struct {
	key         *crypto.Key
	certificate *x509.Certificate
}

// lockFor decides whether the message is encrypted. Somebody who gave a key, or a certificate, expects to be written to with it. So where it
// cannot be used, TLP:AMBER and above waits for a person; what more people may read anyhow goes out signed, for a late notice helps nobody.
func (c *Channel) lockFor(box *postbox, d delivery.Draft) (lock, error) {
	required := d.To.Encryption == constituency.EncryptionRequired
	if d.To.Key == "" {
		if required {
			return lock{}, problem.New(problem.Invalid, "the contact asks for encryption and has no key: import its OpenPGP public key or its S/MIME certificate, or ask the contact whether encryption is still wanted")
		}
		return lock{}, nil
	}
	l, err := box.lock(d.To.Key, c.clock.Now())
	switch {
	case err == nil:
		return l, nil
	case required:
		return lock{}, problem.New(problem.Invalid, "the contact asks for encryption, and it cannot be done: %w", err)
	case d.Label >= tlp.Amber:
		return lock{}, problem.New(problem.Invalid, "%s is not sent unencrypted to somebody who gave a key, and: %w; or remove the key from the register", d.Label, err)
	}
	c.log.Warn("a contact's key cannot be used: its message goes signed only", "contact", d.To.ID, "delivery", d.ID, "reason", err.Error())
	return lock{}, nil
}

// wrap makes the body of the message: encrypted with the signature inside, or signed; by PGP/MIME (RFC 3156 §4, §5, §6.2) or S/MIME.
func (c *Channel) wrap(box *postbox, d delivery.Draft, l letter, to lock) (part, error) {
	inner, err := content(d, l.text, d.ID+"-1")
	if err != nil {
		return part{}, err
	}
	inner.protect(l.subject)
	text, err := inner.bytes()
	if err != nil {
		return part{}, err
	}
	switch {
	case to.certificate != nil:
		return c.enveloped(box, d, inner, text, to.certificate)
	case to.key != nil:
		return c.encrypted(box, text, to.key, d.ID)
	}
	return c.signed(box, d, inner, text)
}

// protect puts the real subject inside, where mail programs look for it when the outer one was replaced.
func (p *part) protect(subject string) {
	for i, f := range p.header {
		if f.name == "Content-Type" {
			p.header[i].value += `; protected-headers="v1"`
		}
	}
	p.header.add("Subject", unstructured(subject))
}

func (c *Channel) encrypted(box *postbox, text []byte, key *crypto.Key, seed string) (part, error) {
	sealed, err := box.encrypt(text, key, c.clock.Now())
	if err != nil {
		return part{}, problem.Wrap(problem.Invalid, err, "nothing can be encrypted to the contact's key: ask for a new one")
	}
	control := part{header{{"Content-Type", "application/pgp-encrypted"}, {"Content-Description", "PGP/MIME version identification"}}, []byte("Version: 1\r\n")}
	data := part{header{
		{"Content-Type", `application/octet-stream; name="encrypted.asc"`},
		{"Content-Disposition", `inline; filename="encrypted.asc"`},
		{"Content-Description", "OpenPGP encrypted message"},
	}, sealed}
	return multipart(`multipart/encrypted; protocol="application/pgp-encrypted"`, seed+"-0", control, data)
}

// signed puts the team's signature beside the text, by S/MIME or by PGP/MIME.
func (c *Channel) signed(box *postbox, d delivery.Draft, inner part, text []byte) (part, error) {
	id, err := c.signer(d)
	switch {
	case err != nil:
		return part{}, err
	case id != nil:
		return c.signedBySMIME(id, inner, text, d.ID)
	}
	return c.signedByPGP(box, inner, text, d.ID)
}

func (c *Channel) signedByPGP(box *postbox, inner part, text []byte, seed string) (part, error) {
	signature, micalg, err := box.sign(text, c.clock.Now())
	if err != nil {
		return part{}, problem.Wrap(problem.Internal, err, "sign with the team's key")
	}
	proof := part{header{
		{"Content-Type", `application/pgp-signature; name="signature.asc"`},
		{"Content-Disposition", `attachment; filename="signature.asc"`},
		{"Content-Description", "OpenPGP signature"},
	}, signature}
	return multipart(`multipart/signed; micalg="`+micalg+`"; protocol="application/pgp-signature"`, seed+"-0", inner, proof)
}

// outer writes the message with its header, and signs it for the domain.
func (c *Channel) outer(signer *domainKey, d delivery.Draft, l letter, body part) ([]byte, error) {
	date := d.Date
	if date.IsZero() {
		date = c.clock.Now()
	}
	var h header
	h.add("Date", date.UTC().Format(time.RFC1123Z))
	h.add("From", address(c.fromName, c.from))
	h.add("To", address(oneLine(d.ToName, maxName), l.to))
	h.add("Reply-To", address(c.fromName, c.replyTo))
	h.add("Subject", unstructured(l.outer))
	h.add("Message-ID", l.messageID)
	h.add("In-Reply-To", messageIDs(d.Thread.InReplyTo))
	h.add("References", messageIDs(d.Thread.References...))
	h.add("Auto-Submitted", submitted(d)) // RFC 3834 §5
	// Exchange does not heed Auto-Submitted; this keeps its absence notes out of the mailbox that people read, and lets bounces through.
	h.add("X-Auto-Response-Suppress", "OOF, AutoReply")
	h.add("Content-Language", languageTag(d.Language))
	h.add("MIME-Version", "1.0")
	body.header = append(h, body.header...)
	text, err := body.bytes()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(body.header))
	for i, f := range body.header {
		names[i] = f.name
	}
	return signer.sign(text, names)
}
