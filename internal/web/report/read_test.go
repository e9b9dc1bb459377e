package report

import (
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestFilesAreBounded(t *testing.T) {
	last := func(c *counter, pairs ...string) answer {
		page := c.walk(victim...)
		return c.post(Path, append([]string{"state", page.state(), "step", "check", "do", "send"}, pairs...)...)
	}
	var many []string
	for range maxFiles + 1 {
		many = append(many, "files/a", "x")
	}
	tests := map[string]struct {
		held   int64
		pairs  []string
		status int
		want   string
	}{
		"too many":              {4 << 20, many, http.StatusUnprocessableEntity, "At most 20 files"},
		"too large":             {4 << 20, []string{"files/a", strings.Repeat("x", 3<<20)}, http.StatusRequestEntityTooLarge, "too large"},
		"too many at that time": {1 << 18, []string{"files/a", strings.Repeat("x", 1<<19)}, http.StatusServiceUnavailable, "at this moment"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := open(t, func(o *Options) { o.Held = tt.held })
			if got := last(c, tt.pairs...); got.StatusCode != tt.status || !strings.Contains(got.body, tt.want) || len(c.drafts) > 0 {
				t.Errorf("%s %s", got.Status, got.body)
			}
			if got := last(c, "files/a", "small"); got.StatusCode != http.StatusOK || c.files[0] != "a=small" {
				t.Errorf("afterwards: %s, %v", got.Status, c.files)
			}
		})
	}
}

// Files go through memory: the folder for temporary ones stays empty while they come in.
func TestNoTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	c := open(t, func(o *Options) { o.MaxFiles, o.Held = 40<<20, 80<<20 })
	page := c.walk(victim...)
	c.post(Path, "state", page.state(), "step", "check", "do", "send", "files/a", strings.Repeat("x", 33<<20))
	list, err := os.ReadDir(dir)
	if err != nil || len(list) > 0 || len(c.files) != 1 {
		t.Errorf("%v, %v, %d files", list, err, len(c.files))
	}
}

func FuzzParts(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=\"state\"\r\n\r\nx\r\n--b--\r\n")
	f.Add("--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../x\"\r\nContent-Type: \"\r\n\r\nx\r\n--b--")
	f.Fuzz(func(t *testing.T, body string) {
		got := &form{values: map[string]string{}, long: map[string]bool{}}
		err := got.parts(multipart.NewReader(strings.NewReader(body), "b"), func(int64) bool { return true })
		if err != nil && (strings.Contains(err.Error(), body) && len(body) > 5 || err == io.EOF) {
			t.Error(err)
		}
		s := newSealer([32]byte{})
		if s.stateOf(body) != nil {
			t.Error("a state that nobody sealed")
		}
	})
}

func TestState(t *testing.T) {
	s := newSealer([32]byte{1})
	a := newAnswers("fr")
	a.Values["text"] = "plain words"
	text := s.seal("form", a)
	if got := s.stateOf(text); got == nil || got.Key != a.Key || got.Values["text"] != "plain words" {
		t.Errorf("%+v", got)
	}
	if s.seal("form", a) == text {
		t.Error("the same twice")
	}
	for name, bad := range map[string]string{"altered": text[:len(text)-2] + "xx", "of another kind": s.seal("mailbox", a), "of another key": newSealer([32]byte{2}).seal("form", a), "none": ""} {
		if s.stateOf(bad) != nil {
			t.Error(name)
		}
	}
}
