package shell

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits of a form, besides the size of the body.
const (
	maxFields = 5000      // values; selecting a page of rows needs a thousand
	maxDrain  = 256 << 20 // bytes that are read and dropped of a body that is too large, so that the browser hears our answer
	drainTime = 15 * time.Second
)

// limit bounds the body and reads a form. A multipart form is read by the handler, within the same bound.
func (s *Shell) limit(w http.ResponseWriter, r *Request, limit int64) error {
	if r.Body == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	body := r.Body
	r.Body = http.MaxBytesReader(w, body, limit)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		if tooLarge(err) {
			drain(w, body)
			return err
		}
		return problem.Wrap(problem.Invalid, err, "the form cannot be read")
	}
	n := 0
	for _, values := range r.PostForm {
		n += len(values)
	}
	if n > maxFields {
		return problem.New(problem.Invalid, "%s", r.T("shell.fail.fields", "n", maxFields))
	}
	return nil
}

func tooLarge(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

// drain reads what is left of a body. Without it a browser that is still sending shows a broken connection instead of the answer.
func drain(w http.ResponseWriter, body io.Reader) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTime)) // not every writer can
	_, _ = io.CopyN(io.Discard, body, maxDrain)
}
