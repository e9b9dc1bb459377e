package duck

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempDir is a child's folder for what does not fit into memory. A lock on a
// file in it says that its parent lives; the folders of dead parents, which may
// hold gigabytes, are swept by the next one.
type tempDir struct {
	path string
	lock *os.File
}

const (
	tempPrefix = "duck-"
	// tempAge keeps the sweep away from folders that are just being made.
	tempAge = time.Minute
)

func newTempDir(dir string) (*tempDir, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sweep(dir)
	path, err := os.MkdirTemp(dir, tempPrefix)
	if err != nil {
		return nil, err
	}
	t := &tempDir{path: path}
	if t.lock, err = os.Create(filepath.Join(path, "lock")); err == nil {
		err = lockFile(t.lock)
	}
	if err != nil {
		t.remove()
		return nil, err
	}
	return t, nil
}

func (t *tempDir) remove() {
	_ = os.RemoveAll(t.path)
	if t.lock != nil {
		_ = t.lock.Close()
	}
}

// sweep removes the folders of the dead. What cannot be removed stays for the next time.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), tempPrefix) || time.Since(info.ModTime()) < tempAge {
			continue
		}
		path := filepath.Join(dir, e.Name())
		lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			continue
		}
		if lockFile(lock) == nil {
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}
