package mime

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

// SenderKey is an OpenPGP key or a certificate that is known for an address.
type SenderKey struct {
	OpenPGP     string            // armoured public key; "" for none
	Certificate *x509.Certificate // nil for none
}

// Identity is the team's certificate and key for S/MIME.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.PrivateKey // RSA
}

// Opener decrypts and verifies. Its fields may be left out: then what needs them is not opened, and the mail says so. It is safe for concurrent
// use.
type Opener struct {
	Keys  []*pgp.Key                                                     // the team's private keys, unlocked
	SMIME []Identity                                                     // the team's
	Roots *x509.CertPool                                                 // whose certificates are believed to name their holder; nil: none
	Known func(ctx context.Context, address string) ([]SenderKey, error) // what is known for an address
	Now   func() time.Time                                               // nil: the real time
}

// skew is by how much a sender's clock may be ahead.
const skew = 10 * time.Minute

// maxLayers bounds encryption within signatures within encryption.
const maxLayers = 4

// Open decrypts and verifies what a mail says is encrypted or signed, and sets its Crypto. The rules, because of which nobody who changes a
// mail on its way can make us show or send what was encrypted (efail.de):
//
//   - nothing of a plaintext is used before its end was seen to be intact; OpenPGP without that proof is not shown at all, S/MIME encryption,
//     which has none, only as plain text and marked as such, unless a valid signature stands within it;
//   - only what protects the mail as a whole makes it protected. A protected part beside others is opened into that part's Nested, and never
//     joined with the others;
//   - a signature counts for the author only if the key is known to be that of the one address in From.
//
// The error is only that of Known; the mail is read without the sender's keys then.
func (o *Opener) Open(ctx context.Context, m *Message) error {
	s := &opening{Opener: o, limits: m.limits, now: time.Now()}
	if o.Now != nil {
		s.now = o.Now()
	}
	err := s.ask(ctx, m)
	if m.root == nil {
		return err
	}
	if way := protection(m.root); way != nil {
		s.whole(m)
		return err
	}
	s.within(m)
	s.inline(m)
	return err
}

// opening is one mail being opened.
type opening struct {
	*Opener
	limits Limits
	now    time.Time
	author string
	known  []SenderKey
	crypto Crypto
}

// ask looks up what is known for the author.
func (s *opening) ask(ctx context.Context, m *Message) (err error) {
	author, ok := m.Author()
	if !ok {
		return nil
	}
	s.author = author.Address
	if s.Known != nil {
		if s.known, err = s.Known(ctx, author.Address); err != nil {
			return fmt.Errorf("look up the keys of a sender: %w", err)
		}
	}
	return nil
}

// unwrap takes a layer off an entity. It returns nil if nothing may be shown.
type unwrap func(s *opening, e *entity) *entity

// protection tells how an entity is protected as a whole, nil if it is not.
func protection(e *entity) unwrap {
	switch protocol := e.params["protocol"]; e.kind {
	case "multipart/encrypted":
		if strings.EqualFold(protocol, "application/pgp-encrypted") || protocol == "" {
			return (*opening).pgpEncrypted
		}
	case "multipart/signed":
		switch strings.ToLower(protocol) {
		case "application/pgp-signature":
			return (*opening).pgpSigned
		case "application/pkcs7-signature", "application/x-pkcs7-signature":
			return (*opening).cmsDetached
		}
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return (*opening).cms
	}
	return nil
}

// whole opens a mail that is protected as a whole, layer by layer, and sets its content from the innermost.
func (s *opening) whole(m *Message) {
	inner := s.layers(m.root)
	m.Crypto = s.crypto
	if inner == nil {
		m.Text, m.HTML = "", ""
		return
	}
	m.become(inner, s.limits)
}

