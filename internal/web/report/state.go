package report

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/words"
)

// answers are what a reporter said so far. They travel in the page.
type answers struct {
	Lang   words.Lang        `json:"lang"`
	Key    string            `json:"key"`             // makes what is sent twice one report; nobody but the reporter has it
	Ready  bool              `json:"ready,omitempty"` // all was answered once: what is changed leads back to the last page
	Values map[string]string `json:"values"`          // by field
}

func newAnswers(l words.Lang) *answers {
	return &answers{Lang: l, Key: rand.Text(), Values: map[string]string{}}
}

// who is how they want to be known: named, confidential or anonymous.
func (a *answers) who() string { return a.Values["who"] }

// ticket is an open mailbox: its code, for some minutes.
type ticket struct {
	Lang  words.Lang `json:"lang"`
	Code  string     `json:"code"`
	Until time.Time  `json:"until"`
}

// sealer encrypts what travels in pages, so that neither a browser's cache nor a proxy's log holds it in the clear, and nobody alters it.
type sealer struct{ aead cipher.AEAD }

func newSealer(key [32]byte) sealer {
	block, _ := aes.NewCipher(key[:])              // 32 bytes are a key
	aead, _ := cipher.NewGCMWithRandomNonce(block) // of AES always
	return sealer{aead}
}

// maxState bounds what is unpacked, in bytes.
const maxState = 4 << 20

// seal writes v as text for a hidden field of a form of this kind.
func (s sealer) seal(kind string, v any) string {
	plain, _ := json.Marshal(v) // texts and times
	var packed bytes.Buffer
	z, _ := flate.NewWriter(&packed, flate.BestSpeed)
	_, _ = z.Write(plain) // into memory
	_ = z.Close()
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, packed.Bytes(), []byte(kind)))
}

// open reads what seal wrote. Errors: Invalid.
func (s sealer) open(kind, text string, v any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return problem.New(problem.Invalid, "the state of the form is none")
	}
	packed, err := s.aead.Open(nil, nil, sealed, []byte(kind))
	if err != nil {
		return problem.New(problem.Invalid, "the state of the form is not ours")
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxState))
	if err == nil {
		err = json.Unmarshal(plain, v)
	}
	if err != nil {
		return problem.New(problem.Invalid, "the state of the form is damaged")
	}
	return nil
}

// stateOf opens the answers of a form; nil if they cannot be read.
func (s sealer) stateOf(text string) *answers {
	a := &answers{}
	if s.open("form", text, a) != nil || !a.Lang.Known() {
		return nil
	}
	if a.Values == nil {
		a.Values = map[string]string{}
	}
	return a
}
