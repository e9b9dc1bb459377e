package backup

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// Limits of a file of keys.
const (
	maxKey  = 64 << 10
	maxKeys = 1000
	// maxWork is the most that opening a file of keys may cost (2^n rounds of scrypt): ours cost 2^18.
	maxWork = 20
)

// WriteKeys writes the files of a folder of keys to one file that a passphrase opens (age with scrypt). It gives how many there are.
func WriteKeys(w io.Writer, fsys disk.FS, dir, passphrase string) (int, error) {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return 0, problem.Wrap(problem.Invalid, err, "the passphrase")
	}
	to.SetWorkFactor(18)
	return writeKeys(w, fsys, dir, to)
}

func writeKeys(w io.Writer, fsys disk.FS, dir string, to age.Recipient) (n int, err error) {
	sealed, err := age.Encrypt(w, to)
	if err != nil {
		return 0, err
	}
	t := tar.NewWriter(sealed)
	list, err := fsys.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, problem.Wrap(problem.Unavailable, err, "read the keys")
	}
	for _, e := range list {
		if !isKey(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if err := addKey(t, fsys, filepath.Join(dir, e.Name())); err != nil {
			return n, problem.Wrap(problem.Unavailable, err, "save the key %s", e.Name())
		}
		n++
	}
	return n, errors.Join(t.Close(), sealed.Close())
}

// isKey tells which files of the folder are keys, and not leftovers.
func isKey(name string) bool {
	return strings.HasSuffix(name, ".key") && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && name[0] != '.' && len(name) < 100
}

func addKey(t *tar.Writer, fsys disk.FS, path string) error {
	f, err := fsys.Open(path)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if len(text) > maxKey {
		return problem.New(problem.Invalid, "it is far too long")
	}
	if err := t.WriteHeader(header(filepath.Base(path), int64(len(text)))); err != nil {
		return err
	}
	_, err = t.Write(text)
	return err
}

// ReadKeys reads what WriteKeys wrote: keys by the names of their files. Errors: Forbidden for a wrong passphrase, Invalid for a file that is
// damaged or something else.
func ReadKeys(r io.Reader, passphrase string) (map[string][]byte, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the passphrase")
	}
	id.SetMaxWorkFactor(maxWork)
	in, err := age.Decrypt(r, id)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, problem.New(problem.Forbidden, "the passphrase is not that of the file of keys")
	}
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the file of keys cannot be read")
	}
	keys := map[string][]byte{}
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			_, err := io.Copy(io.Discard, in) // to its end: what is cut off there is found
			return keys, problem.Wrap(problem.Invalid, err, "the file of keys is damaged")
		}
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the file of keys is damaged")
		}
		if !isKey(h.Name) || h.Typeflag != tar.TypeReg || h.Size > maxKey || len(keys) == maxKeys {
			return nil, problem.New(problem.Invalid, "the file of keys holds something else: it was made by somebody else")
		}
		if keys[h.Name], err = io.ReadAll(t); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the file of keys is damaged")
		}
	}
}
