package app

import (
	"context"
	"io"

	"github.com/firehall/firehall/internal/identity"
)

// Call is a command line that a client of the local socket wants run.
type Call struct {
	Actor    identity.Actor // who runs the client
	Args     []string       // without the program's name
	Program  string         // the program's name as it was typed
	Dir      string         // the client's working directory: relative paths begin there
	In       io.Reader
	Out, Err io.Writer
}

// Command runs a call and gives its exit code. ctx ends when the client goes away or asks to be stopped.
type Command func(ctx context.Context, c Call) int

// serveLocal offers the local socket.
func (a *App) serveLocal(ctx context.Context, run Command) {}
