package app

import (
	"context"
	"io"
	"net"

	"github.com/firehall/firehall/internal/core/problem"
)

// ServeOptions say how the server runs.
type ServeOptions struct {
	Listen string // host:port; empty is serve.listen of the configuration
	// Ready, if not nil, is called once the server answers, with where it does.
	Ready func(url string)
	// Out is where the login link of the first start is printed. nil prints none.
	Out io.Writer
	// Command runs a command line for a client of the local socket. nil offers no socket.
	Command Command
}

// Serve runs everything that New opened until ctx ends: it listens, does by itself what is due, and stops what is under way within
// serve.stop_timeout. Errors: Invalid for an address outside this machine, Unavailable if it cannot be listened at.
func (a *App) Serve(ctx context.Context, o ServeOptions) error {
	return problem.New(problem.Unavailable, "not built yet")
}

// loopback tells whether an address can be reached from this machine only.
func loopback(addr net.Addr) bool {
	t, ok := addr.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}
