package taking_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/release/taking"
)

// What is an attachment is noted before its first byte; what is refused leaves nothing, neither bytes nor a header; all else passes unseen.
func TestFilesAreNotedBeforeTheyGo(t *testing.T) {
	no := errors.New("the record cannot be written")
	tests := []struct {
		name, disposition, media string
		status                   int
		fails                    error
		noted, file, body        string
	}{
		{"a page", "", "text/html", 200, nil, "", "", "body"},
		{"an export", `attachment; filename="incidents.csv"`, "text/csv; charset=utf-8", 200, nil, "incidents-TLP-AMBER-STRICT.csv", "incidents-TLP-AMBER-STRICT.csv", "body"},
		{"without WriteHeader", `attachment; filename="tasks.json"`, "application/json", 0, nil, "tasks-TLP-AMBER-STRICT.json", "tasks-TLP-AMBER-STRICT.json", "body"},
		{"a file that says its label", `attachment; filename="I-1-TLP-RED.csv"`, "text/csv", 200, nil, "I-1-TLP-RED.csv", "I-1-TLP-RED.csv", "body"},
		{"a file as it came", `attachment; filename="mail.eml"`, "application/octet-stream", 200, nil, "(none)", "mail.eml", "body"},
		{"one without a name", "attachment", "application/octet-stream", 200, nil, "(none)", "", "body"},
		{"an error in place of a file", `attachment; filename="x.csv"`, "text/csv", 409, nil, "", "x.csv", "body"},
		{"what cannot be noted", `attachment; filename="x.csv"`, "text/csv", 200, no, "x-TLP-AMBER-STRICT.csv", "", ""},
		{"what cannot be noted, without WriteHeader", `attachment; filename="x.csv"`, "text/csv", 0, no, "x-TLP-AMBER-STRICT.csv", "", ""},
		{"a header that cannot be read", `attachment; filename="a"b.csv"`, "text/csv", 200, nil, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			noted := ""
			w := taking.Watch(rec, func(name string) error {
				if noted = name; name == "" {
					noted = "(none)"
				}
				if rec.Body.Len() > 0 {
					t.Error("bytes went before it was noted")
				}
				return tt.fails
			})
			w.Header().Set("Content-Type", tt.media)
			if tt.disposition != "" {
				w.Header().Set("Content-Disposition", tt.disposition)
			}
			if tt.status != 0 {
				w.WriteHeader(tt.status)
			}
			_, err := io.WriteString(w, "bo")
			_, again := io.WriteString(w, "dy")
			if noted != tt.noted || rec.Body.String() != tt.body {
				t.Errorf("noted %q, went %q", noted, rec.Body)
			}
			if stopped := tt.body == ""; (w.Refused() != nil) != stopped || (err != nil) != stopped || (again != nil) != stopped {
				t.Errorf("refused: %v, writing: %v, %v", w.Refused(), err, again)
			}
			if got := rec.Header().Get("Content-Disposition"); !strings.Contains(got, tt.file) || tt.file == "" && strings.Contains(got, "filename") {
				t.Errorf("the file is %q", got)
			}
		})
	}
}

func TestWithoutANoteNothingIsWatched(t *testing.T) {
	rec := httptest.NewRecorder()
	w := taking.Watch(rec, nil)
	w.Header().Set("Content-Disposition", `attachment; filename="a.csv"`)
	if _, err := io.WriteString(w, "x"); err != nil || rec.Body.String() != "x" || rec.Header().Get("Content-Disposition") != `attachment; filename="a.csv"` {
		t.Errorf("%v %q %v", err, rec.Body, rec.Header())
	}
	if w.Unwrap() != http.ResponseWriter(rec) {
		t.Error("the controller does not find the writer beneath")
	}
}
