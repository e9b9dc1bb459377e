package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// purpose is the name of our secret in the keyring.
const purpose = "credential"

// key derives a key for one use from the keyring's secret.
func (k *Keeper) key(use string) ([]byte, error) {
	secret, err := k.Secret(purpose)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("firehall " + use))
	return mac.Sum(nil), nil
}

// digest is a keyed digest of texts: who reads the database alone can test no guess against it.
func (k *Keeper) digest(use string, texts ...string) ([]byte, error) {
	key, err := k.key(use)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text)) // of one length, so that no two lists of texts look alike
		mac.Write(sum[:])
	}
	return mac.Sum(nil), nil
}

func (k *Keeper) aead(use string) (cipher.AEAD, error) {
	key, err := k.key(use)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "seal")
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts a text for one use and one account; open takes it back.
func (k *Keeper) seal(use, account string, text []byte) ([]byte, error) {
	a, err := k.aead(use)
	if err != nil {
		return nil, err
	}
	return a.Seal(nil, nil, text, []byte(account)), nil
}

func (k *Keeper) open(use, account string, sealed []byte) ([]byte, error) {
	a, err := k.aead(use)
	if err != nil {
		return nil, err
	}
	text, err := a.Open(nil, nil, sealed, []byte(account))
	return text, problem.Wrap(problem.Internal, err, "open what was sealed for %s: is this the keyring that it was sealed with?", use)
}

// ticket is what a browser keeps for us between two steps, without being able to read or change it. Strangers may ask for tickets: they cost
// the database nothing.
type ticket[T any] struct {
	ID      []byte    `json:"id"`
	Expires time.Time `json:"expires"`
	Value   T         `json:"value"`
}

// errTicket is for a ticket that is none, or too old, or was used.
var errTicket = problem.New(problem.Forbidden, "this took too long, or was done before: begin again")

// maxTicket bounds what is opened, in bytes.
const maxTicket = 8 << 10

// newTicket seals a value for one use, for a time.
func newTicket[T any](k *Keeper, use string, life time.Duration, value T) (string, error) {
	text, err := json.Marshal(ticket[T]{ID: random(16), Expires: k.Clock.Now().Add(life), Value: value})
	if err != nil {
		return "", problem.Wrap(problem.Internal, err, "write a ticket")
	}
	sealed, err := k.seal("ticket "+use, "", text)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// readTicket opens one. Error: Forbidden for one that does not count.
func readTicket[T any](k *Keeper, use, text string) (t ticket[T], err error) {
	if len(text) > maxTicket {
		return t, errTicket
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return t, errTicket
	}
	plain, err := k.open("ticket "+use, "", sealed)
	if err != nil {
		return t, errTicket
	}
	if err := json.Unmarshal(plain, &t); err != nil || !k.Clock.Now().Before(t.Expires) {
		return t, errTicket
	}
	return t, nil
}

// spend uses a ticket up. Error: Forbidden for one that was used.
func spend(tx *sqldb.Tx, now time.Time, id []byte, expires time.Time) error {
	if _, err := tx.Exec(`DELETE FROM spent_ticket WHERE expires <= $1`, now); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO spent_ticket (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, expires)
	if err == nil && n == 0 {
		return errTicket
	}
	return err
}

// Ticket seals a value for another way in, such as a single sign-on: a browser keeps it, and can neither read nor change it.
func Ticket[T any](k *Keeper, use string, life time.Duration, value T) (string, error) {
	return newTicket(k, "other "+use, life, value)
}

// Opened is the value that Ticket sealed. Error: Forbidden for a ticket that is none, or too old.
func Opened[T any](k *Keeper, use, text string) (T, error) {
	t, err := readTicket[T](k, "other "+use, text)
	return t.Value, err
}
