package credential

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/firehall/firehall/internal/core/problem"
)

// Cost is what one hash of a password takes (argon2id, RFC 9106).
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is RFC 9106 §4's second choice, with the threads of a small machine: about a tenth of a second.
var DefaultCost = Cost{Memory: 64 << 10, Time: 3, Threads: 2}

// Bounds of what a stored hash may ask for: a damaged one must not take the machine.
const (
	maxMemory = 1 << 20 // KiB
	maxTime   = 32
	saltBytes = 16
	hashBytes = 32
)

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}

var b64 = base64.RawStdEncoding.Strict()

// hash writes a password's hash with its parameters and a new salt.
func (c Cost) hash(password []byte) string {
	salt := random(saltBytes)
	return c.write(salt, c.key(password, salt))
}

func (c Cost) key(password, salt []byte) []byte {
	return argon2.IDKey(password, salt, c.Time, c.Memory, c.Threads, hashBytes)
}

// write is the form that password hashes commonly have.
func (c Cost) write(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// readHash takes a hash apart.
func readHash(text string) (c Cost, salt, key []byte, err error) {
	fail := func(why string) (Cost, []byte, []byte, error) {
		return Cost{}, nil, nil, problem.New(problem.Internal, "the hash of a password cannot be read: %s", why)
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return fail("it is none of argon2id")
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); n != 3 || err != nil {
		return fail("its parameters are unknown")
	}
	if c.Memory < 8 || c.Memory > maxMemory || c.Time < 1 || c.Time > maxTime || c.Threads < 1 {
		return fail("its parameters are out of bounds")
	}
	if salt, err = b64.DecodeString(parts[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return fail("its salt is not whole")
	}
	if key, err = b64.DecodeString(parts[5]); err != nil || len(key) != hashBytes {
		return fail("it is not whole")
	}
	return c, salt, key, nil
}

// matches tells whether a password has a hash, and whether the hash should be made anew with the cost of today. An empty hash is nobody's: the
// question takes as long, and the answer is no.
func (k *Keeper) matches(ctx context.Context, password, hash string) (ok, old bool, err error) {
	real := hash != ""
	if !real {
		hash = k.dummy()
	}
	c, salt, want, err := readHash(hash)
	if err != nil {
		return false, false, err
	}
	leave, err := k.place(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	same := subtle.ConstantTimeCompare(want, c.key([]byte(password), salt)) == 1
	return same && real, c != k.Cost, nil
}

// hashNew is a password's hash with the cost of today.
func (k *Keeper) hashNew(ctx context.Context, password string) (string, error) {
	leave, err := k.place(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return k.Cost.hash([]byte(password)), nil
}

// place waits until a password may be hashed.
func (k *Keeper) place(ctx context.Context) (leave func(), err error) {
	select {
	case k.places <- struct{}{}:
		return func() { <-k.places }, nil
	case <-ctx.Done():
		return nil, problem.Wrap(problem.Unavailable, ctx.Err(), "wait for other log-ins")
	}
}
