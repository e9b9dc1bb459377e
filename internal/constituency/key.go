package constituency

import (
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/smime"
)

// maxKey bounds a key as text; real ones with many signatures stay below it.
const maxKey = 256 << 10

// Key is what the register knows of an OpenPGP public key, or of an X.509 certificate for S/MIME.
type Key struct {
	Armoured    string    // canonical armour, or PEM
	Fingerprint string    // lower-case hexadecimal; of a certificate, SHA-256
	Expires     time.Time // zero when it never does
}

// farAway is a moment at which only what never ends still holds.
var farAway = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// ReadKey reads an armoured OpenPGP public key, or a certificate in PEM (see IsCertificate); empty text gives the zero Key.
// A private key is refused, loudly: it must not lie in a register. So is one
// that its owner revoked, and a certificate that mail is never encrypted to.
// Whether the key has expired, or an OpenPGP key is fit for encryption
// at all, is not judged here: Check reports it, and KeyUsable says why.
func ReadKey(armoured string) (Key, error) {
	if IsCertificate(armoured) {
		return readCertificate(armoured)
	}
	key, err := parseKey(armoured)
	if err != nil || key == nil {
		return Key{}, err
	}
	if key.IsRevoked(farAway.Unix()) {
		return Key{}, problem.New(problem.Invalid, "the key %s was revoked by its owner: ask for the new one", key.GetFingerprint())
	}
	canonical, err := key.GetArmoredPublicKey()
	if err != nil {
		return Key{}, problem.New(problem.Invalid, "the key cannot be written again: %v", err)
	}
	return Key{Armoured: canonical, Fingerprint: key.GetFingerprint(), Expires: keyExpiry(key)}, nil
}

// parseKey returns nil for empty text. The size is looked at first: what comes
// after it costs time and memory in proportion.
func parseKey(armoured string) (*crypto.Key, error) {
	if len(armoured) > maxKey {
		return nil, problem.New(problem.Invalid, "the key has %d bytes, at most %d are taken: export it without other people's signatures", len(armoured), maxKey)
	}
	text := strings.TrimSpace(armoured)
	if text == "" {
		return nil, nil
	}
	key, err := crypto.NewKeyFromArmored(text)
	if err != nil {
		return nil, problem.New(problem.Invalid, "the key cannot be read: paste the whole armoured public key, or a certificate in PEM (%v)", err)
	}
	if key.IsPrivate() {
		return nil, problem.New(problem.Invalid, "this is a private key: give the public one, and treat the private one as exposed")
	}
	return key, nil
}

// KeyUsable returns nil if something can be encrypted to an armoured key, or to a certificate, at a
// moment, and else an Invalid error that says why not and what to do.
func KeyUsable(armoured string, now time.Time) error {
	if IsCertificate(armoured) {
		c, err := Certificate(armoured)
		if err != nil {
			return err
		}
		return smime.Usable(c, now)
	}
	key, err := parseKey(armoured)
	switch {
	case err != nil:
		return err
	case key == nil:
		return problem.New(problem.Invalid, "there is no key: ask the contact for one")
	case key.CanEncrypt(now.Unix()):
		return nil
	case key.IsRevoked(now.Unix()):
		return problem.New(problem.Invalid, "the key %s was revoked by its owner: ask for the new one", key.GetFingerprint())
	}
	if end := keyExpiry(key); !end.IsZero() && !now.Before(end) {
		return problem.New(problem.Invalid, "the key %s expired on %s: ask for the new one", key.GetFingerprint(), end.Format(time.DateOnly))
	}
	if created := key.GetEntity().PrimaryKey.CreationTime; now.Before(created) {
		return problem.New(problem.Invalid, "the key %s begins only on %s: is a clock wrong?", key.GetFingerprint(), created.UTC().Format(time.DateOnly))
	}
	return problem.New(problem.Invalid, "the key %s has no subkey that encrypts: ask for one that has", key.GetFingerprint())
}

// keyExpiry returns the moment from which nothing can be encrypted to the key,
// zero for never, and if nothing ever could. Primary key and subkeys
// end each at its own time, so the ends are candidates and the library, which
// knows which keys are fit, is asked on which side of them it works.
func keyExpiry(key *crypto.Key) (end time.Time) {
	if key.CanEncrypt(farAway.Unix()) {
		return time.Time{}
	}
	for _, t := range keyEnds(key) {
		if t.After(end) && key.CanEncrypt(t.Add(-time.Second).Unix()) {
			end = t
		}
	}
	return end
}

func keyEnds(key *crypto.Key) []time.Time {
	var ends []time.Time
	entity := key.GetEntity()
	add := func(created time.Time, lifetime *uint32) {
		if lifetime != nil && *lifetime != 0 {
			ends = append(ends, created.Add(time.Duration(*lifetime)*time.Second).UTC())
		}
	}
	if sig, err := entity.PrimarySelfSignature(time.Time{}, nil); err == nil {
		add(entity.PrimaryKey.CreationTime, sig.KeyLifetimeSecs)
	}
	for _, sub := range entity.Subkeys {
		if sig, err := sub.LatestValidBindingSignature(time.Time{}, nil); err == nil {
			add(sub.PublicKey.CreationTime, sig.KeyLifetimeSecs)
		}
	}
	return ends
}
