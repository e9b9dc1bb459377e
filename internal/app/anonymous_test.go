package app

import (
	"bytes"
	"context"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// marks are what an anonymous reporter's request carries that must be nowhere afterwards.
var marks = struct{ sender, words []string }{
	sender: []string{"198.51.100.77", "PlantedAgent/7.7", "planted-odd-header", "planted-referer", "planted-cookie", "jane-doe-laptop"},
	words:  []string{"zebra quartz ransom", "affected-planted.example", "impact-planted", "help-planted", "when-planted", "file-content-planted", "mailbox-planted"},
}

// journal is a log that is written to from everywhere.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// stranger is somebody far away, behind a proxy that we trust.
type stranger struct {
	*testing.T
	url, state string
}

// post sends a form with all that a browser, and a proxy, may say of who sends it; it gives the page that comes back.
func (s *stranger) post(path string, pairs ...string) string {
	s.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		field, file, isFile := strings.Cut(pairs[i], "/")
		part, err := w.CreateFormField(field)
		if isFile {
			part, err = w.CreateFormFile(field, file)
		}
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return s.ask(http.MethodPost, path, w.FormDataContentType(), &body)
}

func (s *stranger) ask(method, path, kind string, body io.Reader) string {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.url+path, body)
	if err != nil {
		s.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": kind, "X-Forwarded-For": marks.sender[0], "User-Agent": marks.sender[1], "X-Odd": marks.sender[2],
		"Referer": s.url + "/report?" + marks.sender[3], "Cookie": "firehall_session=" + marks.sender[4], "X-Request-Id": "planted-odd-header-2",
	} {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || len(res.Cookies()) > 0 {
		s.Fatalf("%s: %s, %v, cookies %v: %s", path, res.Status, err, res.Cookies(), page)
	}
	if m := regexp.MustCompile(`name="state" value="([^"]*)"`).FindSubmatch(page); m != nil {
		s.state = html.UnescapeString(string(m[1]))
	}
	return string(page)
}

// report goes through the whole form, and gives the reply code.
func (s *stranger) report() string {
	s.Helper()
	s.ask(http.MethodGet, "/report", "", nil)
	for _, step := range [][]string{
		{"who", "who", "anonymous"},
		{"urgent", "urgent", "no"},
		{"kind", "kind", "ransomware"},
		{"text", "text", marks.words[0] + " in room 4"},
		{"when", "when", marks.words[4]},
		{"affected", "affected", marks.words[1]},
		{"impact", "impact", marks.words[2]},
		{"help", "help", marks.words[3]},
		{"share", "police", "no", "peers", "no"},
		{"law"},
	} {
		s.post("/report", append([]string{"state", s.state, "step", step[0], "do", "next"}, step[1:]...)...)
	}
	done := s.post("/report", "state", s.state, "step", "check", "do", "send", "files/"+marks.sender[5]+".png", marks.words[5])
	groups := regexp.MustCompile(`<span>([0-9A-Z]{4})</span>`).FindAllStringSubmatch(done, -1)
	code := ""
	for _, g := range groups {
		code += g[1]
	}
	if len(code) != 24 {
		s.Fatalf("the code is %q: %s", code, done)
	}
	return code
}

// judged waits until what came in anonymously is assessed.
func judged(t *testing.T, a *App) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Jobs.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left, err := a.Incidents.Unassessed(ctx, identity.System("triage"), true)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%v, %v wait to be assessed", err, left)
		}
		if len(left) == 0 {
			return
		}
	}
}

// heldIn lists which of the marks stand in a text.
func heldIn(text []byte, marks []string) (list []string) {
	for _, m := range marks {
		if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(m))) {
			list = append(list, m)
		}
	}
	return list
}

// search looks for marks in every file of folders: databases, their logs, blobs, whatever it is.
func search(t *testing.T, marks []string, folders ...string) (files int) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			if list := heldIn(append(text, path...), marks); len(list) > 0 {
				t.Errorf("%s holds %q", path, list)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Of who reports anonymously nothing is anywhere afterwards, and nothing of what was said outside what is sealed.
func TestAnAnonymousReporterLeavesNothing(t *testing.T) {
	h := newHouse(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	h.conf.Serve.TrustedProxies = []string{"127.0.0.1", "::1"}
	h.conf.Team.Name = "CERT Example"
	log := &journal{}
	o := h.options()
	o.Write, o.Log = true, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	s := &stranger{T: t, url: server.URL}
	code := s.report()
	box := s.post("/report/mailbox", "code", code)
	if !strings.Contains(box, marks.words[0]) {
		t.Errorf("the mailbox does not hold the report: %s", box)
	}
	if box = s.post("/report/mailbox", "state", s.state, "do", "say", "text", marks.words[6], "files/"+marks.sender[5], marks.words[5]); !strings.Contains(box, marks.words[6]) {
		t.Error("the mailbox does not hold the message")
	}
	judged(t, a)
	all := append(append([]string{code, code[:12]}, marks.sender...), marks.words...)
	if n := search(t, all, h.conf.Data.Dir, temporary); n < 4 { // while the database's log is not yet written back
		t.Errorf("only %d files were looked at", n)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	search(t, all, h.conf.Data.Dir, temporary)
	if list := heldIn([]byte(log.String()), append(all, "/report", "127.0.0.1")); len(list) > 0 {
		t.Errorf("the log holds %q: %s", list, log.String())
	}
}

// The search above finds what it looks for: a reporter with a name is known.
func TestTheSearchFindsWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "log"), []byte("from=198.51.100.77 agent=PLANTEDAGENT/7.7"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "log"))
	if err != nil || len(heldIn(text, marks.sender)) != 2 {
		t.Errorf("%v, %v", heldIn(text, marks.sender), err)
	}
}
