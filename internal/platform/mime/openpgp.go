package mime

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/gopenpgp/v3/constants"
	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
)

// pgpEncrypted opens multipart/encrypted (RFC 3156 §4): the second of exactly two parts.
func (s *opening) pgpEncrypted(e *entity) *entity {
	s.crypto.Kind, s.crypto.Encrypted = PGPMIME, true
	if len(e.children) != 2 {
		return s.fail(Unreadable, "an encrypted mail has two parts (RFC 3156 §4)")
	}
	p := &parser{limits: s.limits}
	plain, ok := s.decrypt(p.decodeBody(e.children[1]))
	if !ok {
		return nil
	}
	return s.entity(plain)
}

// decrypt gives the plaintext of an OpenPGP message, armoured or not, once its end was read and found intact.
func (s *opening) decrypt(message []byte) (plain []byte, ok bool) {
	if len(s.Keys) == 0 {
		s.fail(NoKeys, "")
		return nil, false
	}
	ring := s.senderRing()
	builder := pgp.PGP().Decryption().VerifyTime(s.now.Add(skew).Unix()).MaxDecompressedMessageSize(s.limits.Size)
	for _, k := range s.Keys {
		builder = builder.DecryptionKey(k)
	}
	if ring != nil {
		builder = builder.VerificationKeys(ring)
	}
	handle, err := builder.New()
	if err != nil {
		s.fail(Unreadable, err.Error())
		return nil, false
	}
	err = guarded(func() error {
		var result *pgp.VerifyResult
		if plain, result, err = readIntact(handle, message); err == nil {
			s.crypto.Integrity = true // MDC or AEAD: without one the library refuses
			s.judge(result)
		}
		return err
	})
	if err != nil {
		s.fail(pgpFault(err), err.Error())
		return nil, false
	}
	return plain, true
}

// readIntact reads to the end, where the proof of integrity stands.
func readIntact(handle pgp.PGPDecryption, message []byte) ([]byte, *pgp.VerifyResult, error) {
	r, err := handle.DecryptingReader(bytes.NewReader(message), pgp.Auto)
	if err != nil {
		return nil, nil, err
	}
	plain, err := r.ReadAll()
	if err != nil {
		return nil, nil, err
	}
	result, err := r.VerifySignature()
	return plain, result, err
}

// pgpFault names what is wrong with an encrypted message.
func pgpFault(err error) CryptoFault {
	text := err.Error()
	var unsupported pgperrors.UnsupportedError
	switch {
	case errors.Is(err, pgperrors.ErrKeyIncorrect) || strings.Contains(text, "no matching") || strings.Contains(text, "incorrect key"):
		return NotForUs
	case errors.As(err, &unsupported):
		return Unsupported
	case strings.Contains(text, "armor") || strings.Contains(text, "EOF") || strings.Contains(text, "invalid data: tag"):
		return Unreadable
	}
	return NotIntact
}

// senderRing holds the keys that are known for the author, nil for none.
func (s *opening) senderRing() *pgp.KeyRing {
	var ring *pgp.KeyRing
	for _, k := range s.known {
		if k.OpenPGP == "" {
			continue
		}
		key, err := pgp.NewKeyFromArmored(k.OpenPGP)
		if err != nil {
			continue // whoever registered it was told; the mail is read without it
		}
		if ring == nil {
			ring, err = pgp.NewKeyRing(key)
		} else {
			err = ring.AddKey(key)
		}
		if err != nil {
			continue
		}
	}
	return ring
}

// judge notes what a signature proves. A key counts only if it is known for the author: the team's own would verify too.
func (s *opening) judge(result *pgp.VerifyResult) {
	err := result.SignatureErrorExplicit()
	if err != nil && err.Status == constants.SIGNATURE_NOT_SIGNED {
		return
	}
	s.crypto.Signed = true
	if err == nil {
		s.signedBy(result.SignedByKey())
		return
	}
	switch {
	case err.Status == constants.SIGNATURE_NO_VERIFIER:
		s.crypto.Key = result.SignedByKeyIdHex()
		s.fail(KeyUnknown, "key "+s.crypto.Key)
	case errors.Is(err, pgperrors.ErrKeyExpired) || errors.Is(err, pgperrors.ErrSignatureExpired) || errors.Is(err, pgperrors.ErrKeyRevoked):
		s.fail(KeyExpired, err.Error())
	default:
		s.fail(SignatureBad, err.Error())
	}
}

func (s *opening) signedBy(key *pgp.Key) {
	if key == nil || !s.knows(key.GetFingerprint()) {
		s.fail(NotBound, "signed by a key that is not known for "+s.author)
		return
	}
	s.crypto.Key, s.crypto.Verified, s.crypto.BoundToFrom, s.crypto.Integrity = key.GetFingerprint(), true, true, true
	if _, id := key.GetEntity().PrimaryIdentity(s.now, nil); id != nil {
		s.crypto.Signer = line(id.Name)
	}
}

// knows tells whether a key is known for the author.
func (s *opening) knows(fingerprint string) bool {
	ring := s.senderRing()
	return ring != nil && slices.ContainsFunc(ring.GetKeys(), func(k *pgp.Key) bool { return k.GetFingerprint() == fingerprint })
}

// pgpSigned verifies multipart/signed (RFC 3156 §5): the second of exactly two parts signs the first, byte by byte with \r\n line ends. The text
// is shown, whatever the signature is worth; Crypto says what that is.
func (s *opening) pgpSigned(e *entity) *entity {
	s.layer(PGPMIME)
	s.crypto.Signed = true
	if len(e.children) != 2 {
		s.fail(Unreadable, "a signed mail has two parts (RFC 3156 §5)")
		return firstChild(e)
	}
	p := &parser{limits: s.limits}
	s.verify(canonical(e.children[0].raw), p.decodeBody(e.children[1]))
	return e.children[0]
}

// layer notes the kind of protection; the outermost names it.
func (s *opening) layer(kind CryptoKind) {
	if s.crypto.Kind == Unprotected {
		s.crypto.Kind = kind
	}
}

func firstChild(e *entity) *entity {
	if len(e.children) == 0 {
		return nil
	}
	return e.children[0]
}

// verify checks a detached signature.
func (s *opening) verify(data, signature []byte) {
	ring := s.senderRing()
	if ring == nil {
		s.fail(KeyUnknown, "no key is known for the sender")
		return
	}
	handle, err := pgp.PGP().Verify().VerificationKeys(ring).VerifyTime(s.now.Add(skew).Unix()).New()
	if err != nil {
		s.fail(Unreadable, err.Error())
		return
	}
	err = guarded(func() error {
		result, err := handle.VerifyDetached(data, signature, pgp.Auto)
		if err == nil {
			s.judge(result)
		}
		return err
	})
	if err != nil {
		s.fail(SignatureBad, err.Error())
	}
}

// canonical makes every line end \r\n (RFC 3156 §5), as it was when it was signed: some mail comes through systems that know \n only.
func canonical(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

// guarded runs a decoder of somebody else on a stranger's bytes. Some panic on what is malformed, which must not end the process.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the decoder gave up on it")
		}
	}()
	return do()
}

func fingerprint(raw [32]byte) string { return hex.EncodeToString(raw[:]) }
