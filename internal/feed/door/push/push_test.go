package push_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/push"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
)

func TestPush(t *testing.T) {
	each(t, func(t *testing.T, s *station) {
		a := s.push("2026-11-19-scan_telnet-x.csv", strings.NewReader(telnet(0, 200)))
		in := s.receipt(a).Intakes[0]
		if in.State != feed.Accepted || in.Report != "scan_telnet" || in.Known || a.Header.Get("Location") != "/api/v1/intakes/"+in.Intake {
			t.Fatalf("%+v, %v", in, a.Header)
		}
		if _, err := s.feeds.Process(ctx, actor, in.Intake); err != nil {
			t.Fatal(err)
		}
		counts := s.ask(http.MethodGet, a.Header.Get("Location"), nil)
		var got push.Intake
		if err := json.Unmarshal([]byte(counts.body), &got); err != nil || got.State != feed.Done || got.Counts.Events != 200 || got.Counts.Rows != 200 {
			t.Fatalf("%s, %v", counts.body, err)
		}
		again := s.receipt(s.push("2026-11-19-scan_telnet-x.csv", strings.NewReader(telnet(0, 200)))).Intakes[0]
		if !again.Known || again.Intake != in.Intake || again.Counts.Events != 0 || again.Counts.Duplicates != 200 || again.Counts.Rows != 200 {
			t.Errorf("replayed: %+v", again)
		}
		if runs := s.runs(); len(runs) != 2 || runs[0].Door != "push" {
			t.Errorf("%+v", runs)
		}
	})
}

func TestPushCompressed(t *testing.T) {
	plain := telnet(0, 50)
	var gz, zs, zipped bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = io.WriteString(g, plain)
	_ = g.Close()
	z, _ := zstd.NewWriter(&zs)
	_, _ = io.WriteString(z, plain)
	_ = z.Close()
	a := zip.NewWriter(&zipped)
	for i := range 2 {
		w, _ := a.Create(fmt.Sprintf("scan_telnet-%d.csv", i))
		_, _ = io.WriteString(w, telnet(100+i*10, 10))
	}
	_ = a.Close()
	s := lite(t, tune{})
	first := s.receipt(s.push("scan_telnet.csv", strings.NewReader(plain)))
	tests := []struct {
		name, encoding string
		body           []byte
		intakes        int
		known          bool
	}{
		{"gzip, said", "gzip", gz.Bytes(), 1, true},
		{"gzip, as a file", "", gz.Bytes(), 1, true},
		{"zstd", "zstd", zs.Bytes(), 1, true},
		{"zip", "", zipped.Bytes(), 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			headers := []string{}
			if tt.encoding != "" {
				headers = []string{"Content-Encoding", tt.encoding}
			}
			r := s.receipt(s.push("scan_telnet.csv.gz", bytes.NewReader(tt.body), headers...))
			if len(r.Intakes) != tt.intakes || r.Intakes[0].Known != tt.known || tt.known && r.Intakes[0].Intake != first.Intakes[0].Intake {
				t.Errorf("%+v", r)
			}
		})
	}
	s.refused(s.push("x", strings.NewReader("x"), "Content-Encoding", "br"), http.StatusUnsupportedMediaType, "gzip, zstd")
}

func TestNameByDisposition(t *testing.T) {
	s := lite(t, tune{})
	a := s.ask(http.MethodPost, pushPath, strings.NewReader(telnet(0, 5)), "Content-Disposition", `attachment; filename="../../2026-11-19-scan_telnet-x.csv"`)
	if in := s.receipt(a).Intakes[0]; in.Name != "2026-11-19-scan_telnet-x.csv" || in.Report != "scan_telnet" {
		t.Errorf("%+v", in)
	}
}

