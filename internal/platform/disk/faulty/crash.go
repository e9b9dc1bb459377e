package faulty

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/firehall/firehall/internal/platform/disk"
)

// change is a change of a name that a power cut takes back.
type change struct {
	path string // the name that a SyncDir of its folder makes durable
	undo func() error
}

// file is a file made here.
type file struct {
	fs      *FS
	inner   disk.File
	path    string // where it is now
	name    string // where it was made
	written int64
	synced  int64
	spoiled bool // a Sync has failed: nothing more becomes durable
}

// Name implements disk.File.
func (n *file) Name() string { return n.name }

// Write implements disk.File.
func (n *file) Write(p []byte) (int, error) {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	err := n.fs.step("write", n.path)
	if err == nil {
		k, err := n.inner.Write(p)
		n.written += int64(k)
		return k, err
	}
	if errors.Is(err, ErrCrashed) {
		return 0, err
	}
	k, _ := n.inner.Write(p[:len(p)/2])
	n.written += int64(k)
	return k, err
}

// Sync implements disk.File.
func (n *file) Sync() error {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	if err := n.fs.step("sync", n.path); err != nil {
		n.spoiled = true
		return err
	}
	if err := n.inner.Sync(); err != nil {
		return err
	}
	if !n.spoiled {
		n.synced = n.written
	}
	return nil
}

// Close implements disk.File. The file is closed even when it fails.
func (n *file) Close() error {
	n.fs.mu.Lock()
	defer n.fs.mu.Unlock()
	if err := n.fs.step("close", n.path); err != nil {
		_ = n.inner.Close()
		return err
	}
	return n.inner.Close()
}

// durable remembers what a power cut would leave of a file that is about to
// lose its name, and returns how to bring that back.
func (f *FS) durable(path string) (restore func(path string) error) {
	info, err := os.Lstat(path)
	if err != nil {
		return func(string) error { return nil }
	}
	if info.IsDir() {
		return func(path string) error { return os.Mkdir(path, info.Mode().Perm()) }
	}
	content, err := os.ReadFile(path)
	if n := f.files[filepath.Clean(path)]; n != nil && err == nil {
		content = content[:n.synced]
	}
	return func(path string) error {
		return errors.Join(err, os.WriteFile(path, content, info.Mode().Perm()))
	}
}

// crash ends everything and leaves the disk as the outcome says. It is called
// with the lock held.
func (f *FS) crash() error {
	if f.crashed {
		return nil
	}
	f.crashed = true
	if f.outcome == Kill {
		return nil
	}
	var errs []error
	for path, n := range f.files {
		errs = append(errs, gone(os.Truncate(path, n.synced)))
	}
	for i := len(f.names) - 1; i >= 0; i-- {
		errs = append(errs, gone(f.names[i].undo()))
	}
	return errors.Join(errs...)
}

// gone forgives that a file is not there any more: a later change that is
// durable has moved it.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