// layers takes all layers off an entity; nil if nothing may be shown.
func (s *opening) layers(e *entity) *entity {
	for range maxLayers {
		way := protection(e)
		if way == nil {
			return e
		}
		if e = way(s, e); e == nil {
			return nil
		}
	}
	s.fail(Unsupported, "it is wrapped more than four times")
	return nil
}

// fail notes a fault; the first counts.
func (s *opening) fail(f CryptoFault, detail string) *entity {
	if s.crypto.Fault == "" {
		s.crypto.Fault, s.crypto.Detail = f, cutText(line(detail), 300)
	}
	return nil
}

// entity reads decrypted or signed text as a part of a mail.
func (s *opening) entity(raw []byte) *entity {
	p := &parser{limits: s.limits}
	return p.entity(raw, "", 0)
}

// become sets a mail's content from what was within its protection.
func (m *Message) become(inner *entity, l Limits) {
	p := &parser{limits: l, faults: m.Faults}
	m.inner = inner
	m.Parts, m.Feedback, m.Status, m.Auto = nil, nil, nil, Auto{}
	p.fill(m, inner)
	m.Auto = classify(m)
	m.Faults = p.faults
	m.protectSubject(inner)
	if m.Crypto.Fault == Unauthenticated {
		m.plainOnly()
	}
}

// Opened is the mail in the clear, for programs that have no keys: its own header around what was encrypted, or the mail as it came where it was not
// encrypted as a whole or could not be opened.
func (m *Message) Opened() []byte {
	if m.inner == nil || !m.Crypto.Encrypted {
		return m.Raw
	}
	var b bytes.Buffer
	for _, f := range m.Header {
		if name := strings.ToLower(f.Name); !strings.HasPrefix(name, "content-") && !m.inner.header.Has(f.Name) {
			b.WriteString(f.Name + ": " + f.Value + "\r\n")
		}
	}
	b.Write(m.inner.raw)
	return b.Bytes()
}

// protectSubject takes the subject that was protected with the text (draft-autocrypt-lamps-protected-headers, RFC 9788): the outer one is "..."
// then, or could have been changed on its way.
func (m *Message) protectSubject(inner *entity) {
	if subject := Text(inner.header.Get("Subject")); subject != "" && inner.header.Has("Subject") && m.Crypto.Integrity {
		m.Subject = cutText(subject, 1000)
	}
}

// plainOnly drops every page.
func (m *Message) plainOnly() {
	m.HTML = ""
	for _, p := range m.Parts {
		if p.Nested != nil {
			p.Nested.plainOnly()
		}
	}
}

// within opens the protected parts of a mail that is not protected as a whole, each for itself.
func (s *opening) within(m *Message) {
	for _, e := range protectedParts(m.root, nil) {
		part := &opening{Opener: s.Opener, limits: s.limits, now: s.now, author: s.author, known: s.known}
		inner := part.layers(e)
		m.partly(part.crypto.Kind)
		if !part.crypto.Encrypted || inner == nil { // what is only signed can be read as it is
			continue
		}
		nested := (&parser{limits: s.limits}).message(inner)
		nested.Crypto = part.crypto
		if part.crypto.Fault == Unauthenticated {
			nested.plainOnly()
		}
		m.Parts = append(m.Parts, Part{
			Path: e.path, Name: "decrypted-" + e.path + ".eml", MediaType: "message/rfc822", Sniffed: sniff(inner.raw), Size: int64(len(inner.raw)),
			SHA256: sum(inner.raw), Body: inner.raw, Nested: nested,
		})
	}
}

func (m *Message) partly(kind CryptoKind) {
	if m.Crypto.Kind == Unprotected {
		m.Crypto = Crypto{Kind: kind, Fault: PartlyProtected}
	}
}

// protectedParts are the outermost protected parts.
func protectedParts(e *entity, out []*entity) []*entity {
	for _, c := range e.children {
		if protection(c) != nil {
			if len(out) < 10 {
				out = append(out, c)
			}
			continue
		}
		out = protectedParts(c, out)
	}
	return out
}
