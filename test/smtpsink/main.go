// Command smtpsink runs the SMTP sink for kill tests: each message that it takes becomes one line of JSON in a file, durable before the
// sender hears that it was taken.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/delivery/mail/sink"
)

// line is what is written of a message.
type line struct {
	MessageID string   `json:"message_id"`
	SHA256    string   `json:"sha256"`
	Rcpt      []string `json:"rcpt"`
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "where to listen; 127.0.0.1:0 takes any free port")
	out := flag.String("out", "", "the file that lines are added to")
	slow := flag.Duration("slow", 0, "how long to wait before each answer")
	flag.Parse()
	if err := run(*listen, *out, *slow); err != nil {
		fmt.Fprintln(os.Stderr, "smtpsink:", err)
		os.Exit(1)
	}
}

// run prints its address, and serves until it is told to end. It offers no TLS: who sends is on this machine.
func run(listen, out string, slow time.Duration) error {
	f, err := os.OpenFile(out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	s, err := sink.Start(sink.Options{Listen: listen, NoTLS: true, Slow: slow, Taken: recorder(f)})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	end := make(chan os.Signal, 1)
	signal.Notify(end, os.Interrupt, syscall.SIGTERM)
	<-end
	return s.Close()
}

// recorder writes a line for each message, and syncs it.
func recorder(f *os.File) func(sink.Message) error {
	var mu sync.Mutex
	return func(m sink.Message) error {
		sum := sha256.Sum256(m.Bytes)
		text, err := json.Marshal(line{MessageID: m.ID, SHA256: hex.EncodeToString(sum[:]), Rcpt: m.To})
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.Write(append(text, '\n')); err != nil {
			return err
		}
		return f.Sync()
	}
}
