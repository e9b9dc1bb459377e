package crash

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/test/port"
)

// readyWithin is how soon a server must be ready again after it was killed, on a machine that has much else to do.
const readyWithin = 2 * time.Minute

// servedSite is an installation that is served, by one process or several.
type servedSite struct {
	*site
	drops  string // the drop folder
	token  string
	source *source
	relay  *relay

	mu       sync.Mutex
	accepted map[int]int // rows of each input that a server said yes to, by its number
}

// newServed makes an installation whose state is in that database (empty: its own), which sends by the relay, fetches from a source, and has a
// drop folder.
func newServed(t *testing.T, state string) *servedSite {
	t.Helper()
	s := &servedSite{accepted: map[int]int{}, relay: newRelay(t), source: newSource(t), drops: filepath.Join(t.TempDir(), "drop")}
	s.site = &site{t: t, binary: build(t), dir: filepath.Join(t.TempDir(), "data"), state: state}
	for _, dir := range []string{s.dir, s.drops} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.configure()
	register := "organisation,network,contact,purpose,language\n"
	for i := range 256 {
		register += fmt.Sprintf("Organisation %d,11.%d.0.0/16,abuse@org%d.example,abuse,en\n", i, i, i)
	}
	path := filepath.Join(t.TempDir(), "register.csv")
	write(t, path, register)
	s.must("constituency", "import", path)
	s.token = strings.TrimSpace(string(s.must("feed", "token", "shadowserver")))
	return s
}

func (s *servedSite) configure() {
	s.t.Helper()
	text := fmt.Sprintf(`[team]
name = "CERT Example"
email = "cert@cert.example"
[mail]
relay = %q
tls = "off"
pace = 1000000
[serve]
stop_timeout = "3m"
[notify]
every = "at once"
max_messages = 100000
[feeds.shadowserver]
tlp = "green"
drop = %q
`, s.relay.address, s.drops)
	for i := range fetchedFeeds {
		text += fmt.Sprintf("[feeds.fetched%d]\nformat = \"shadowserver\"\ntlp = \"green\"\ninternal = true\nurl = %q\n", i, s.source.url(i))
	}
	if s.state != "" {
		text += fmt.Sprintf("[database]\nurl = %q\n", s.state)
	}
	write(s.t, filepath.Join(s.dir, "firehall.toml"), text)
}

// approve lets the feed, the class and each organisation be told, so that messages go by themselves from then on.
func (s *servedSite) approve() {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "0-scan_telnet.csv")
	write(s.t, path, string(inputText(0, 256)))
	s.must("ingest", "--feed", "shadowserver", path)
	s.must("notify", "--approve")
	s.yes(0, 256)
}

func (s *servedSite) yes(number, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[number] = rows
}

// want is how many rows there must be.
func (s *servedSite) want() (rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.accepted {
		rows += n
	}
	return rows + fetchedFeeds*fetchedRows
}

// server is one process that serves a site.
type server struct {
	s       *servedSite
	address string
	process *exec.Cmd
	said    *bytes.Buffer // standard error; to be read once the process has ended
}

func (s *servedSite) server() *server {
	s.t.Helper()
	n, err := port.Free()
	if err != nil {
		s.t.Fatal(err)
	}
	v := &server{s: s, address: fmt.Sprintf("127.0.0.1:%d", n)}
	s.t.Cleanup(v.kill9)
	return v
}

// start serves and waits until it is ready, which must not take long.
func (v *server) start() {
	v.s.t.Helper()
	v.process, v.said = v.s.command("serve", "--listen", v.address), &bytes.Buffer{}
	v.process.Stderr = v.said
	begun := time.Now()
	if err := v.process.Start(); err != nil {
		v.s.t.Fatal(err)
	}
	for !v.ready() {
		if time.Since(begun) > readyWithin {
			v.kill9()
			v.s.t.Fatalf("not ready within %v\n%s", readyWithin, tail(v.said.String()))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (v *server) ready() bool {
	res, err := http.Get("http://" + v.address + "/readyz") //nolint:noctx // a test
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (v *server) kill9() {
	if v.process != nil {
		_ = v.process.Process.Kill()
		_ = v.process.Wait()
		v.process = nil
	}
}

func (v *server) signal(what syscall.Signal) { _ = v.process.Process.Signal(what) }

// quit asks it to end, which it must do well.
func (v *server) quit() {
	v.s.t.Helper()
	v.signal(syscall.SIGINT)
	if err := v.process.Wait(); err != nil {
		v.s.t.Errorf("asked to end, it ended with %v\n%s", err, tail(v.said.String()))
	}
	v.process = nil
}

func tail(text string) string { return text[max(0, len(text)-4000):] }
