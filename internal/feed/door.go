package feed

import (
	"context"
	"io"
	"io/fs"
	"os"
)

// door reads an input in such a way that waiting for more of it ends with its context, or when somebody hangs up.
type door struct {
	in   io.Reader
	over func() error // why no more is wanted; nil: go on
	hang context.CancelCauseFunc
}

// openDoor opens a door; hang must be called in the end. What waits in Read of a terminal or a pipe cannot be broken off: such an input is
// read by a goroutine of its own, which ends with the input's next byte. A regular file never waits and is read directly.
func openDoor(ctx context.Context, in io.Reader) *door {
	ctx, hang := context.WithCancelCause(ctx)
	d := &door{in: in, over: func() error { return context.Cause(ctx) }, hang: hang}
	if regular(in) {
		return d
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(context.Cause(ctx)) })
	go func() {
		_, err := io.CopyBuffer(w, struct{ io.Reader }{in}, make([]byte, 256<<10))
		_ = w.CloseWithError(err)
	}()
	d.in = r
	return d
}

func regular(in io.Reader) bool {
	f, ok := in.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

var _ interface{ Stat() (fs.FileInfo, error) } = (*os.File)(nil)

// Read implements io.Reader.
func (d *door) Read(p []byte) (int, error) {
	if err := d.over(); err != nil {
		return 0, err
	}
	return d.in.Read(p)
}
