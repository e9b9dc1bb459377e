package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// readyWithin is how soon a server must be ready again after it was killed.
const readyWithin = 10 * time.Second

// The rows of the inputs that come while servers die: small ones, so that many fall between two kills.
const (
	dropRows   = 400
	pushedRows = 300
)

// servedSite is an installation that is served, killed and served again.
type servedSite struct {
	*site
	address string
	token   string
	process *exec.Cmd
	said    *bytes.Buffer

	mu       sync.Mutex
	accepted map[int]bool // numbers of inputs that the server said yes to
}

// TestServeCrash kills the server at random instants, while feeds are pushed and dropped and messages go out. Whatever it said yes to, and
// whatever lay in the drop folder, must stand there once in the end; each owner is told, and at most one message a kill goes out twice.
func TestServeCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("kills servers for a while")
	}
	r := newRelay(t)
	s := newServed(t, r)
	s.start()
	s.approve()
	stop := make(chan struct{})
	var senders sync.WaitGroup
	senders.Go(func() { s.push(stop) })
	senders.Go(func() { s.drop(stop) })
	n := kills(t)
	sending := s.command("notify", "--send") // asks the server, which is killed while it sends
	if err := sending.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sending.Wait() }()
	for range n {
		time.Sleep(time.Duration(rand.Int64N(int64(1500 * time.Millisecond))))
		s.kill9()
		s.start()
	}
	close(stop)
	senders.Wait()
	s.settle(r)
	s.quit()
	s.everyRowOnce(s.want())
	s.noneTwice(r, n)
}

func newServed(t *testing.T, r *relay) *servedSite {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &servedSite{address: l.Addr().String(), accepted: map[int]bool{}}
	_ = l.Close()
	s.site = &site{t: t, binary: build(t), dir: filepath.Join(t.TempDir(), "data")}
	drop := filepath.Join(t.TempDir(), "drop")
	for _, dir := range []string{s.dir, drop} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.dir, "firehall.toml"), fmt.Sprintf(`[team]
name = "CERT Example"
email = "cert@cert.example"
[mail]
relay = %q
tls = "off"
pace = 1000000
[notify]
every = "at once"
max_messages = 100000
[feeds.shadowserver]
tlp = "green"
drop = %q
`, r.address, drop))
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

