package push

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// stretch is how much of a push is made durable at a time: a process that dies loses no more.
const stretch = 64 << 20

// orphanAge is how old a piece must be that no push knows, so that none which is being written is taken for one.
const orphanAge = 24 * time.Hour

func (d *Door) path(name string) string { return filepath.Join(d.Feeds.Layout.Uploads(), name) }

func (d *Door) remove(files []string) {
	for _, f := range files {
		_ = d.Feeds.Layout.FS.Remove(d.path(f)) // what stays is swept
	}
}

// append keeps what a request brings, stretch by stretch, and gives how much of the push is durable then: also when the request broke off,
// whose error comes back. errMoved: another request went on with the push meanwhile.
func (d *Door) append(g *guest, u upload) (got int64, err error) {
	if err := d.Feeds.Layout.FS.MkdirAll(d.Feeds.Layout.Uploads()); err != nil {
		return u.Got, problem.Wrap(problem.Unavailable, err, "keep the input")
	}
	ctx := context.WithoutCancel(g.Context()) // what came counts, also of who has left
	for {
		p, err := d.receive(g, u)
		if err != nil {
			return u.Got, err
		}
		err = d.DB.Write(ctx, func(tx *sqldb.Tx) error { return addPiece(tx, u, p, d.Clock.Now().Add(d.Config.Expiry)) })
		if err != nil {
			d.remove([]string{p.File})
			return u.Got, err
		}
		if u.Got += p.Bytes; p.Bytes == 0 && p.File != "" {
			d.remove([]string{p.File})
		}
		if broken := g.body.broken(); broken != nil {
			return u.Got, broken
		}
		if u.Length >= 0 && u.Got > u.Length {
			return u.Got, inconsistent()
		}
		if p.Bytes < stretch {
			return u.Got, nil
		}
	}
}

// receive writes one stretch to a file of its own, durably. An error is of the disk, or that the whole becomes too large; nothing is left then.
func (d *Door) receive(g *guest, u upload) (p piece, err error) {
	p = piece{Begins: u.Got, File: u.ID + "-" + id.New()}
	f, err := d.Feeds.Layout.FS.Create(d.path(p.File))
	if err != nil {
		return p, problem.Wrap(problem.Unavailable, err, "keep the input")
	}
	written := &kept{Writer: d.Feeds.Layout.Careful(f)}
	p.Bytes, _ = io.Copy(written, io.LimitReader(g.body, stretch))
	err = errors.Join(written.failed, f.Sync(), f.Close())
	if err == nil {
		err = d.Feeds.Layout.FS.SyncDir(d.Feeds.Layout.Uploads())
	}
	if err != nil {
		err = problem.Wrap(problem.Unavailable, err, "keep the input")
	} else if u.Got+p.Bytes > int64(d.Config.MaxSize) {
		err = d.tooLarge()
	}
	if err != nil {
		d.remove([]string{p.File})
	}
	return p, err
}

// kept keeps a writer's error apart from a reader's.
type kept struct {
	io.Writer
	failed error
}

// Write implements io.Writer.
func (k *kept) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	k.failed = errors.Join(k.failed, err)
	return n, err
}

// pieces reads a push from its beginning to its end.
func (d *Door) pieces(ctx context.Context, u upload) (*chain, error) {
	c := &chain{open: func(name string) (io.ReadCloser, error) { return d.Feeds.Layout.FS.Open(d.path(name)) }}
	err := d.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		c.left, err = listPieces(tx, u.ID)
		return err
	})
	return c, err
}

// chain reads files one after the other.
type chain struct {
	open func(string) (io.ReadCloser, error)
	left []piece
	file io.ReadCloser
}

// Read implements io.Reader.
func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.file == nil {
			if len(c.left) == 0 {
				return 0, io.EOF
			}
			var err error
			if c.file, err = c.open(c.left[0].File); err != nil {
				return 0, problem.Wrap(problem.Unavailable, err, "read a piece of a push again")
			}
			c.left = c.left[1:]
		}
		n, err := c.file.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, ignoreEOF(err)
		}
		if err != nil {
			c.close()
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (c *chain) close() {
	if c.file != nil {
		_ = c.file.Close()
		c.file = nil
	}
}

// Sweep forgets pushes that nobody went on with, and pieces that no push knows. It gives how many pushes.
func (d *Door) Sweep(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(feed.OpForget, "uploads"); err != nil {
		return 0, err
	}
	var names []string
	var known map[string]bool
	entries, _ := d.Feeds.Layout.FS.ReadDir(d.Feeds.Layout.Uploads()) // listed before it is asked which are known
	err = d.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if known, err = knownFiles(tx); err != nil {
			return err
		}
		names, err = expired(tx, d.Clock.Now())
		return err
	})
	for _, name := range names {
		err = errors.Join(err, d.drop(ctx, name))
	}
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && !known[e.Name()] && d.Clock.Now().Sub(info.ModTime()) > orphanAge {
			d.remove([]string{e.Name()})
		}
	}
	if len(names) == 0 {
		return 0, nil
	}
	return len(names), d.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, d.Clock.Now(), feed.OpForget, "uploads", nil, map[string]any{"pushes": len(names)})
	})
}