func TestIntelMQEvents(t *testing.T) {
	s := lite(t, tune{})
	s.token = s.newToken("intelmq")
	event := func(i int) string {
		return fmt.Sprintf("{\"time.source\":\"2026-11-19T03:04:05+00:00\",\"source.ip\":\"11.0.0.%d\",\"classification.type\":\"infected-system\"}", i)
	}
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	_, _ = io.WriteString(g, "["+event(7)+"]")
	_ = g.Close()
	tests := []struct {
		name, body, encoding string
		events               int64
	}{
		{"an object", event(1), "", 1},
		{"an array", "[" + event(2) + ",\n" + event(3) + "]", "", 2},
		{"lines", event(4) + "\n" + event(5) + "\n", "", 2},
		{"an object over lines", strings.ReplaceAll(strings.ReplaceAll(event(6), ",", ",\n "), "{", "{\n"), "", 1},
		{"a packed array", packed.String(), "gzip", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			headers := []string{"Content-Type", "application/json"}
			if tt.encoding != "" {
				headers = append(headers, "Content-Encoding", tt.encoding)
			}
			in := s.receipt(s.ask(http.MethodPost, "/api/v1/feeds/intelmq/push", strings.NewReader(tt.body), headers...)).Intakes[0]
			acc, err := s.feeds.Process(ctx, actor, in.Intake)
			if in.Name != "push" {
				t.Errorf("without a name it is called %q", in.Name)
			}
			if err != nil || acc.Events != tt.events || acc.SetAside != 0 {
				t.Errorf("%+v, %v", acc, err)
			}
		})
	}
}

func TestWrongTokensShowNothing(t *testing.T) {
	s := lite(t, tune{})
	right, other := s.token, s.newToken("intelmq")
	in := s.receipt(s.push("scan_telnet.csv", strings.NewReader(telnet(0, 5)))).Intakes[0]
	tests := []struct{ name, method, path, token string }{
		{"no token", http.MethodPost, pushPath, ""},
		{"wrong token", http.MethodPost, pushPath, right + "x"},
		{"another feed's token", http.MethodPost, pushPath, other},
		{"unknown feed", http.MethodPost, "/api/v1/feeds/nowhere/push", right},
		{"an intake of another feed", http.MethodGet, in.Href, other},
		{"an intake that is not there", http.MethodGet, "/api/v1/intakes/01h00000000000000000000000", right},
	}
	bodies := map[string]bool{}
	for _, tt := range tests {
		s.token = tt.token
		a := s.ask(tt.method, tt.path, strings.NewReader(telnet(10, 5)))
		if a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s %s", tt.name, a.Status, a.body)
		}
		bodies[a.body] = true
	}
	if len(bodies) != 1 {
		t.Errorf("they differ: %v", bodies)
	}
	if n := len(s.intakes()); n != 1 {
		t.Errorf("%d intakes", n)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := lite(t, tune{})
	right := s.token
	s.token = "fh_guess"
	for range 10 {
		s.refused(s.push("x", nil), http.StatusUnauthorized, "token")
	}
	a := s.push("x", nil)
	s.refused(a, http.StatusTooManyRequests, "wrong tokens")
	if a.Header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	s.token = right // others may share the address
	s.receipt(s.push("scan_telnet.csv", strings.NewReader(telnet(0, 5))))
	s.token = "fh_guess"
	s.clock.Advance(11 * time.Second)
	s.refused(s.push("x", nil), http.StatusUnauthorized, "token")
}

// raw sends bytes over a connection of its own, and ends it.
func (s *station) raw(text string) {
	s.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.Fatal(err)
	}
	_, _ = io.WriteString(c, text)
	_ = c.(*net.TCPConn).CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(2 * time.Minute))
	_, _ = io.ReadAll(c)
	_ = c.Close()
}

func (s *station) head(rest string) string {
	return "POST " + pushPath + "?name=scan_telnet.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\n" + rest + "\r\n"
}

// What breaks off is no input: a length that is not reached, a chunk that is missing.
func TestHalfFinished(t *testing.T) {
	text := telnet(0, 100)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
	tests := map[string]string{
		"Content-Length":       fmt.Sprintf("Content-Length: %d\r\n", len(text)+1) + "\r\n" + text,
		"no last chunk":        "Transfer-Encoding: chunked\r\n\r\n" + chunk,
		"within a chunk":       "Transfer-Encoding: chunked\r\n\r\n" + chunk[:len(chunk)/2],
		"a chunk that is none": "Transfer-Encoding: chunked\r\n\r\n" + chunk + "zz\r\n",
	}
	for name, rest := range tests {
		t.Run(name, func(t *testing.T) {
			s := lite(t, tune{})
			head, body, _ := strings.Cut(rest, "\r\n\r\n")
			s.raw(s.head(head+"\r\n") + body)
			s.nothingLeft()
		})
	}
}

func TestSlowSenders(t *testing.T) {
	s := lite(t, tune{window: 150 * time.Millisecond, config: func(c *config.Push) { c.MinRate = 1 << 20 }})
	for name, pause := range map[string]time.Duration{"drips": 5 * time.Millisecond, "stops": time.Minute} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, s.head("Content-Length: 1000000\r\n")+telnetHeader)
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(pause):
					}
					if _, err := io.WriteString(c, "x"); err != nil {
						return
					}
				}
			}()
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Minute))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			s.refused(answer{res, string(body)}, http.StatusRequestTimeout, "more slowly")
			s.nothingLeft()
		})
	}
}

