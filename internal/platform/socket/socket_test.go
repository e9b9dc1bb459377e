package socket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/socket"
)

// serving listens in a folder of its own and gives the path.
func serving(t *testing.T, h socket.Handler) string {
	t.Helper()
	return servingAt(t, filepath.Join(t.TempDir(), "s"), h)
}

func servingAt(t *testing.T, path string, h socket.Handler) string {
	t.Helper()
	s, err := socket.Listen(socket.Options{Path: path, Release: "1.0", Log: logging.Discard(), Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return path
}

// ask runs a command line and gives what it printed.
func ask(t *testing.T, path, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	c, err := socket.Dial(t.Context(), path, socket.Request{Args: args, Dir: "/here", Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	code, err = c.Run(t.Context(), strings.NewReader(in), &o, &e)
	if err != nil {
		t.Fatal(err)
	}
	return code, o.String(), e.String()
}

func TestCommandHasItsClientsStreams(t *testing.T) {
	path := serving(t, func(_ context.Context, peer socket.Peer, r socket.Request, s socket.Streams) int {
		text, err := io.ReadAll(s.In)
		tty, _ := s.Err.(interface{ Terminal() bool })
		_, _ = fmt.Fprintf(s.Out, "%s %s %d bytes %v", r.Args, r.Dir, len(text), err)
		_, _ = fmt.Fprintf(s.Err, "%v %v %v", peer.UID == os.Getuid(), peer.PID == os.Getpid(), tty.Terminal())
		return 3
	})
	long := strings.Repeat("x", 1<<20+7)
	code, out, errs := ask(t, path, long, "who", "192.0.2.1")
	if code != 3 || out != fmt.Sprintf("[who 192.0.2.1] /here %d bytes <nil>", len(long)) || errs != "true true true" {
		t.Errorf("code %d, out %q, err %q", code, out, errs)
	}
}

func TestInputIsLeftToOthersUnlessRead(t *testing.T) {
	path := serving(t, func(context.Context, socket.Peer, socket.Request, socket.Streams) int { return 0 })
	in := strings.NewReader("for the next command")
	c, err := socket.Dial(t.Context(), path, socket.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := c.Run(t.Context(), in, io.Discard, io.Discard); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if in.Len() != len("for the next command") {
		t.Error("input was taken that the command did not read")
	}
}

func TestClientGoesAway(t *testing.T) {
	ended := make(chan error, 1)
	begun := make(chan struct{})
	path := serving(t, func(ctx context.Context, _ socket.Peer, _ socket.Request, _ socket.Streams) int {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return 1
	})
	ctx, leave := context.WithCancel(t.Context())
	c, err := socket.Dial(ctx, path, socket.Request{})
	if err != nil {
		t.Fatal(err)
	}
	code := make(chan int, 1)
	go func() {
		n, _ := c.Run(ctx, strings.NewReader(""), io.Discard, io.Discard)
		code <- n
	}()
	<-begun
	leave() // as Ctrl-C does: the command is asked to end, and its code is waited for
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := <-code; n != 1 {
		t.Errorf("code %d", n)
	}
}

func TestPanicEndsOneCommand(t *testing.T) {
	path := serving(t, func(_ context.Context, _ socket.Peer, r socket.Request, s socket.Streams) int {
		if len(r.Args) > 0 {
			panic("oh")
		}
		return 0
	})
	if code, _, errs := ask(t, path, "", "x"); code != 1 || !strings.Contains(errs, "defect") {
		t.Errorf("code %d, %q", code, errs)
	}
	if code, _, _ := ask(t, path, ""); code != 0 {
		t.Errorf("afterwards: code %d", code)
	}
}

func TestListen(t *testing.T) {
	quiet := func(context.Context, socket.Peer, socket.Request, socket.Streams) int { return 0 }
	t.Run("the file is its user's", func(t *testing.T) {
		info, err := os.Stat(serving(t, quiet))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	})
	t.Run("one at a time", func(t *testing.T) {
		_, err := socket.Listen(socket.Options{Path: serving(t, quiet), Log: logging.Discard(), Handler: quiet})
		if !problem.Is(err, problem.Conflict) {
			t.Error(err)
		}
	})
	t.Run("in place of a dead one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		_ = l.Close()
		if _, err := socket.Dial(t.Context(), path, socket.Request{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("nobody there: %v", err)
		}
		ask(t, servingAt(t, path, quiet), "")
	})
	t.Run("a path longer than the kernel takes", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), strings.Repeat("d", 150))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		ask(t, servingAt(t, filepath.Join(dir, "s"), quiet), "")
	})
	t.Run("no folder", func(t *testing.T) {
		_, err := socket.Dial(t.Context(), filepath.Join(t.TempDir(), "none", "s"), socket.Request{})
		if !problem.Is(err, problem.NotFound) {
			t.Error(err)
		}
	})
}

func TestStrangeClients(t *testing.T) {
	path := serving(t, func(context.Context, socket.Peer, socket.Request, socket.Streams) int { return 0 })
	for _, c := range []struct{ name, sent, want string }{
		{"another version", "H\x00\x00\x00\x0f{\"version\": 99}", "R"},
		{"no hello", "I\x00\x00\x00\x00", "R"},
		{"no JSON", "H\x00\x00\x00\x01x", "R"},
		{"a frame without end", "H\xff\xff\xff\xff", "R"},
		{"cut off", "H\x00", "R"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.sent); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.UnixConn).CloseWrite()
			_ = conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
			got, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(got), c.want) {
				t.Errorf("%q", got)
			}
		})
	}
	if code, _, _ := ask(t, path, ""); code != 0 {
		t.Error("it serves no more")
	}
}

// A server that is frozen answers nobody: who asks must hear that in time.
func TestServerDoesNotAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for some seconds")
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := socket.Dial(t.Context(), path, socket.Request{}); !problem.Is(err, problem.Unavailable) {
		t.Error(err)
	}
}
