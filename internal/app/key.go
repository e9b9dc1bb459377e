package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// installationKey reads a 32-byte key, hexadecimal, and makes it at the first start.
func installationKey(fsys disk.FS, dir, name string) (key [32]byte, err error) {
	path := filepath.Join(dir, name)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := rand.Read(key[:]); err != nil {
			return key, err
		}
		return key, writeKey(fsys, dir, path, key)
	}
	if err != nil {
		return key, problem.Wrap(problem.Unavailable, err, "read the key %s", path)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return key, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(key) {
		return key, problem.New(problem.Invalid, "the key %s is not 64 hexadecimal digits: restore it from the backup", path)
	}
	return [32]byte(raw), nil
}

func writeKey(fsys disk.FS, dir, path string, key [32]byte) error {
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	// A leftover of a start that died in the middle is of no use to anybody.
	if err := fsys.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(path + ".new")
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "make the key %s", path)
	}
	_, err = io.WriteString(f, hex.EncodeToString(key[:])+"\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(path+".new", path); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}
