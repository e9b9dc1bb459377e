package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Fault is something wrong with a key, and what to do about it.
type Fault struct{ Problem, Do string }

// Check looks at the keys that are there and makes none: whether each can be read, by its owner only, and is whole.
func (r *Ring) Check() []Fault {
	list, err := r.fs.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Fault{{err.Error(), "see that this user may read the folder"}}
	}
	var out []Fault
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".key") {
			out = append(out, r.check(e.Name())...)
		}
	}
	return out
}

func (r *Ring) check(file string) []Fault {
	text, err := r.read(file)
	if err == nil {
		err = whole(file, text)
	}
	if err != nil {
		return []Fault{{fmt.Sprintf("%s: %v", r.path(file), err), "restore it from the backup"}}
	}
	info, err := r.fs.Stat(r.path(file))
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return []Fault{{fmt.Sprintf("%s can be read by others (mode %04o)", r.path(file), info.Mode().Perm()), "chmod 600 " + r.path(file)}}
	}
	return nil
}

// whole tells whether a file's content is the key that its name promises.
func whole(file string, text []byte) (err error) {
	switch file {
	case pgpFile:
		_, err = readPGP(text)
	case dkimFile:
		_, err = readDKIM(text)
	default:
		_, err = readSecret(text)
	}
	return err
}
