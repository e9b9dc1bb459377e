package socket

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxPath is what the kernel takes as a socket's name.
const maxPath = 100

// shorten gives another name for a path that is too long to be a socket's: by way of its folder, opened. done closes that.
func shorten(path string) (short string, done func(), err error) {
	if len(path) <= maxPath {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path), func() { _ = dir.Close() }, nil //nolint:gosec // a file descriptor
}

// Client is a connection to a server that has said hello.
type Client struct {
	PID     int    // the server's process
	Release string // the server's program
	conn    net.Conn
	wire    *wire
}

// Dial asks the server at path to run a command line. Errors: NotFound if nobody listens there; Unavailable if the server does not answer in
// time; Forbidden, Invalid as the server says.
func Dial(ctx context.Context, path string, r Request) (*Client, error) {
	conn, err := connect(ctx, path)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, wire: &wire{conn: conn}}
	if err := c.greet(r); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func connect(ctx context.Context, path string) (net.Conn, error) {
	short, done, err := shorten(path)
	if err != nil {
		return nil, problem.Wrap(problem.NotFound, err, "the local socket")
	}
	defer done()
	d := net.Dialer{Timeout: helloWait}
	conn, err := d.DialContext(ctx, "unix", short)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTSOCK), errors.Is(err, syscall.ENOTDIR):
		return nil, problem.Wrap(problem.NotFound, err, "nobody listens at %s", path)
	case errors.Is(err, os.ErrPermission):
		return nil, problem.Wrap(problem.Forbidden, err, "the server at %s belongs to another user: run the command as that user", path)
	case err != nil:
		return nil, problem.Wrap(problem.Unavailable, err, "connect to the server at %s", path)
	}
	return conn, nil
}

func (c *Client) greet(r Request) error {
	if err := c.conn.SetDeadline(time.Now().Add(helloWait)); err != nil {
		return err
	}
	r.Version = Version
	if err := c.wire.hello(r); err != nil {
		return problem.Wrap(problem.Unavailable, err, "ask the server")
	}
	k, text, err := c.wire.read()
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "the server does not answer")
	}
	var w welcome
	switch {
	case k == kindRefuse:
		return problem.New(problem.Conflict, "%s", text)
	case k != kindHello || json.Unmarshal(text, &w) != nil || w.Version != Version:
		return problem.New(problem.Conflict, "the server is another version of firehall: restart it, or use its version")
	}
	c.PID, c.Release = w.PID, w.Release
	return c.conn.SetDeadline(time.Time{})
}

// Run is the command's terminal until it ends, and gives its exit code. When ctx ends the command is asked to end, and still waited for.
// Errors: Unavailable if the server goes away first: how far the command came is not known.
func (c *Client) Run(ctx context.Context, in io.Reader, out, errs io.Writer) (code int, err error) {
	defer func() { err = errors.Join(err, c.conn.Close()) }()
	defer context.AfterFunc(ctx, func() { _ = c.wire.write(kindCancel, nil) })()
	for {
		k, payload, err := c.wire.read()
		if err != nil {
			return 1, problem.New(problem.Unavailable, "the server went away before the command ended: nobody knows how far it came. Look, and then do it again")
		}
		switch k {
		case kindOut:
			_, err = out.Write(payload)
		case kindErr:
			_, err = errs.Write(payload)
		case kindWant:
			go c.hand(in, size(payload))
		case kindExit:
			return size(payload), nil
		case kindRefuse:
			return 1, problem.New(problem.Conflict, "%s", payload)
		}
		if err != nil { // nobody reads what is printed: the command is to end
			return 1, err
		}
	}
}

// size reads a number that is written with its highest byte first.
func size(p []byte) (n int) {
	for _, b := range p[:min(len(p), 3)] {
		n = n<<8 | int(b)
	}
	return n
}

// hand reads input once, as much as is wanted at most. An empty frame is the end.
func (c *Client) hand(in io.Reader, want int) {
	p := make([]byte, max(1, min(want, maxChunk)))
	n, err := 0, error(nil)
	for n == 0 && err == nil {
		n, err = in.Read(p)
	}
	_ = c.wire.write(kindIn, p[:n])
}
