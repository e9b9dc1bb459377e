package report

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
)

// Limits of one form.
const (
	maxParts = 200             // fields and files
	maxField = 64 << 10        // bytes of an answer that are kept; what is longer is refused, and shown as far as this
	maxValue = 1 << 20         // bytes of the state
	maxFiles = 20              // of one report, or of one message
	maxName  = 255             // bytes of a file's name
	inFor    = 5 * time.Minute // how long a form with files may take to come in
)

// form is what a browser sent. It lies in memory alone: the parser of net/http would write files down.
type form struct {
	values map[string]string
	long   map[string]bool // fields of which more came than is kept
	files  []upload
	many   bool // more files came than are taken; those beyond are not among files
	free   func()
}

type upload struct {
	name, kind string
	body       []byte
}

func (f *form) get(name string) string { return f.values[name] }

// attached are the files for the room.
func (f *form) attached() (list []incident.File) {
	for _, u := range f.files {
		list = append(list, incident.File{Name: u.name, MediaType: u.kind, Body: bytes.NewReader(u.body)})
	}
	return list
}

// budget is the memory for files of all who send some.
type budget struct {
	mu   sync.Mutex
	left int64
}

func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
}

// read takes a form in; the caller calls free when it needs the files no more. Errors: Invalid for what is no form, Unavailable when too many send
// files at a time, and http.MaxBytesError.
func (p *page) read(w http.ResponseWriter, r *shell.Request) (*form, error) {
	f := &form{values: map[string]string{}, long: map[string]bool{}, free: func() {}}
	kind, with, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		for name := range r.PostForm {
			f.set(name, []byte(r.PostForm.Get(name)))
		}
		return f, nil
	}
	leave, ok := p.pace.enter(r.RemoteAddr)
	if !ok {
		return nil, problem.New(problem.Unavailable, "too many forms come from there at this moment")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(inFor)) // not every writer can
	taken := int64(0)
	f.free = func() { p.held.give(taken); taken, f.files = 0, nil; leave() }
	err := f.parts(multipart.NewReader(r.Body, with["boundary"]), func(n int64) bool {
		if !p.held.take(n) {
			return false
		}
		taken += n
		return true
	})
	if err != nil {
		f.free()
		_, _ = io.CopyN(io.Discard, r.Body, p.o.MaxFiles) // so that the browser hears the answer
	}
	return f, err
}

func (f *form) parts(from *multipart.Reader, take func(int64) bool) error {
	for range maxParts {
		part, err := from.NextRawPart()
		if err == io.EOF { //nolint:errorlint // the very value
			return nil
		}
		if err != nil {
			return unread(err)
		}
		if part.FileName() != "" {
			err = f.file(part, take)
		} else {
			err = f.field(part)
		}
		if err != nil {
			return err
		}
	}
	return problem.New(problem.Invalid, "the form has too many parts")
}

func (f *form) field(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxValue+1))
	if err == nil {
		_, err = io.Copy(io.Discard, part)
	}
	if err != nil {
		return unread(err)
	}
	f.set(part.FormName(), value)
	return nil
}

// set keeps an answer, as far as it is kept.
func (f *form) set(name string, value []byte) {
	most := maxField
	if name == "state" {
		most = maxValue
	}
	if len(value) > most {
		f.long[name], value = true, value[:most]
	}
	f.values[name] = strings.ToValidUTF8(strings.ReplaceAll(string(value), "\r\n", "\n"), "")
}

// file reads a file piece by piece, as far as memory is left for it.
func (f *form) file(part *multipart.Part, take func(int64) bool) error {
	if len(f.files) >= maxFiles {
		f.many = true
		_, err := io.Copy(io.Discard, part)
		return unread(err)
	}
	const piece = 64 << 10
	var body bytes.Buffer
	for {
		if !take(piece) {
			return problem.New(problem.Unavailable, "too many send files at this moment")
		}
		_, err := io.CopyN(&body, part, piece)
		if err == io.EOF { //nolint:errorlint // CopyN's own
			break
		}
		if err != nil {
			return unread(err)
		}
	}
	if body.Len() > 0 {
		name := part.FileName()
		f.files = append(f.files, upload{name[:min(len(name), maxName)], mediaType(part.Header.Get("Content-Type")), body.Bytes()})
	}
	return nil
}

// mediaType is what a browser says that a file is, without parameters.
func mediaType(text string) string {
	kind, _, err := mime.ParseMediaType(text)
	if err != nil || len(kind) > 100 {
		return "application/octet-stream"
	}
	return kind
}

func unread(err error) error {
	if err == nil || tooLarge(err) {
		return err
	}
	return problem.New(problem.Invalid, "the form cannot be read")
}

func tooLarge(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}
