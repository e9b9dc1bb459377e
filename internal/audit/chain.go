package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Domains keep the two uses of the hash apart, and those of other programs.
const (
	commitDomain = "firehall audit commitment 1"
	chainDomain  = "firehall audit chain 1"
)

// saltSize is the size of an entry's salt in bytes.
const saltSize = 32

// payload is an entry as it is stored, with the salt of its commitment.
type payload struct {
	ID, Actor, ActorKind, Via, Operation, Object, Reason, Before, After string

	At   int64 // milliseconds
	Salt []byte
}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the process instead
	return salt
}

// commitment is HMAC-SHA-256 under the salt over all fields, each with its
// length before it, so that no two payloads give the same bytes.
func (p payload) commitment() []byte {
	mac := hmac.New(sha256.New, p.Salt)
	at := strconv.FormatInt(p.At, 10)
	for _, field := range []string{
		commitDomain, p.ID, at, p.Actor, p.ActorKind, p.Via,
		p.Operation, p.Object, p.Reason, p.Before, p.After,
	} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(field)))
		mac.Write(size[:])
		mac.Write([]byte(field))
	}
	return mac.Sum(nil)
}

// Head names the end of the chain at some time.
type Head struct {
	Seq  int64    // the position of the last entry; 0 is the empty chain
	Hash [32]byte // of that position; zero for the empty chain
}

// String writes a head as text: the position, a colon, the hash in hex.
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + ":" + hex.EncodeToString(h.Hash[:])
}

// ParseHead reads what Head.String wrote.
func ParseHead(s string) (Head, error) {
	number, hash, _ := strings.Cut(s, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	raw, err2 := hex.DecodeString(hash)
	if err = errors.Join(err, err2); err != nil || seq < 0 || len(raw) != 32 {
		return Head{}, problem.New(problem.Invalid, "%q is no end of an audit chain: it must be a number, a colon and 64 hexadecimal digits", s)
	}
	return Head{Seq: seq, Hash: [32]byte(raw)}, nil
}

// next is the chain's step.
func (h Head) next(commitment []byte) Head {
	sum := sha256.New()
	sum.Write([]byte(chainDomain))
	sum.Write(h.Hash[:])
	var seq [8]byte
	binary.BigEndian.PutUint64(seq[:], uint64(h.Seq+1))
	sum.Write(seq[:])
	sum.Write(commitment)
	return Head{Seq: h.Seq + 1, Hash: [32]byte(sum.Sum(nil))}
}
