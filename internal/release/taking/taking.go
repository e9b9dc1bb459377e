// Package taking is the door through which files go into the hands of the team's own people.
//
// An answer that is an attachment passes a Writer only once it is on record who took it (release.Service.Take). A page that makes a file need not
// remember it, and cannot forget it. A file that says no label in its name gets the one under which it stays in the team.
package taking

import (
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/release"
)

// Writer passes an answer on. It is for one request, and not safe for concurrent use.
type Writer struct {
	http.ResponseWriter
	note    func(name string) error
	begun   bool
	refused error
}

// Watch watches an answer; note puts on record that a file is taken: of this name if it was made here, "" if it is somebody's. nil: nothing is watched.
func Watch(w http.ResponseWriter, note func(name string) error) *Writer {
	return &Writer{ResponseWriter: w, note: note}
}

// Unwrap is for http.ResponseController.
func (w *Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Refused is why the file was not given, nil if nothing was refused. Then nothing of the answer has been written.
func (w *Writer) Refused() error { return w.refused }

// WriteHeader begins the answer.
func (w *Writer) WriteHeader(status int) {
	if !w.begun && w.refused == nil {
		w.begin(status)
	}
	if w.refused == nil {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write writes a part of the answer. Errors: what kept the file from being given.
func (w *Writer) Write(b []byte) (int, error) {
	if !w.begun && w.refused == nil {
		w.begin(http.StatusOK)
	}
	if w.refused != nil {
		return 0, w.refused
	}
	return w.ResponseWriter.Write(b)
}

func (w *Writer) begin(status int) {
	w.begun = true
	kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
	if w.note == nil || status >= http.StatusBadRequest || w.Header().Get("Content-Disposition") == "" {
		return
	}
	if err != nil || kind != "attachment" {
		w.refuse(problem.New(problem.Internal, "a file is answered in a way that cannot be read: %q", w.Header().Get("Content-Disposition")))
		return
	}
	name, kept := params["filename"], "" // the name of what somebody sent may say what not everybody with the record may know
	if made(w.Header().Get("Content-Type")) {
		name = Labelled(name, w.Header().Get(LabelHeader))
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		kept = name
	}
	if err := w.note(kept); err != nil {
		w.refuse(err)
	}
}

func (w *Writer) refuse(why error) {
	w.refused = why
	for _, name := range []string{"Content-Disposition", "Content-Type", "Content-Length"} {
		w.Header().Del(name)
	}
}

// made tells that a file was made here, and is not somebody's as it came: those keep their names.
func made(media string) bool {
	return media != "" && !strings.HasPrefix(media, "application/octet-stream")
}

// LabelHeader is the header by which an answer says the strictest label in its file, such as TLP:GREEN.
const LabelHeader = "X-TLP"

// Labelled is a file's name with the label that it is said to have, or without one that under which it stays in the team, if the name says none:
// "incidents.csv" is "incidents-TLP-AMBER-STRICT.csv".
func Labelled(name, said string) string {
	if name == "" || strings.Contains(strings.ToUpper(name), "TLP") {
		return name
	}
	label, err := tlp.Parse(said)
	if err != nil {
		label = release.TakenLabel
	}
	end := path.Ext(name)
	return strings.TrimSuffix(name, end) + "-" + strings.NewReplacer(":", "-", "+", "-").Replace(label.String()) + end
}