func TestTooLarge(t *testing.T) {
	s := lite(t, tune{config: func(c *config.Push) { c.MaxSize = 2000 }})
	s.refused(s.push("x.csv", strings.NewReader(telnet(0, 100))), http.StatusRequestEntityTooLarge, "2000")
	s.refused(s.push("x.csv", io.MultiReader(strings.NewReader(telnet(0, 100)))), http.StatusRequestEntityTooLarge, "2000") // length not said
	s.nothingLeft()
}

// fullDisk has no room, or has none any more when something is written.
type fullDisk struct {
	disk.OS
	free uint64
}

func (f fullDisk) Free(string) (uint64, error) { return f.free, nil }

func (f fullDisk) Create(path string) (disk.File, error) {
	file, err := f.OS.Create(path)
	return fullFile{file}, err
}

type fullFile struct{ disk.File }

func (fullFile) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestFullDisk(t *testing.T) {
	for name, free := range map[string]uint64{"seen before": 1000, "met while writing": 1 << 40} {
		t.Run(name, func(t *testing.T) {
			s := lite(t, tune{fs: fullDisk{free: free}})
			a := s.push("scan_telnet.csv", strings.NewReader(telnet(0, 100)))
			s.refused(a, http.StatusInsufficientStorage, "disk is full")
			if a.Header.Get("Retry-After") == "" {
				t.Error("nothing says when to come again")
			}
			s.nothingLeft()
			if name == "met while writing" {
				s.refused(s.push("scan_telnet.csv", strings.NewReader(telnet(0, 100)), "Upload-Complete", "?1"), http.StatusInsufficientStorage, "disk is full")
				s.nothingLeft()
			}
		})
	}
}

// shrinking has room for so many looks, and then none; what is written is written.
type shrinking struct {
	disk.OS
	looks *atomic.Int64
}

func (s shrinking) Free(string) (uint64, error) {
	if s.looks.Add(-1) < 0 {
		return 1000, nil
	}
	return 1 << 40, nil
}

// An input whose size nobody knows beforehand must not take the last of the disk either.
func TestDiskThatFillsUp(t *testing.T) {
	text := telnet(0, 200_000)
	if len(text) < 17<<20 {
		t.Fatalf("only %d bytes", len(text))
	}
	for name, send := range map[string]func(s *station) answer{
		"whole": func(s *station) answer { return s.push("scan_telnet.csv", io.MultiReader(strings.NewReader(text))) },
		"resumable": func(s *station) answer {
			return s.push("scan_telnet.csv", io.MultiReader(strings.NewReader(text)), "Upload-Complete", "?1")
		},
		"gone on with": func(s *station) answer {
			at := s.begin(text[:1000])
			return s.patch(at, text[1000:], 1000, "?1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			looks := &atomic.Int64{}
			looks.Store(3)
			s := lite(t, tune{fs: shrinking{looks: looks}})
			s.refused(send(s), http.StatusInsufficientStorage, "disk is full")
			if left := s.files("spool"); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestRefusedArchive(t *testing.T) {
	s := lite(t, tune{})
	s.refused(s.push("x.7z", strings.NewReader("7z\xbc\xaf\x27\x1c and more")), http.StatusUnprocessableEntity, "")
	s.nothingLeft()
}

func TestBackpressure(t *testing.T) {
	s := lite(t, tune{config: func(c *config.Push) { c.Concurrent = 1 }})
	r, w := io.Pipe()
	done := make(chan answer)
	go func() {
		a, _ := s.try(http.MethodPost, pushPath+"?name=scan_telnet.csv", r)
		done <- a
	}()
	_, _ = io.WriteString(w, telnet(0, 10))
	// Written is not yet taken in: the client reads the pipe before the door opens.
	for deadline := time.Now().Add(2 * time.Minute); len(s.files("spool")) == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	a := s.push("scan_telnet.csv", strings.NewReader(telnet(20, 10)))
	s.refused(a, http.StatusServiceUnavailable, "come again")
	_ = w.Close()
	s.receipt(<-done)
	s.receipt(s.push("scan_telnet.csv", strings.NewReader(telnet(20, 10))))
}
