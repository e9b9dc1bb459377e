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
)

// lock is the data folder's lock: the kernel frees it when the process dies, however it dies.
type lock struct{ file *os.File }

// takeLock waits until no other process works in the folder, or ctx ends. The file tells who holds it.
func takeLock(ctx context.Context, path string, log *slog.Logger) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "open the data folder's lock")
	}
	for told := false; ; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a file descriptor
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
