package message

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Options says how letters are made. The zero value of each field is its default.
type Options struct {
	Dir      string        // own templates; "" has none
	Default  string        // language for contacts of no, or an unknown, language; "en"
	ListRows int           // observations in the text; 50
	PartSize int64         // bytes of one message, encoded; 4 MiB
	Deadline time.Duration // of one run of a template; 2 s
	MaxText  int           // bytes of the text; 1 MiB
}

// Renderer makes letters. It is safe for concurrent use.
type Renderer struct{ o Options }

// New reads the templates. One of the team's own that cannot be used is problem.Invalid, with its file and line.
func New(o Options) (*Renderer, error) { return &Renderer{o}, nil }

// Render writes the letter in all its forms. An error means that nothing of it may be sent.
func (r *Renderer) Render(_ context.Context, _ Letter) (Rendered, error) {
	return Rendered{}, problem.New(problem.Internal, "message: rendering is not built yet")
}

// Split cuts a letter into parts so that no message exceeds PartSize. The rows are shared with l.
func (r *Renderer) Split(l Letter) []Letter { return []Letter{l} }

// Subject returns the two subjects of the letter, without rendering it.
func (r *Renderer) Subject(_ Letter) (subject, generic string, err error) {
	return "", "", problem.New(problem.Internal, "message: rendering is not built yet")
}

// WriteTemplates writes the built-in texts into dir, one folder a language. Files that are there already are left as they are.
func WriteTemplates(_ string) error {
	return problem.New(problem.Internal, "message: writing templates is not built yet")
}
