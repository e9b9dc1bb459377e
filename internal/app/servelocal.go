package app

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/socket"
)

// socketName is the local socket, in the data folder.
const socketName = "firehall.sock"

// socketPause lies between two attempts to offer the local socket: of several servers that share a folder, one offers it.
const socketPause = 5 * time.Second

// Call is a command line that a client of the local socket wants run.
type Call struct {
	Actor    identity.Actor // who runs the client
	Args     []string       // without the program's name
	Program  string         // the program's name as it was typed
	Dir      string         // the client's working directory: relative paths begin there
	Settings string         // tells the client's configuration from others
	In       io.Reader
	Out, Err io.Writer
}

// Command runs a call and gives its exit code. ctx ends when the client goes away or asks to be stopped.
type Command func(ctx context.Context, c Call) int

// SocketPath is where the server of a data folder listens for commands.
func SocketPath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return filepath.Join(dir, socketName)
}

// serveLocal offers the local socket, or waits until another server of the folder has ended.
func (a *App) serveLocal(ctx context.Context, run Command) {
	if run == nil {
		return
	}
	a.loop(ctx, task{name: "answer commands", every: socketPause, soon: true, do: func(ctx context.Context) error {
		s, err := socket.Listen(socket.Options{Path: SocketPath(a.Config.Data.Dir), Release: a.Version, Log: a.Log, Handler: a.local(run)})
		if err != nil {
			return err
		}
		return s.Serve(ctx)
	}})
}

// local hands a client's command line to who understands it.
func (a *App) local(run Command) socket.Handler {
	return func(ctx context.Context, peer socket.Peer, r socket.Request, s socket.Streams) int {
		begun := time.Now()
		code := run(ctx, Call{
			Actor: userActor(peer.UID), Args: r.Args, Program: r.Program, Dir: r.Dir, Settings: r.Settings, In: s.In, Out: s.Out, Err: s.Err,
		})
		name := ""
		if len(r.Args) > 0 {
			name = r.Args[0]
		}
		a.Log.DebugContext(ctx, "a command ended", "command", name, "uid", peer.UID, "pid", peer.PID, "code", code, "took", time.Since(begun))
		return code
	}
}

// userActor is a user of the operating system, like identity.OSUser for another process.
func userActor(uid int) identity.Actor {
	number := strconv.Itoa(uid)
	actor := identity.Actor{ID: "os:" + number, Name: fmt.Sprintf("uid %d", uid), Kind: identity.OSUserKind, Via: "cli"}
	if u, err := user.LookupId(number); err == nil && u.Username != "" {
		actor.Name = u.Username
	}
	return actor
}
