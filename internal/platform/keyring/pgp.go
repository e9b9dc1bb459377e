package keyring

import (
	"bytes"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/core/problem"
)

// PGP is the team's OpenPGP key: version 4, Ed25519 to sign and X25519 to encrypt, which GnuPG 2.2 takes too. It does not expire.
type PGP struct {
	Key         *crypto.Key // private, not locked
	Public      string      // armoured
	Fingerprint string      // 40 hexadecimal digits, lower case
	UserID      string      // "Name <address>", as at the time when it was made
}

// PGP returns the team's OpenPGP key. Name and address are for making it; a key that is there keeps those that it has.
func (r *Ring) PGP(name, email string) (PGP, error) {
	text, err := r.key(pgpFile, func() ([]byte, error) { return r.newPGP(name, email) })
	if err != nil {
		return PGP{}, err
	}
	k, err := readPGP(text)
	if err != nil {
		return PGP{}, r.damaged(pgpFile, err)
	}
	return k, nil
}

func (r *Ring) newPGP(name, email string) ([]byte, error) {
	if email == "" {
		return nil, problem.New(problem.Invalid, "the team has no address: set team.email in the configuration")
	}
	maker := crypto.PGPWithProfile(profile.Default()).KeyGeneration().AddUserId(userName(name), email).GenerationTime(r.clock.Now().Unix()).New()
	key, err := maker.GenerateKey()
	if err != nil {
		return nil, err
	}
	text, err := key.Armor()
	return []byte(text + "\n"), err
}

// maxName bounds the name in a user ID, in characters: some programs show no more.
const maxName = 200

// userName leaves out of a name what has a meaning of its own in a user ID ("Name (comment) <address>"), and what cannot be shown.
func userName(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case strings.ContainsRune("()<>", c), c == unicode.ReplacementChar:
			return -1
		case !unicode.IsPrint(c):
			return ' '
		}
		return c
	}, name)
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	return strings.Join(strings.Fields(name), " ")
}

func readPGP(text []byte) (PGP, error) {
	key, err := crypto.NewKeyFromReader(bytes.NewReader(text))
	if err != nil {
		return PGP{}, err
	}
	if open, err := key.IsUnlocked(); err != nil || !key.IsPrivate() || !open {
		return PGP{}, errors.Join(errors.New("it is no private key that can be used without a passphrase"), err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		return PGP{}, err
	}
	k := PGP{Key: key, Public: public, Fingerprint: key.GetFingerprint()}
	if _, id := key.GetEntity().PrimaryIdentity(time.Time{}, nil); id != nil {
		k.UserID = id.Name
	}
	return k, nil
}

// HasPGP tells whether there is an OpenPGP key of the team; it makes none.
func (r *Ring) HasPGP() bool {
	_, err := r.read(pgpFile)
	return err == nil
}
