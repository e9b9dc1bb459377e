package mail

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/gopenpgp/v3/armor"
	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
)

// postbox signs with the team's key, and encrypts to the keys of contacts and to the team's own. It is safe for concurrent use.
type postbox struct {
	handle *crypto.PGPHandle
	team   *crypto.Key
	made   time.Time // when the team's key was made: nothing can be signed as of an earlier time

	mu   sync.Mutex
	keys map[[32]byte]*crypto.Key // by the digest of the armour; nil is no key
	size int                      // of their armour, in bytes
}

// maxKeys bounds the parsed keys that are remembered, and maxArmour what they were read from, since some have thousands of signatures;
// maxKeySize bounds what is read as a key at all.
const (
	maxKeys    = 4096
	maxArmour  = 32 << 20
	maxKeySize = 256 << 10
)

// newPostbox takes the default profile: what it makes GnuPG 2.2 can read, unless the recipient's key itself says that it wants newer forms.
func newPostbox(team *crypto.Key) *postbox {
	return &postbox{
		handle: crypto.PGPWithProfile(profile.Default()), team: team,
		made: team.GetEntity().PrimaryKey.CreationTime, keys: map[[32]byte]*crypto.Key{},
	}
}

// at is the time of a signature, not before the key was made.
func (p *postbox) at(now time.Time) int64 {
	if now.Before(p.made) {
		now = p.made
	}
	return now.Unix()
}

// sign returns an armoured detached signature over the text, and the name of its hash for micalg (RFC 3156 §5).
func (p *postbox) sign(text []byte, now time.Time) (signature []byte, micalg string, err error) {
	signer, err := p.handle.Sign().SigningKey(p.team).Detached().SignTime(p.at(now)).New()
	if err != nil {
		return nil, "", err
	}
	raw, err := signer.Sign(text, crypto.Bytes)
	if err != nil {
		return nil, "", err
	}
	read, err := packet.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, "", err
	}
	s, ok := read.(*packet.Signature)
	if !ok {
		return nil, "", errors.New("the library gave no signature")
	}
	text, err = armor.ArmorPGPSignatureBinary(raw)
	return crlf(text), "pgp-" + strings.ToLower(strings.ReplaceAll(s.Hash.String(), "-", "")), err
}

// encrypt signs the text, encrypts it with the signature inside, to the recipient's key and to the team's own, and armours it. The team must
// be able to read what it told: the stored message is the only full copy, and whoever answers quotes it.
func (p *postbox) encrypt(text []byte, to *crypto.Key, now time.Time) ([]byte, error) {
	at := p.at(now)
	readers, err := crypto.NewKeyRing(to)
	if err == nil && p.team.CanEncrypt(at) { // somebody may have put in a key that only signs: owners are told all the same
		err = readers.AddKey(p.team)
	}
	if err != nil {
		return nil, err
	}
	// The time is not before the team's key was made: to a key of tomorrow nothing can be encrypted.
	box, err := p.handle.Encryption().Recipients(readers).SigningKey(p.team).EncryptionTime(at).SignTime(at).New()
	if err != nil {
		return nil, err
	}
	message, err := box.Encrypt(text)
	if err != nil {
		return nil, err
	}
	out, err := message.ArmorBytes()
	return crlf(out), err
}

// crlf gives armour the line ends of mail, and one at its end.
func crlf(text []byte) []byte {
	text = bytes.ReplaceAll(bytes.TrimRight(text, "\r\n"), []byte("\r\n"), []byte("\n"))
	return append(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), '\r', '\n')
}

// lock returns what a message to a contact can be encrypted to now, by its key or certificate; the error says why nothing can be, and what to do.
func (p *postbox) lock(text string, now time.Time) (l lock, err error) {
	if constituency.IsCertificate(text) {
		l.certificate, err = certificate(text, now)
	} else {
		l.key, err = p.recipient(text, now)
	}
	return l, err
}

// recipient returns the key of a contact if something can be encrypted to it now; the error says in words for the team why not, and what to do.
func (p *postbox) recipient(armoured string, now time.Time) (*crypto.Key, error) {
	if key := p.parse(armoured); key != nil && key.CanEncrypt(now.Unix()) {
		return key, nil
	}
	if err := constituency.KeyUsable(armoured, now); err != nil {
		return nil, err
	}
	return nil, problem.New(problem.Invalid, "the key cannot be used here: ask for another one")
}

// parse reads a key; nil is none.
func (p *postbox) parse(armoured string) *crypto.Key {
	if len(armoured) > maxKeySize {
		return nil
	}
	name := sha256.Sum256([]byte(armoured))
	p.mu.Lock()
	key, known := p.keys[name]
	p.mu.Unlock()
	if known {
		return key
	}
	key, err := crypto.NewKeyFromArmored(armoured)
	if err != nil || key.IsPrivate() {
		key = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) >= maxKeys || p.size+len(armoured) > maxArmour { // more than that comes round seldom: begin anew instead of keeping count
		clear(p.keys)
		p.size = 0
	}
	p.keys[name] = key
	p.size += len(armoured)
	return key
}
