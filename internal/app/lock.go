package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// lock is the data folder's lock: the kernel frees it when the process dies, however it dies.
type lock struct{ file *os.File }

// takeLock waits until no other process works in the folder, or ctx ends. The file tells who holds it. A shared lock is held by many at a time,
// and keeps out those who need the folder for themselves.
func takeLock(ctx context.Context, path string, log *slog.Logger, shared bool) (*lock, error) {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "open the data folder's lock")
	}
	for told := false; ; {
		err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB) //nolint:gosec // a file descriptor
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(problem.Wrap(problem.Unavailable, err, "lock the data folder"), f.Close())
		}
		if !told {
			told = true
			log.InfoContext(ctx, "waiting for another firehall that works in this data folder", "process", holder(path))
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(problem.New(problem.Unavailable, "process %s works in this data folder: wait for it or stop it", holder(path)), f.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return &lock{f}, err
}

func holder(path string) string {
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

func (l *lock) release() error { return l.file.Close() }

// shared tells whether those who write share the folder: on PostgreSQL leases keep them apart, each for its piece of work.
func (a *App) shared() bool { return !strings.HasPrefix(a.databaseURL(), "sqlite:") }

// alone tells whether this process does one thing at a time, and no other process anything: then what a dead one held is taken at once.
func (a *App) alone() bool { return a.lock != nil && !a.Serving && a.DB.Engine() == sqldb.SQLite }

// freeLeases ends, for a server that has the folder to itself, the leases of processes that are dead. Their epochs stay, so nothing that
// they began can still count.
func (a *App) freeLeases(ctx context.Context) error {
	if a.lock == nil || !a.Serving || a.DB.Engine() != sqldb.SQLite {
		return nil
	}
	return lease.New(a.DB, a.Clock).FreeAll(ctx)
}
