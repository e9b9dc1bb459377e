package mime

import (
	"strconv"
	"strings"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

// The lines around OpenPGP in a text (RFC 9580 §6.2, §7).
const (
	beginMessage = "-----BEGIN PGP MESSAGE-----"
	endMessage   = "-----END PGP MESSAGE-----"
	beginSigned  = "-----BEGIN PGP SIGNED MESSAGE-----"
	endSigned    = "-----END PGP SIGNATURE-----"
)

// inline opens OpenPGP that stands in the text. Only a text that is nothing else is replaced by what stands in it; else what was encrypted
// becomes an attachment, and nothing of it is joined with the words around it.
func (s *opening) inline(m *Message) {
	text := strings.TrimSpace(m.Text)
	switch {
	case isBlock(text, beginMessage, endMessage):
		s.crypto.Kind, s.crypto.Encrypted = PGPInline, true
		plain, ok := s.decrypt([]byte(text))
		m.Crypto, m.HTML = s.crypto, ""
		if m.Text = ""; ok {
			m.Text = s.text(plain)
		}
	case isBlock(text, beginSigned, endSigned) && strings.Count(text, beginSigned) == 1:
		s.clearSigned(m, text)
	default:
		s.blocks(m, m.Text)
	}
	s.files(m)
}

// isBlock tells whether a text is one block and nothing else.
func isBlock(text, begin, end string) bool {
	return strings.HasPrefix(text, begin) && strings.HasSuffix(text, end) && strings.Count(text, end) == 1
}

func (s *opening) text(plain []byte) string {
	text, _ := decodeText(plain, "")
	return cutText(fit(text), s.limits.Text)
}

// clearSigned shows what was signed, and nothing else.
func (s *opening) clearSigned(m *Message, text string) {
	s.crypto.Kind, s.crypto.Signed = PGPInline, true
	ring := s.senderRing()
	if ring == nil {
		s.fail(KeyUnknown, "no key is known for the sender")
		m.Crypto = s.crypto
		return
	}
	handle, err := pgp.PGP().Verify().VerificationKeys(ring).VerifyTime(s.now.Add(skew).Unix()).New()
	if err == nil {
		err = guarded(func() error {
			result, err := handle.VerifyCleartext([]byte(text))
			if err != nil {
				return err
			}
			if s.judge(&result.VerifyResult); s.crypto.Verified {
				m.Text, m.HTML = s.text(result.Cleartext()), ""
			}
			return nil
		})
	}
	if err != nil {
		s.fail(SignatureBad, err.Error())
	}
	m.Crypto = s.crypto
}

// blocks decrypts what stands among other words, each block into an attachment of its own.
func (s *opening) blocks(m *Message, text string) {
	for n := 1; n <= 5; n++ {
		_, rest, found := strings.Cut(text, beginMessage)
		body, after, whole := strings.Cut(rest, endMessage)
		if !found || !whole {
			break
		}
		text = after
		s.attach(m, "decrypted-"+strconv.Itoa(n)+".txt", "text/plain", []byte(beginMessage+body+endMessage))
	}
	if strings.Contains(m.Text, beginSigned) {
		m.partly(PGPInline)
	}
}

// files decrypts attachments that were encrypted one by one, as many mail programs did before PGP/MIME.
func (s *opening) files(m *Message) {
	for _, p := range m.Parts[:min(len(m.Parts), 20)] {
		name := strings.ToLower(p.Name)
		if underAny(p.Path, protectedParts(m.root, nil)) {
			continue // opened already
		}
		if strings.HasSuffix(name, ".pgp") || strings.HasSuffix(name, ".gpg") || strings.HasPrefix(string(p.Body[:min(len(p.Body), 40)]), beginMessage) {
			s.attach(m, p.Name[:len(p.Name)-len(trimmed(name))], "application/octet-stream", p.Body)
		}
	}
}

// underAny tells whether a part stands within one of the entities.
func underAny(path string, within []*entity) bool {
	for _, e := range within {
		if strings.HasPrefix(path, e.path+".") || path == e.path {
			return true
		}
	}
	return false
}

// trimmed is the extension that encryption gave to a file.
func trimmed(name string) string {
	for _, ext := range []string{".pgp", ".gpg", ".asc"} {
		if strings.HasSuffix(name, ext) && len(name) > len(ext) {
			return ext
		}
	}
	return ""
}

// attach adds what was encrypted apart as an attachment, with its own Crypto, if it can be opened.
func (s *opening) attach(m *Message, name, kind string, message []byte) {
	part := &opening{Opener: s.Opener, limits: s.limits, now: s.now, author: s.author, known: s.known}
	part.crypto.Kind, part.crypto.Encrypted = PGPInline, true
	plain, ok := part.decrypt(message)
	m.partly(PGPInline)
	if !ok {
		return
	}
	p := Part{
		Name: safeName(name, s.limits.Name), MediaType: kind, Sniffed: sniff(plain), Size: int64(len(plain)), SHA256: sum(plain), Body: plain,
		Nested: &Message{Raw: plain, Crypto: part.crypto, limits: s.limits},
	}
	if kind == "text/plain" {
		p.Nested.Text = s.text(plain)
	}
	p.Suspect = suspicions(name, &p)
	m.Parts = append(m.Parts, p)
}
