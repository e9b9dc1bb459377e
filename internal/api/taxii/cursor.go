package taxii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing"
)

// cursor is where a page ended, and what was asked for.
type cursor struct {
	Collection string         `json:"c"`
	What       string         `json:"w"`
	Added      int64          `json:"p"`
	Seq        int64          `json:"q"`
	Filter     sharing.Filter `json:"x"`
}

const (
	maxCursor = 16 << 10
	macSize   = 16
)

// seal writes a cursor as text: what it says, and that we said it.
func (s *Server) seal(c cursor) string {
	body, _ := json.Marshal(c) // plain values cannot fail
	return base64.RawURLEncoding.EncodeToString(append(s.mac(body), body...))
}

func (s *Server) mac(body []byte) []byte {
	h := hmac.New(sha256.New, s.Secret[:])
	_, _ = h.Write(body) // a hash takes everything
	return h.Sum(nil)[:macSize]
}

// open reads a cursor. Error: Invalid for one that we did not write.
func (s *Server) open(text string) (c cursor, err error) {
	if len(text) > maxCursor {
		return c, errCursor
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < macSize || !hmac.Equal(b[:macSize], s.mac(b[macSize:])) || json.Unmarshal(b[macSize:], &c) != nil {
		return c, errCursor
	}
	return c, nil
}

var errCursor = problem.New(problem.Invalid, "next is not what this server gave: begin without it")
