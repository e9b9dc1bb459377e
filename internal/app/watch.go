package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

// Drop is a folder into which somebody puts files.
type Drop struct {
	Feed string // empty: each folder in it is named for a feed, and files lie there
	Dir  string
	Once bool // take what is there and end
	// Accept only keeps the files, for the jobs of a server to read; else each is read at once.
	Accept bool
	Done   func(name string, res feed.Result, err error)
	// Progress, if not nil, gives what hears of the rows of a file.
	Progress func(name string) func(rows int64)

	later delays
}

// A file counts as complete when it has not changed for so long; who writes under a name beginning with a dot, or ending in .part or
// .tmp, and renames at the end, need not rely on it.
const (
	settled = 2 * time.Second
	pause   = time.Second
)

// The folders below a drop folder into which files go afterwards.
const (
	dropDone   = "done"
	dropFailed = "failed"
)

// Watch takes the files of a drop folder in as they come, until ctx ends. A file that was taken moves to done, one that was refused to
// failed; when the disk or the database fails the file stays where it is and is tried again.
func (a *App) Watch(ctx context.Context, actor identity.Actor, d Drop) error {
	d.later = delays{}
	for {
		drops, err := a.drops(ctx, d)
		if err != nil {
			return err
		}
		for _, one := range drops {
			if err := a.sweepDrop(ctx, actor, one); err != nil {
				return err
			}
		}
		if d.Once {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// delays says when a file that could not be taken in is tried again: after a second, then twice as long each time, at most five minutes.
type delays map[string]delay

type delay struct {
	until time.Time
	pause time.Duration
}

const longestDelay = 5 * time.Minute

func (d delays) waits(path string, now time.Time) bool { return now.Before(d[path].until) }

func (d delays) again(path string, now time.Time) {
	wait := min(max(2*d[path].pause, time.Second), longestDelay)
	d[path] = delay{now.Add(wait), wait}
}

// drops gives the folder itself, or its folders that are named for feeds.
func (a *App) drops(ctx context.Context, d Drop) ([]Drop, error) {
	if d.Feed != "" {
		return []Drop{d}, nil
	}
	list, err := os.ReadDir(d.Dir)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "read the drop folder")
	}
	var out []Drop
	for _, e := range list {
		if !e.IsDir() {
			continue
		}
		if err := a.KnowsFeed(e.Name()); err != nil {
			a.Log.DebugContext(ctx, "a folder that is named for no feed", "folder", e.Name(), "error", err)
			continue
		}
		one := d
		one.Feed, one.Dir = e.Name(), filepath.Join(d.Dir, e.Name())
		out = append(out, one)
	}
	if len(out) == 0 && d.Once {
		return nil, problem.New(problem.Invalid, "no folder in %s is named for a feed: say --feed NAME if all its files are of one", d.Dir)
	}
	return out, nil
}

func (a *App) sweepDrop(ctx context.Context, actor identity.Actor, d Drop) error {
	for _, sub := range []string{dropDone, dropFailed} {
		if err := ownFolder(filepath.Join(d.Dir, sub)); err != nil {
			return problem.Wrap(problem.Unavailable, err, "make the drop folder's %s folder", sub)
		}
	}
	list, err := os.ReadDir(d.Dir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "read the drop folder")
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !e.Type().IsRegular() || unfinished(e.Name()) || !d.Once && a.unsettled(info.ModTime()) {
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if d.later.waits(filepath.Join(d.Dir, e.Name()), a.Clock.Now()) {
			continue
		}
		if err := a.take(ctx, actor, d, e.Name(), info.Size()); err != nil {
			return err
		}
	}
	return nil
}

// unsettled tells that a file changed a moment ago. One from the future has a clock of its own, and is not waited for.
func (a *App) unsettled(changed time.Time) bool { return a.Clock.Now().Sub(changed).Abs() < settled }

// ownFolder makes a folder, and refuses what only leads to one: who may put files here may not have them moved elsewhere.
func ownFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = problem.New(problem.Unavailable, "%s is no folder but leads to one: remove it", path)
	}
	return err
}

// openRegular opens a file for reading unless it is a link, a pipe or a device by now: waiting for one of those would hold up the rest.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = problem.New(problem.Invalid, "%q is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func unfinished(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp")
}

func (a *App) take(ctx context.Context, actor identity.Actor, d Drop, name string, size int64) error {
	path := filepath.Join(d.Dir, name)
	f, err := openRegular(path)
	if err != nil {
		d.Done(path, feed.Result{}, err)
		return nil
	}
	src := feed.Source{Feed: d.Feed, Name: name, Size: size, Reader: f}
	if d.Progress != nil {
		src.Progress = d.Progress(name)
	}
	res, err := a.takeIn(ctx, actor, d, src)
	err = errors.Join(err, f.Close())
	if ctx.Err() != nil {
		return nil
	}
	d.Done(path, res, err)
	switch problem.KindOf(err) {
	case problem.Unavailable, problem.Internal, problem.Conflict:
		if err != nil {
			d.later.again(path, a.Clock.Now())
			return nil // stays, to be tried again
		}
	}
	delete(d.later, path)
	to := dropDone
	if err != nil {
		to = dropFailed
	}
	return moveAside(path, filepath.Join(d.Dir, to), name, a.Clock.Now())
}

// takeIn reads a file, or only keeps it.
func (a *App) takeIn(ctx context.Context, actor identity.Actor, d Drop, src feed.Source) (res feed.Result, err error) {
	if !d.Accept {
		return a.Feeds.Ingest(ctx, actor, src)
	}
	src.Door = "drop"
	list, err := a.Feeds.Accept(ctx, actor, src)
	for _, in := range list {
		res.Intakes = append(res.Intakes, feed.Accounts{Intake: in.ID, Name: in.Name, Report: in.Report, Known: in.Known, Undec: in.Error, Bytes: in.Bytes})
	}
	return res, err
}

// longestName is what file systems take, in bytes.
const longestName = 255

// longEnough cuts a name to what file systems take.
func longEnough(name string) string { return name[:min(len(name), longestName)] }

// moveAside never replaces a file of the same name that came before.
func moveAside(path, dir, name string, now time.Time) error {
	target := filepath.Join(dir, name)
	if _, err := os.Lstat(target); err == nil {
		target = filepath.Join(dir, longEnough(now.UTC().Format("20060102T150405.000000000-")+name))
	}
	if err := os.Rename(path, target); err != nil {
		return problem.Wrap(problem.Unavailable, err, "move the file out of the drop folder")
	}
	return nil
}
