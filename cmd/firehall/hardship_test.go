package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// halfPush begins a push that does not go on; the result is its other end.
func (h *house) halfPush(token string) net.Conn {
	h.t.Helper()
	c := h.dial()
	rows := strings.Repeat("\"2026-11-20 00:00:11\",192.0.2.1,23,tcp,,telnet,64496,AQ,K,K,1,2,one\n", 1000)
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", pushPath,
		strings.TrimPrefix(h.url, "http://"), token, 2*len(rows), rows)
	if err != nil {
		h.t.Fatal(err)
	}
	spooled := func() bool {
		list, _ := filepath.Glob(filepath.Join(h.data, "spool", "*"))
		return len(list) > 0
	}
	until(h.t, "the push has begun", spooled)
	return c
}

func (h *house) dial() net.Conn {
	h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://")) //nolint:noctx // a test
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (h *house) token() string {
	h.t.Helper()
	return strings.TrimSpace(output(h.t, firehall(h.t, h.data, "feed", "token", "shadowserver")))
}

// A server that is stopped while a push is half-way waits for it no longer than it may; nothing of the half is there afterwards, and the whole
// is taken by the next start.
func TestStopDuringPush(t *testing.T) {
	h := serveHouse(t, "[serve]\nstop_timeout = \"1s\"\n")
	token := h.token()
	h.halfPush(token)
	h.end(19 * time.Second) // the usual stop_timeout is longer
	h.start()
	status, location, text := h.push(token, report)
	if status != http.StatusAccepted || strings.Contains(text, `"known":true`) {
		t.Fatalf("the whole: %d %s", status, text)
	}
	if got := h.counted(token, location); got["events"] != 3 {
		t.Errorf("the whole gives %v", got)
	}
	h.end(2 * time.Minute)
}

// A second signal ends at once what the first one waits for.
func TestSecondSignal(t *testing.T) {
	h := serveHouse(t, "[serve]\nstop_timeout = \"10m\"\n")
	h.halfPush(h.token())
	_ = h.process.Process.Signal(syscall.SIGTERM)
	until(t, "it stops", func() bool { return h.said.holds("stopping") })
	ended := make(chan error, 1)
	go func() { ended <- h.process.Wait() }()
	for over := false; !over; { // it may not heed the second yet
		_ = h.process.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if over = true; err == nil {
				t.Error("it ended as after the first")
			}
		case <-time.After(200 * time.Millisecond):
		}
	}
	h.start() // and the next start finds all in order
	h.end(2 * time.Minute)
}

// Hundreds of clients that send a byte now and then keep nobody else waiting.
func TestSlowClients(t *testing.T) {
	h := serveHouse(t, "[serve]\nheader_timeout = \"10m\"\n")
	for range 300 {
		_, _ = io.WriteString(h.dial(), "GET / HTTP/1.1\r\nHost: 127.0")
	}
	for range 5 {
		if status, text := h.get(&http.Client{Timeout: 2 * time.Minute}, "/readyz"); status != http.StatusOK {
			t.Errorf("beside slow clients it answers %d: %s", status, text)
		}
	}
	h.end(2 * time.Minute)
	conf := houseConfig + "[serve]\nheader_timeout = \"2s\"\n"
	if err := os.WriteFile(filepath.Join(h.data, "firehall.toml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	h.start()
	slow := h.dial()
	_, _ = io.WriteString(slow, "GET / HTTP/1.1\r\nHos")
	_ = slow.SetReadDeadline(time.Now().Add(2 * time.Minute))
	if _, err := io.Copy(io.Discard, slow); os.IsTimeout(err) {
		t.Error("who never ends its header is never let go")
	}
	h.end(2 * time.Minute)
}

// The query engine is killed again and again: the question of the moment fails at worst, the next is answered, and the server stays ready.
func TestQueryEngineKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("children are found in /proc")
	}
	h := serveHouse(t, "")
	token := h.token()
	_, location, _ := h.push(token, report)
	h.counted(token, location)
	c := h.login()
	for i := range 3 {
		path := fmt.Sprintf("/events?q=src:192.0.2.0/%d", 24+i) // another question each time: answers are remembered
		until(t, "the events are shown", func() bool {
			status, text := h.get(c, path)
			return status == http.StatusOK && strings.Contains(text, "192.0.2.2")
		})
		if h.killChildren() == 0 {
			t.Fatal("there was no query engine to be killed")
		}
		if status, text := h.get(c, "/readyz"); status != http.StatusOK {
			t.Errorf("without its engine: %d %s", status, text)
		}
	}
	if status, _, text := h.push(token, strings.ReplaceAll(report, "192.0.2", "198.51.100")); status != http.StatusAccepted {
		t.Errorf("a push without the engine: %d %s", status, text)
	}
	h.end(2 * time.Minute)
}

// killChildren kills the processes that the server has started.
func (h *house) killChildren() (n int) {
	h.t.Helper()
	list, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(after)
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(h.process.Process.Pid) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			n++
		}
	}
	return n
}
