package duck

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// The types of frame.
const (
	frameReady   = 'R' // child: locked up, waiting
	frameRequest = 'Q' // parent: request as JSON
	frameStop    = 'S' // parent: the query under way is given up
	frameBatch   = 'B' // child: rows
	frameEnd     = 'E' // child: done, summary as JSON
	frameFault   = 'X' // child: failed, fault as JSON; it waits for the next request
)

// maxFrame bounds what either side believes.
const maxFrame = 64 << 20

// request is a statement with its values, each with its type beside it so that
// 64 bits survive JSON.
type request struct {
	SQL   string     `json:"sql"`
	Args  []argument `json:"args"`
	Types string     `json:"types"` // of the columns, one letter each: see wire types
	Max   int64      `json:"max"`   // rows
}

type argument struct {
	Type  string   `json:"t"` // s, i, u, f, b, t (microseconds), l (list of texts)
	Value string   `json:"v,omitempty"`
	List  []string `json:"l,omitempty"`
}

// summary ends an answer.
type summary struct {
	Rows      int64 `json:"rows"`
	Truncated bool  `json:"truncated"`
	Held      int64 `json:"held"`  // bytes resident
	Space     int64 `json:"space"` // bytes that the kernel counts against settings.Data
}

// fault is a query's failure in the child.
type fault struct {
	Kind    string `json:"kind"` // memory, refused, file, stopped, other
	Message string `json:"message"`
}

func writeFrame(w io.Writer, kind byte, body []byte) error {
	head := make([]byte, 5, 5+len(body))
	binary.LittleEndian.PutUint32(head, uint32(len(body))) //nolint:gosec // bodies are bounded by maxFrame
	head[4] = kind
	_, err := w.Write(append(head, body...))
	return err
}

func writeJSON(w io.Writer, kind byte, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(body) > maxFrame {
		return fmt.Errorf("a frame of %d bytes is longer than %d", len(body), maxFrame)
	}
	return writeFrame(w, kind, body)
}

// readFrame reads one frame; the body lies in buf if it fits there.
func readFrame(r io.Reader, buf []byte) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes is announced", n)
	}
	if cap(buf) < int(n) {
		buf = make([]byte, n)
	}
	body = buf[:n]
	_, err = io.ReadFull(r, body)
	return head[4], body, err
}
