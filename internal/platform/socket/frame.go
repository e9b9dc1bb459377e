package socket

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"sync"

	"github.com/firehall/firehall/internal/core/problem"
)

// Version is that of the protocol.
const Version = 1

// Bounds, in bytes: of a frame, and of the output or input in one.
const (
	MaxFrame = 1 << 20
	maxChunk = 64 << 10
)

// kind says what a frame is.
type kind byte

const (
	kindHello  kind = 'H' // both ways: JSON
	kindIn     kind = 'I' // to the server: input; empty at its end
	kindCancel kind = 'C' // to the server: end it
	kindWant   kind = 'W' // to the client: input is asked for, at most four bytes' number of bytes
	kindOut    kind = 'O' // to the client: standard output
	kindErr    kind = 'E' // to the client: standard error
	kindExit   kind = 'X' // to the client: one byte, the exit code; the last frame
	kindRefuse kind = 'R' // to the client: why not, in words; the last frame
)

// Request is a command line and who asks.
type Request struct {
	Version  int      `json:"version"`
	Release  string   `json:"release"`  // the client's program
	Args     []string `json:"args"`     // without the program's name
	Program  string   `json:"program"`  // the program's name as it was typed
	Dir      string   `json:"dir"`      // the working directory, where relative paths begin
	Settings string   `json:"settings"` // tells versions of the configuration apart
	Terminal bool     `json:"terminal"` // standard error is one
}

// welcome is the server's hello.
type welcome struct {
	Version int    `json:"version"`
	Release string `json:"release"`
	PID     int    `json:"pid"`
}

// wire is one end of a connection. Writers take turns.
type wire struct {
	conn io.ReadWriter
	mu   sync.Mutex
}

func (w *wire) write(k kind, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	frame := make([]byte, 5, 5+len(payload))
	frame[0] = byte(k)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(payload))) //nolint:gosec // at most MaxFrame
	_, err := w.conn.Write(append(frame, payload...))
	return err
}

func (w *wire) read() (kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(w.conn, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > MaxFrame {
		return 0, nil, problem.New(problem.Invalid, "a frame of %d bytes on the local socket: at most %d are taken", size, MaxFrame)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(w.conn, payload)
	return kind(head[0]), payload, err
}

func (w *wire) hello(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(text) > MaxFrame {
		return problem.New(problem.Invalid, "a command line of %d bytes is too long for the local socket", len(text))
	}
	return w.write(kindHello, text)
}

// stream writes output as frames of a kind.
type stream struct {
	wire *wire
	kind kind
	tty  bool
}

// Write sends p, and waits until the client takes it.
func (s stream) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		some := p[:min(len(p), maxChunk)]
		if err := s.wire.write(s.kind, some); err != nil {
			return n, err
		}
		n, p = n+len(some), p[len(some):]
	}
	return n, nil
}

// Terminal tells whether somebody watches a terminal at the other end.
func (s stream) Terminal() bool { return s.tty }
