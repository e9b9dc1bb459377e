package socket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits of a server.
const (
	maxCommands = 64              // at a time
	helloWait   = 5 * time.Second // for the other side's first frame
	endWait     = 5 * time.Second // for commands, once the server stops
)

// Peer is who asks, as the kernel says.
type Peer struct{ UID, PID int }

// Streams are a command's. Out and Err have a method Terminal, which tells whether somebody watches.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Handler runs a command line and gives its exit code, 0 to 255. ctx ends when the client goes away or asks for it.
type Handler func(ctx context.Context, peer Peer, r Request, s Streams) int

// Options is what a server needs.
type Options struct {
	Path    string
	Release string // of this program, for clients of another
	Log     *slog.Logger
	Handler Handler
}

// Server listens at a file.
type Server struct {
	Options
	listener *net.UnixListener
	lock     *os.File
	places   chan struct{}
	running  sync.WaitGroup
}

// Listen makes the file, with mode 0600, in place of one that a dead process left. Errors: Conflict if a live process listens there already;
// Unavailable.
func Listen(o Options) (*Server, error) {
	lock, err := os.OpenFile(o.Path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "open the local socket's lock")
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil { //nolint:gosec // a file descriptor
		return nil, errors.Join(problem.Wrap(problem.Conflict, err, "another process listens at %s", o.Path), lock.Close())
	}
	l, err := bind(o.Path)
	if err != nil {
		return nil, errors.Join(problem.Wrap(problem.Unavailable, err, "listen at %s", o.Path), lock.Close())
	}
	return &Server{Options: o, listener: l, lock: lock, places: make(chan struct{}, maxCommands)}, nil
}

// bind listens under another name first, so that nobody can connect before the mode is set, and none is without a socket meanwhile.
func bind(path string) (*net.UnixListener, error) {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	short, done, err := shorten(fresh)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Serve runs commands until ctx ends; those that run then get a short while to end. A Server serves once.
func (s *Server) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = s.listener.Close() })()
	for {
		c, err := s.listener.AcceptUnix()
		if ctx.Err() != nil {
			return s.end()
		}
		if err != nil {
			return errors.Join(problem.Wrap(problem.Unavailable, err, "the local socket"), s.end())
		}
		s.running.Go(func() { s.command(ctx, c) })
	}
}

func (s *Server) end() error {
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(endWait):
	}
	return errors.Join(ignore(os.Remove(s.Path), os.ErrNotExist), ignore(s.listener.Close(), net.ErrClosed), s.lock.Close())
}

func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// command talks to one client.
func (s *Server) command(ctx context.Context, c *net.UnixConn) {
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { // a client that takes nothing must not hold up the server's end
		time.AfterFunc(endWait/2, func() { _ = c.Close() })
	})()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &wire{conn: c}
	peer, r, err := s.greet(c, w)
	if err != nil {
		s.Log.WarnContext(ctx, "the local socket refused a client", "error", err, "uid", peer.UID, "pid", peer.PID)
		_ = w.write(kindRefuse, []byte(err.Error()))
		return
	}
	in := newInput(ctx, w)
	go in.listen(cancel)
	code := s.run(ctx, peer, r, Streams{in, stream{w, kindOut, r.Terminal}, stream{w, kindErr, r.Terminal}})
	<-s.places
	_ = w.write(kindExit, []byte{byte(code)})
}

// greet hears who it is and what they want. A place is taken when it succeeds.
func (s *Server) greet(c *net.UnixConn, w *wire) (peer Peer, r Request, err error) {
	if peer, err = peerOf(c); err != nil {
		return peer, r, err
	}
	if peer.UID != os.Geteuid() && peer.UID != 0 {
		return peer, r, problem.New(problem.Forbidden, "this server runs as user %d: run the command as that user", os.Geteuid())
	}
	if err := c.SetReadDeadline(time.Now().Add(helloWait)); err != nil {
		return peer, r, err
	}
	k, text, err := w.read()
	if err != nil {
		return peer, r, err
	}
	if k != kindHello || json.Unmarshal(text, &r) != nil || r.Version != Version {
		return peer, r, problem.New(problem.Invalid, "the server is firehall %s, and the command another version of it: restart the server, or use its version", s.Release)
	}
	select {
	case s.places <- struct{}{}:
	default:
		return peer, r, problem.New(problem.Unavailable, "the server runs %d commands already: try again when one has ended", maxCommands)
	}
	err = errors.Join(c.SetReadDeadline(time.Time{}), w.hello(welcome{Version, s.Release, os.Getpid()}))
	if err != nil {
		<-s.places
	}
	return peer, r, err
}

// run calls the handler. A panic ends this command and nothing else.
func (s *Server) run(ctx context.Context, peer Peer, r Request, streams Streams) (code int) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "a command panicked", "panic", p, "stack", string(debug.Stack()))
			_, _ = fmt.Fprintf(streams.Err, "firehall: a defect ended this command; the server's log tells more: %v\n", p)
			code = 1
		}
	}()
	return s.Handler(ctx, peer, r, streams)
}

// peerOf asks the kernel who is at the other end.
func peerOf(c *net.UnixConn) (Peer, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Peer{UID: -1}, err
	}
	var cred *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) //nolint:gosec // a file descriptor
	if err = errors.Join(err, failed); err != nil {
		return Peer{UID: -1}, err
	}
	return Peer{int(cred.Uid), int(cred.Pid)}, nil
}

// input is a command's standard input: asked for when it is read.
type input struct {
	ctx   context.Context //nolint:containedctx // io.Reader takes none
	wire  *wire
	came  chan []byte
	rest  []byte
	ended bool
}

func newInput(ctx context.Context, w *wire) *input {
	return &input{ctx: ctx, wire: w, came: make(chan []byte, 1)}
}

// listen hears the client until it goes away.
func (i *input) listen(cancel func()) {
	defer cancel()
	for {
		k, payload, err := i.wire.read()
		switch {
		case err != nil || k == kindCancel:
			return
		case k == kindIn:
			select {
			case i.came <- payload:
			case <-i.ctx.Done():
				return
			}
		}
	}
}

// Read asks for input and waits for it.
func (i *input) Read(p []byte) (int, error) {
	if len(i.rest) == 0 && !i.ended {
		want := min(len(p), maxChunk)
		if err := i.wire.write(kindWant, []byte{byte(want >> 16), byte(want >> 8), byte(want)}); err != nil { //nolint:gosec // cut into bytes
			return 0, err
		}
		select {
		case i.rest = <-i.came:
			i.ended = len(i.rest) == 0
		case <-i.ctx.Done():
			return 0, context.Cause(i.ctx)
		}
	}
	if i.ended {
		return 0, io.EOF
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}
