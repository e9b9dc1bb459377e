// Package disk holds the file operations whose order decides what survives a
// crash, behind an interface, so that a test can make any one of them fail.
//
// A file's content is durable after File.Sync, its name after SyncDir of the
// folder that holds it. To put a file in place: Create under another name,
// Write, Sync, Close, Rename, SyncDir.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// FS is a file system. Paths are the operating system's. Errors are those of
// package os: errors.Is with fs.ErrNotExist and fs.ErrExist works.
type FS interface {
	// Create makes a new file, readable and writable by its owner only; a file
	// that exists is fs.ErrExist.
	Create(path string) (File, error)
	// Open opens a file for reading. What it returns is also an io.ReaderAt
	// and an io.Seeker.
	Open(path string) (io.ReadCloser, error)
	// Rename moves a file, replacing what has the new name.
	Rename(oldPath, newPath string) error
	// Remove deletes a file or an empty folder.
	Remove(path string) error
	// SyncDir makes the names in a folder durable.
	SyncDir(path string) error
	// MkdirAll makes a folder and those above it, for the owner only, durably.
	MkdirAll(path string) error
	// Stat describes a file.
	Stat(path string) (fs.FileInfo, error)
	// ReadDir lists a folder by name.
	ReadDir(path string) ([]fs.DirEntry, error)
	// Free returns how many bytes an ordinary user may still write there.
	Free(path string) (bytes uint64, err error)
}

// File is a file being written.
type File interface {
	io.Writer
	// Sync makes the content written so far durable. After an error the content
	// must be written again to another file: the system may have dropped it.
	Sync() error
	Close() error
	// Name returns the path given to Create.
	Name() string
}

// OS is the machine's own file system.
type OS struct{}

var _ FS = OS{}

// Create implements FS.
func (OS) Create(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &written{File: f}, nil
}

// stretch is how much is written before the kernel is asked to begin with it: much less, and small files pay; much more, and Sync waits.
const stretch = 8 << 20

// written is a file being written from its beginning.
type written struct {
	*os.File
	size, begun int64
}

// Write implements io.Writer.
func (w *written) Write(p []byte) (int, error) {
	n, err := w.File.Write(p)
	if w.size += int64(n); w.size-w.begun >= stretch {
		startWriteback(w.File, w.begun, w.size-w.begun)
		w.begun = w.size
	}
	return n, err
}

// Open implements FS; it returns an *os.File.
func (OS) Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Rename implements FS.
func (OS) Rename(oldPath, newPath string) error { return os.Rename(oldPath, newPath) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir implements FS.
func (OS) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MkdirAll implements FS. Each folder that it makes is synced in its parent.
func (o OS) MkdirAll(path string) error {
	err := os.Mkdir(path, 0o700)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := o.MkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	case errors.Is(err, fs.ErrExist):
		return folder(path)
	case err != nil:
		return err
	}
	return o.SyncDir(filepath.Dir(path))
}

// folder refuses a path that is something else than a folder.
func folder(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("make the folder %s: a file has that name: %w", path, fs.ErrExist)
	}
	return err
}

// Stat implements FS.
func (OS) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }

// ReadDir implements FS.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// Free implements FS.
func (OS) Free(path string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	return st.Bavail * uint64(st.Bsize), nil
}
