package crash

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recipients is how many organisations are told: enough that a kill falls between two of them.
const recipients = 150

// relay is an SMTP server in a process of its own, which writes down each message that it has taken before it says so.
type relay struct {
	t       *testing.T
	address string
	log     string
}

// taken is one line of the relay's log.
type taken struct {
	MessageID string   `json:"message_id"`
	SHA256    string   `json:"sha256"`
	To        []string `json:"rcpt"`
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{t: t, log: filepath.Join(t.TempDir(), "taken.jsonl")}
	cmd := exec.Command(program(t, "smtpsink"), "-listen", "127.0.0.1:0", "-out", r.log, "-slow", "3ms")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	r.address = strings.TrimSpace(line)
	return r
}

// taken reads what the relay has taken, in order.
func (r *relay) taken() (out []taken) {
	r.t.Helper()
	text, err := os.ReadFile(r.log)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written, and not yet taken
		}
		var m taken
		if err := json.Unmarshal(line, &m); err != nil {
			r.t.Fatalf("%v: %s", err, line)
		}
		out = append(out, m)
	}
	return out
}

// newTold makes an installation with many organisations, each with findings of its own and a mailbox, that sends by the relay.
func newTold(t *testing.T, r *relay) *site {
	t.Helper()
	s := &site{t: t, binary: build(t), dir: filepath.Join(t.TempDir(), "data")}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[team]
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
`, r.address)
	write(t, filepath.Join(s.dir, "firehall.toml"), config)
	register := "organisation,network,contact,purpose,language\n"
	for i := range recipients {
		register += fmt.Sprintf("Organisation %d,11.%d.%d.0/24,abuse@org%d.example,abuse,en\n", i, i>>8, i&0xff, i)
	}
	path := filepath.Join(t.TempDir(), "register.csv")
	write(t, path, register)
	s.must("constituency", "import", path)
	s.must("ingest", "--feed", "shadowserver", s.observations(t))
	return s
}

// observations are three open Telnet servers of each organisation.
func (s *site) observations(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "1-scan_telnet.csv")
	var b bytes.Buffer
	b.WriteString("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n")
	seen := time.Now().UTC().Add(-20 * time.Hour).Format(time.DateTime)
	for i := range 3 * recipients {
		org := i / 3
		fmt.Fprintf(&b, "%s,11.%d.%d.%d,23,tcp,,telnet,64500,FI,,,0,0,login\n", seen, org>>8, org&0xff, i%3)
	}
	write(t, path, b.String())
	return path
}

// killing starts the program and kills it when when returns; it tells whether the program had ended before.
func (s *site) killing(when func(ended <-chan struct{}), args ...string) (ended bool) {
	s.t.Helper()
	cmd := s.command(args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	over := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		when(over)
		_ = cmd.Process.Signal(syscall.SIGKILL)
	})
	err := cmd.Wait()
	close(over)
	killer.Wait()
	if cmd.ProcessState.ExitCode() > 0 {
		s.t.Fatalf("%v ended by itself with %d\n%s", args, cmd.ProcessState.ExitCode(), errs.Bytes())
	}
	return err == nil
}

// after waits for a while, or until the program has ended.
func after(d time.Duration) func(<-chan struct{}) {
	return func(ended <-chan struct{}) {
		select {
		case <-time.After(d):
		case <-ended:
		}
	}
}

// after waits until the relay has taken so many more messages, or the program has ended.
func (r *relay) after(more int) func(<-chan struct{}) {
	count := func() int { // the last line may be half written
		text, _ := os.ReadFile(r.log)
		return bytes.Count(text, []byte("\n"))
	}
	at := count() + more
	return func(ended <-chan struct{}) {
		for count() < at {
			select {
			case <-time.After(time.Millisecond):
			case <-ended:
				return
			}
		}
	}
}

// Killed again and again while it decides, renders, enqueues and sends, the program sends each message once; a repeat, at most one a
// kill, has the same Message-ID and the same bytes.
func TestCrashWhileSending(t *testing.T) {
	r := newRelay(t)
	whole := newTold(t, r)
	whole.must("notify", "--approve")
	begun := time.Now()
	whole.must("notify", "--send")
	length := time.Since(begun) * 4 / 5
	if n := len(r.taken()); n != recipients {
		t.Fatalf("undisturbed, %d messages were sent to %d organisations", n, recipients)
	}

	r = newRelay(t) // of its own: what one is sent last may be written down late
	s := newTold(t, r)
	s.must("notify", "--approve")
	killed := 0
	for i := range max(kills(t)/2, 2) { // each begins a run of its own: half as many as elsewhere
		when := after(time.Duration(rand.Int64N(int64(length))))
		if i%2 == 0 { // surely while messages go out
			when = r.after(1 + rand.IntN(recipients/4))
		}
		if !s.killing(when, "notify", "--send") {
			killed++
		}
		if len(r.taken()) >= recipients { // begin anew: a finished run has nothing to be killed in
			s.everyoneOnce(r, killed)
			killed, r = 0, newRelay(t)
			s = newTold(t, r)
			s.must("notify", "--approve")
		}
	}
	s.everyoneOnce(r, killed)
	s.must("notify", "--send")
	if again := len(r.taken()); again > recipients+killed {
		t.Errorf("a further run sent again: %d messages in all", again)
	}
}

// everyoneOnce compares what the relay took with what the program says it sent.
func (s *site) everyoneOnce(r *relay, killed int) {
	s.t.Helper()
	s.must("notify", "--send") // what a kill left over
	list := r.taken()
	digest, told := map[string]string{}, map[string]string{}
	repeats := 0
	for _, m := range list {
		if first, known := digest[m.MessageID]; known {
			repeats++
			if first != m.SHA256 {
				s.t.Errorf("%s was repeated with other bytes", m.MessageID)
			}
			continue
		}
		digest[m.MessageID] = m.SHA256
		if len(m.To) != 1 {
			s.t.Fatalf("%s went to %v", m.MessageID, m.To)
		}
		if other := told[m.To[0]]; other != "" {
			s.t.Errorf("%s was told twice: by %s and by %s", m.To[0], other, m.MessageID)
		}
		told[m.To[0]] = m.MessageID
	}
	if len(told) != recipients {
		s.t.Errorf("%d of %d organisations were told", len(told), recipients)
	}
	if repeats > killed {
		s.t.Errorf("%d repeats after %d kills", repeats, killed)
	}
	s.t.Logf("%d messages, %d repeats, %d kills", len(digest), repeats, killed)
	s.sameIDs(digest)
}

// sameIDs expects that the outbox holds the very Message-IDs that the relay took, all of them as accepted.
func (s *site) sameIDs(digest map[string]string) {
	s.t.Helper()
	list := s.outbox()
	for _, m := range list {
		if m.State != "accepted" {
			s.t.Errorf("%s is %s", m.MessageID, m.State)
		}
		if digest[m.MessageID] == "" {
			s.t.Errorf("%s was never seen by the relay", m.MessageID)
		}
	}
	if len(list) != len(digest) {
		s.t.Errorf("the outbox has %d messages, the relay took %d", len(list), len(digest))
	}
}

// posted is a message of the outbox.
type posted struct {
	MessageID string `json:"message_id"`
	State     string `json:"state"`
}

// outbox reads all messages, page after page.
func (s *site) outbox() (list []posted) {
	s.t.Helper()
	for after := ""; ; {
		var page struct {
			Messages []posted `json:"messages"`
			More     string   `json:"more"`
		}
		if err := json.Unmarshal(s.must("outbox", "--json", "--limit", "1000", "--after", after), &page); err != nil {
			s.t.Fatal(err)
		}
		list = append(list, page.Messages...)
		if after = page.More; after == "" {
			return list
		}
	}
}
