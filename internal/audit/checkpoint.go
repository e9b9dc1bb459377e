package audit

import (
	"bufio"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Checkpoint is the end of the chain at a time, signed. Kept on another machine it proves later that the record still holds everything up to there,
// unchanged. As text it is one line of JSON:
//
//	{"installation":"…","seq":12,"hash":"64 hex digits","at":"2026-11-22T03:00:00.000Z","key":"base64","signature":"base64"}
//
// Signed are these lines, each ended by a line feed: "firehall audit checkpoint 1", and the first four values as they stand in the JSON.
type Checkpoint struct {
	Head
	Installation string
	At           time.Time // UTC, whole milliseconds
	Key          ed25519.PublicKey
	Signature    []byte
}

// signDomain keeps signatures of checkpoints apart from all others.
const signDomain = "firehall audit checkpoint 1"

// atForm is how times stand in a checkpoint.
const atForm = "2006-01-02T15:04:05.000Z"

func (c Checkpoint) message() []byte {
	return fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n", signDomain, c.Installation, c.Seq, hex.EncodeToString(c.Hash[:]), c.At.UTC().Format(atForm))
}

// sign makes the checkpoint of a head.
func sign(key ed25519.PrivateKey, installation string, at time.Time, h Head) Checkpoint {
	public, _ := key.Public().(ed25519.PublicKey)
	c := Checkpoint{Head: h, Installation: installation, At: at.UTC().Truncate(time.Millisecond), Key: public}
	c.Signature = ed25519.Sign(key, c.message())
	return c
}

// Signed reports whether the signature is that of the key which the checkpoint names. Whose key that is, it does not tell.
func (c Checkpoint) Signed() bool {
	return len(c.Key) == ed25519.PublicKeySize && ed25519.Verify(c.Key, c.message(), c.Signature)
}

// wire is a checkpoint as JSON.
type wire struct {
	Installation string `json:"installation"`
	Seq          int64  `json:"seq"`
	Hash         string `json:"hash"`
	At           string `json:"at"`
	Key          []byte `json:"key"`
	Signature    []byte `json:"signature"`
}

// MarshalJSON writes the one line.
func (c Checkpoint) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{c.Installation, c.Seq, hex.EncodeToString(c.Hash[:]), c.At.UTC().Format(atForm), c.Key, c.Signature})
}

// String is the line, without its end.
func (c Checkpoint) String() string {
	b, err := c.MarshalJSON()
	if err != nil {
		return err.Error() // plain values: it does not happen
	}
	return string(b)
}

// UnmarshalJSON reads the line. It does not look at the signature.
func (c *Checkpoint) UnmarshalJSON(b []byte) error {
	var w wire
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return problem.Wrap(problem.Invalid, err, "it is no checkpoint")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.Invalid, "it is no checkpoint: something stands behind it")
	}
	head, err := ParseHead(fmt.Sprintf("%d:%s", w.Seq, w.Hash))
	if err != nil {
		return err
	}
	at, err := time.Parse(atForm, w.At)
	if err != nil {
		return problem.New(problem.Invalid, "it is no checkpoint: %.40q is no time such as %s", w.At, atForm)
	}
	if !plainName(w.Installation) || len(w.Key) != ed25519.PublicKeySize || len(w.Signature) != ed25519.SignatureSize {
		return problem.New(problem.Invalid, "it is no checkpoint: the installation, the key or the signature has not its form")
	}
	*c = Checkpoint{Head: head, Installation: w.Installation, At: at, Key: w.Key, Signature: w.Signature}
	return nil
}

// plainName keeps line feeds, and all else that is not ours, out of what is signed.
func plainName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}

// Limits of a file of checkpoints: a hundred years of one an hour.
const (
	maxLine  = 4 << 10
	maxLines = 1_000_000
)

// ReadCheckpoints reads checkpoints, one a line; empty lines do not count. A line that is none is told to bad by its number, and the others are
// read: a file that was cut off by a power failure still has its other lines. Errors: Invalid for a file without any, or one far too long.
func ReadCheckpoints(r io.Reader, bad func(line int, err error)) (out []Checkpoint, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxLine), maxLine)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		var c Checkpoint
		if err := c.UnmarshalJSON([]byte(text)); err != nil {
			bad(n, err)
			continue
		}
		if out = append(out, c); len(out) > maxLines {
			return nil, problem.New(problem.Invalid, "more than %d checkpoints: verify against a part of them", maxLines)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "line %d of the checkpoints cannot be read", n+1)
	}
	if len(out) == 0 {
		return nil, problem.New(problem.Invalid, "there is no checkpoint in it: firehall audit checkpoint prints one")
	}
	return out, nil
}
