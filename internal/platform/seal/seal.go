// Package seal encrypts what the team is told and what it writes, each thing under a data key of its own.
//
// A data key lies in the database, wrapped by a key that lies in the keyring: who has one of the two reads nothing, and once the wrapped key is
// erased nobody reads what it sealed. What is sealed is bound to its place (the thing and the field), so that moving it elsewhere makes it
// unreadable, not somebody else's. XChaCha20-Poly1305 with random nonces: it hides the text and shows any change of it, but not its length.
package seal

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/firehall/firehall/internal/core/problem"
)

// Secret is the name of the keyring's secret that wraps the data keys of reports and incidents.
const Secret = "seal"

// version is the first byte of all that is sealed, so that another way can follow.
const version = 1

// Sealer makes and unwraps data keys. It is safe for concurrent use.
type Sealer struct {
	wrap  cipher.AEAD
	index []byte
}

// New returns the sealer of a secret of 32 bytes.
func New(secret [32]byte) (*Sealer, error) {
	wrap, err := chacha20poly1305.NewX(derive(secret[:], "wrap"))
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "the key that seals")
	}
	return &Sealer{wrap: wrap, index: derive(secret[:], "digest")}, nil
}

func derive(secret []byte, purpose string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("firehall/incident/seal " + purpose))
	return m.Sum(nil)
}

// Digest returns a keyed digest of values, for finding them again without keeping them: in hexadecimal, of 16 bytes.
func (s *Sealer) Digest(purpose string, values ...string) string {
	sum := s.Sum(purpose, values...)
	return hex.EncodeToString(sum[:16])
}

// Sum is Digest, of 32 bytes.
func (s *Sealer) Sum(purpose string, values ...string) [32]byte {
	m := hmac.New(sha256.New, s.index)
	for _, v := range append([]string{purpose}, values...) {
		own := sha256.Sum256([]byte(v))
		m.Write(own[:])
	}
	return [32]byte(m.Sum(nil))
}

// Key seals what belongs to one thing. It is safe for concurrent use.
type Key struct {
	thing string
	aead  cipher.AEAD
}

// NewKey makes the data key of a thing; wrapped is what the database keeps.
func (s *Sealer) NewKey(thing string) (k Key, wrapped []byte, err error) {
	var raw [chacha20poly1305.KeySize]byte
	rand.Read(raw[:])
	k, err = keyOf(thing, raw[:])
	return k, seal(s.wrap, thing, raw[:]), err
}

// KeyFor gives a key for a thing that has no data key of its own: it is made of the secret, and cannot be erased apart from it.
func (s *Sealer) KeyFor(thing string) (Key, error) {
	raw := s.Sum("key", thing)
	return keyOf(thing, raw[:])
}

// Unwrap gives the data key of a thing back. Errors: NotFound if there is none, since it was erased; Internal if it is not this thing's, or
// the keyring's secret is another than the one it was wrapped with.
func (s *Sealer) Unwrap(thing string, wrapped []byte) (Key, error) {
	if len(wrapped) == 0 {
		return Key{}, problem.New(problem.NotFound, "the text of %s was erased", thing)
	}
	raw, err := open(s.wrap, thing, wrapped)
	if err != nil {
		return Key{}, problem.Wrap(problem.Internal, err, "the data key of %s: is the key %q in the keyring the one that the database was written with?", thing, Secret)
	}
	return keyOf(thing, raw)
}

func keyOf(thing string, raw []byte) (Key, error) {
	aead, err := chacha20poly1305.NewX(raw)
	if err != nil {
		return Key{}, problem.Wrap(problem.Internal, err, "the data key of %s", thing)
	}
	return Key{thing: thing, aead: aead}, nil
}

// Seal encrypts one field of the thing.
func (k Key) Seal(field string, plain []byte) []byte { return seal(k.aead, k.thing+"/"+field, plain) }

// Open decrypts it. Errors: Internal if it was altered, or is another field.
func (k Key) Open(field string, sealed []byte) ([]byte, error) {
	plain, err := open(k.aead, k.thing+"/"+field, sealed)
	return plain, problem.Wrap(problem.Internal, err, "%s of %s", field, k.thing)
}

func seal(a cipher.AEAD, place string, plain []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+a.Overhead())
	out[0] = version
	rand.Read(out[1:])
	return a.Seal(out, out[1:], plain, []byte(place))
}

func open(a cipher.AEAD, place string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+chacha20poly1305.NonceSizeX || sealed[0] != version {
		return nil, problem.New(problem.Internal, "it is not sealed as this program seals")
	}
	nonce, text := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	return a.Open(nil, nonce, text, []byte(place))
}
