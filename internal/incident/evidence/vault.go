package evidence

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/seal"
)

// Secret is the name of the keyring's secret that the vault's key is made of.
const Secret = "evidence"

// Vault stores the files. It is safe for concurrent use.
type Vault struct {
	fs       disk.FS
	dir      string
	identity *age.X25519Identity
	sealer   *seal.Sealer
}

// Open returns the vault in a folder, which is made when something is put there.
func Open(fsys disk.FS, dir string, secret [32]byte) (*Vault, error) {
	identity, err := age.ParseX25519Identity(Identity(secret))
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "the key of the vault")
	}
	sealer, err := seal.New(secret)
	if err != nil {
		return nil, err
	}
	return &Vault{fs: fsys, dir: dir, identity: identity, sealer: sealer}, nil
}

// Identity writes the vault's private key as the age tool reads it.
func Identity(secret [32]byte) string {
	return strings.ToUpper(bech32("age-secret-key-", secret[:]))
}

// Stored is a file that was put into the vault and belongs to nothing yet.
type Stored struct {
	Address, SHA256, SHA1, MD5 string
	Size                       int64
}

// Put stores what r gives, durably when it returns, without holding it in memory or writing it in the clear. at, if not zero, becomes the time of
// the stored file. Errors: Invalid if there is more than limit bytes; Unavailable if it cannot be read or written. What failed leaves nothing.
func (v *Vault) Put(r io.Reader, limit int64, at time.Time) (s Stored, err error) {
	spool := filepath.Join(v.dir, "spool")
	if err := v.fs.MkdirAll(spool); err != nil {
		return s, problem.Wrap(problem.Unavailable, err, "make the folder of the evidence")
	}
	temp := filepath.Join(spool, rand.Text())
	if s, err = v.spool(temp, r, limit); err != nil {
		return s, errors.Join(err, v.gone(temp))
	}
	return s, v.place(temp, v.path(s.Address), at)
}

// spool writes r to a file, encrypted.
func (v *Vault) spool(temp string, r io.Reader, limit int64) (s Stored, err error) {
	f, err := v.fs.Create(temp)
	if err != nil {
		return s, problem.Wrap(problem.Unavailable, err, "write evidence")
	}
	sums := newSums()
	s.Size, err = v.encrypt(f, io.TeeReader(io.LimitReader(r, limit+1), sums))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return s, problem.Wrap(problem.Unavailable, err, "write evidence")
	}
	if s.Size > limit {
		return s, problem.New(problem.Invalid, "the file has more than %d MiB: send a part of it, or bring it another way", limit>>20)
	}
	s.SHA256, s.SHA1, s.MD5 = sums.hex()
	s.Address = v.sealer.Digest("address", s.SHA256)
	return s, nil
}

func (v *Vault) encrypt(f io.Writer, r io.Reader) (int64, error) {
	w, err := age.Encrypt(f, v.identity.Recipient())
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, r)
	return n, errors.Join(err, w.Close())
}

// place moves a spooled file to its name. Of a content that is there already the first file stays: its bytes, encrypted, are what backups compare.
func (v *Vault) place(temp, path string, at time.Time) error {
	if _, err := v.fs.Stat(path); err == nil {
		return v.gone(temp)
	}
	folder := filepath.Dir(path)
	err := v.fs.MkdirAll(folder)
	if err == nil {
		err = v.fs.Rename(temp, path)
	}
	if err == nil {
		err = v.date(path, at)
	}
	if err == nil {
		err = v.fs.SyncDir(folder)
	}
	return problem.Wrap(problem.Unavailable, err, "store evidence")
}

// date sets the times of a file and its folder, so that they do not tell when an anonymous report came.
func (v *Vault) date(path string, at time.Time) error {
	if _, real := v.fs.(disk.OS); !real || at.IsZero() {
		return nil
	}
	return errors.Join(os.Chtimes(path, at, at), os.Chtimes(filepath.Dir(path), at, at), os.Chtimes(filepath.Join(v.dir, "spool"), at, at))
}

func (v *Vault) path(address string) string {
	return filepath.Join(v.dir, address[:2], address+".age")
}

// open gives a stored file's content; each piece is checked before it is given out. Errors: Unavailable.
func (v *Vault) open(address string) (io.ReadCloser, error) {
	f, err := v.fs.Open(v.path(address))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "the vault has lost a file: restore it from the backup")
	}
	r, err := age.Decrypt(f, v.identity)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, errors.Join(err, f.Close()), "a file of the vault cannot be decrypted: is the key %q the one that it was stored with?", Secret)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// Content gives an item's content, whole: for who looks through a small one before it is given out. Errors: Unavailable.
func (v *Vault) Content(i *Item) ([]byte, error) {
	r, err := v.open(i.address)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, problem.Wrap(problem.Unavailable, errors.Join(err, r.Close()), "read evidence")
}

// Remove takes a stored file away, which nothing may refer to any more. One that is not there is no error.
func (v *Vault) Remove(address string) error { return v.gone(v.path(address)) }

func (v *Vault) gone(path string) error {
	if err := v.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, err, "remove evidence")
	}
	return nil
}
