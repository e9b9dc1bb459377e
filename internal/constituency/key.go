package constituency

import (
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxKey bounds an armoured key; real ones with many signatures stay below it.
const maxKey = 256 << 10

// Key is what the register knows of an OpenPGP public key.
type Key struct {
	Armoured    string    // canonical armour
	Fingerprint string    // lower-case hexadecimal
	Expires     time.Time // zero when it never does
}

// ReadKey reads an armoured OpenPGP public key; empty text gives the zero Key.
// A private key is refused, loudly: it must not lie in a register. Whether the
// key has expired is not judged here, Check reports that.
func ReadKey(armoured string) (Key, error) {
	text := strings.TrimSpace(armoured)
	if text == "" {
		return Key{}, nil
	}
	if len(text) > maxKey {
		return Key{}, problem.New(problem.Invalid, "the key is %d bytes: at most %d", len(text), maxKey)
	}
	key, err := crypto.NewKeyFromArmored(text)
	if err != nil {
		return Key{}, problem.New(problem.Invalid, "the key cannot be read: paste the whole armoured public key (%v)", err)
	}
	if key.IsPrivate() {
		return Key{}, problem.New(problem.Invalid, "this is a private key: give the public one, and treat the private one as exposed")
	}
	canonical, err := key.GetArmoredPublicKey()
	if err != nil {
		return Key{}, problem.New(problem.Invalid, "the key cannot be written again: %v", err)
	}
	expires, ok := keyExpiry(key)
	if !ok {
		return Key{}, problem.New(problem.Invalid, "nothing can be encrypted to this key (%s): it has no encryption subkey", key.GetFingerprint())
	}
	return Key{Armoured: canonical, Fingerprint: key.GetFingerprint(), Expires: expires}, nil
}

// keyExpiry returns the moment from which nothing can be encrypted to the key,
// zero for never; ok is false if nothing ever could. Primary key and subkeys
// end each at its own time, so the ends are candidates and the library, which
// knows which keys are fit, is asked on which side of them it works.
func keyExpiry(key *crypto.Key) (end time.Time, ok bool) {
	farAway := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	if key.CanEncrypt(farAway.Unix()) {
		return time.Time{}, true
	}
	for _, t := range keyEnds(key) {
		if t.After(end) && key.CanEncrypt(t.Add(-time.Second).Unix()) {
			end, ok = t, true
		}
	}
	return end, ok
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
