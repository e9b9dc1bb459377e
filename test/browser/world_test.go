package browser_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/mime"
)

// fakePage is what is to go. The address is one of IANA's: nobody ever connects to it, since each exit is a proxy of the test that answers itself.
const (
	fakePage   = "http://192.0.43.10/login"
	fakeMarker = "Enter your PIN"
)

// world is what an installation meets outside: a page that steals, seen through three exits, and a provider with an abuse API.
type world struct {
	there atomic.Bool // the page
	looks atomic.Int64
	exits *httptest.Server
	abuse *httptest.Server

	mu    sync.Mutex
	asked []map[string]any // of the abuse API
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	w.there.Store(true)
	w.exits, w.abuse = httptest.NewServer(http.HandlerFunc(w.proxy)), httptest.NewServer(http.HandlerFunc(w.hear))
	t.Cleanup(w.exits.Close)
	t.Cleanup(w.abuse.Close)
	return w
}

// wire has an installation look through the exits, and know the provider.
func (w *world) wire(c *config.Config) {
	c.Takedown.Direct = false
	c.TakedownExits = map[string]config.TakedownExit{
		"office": {Proxy: w.exits.URL}, "phone": {Proxy: w.exits.URL, UserAgent: "Mozilla/5.0 (iPhone)"}, "search": {Proxy: w.exits.URL, Referrer: "https://search.example/"},
	}
	c.TakedownProviders = map[string]config.TakedownProvider{"bighost": {URL: w.abuse.URL, Internal: true, TokenHeader: "Authorization"}}
}

// proxy answers for every address: it connects to nothing.
func (w *world) proxy(out http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(out).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
	if _, err := http.ReadRequest(rw.Reader); err != nil || r.Method != http.MethodConnect {
		return
	}
	w.looks.Add(1)
	status, text := "404 Not Found", "There is nothing here."
	if w.there.Load() {
		status, text = "200 OK", "<h1>Your bank</h1>"+fakeMarker
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(text), text)
}

// hear takes what the abuse API is asked.
func (w *world) hear(out http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, body)
	out.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprint(out, `{"ticket": "BH-2041"}`)
}

// heard are the texts that the abuse API was given.
func (w *world) heard() (texts []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, body := range w.asked {
		text, _ := body["text"].(string)
		texts = append(texts, text)
	}
	return texts
}

// outbox reads the mails of a maildir, by Message-ID.
func outbox(t *testing.T, dir string) map[string]*mime.Message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]*mime.Message{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mime.Read(strings.NewReader(string(raw)), mime.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		list[m.MessageID] = m
	}
	return list
}