// start serves and waits until it is ready, which must not take long.
func (s *servedSite) start() {
	s.t.Helper()
	s.process, s.said = s.command("serve", "--listen", s.address), &bytes.Buffer{}
	s.process.Stderr = s.said
	begun := time.Now()
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for {
		res, err := http.Get("http://" + s.address + "/readyz") //nolint:noctx // a test
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Since(begun) > readyWithin {
			_ = s.process.Process.Kill()
			_ = s.process.Wait()
			s.t.Fatalf("not ready within %v: %v\n%s", readyWithin, err, s.said)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *servedSite) kill9() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

func (s *servedSite) quit() {
	s.t.Helper()
	_ = s.process.Process.Signal(os.Interrupt)
	if err := s.process.Wait(); err != nil {
		s.t.Errorf("asked to end, it ended with %v\n%s", err, s.said)
	}
}

// approve lets the feed, the class and each organisation be told, so that messages go by themselves from then on.
func (s *servedSite) approve() {
	s.t.Helper()
	s.must("ingest", "--feed", "shadowserver", s.input(0, 256))
	s.must("notify", "--approve")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[0] = true
}

// input writes one input: its rows are of that number alone.
func (s *servedSite) input(number, rows int) string {
	path := filepath.Join(s.t.TempDir(), fmt.Sprintf("%d-scan_telnet.csv", number))
	if err := os.WriteFile(path, inputText(number, rows), 0o600); err != nil {
		s.t.Error(err)
	}
	return path
}

func inputText(number, rows int) []byte {
	var b bytes.Buffer
	b.WriteString("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n")
	yesterday := time.Now().UTC().Add(-20 * time.Hour).Format(time.DateTime)
	for i := range rows {
		fmt.Fprintf(&b, "%s,11.%d.%d.%d,23,tcp,,telnet,64500,FI,,,0,0,login %d\n", yesterday, i%256, number&0xff, i>>8, number)
	}
	return b.Bytes()
}

// push sends inputs one after the other, each until the server has said yes.
func (s *servedSite) push(stop <-chan struct{}) {
	client := &http.Client{Timeout: 10 * time.Second}
	for number := 1; ; number += 2 {
		text := inputText(number, pushedRows)
		for !s.pushed(client, number, text) {
			time.Sleep(50 * time.Millisecond)
		}
		s.yes(number)
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *servedSite) yes(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[number] = true
}

// pushed sends one input; an answer that was lost leaves open whether it was taken, so it is sent again, under the same name.
func (s *servedSite) pushed(client *http.Client, number int, text []byte) bool {
	req, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/api/v1/feeds/shadowserver/push?name="+fmt.Sprintf("%d-scan_telnet.csv", number), bytes.NewReader(text)) //nolint:noctx // a test
	if err != nil {
		s.t.Error(err)
		return true
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "text/csv")
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 400 && res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusConflict {
		s.t.Errorf("pushing: %d %s", res.StatusCode, answer)
		return true
	}
	return res.StatusCode/100 == 2
}

// drop puts inputs into the drop folder, by rename as who cares does.
func (s *servedSite) drop(stop <-chan struct{}) {
	dir := s.dropFolder()
	for number := 2; ; number += 2 {
		whole := filepath.Join(dir, fmt.Sprintf("%d-scan_telnet.csv", number))
		if err := os.WriteFile(whole+".part", inputText(number, dropRows), 0o600); err != nil {
			s.t.Error(err)
			return
		}
		if err := os.Rename(whole+".part", whole); err != nil {
			s.t.Error(err)
			return
		}
		s.yes(number)
		select {
		case <-stop:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func (s *servedSite) dropFolder() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "firehall.toml"))
	if err != nil {
		s.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "drop = \"")
	dir, _, _ := strings.Cut(after, "\"")
	return dir
}

// want is how many rows there must be.
func (s *servedSite) want() (rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number := range s.accepted {
		switch {
		case number == 0:
			rows += 256
		case number%2 == 1:
			rows += pushedRows
		default:
			rows += dropRows
		}
	}
	return rows
}

// settle waits until all rows are visible and nothing is left to be sent.
func (s *servedSite) settle(r *relay) {
	s.t.Helper()
	want := s.want()
	var counted []struct{ Count int }
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(300 * time.Millisecond) {
		if err := json.Unmarshal(s.must("events", "--by", "feed.name", "--format", "json"), &counted); err != nil {
			s.t.Fatal(err)
		}
		if len(counted) == 1 && counted[0].Count == want {
			break
		}
		if time.Now().After(end) {
			s.t.Fatalf("events says %+v, want %d\n%s", counted, want, tail(s.said.String()))
		}
	}
	s.must("notify", "--send")
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(300 * time.Millisecond) {
		var t struct{ Waiting, Stopped int }
		if err := json.Unmarshal(s.must("outbox", "send", "--json"), &t); err != nil {
			s.t.Fatal(err)
		}
		if t.Waiting == 0 {
			break
		}
		if time.Now().After(end) {
			s.t.Fatalf("%d messages wait still", t.Waiting)
		}
	}
	if len(r.taken()) == 0 {
		s.t.Error("nobody was told: nothing was tested")
	}
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

// noneTwice expects that a message went out twice at most once a kill, and then with the same bytes.
func (s *servedSite) noneTwice(r *relay, kills int) {
	s.t.Helper()
	first := map[string]string{}
	repeats := 0
	for _, m := range r.taken() {
		sum, again := first[m.MessageID]
		if again {
			repeats++
		}
		if again && sum != m.SHA256 {
			s.t.Errorf("%s was repeated with other bytes", m.MessageID)
		}
		first[m.MessageID] = m.SHA256
	}
	if repeats > kills {
		s.t.Errorf("%d messages went out twice, with %d kills", repeats, kills)
	}
	s.t.Logf("%d kills: %d rows, %d messages, %d of them twice", kills, s.want(), len(first), repeats)
}
