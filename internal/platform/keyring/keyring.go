// Package keyring keeps the installation's own keys: one file a purpose in one folder, each made when it is first needed.
//
// The files: NAME.key with 64 hexadecimal digits for a secret called NAME, pgp.key (armoured OpenPGP private key) and dkim.key (PKCS #8, PEM). They
// are for their owner only, and belong into the backup. A key comes to be whole and durable or not at all. A key that is there and cannot be
// read is never replaced: what was signed or marked with the old one would become worthless without a word, so the error says to restore it.
//
// Processes that need a key for the first time wait for each other, and all have the same. On several machines the folder has to be the same one, or
// a copy: what one signs or marks the others must know again.
package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// maxFile bounds what is read of a key file; ours have less than 4 KiB.
const maxFile = 64 << 10

// The files that are no secrets of 32 bytes.
const (
	pgpFile  = "pgp.key"
	dkimFile = "dkim.key"
)

// Ring gives the keys of one folder. It is safe for concurrent use.
type Ring struct {
	fs    disk.FS
	dir   string
	clock clock.Clock
	mu    sync.Mutex // one makes a key at a time
}

// Open returns the ring of a folder, which need not be there yet. The clock dates the PGP key.
func Open(fsys disk.FS, dir string, clk clock.Clock) *Ring {
	return &Ring{fs: fsys, dir: dir, clock: clk}
}

// Secret returns the secret of a purpose, such as "return-path": a name of small letters, digits and hyphens, which is that of its file too.
func (r *Ring) Secret(name string) (secret [32]byte, err error) {
	file := name + ".key"
	if !plain(name) || file == pgpFile || file == dkimFile {
		return secret, problem.New(problem.Internal, "%q is no name of a secret", name)
	}
	text, err := r.key(file, newSecret)
	if err != nil {
		return secret, err
	}
	if secret, err = readSecret(text); err != nil {
		return secret, r.damaged(file, err)
	}
	return secret, nil
}

func readSecret(text []byte) (secret [32]byte, err error) {
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(secret) {
		return secret, errors.New("it is not 64 hexadecimal digits")
	}
	return [32]byte(raw), nil
}

func plain(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func newSecret() ([]byte, error) {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return []byte(hex.EncodeToString(raw[:]) + "\n"), nil
}

// key returns the content of a file, and makes it where there is none.
func (r *Ring) key(file string, make func() ([]byte, error)) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := r.read(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	unlock, err := r.lock()
	if err != nil {
		return nil, r.unwritable(file, err)
	}
	defer unlock()
	if text, err = r.read(file); !errors.Is(err, fs.ErrNotExist) {
		return text, err // another process was faster
	}
	if text, err = make(); err != nil {
		return nil, problem.Wrap(problem.KindOf(err), err, "make the key %s", r.path(file))
	}
	if err := r.write(file, text); err != nil {
		return nil, r.unwritable(file, err)
	}
	return text, nil
}

// lock makes the folder, and keeps other processes from making keys in it; the kernel lets go when this one dies.
func (r *Ring) lock() (unlock func(), err error) {
	if err := r.fs.MkdirAll(r.dir); err != nil {
		return nil, err
	}
	f, err := os.Open(r.dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil { //nolint:gosec // a file descriptor
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

func (r *Ring) path(file string) string { return filepath.Join(r.dir, file) }

// read returns fs.ErrNotExist, wrapped, where there is no such file.
func (r *Ring) read(file string) ([]byte, error) {
	f, err := r.fs.Open(r.path(file))
	if err != nil {
		return nil, r.unreadable(file, err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, r.unreadable(file, err)
	case len(text) > maxFile:
		return nil, r.damaged(file, errors.New("it is far too long"))
	case len(bytes.TrimSpace(text)) == 0:
		return nil, r.damaged(file, errors.New("it is empty"))
	}
	return text, nil
}

// write puts a file in place: its content is durable before it has its name.
func (r *Ring) write(file string, text []byte) error {
	path := r.path(file)
	// A leftover of a start that died in the middle is of no use to anybody.
	if err := r.fs.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := r.fs.Create(path + ".new")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := r.fs.Rename(path+".new", path); err != nil {
		return err
	}
	return r.fs.SyncDir(r.dir)
}

func (r *Ring) unreadable(file string, err error) error {
	return problem.Wrap(problem.Unavailable, err, "read the key %s: see that this user may read it", r.path(file))
}

func (r *Ring) unwritable(file string, err error) error {
	return problem.Wrap(problem.Unavailable, err, "make the key %s: see that this user may write there, and that the disk is not full", r.path(file))
}

// damaged is the error for a key that is there and of no use. Its content is not shown.
func (r *Ring) damaged(file string, why error) error {
	return problem.Wrap(problem.Invalid, why, "the key %s is damaged: restore it from the backup; it is not made anew by itself", r.path(file))
}
