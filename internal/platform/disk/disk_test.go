package disk_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/firehall/firehall/internal/platform/disk"
)

func write(t *testing.T, f disk.FS, path, content string) {
	t.Helper()
	w, err := f.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, content)
	if err := errors.Join(err, w.Sync(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if w.Name() != path {
		t.Errorf("the file is called %s", w.Name())
	}
}

func TestPutInPlace(t *testing.T) {
	dir, f := t.TempDir(), disk.OS{}
	tmp, final := filepath.Join(dir, "x.tmp"), filepath.Join(dir, "x")
	write(t, f, tmp, "content")
	if err := errors.Join(f.Rename(tmp, final), f.SyncDir(dir)); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat(final)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 7 {
		t.Errorf("got %v, %v", info, err)
	}
	r, err := f.Open(final)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part := make([]byte, 4)
	if _, err := r.(io.ReaderAt).ReadAt(part, 3); err != nil || string(part) != "tent" {
		t.Errorf("read %q, %v", part, err)
	}
	if _, err := r.(io.Seeker).Seek(0, io.SeekStart); err != nil {
		t.Error(err)
	}
	names, err := f.ReadDir(dir)
	if err != nil || len(names) != 1 || names[0].Name() != "x" {
		t.Errorf("the folder holds %v, %v", names, err)
	}
	if err := f.Remove(final); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat(final); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after removal: %v", err)
	}
}

func TestErrorsAreTheSystems(t *testing.T) {
	dir, f := t.TempDir(), disk.OS{}
	there, none := filepath.Join(dir, "there"), filepath.Join(dir, "none")
	write(t, f, there, "")
	_, exists := f.Create(there)
	_, opened := f.Open(none)
	_, read := f.ReadDir(none)
	_, free := f.Free(none)
	tests := []struct {
		name      string
		err, want error
	}{
		{"create what exists", exists, fs.ErrExist},
		{"open what is not there", opened, fs.ErrNotExist},
		{"list what is not there", read, fs.ErrNotExist},
		{"free space of what is not there", free, fs.ErrNotExist},
		{"rename what is not there", f.Rename(none, there), fs.ErrNotExist},
		{"remove what is not there", f.Remove(none), fs.ErrNotExist},
		{"sync a folder that is not there", f.SyncDir(none), fs.ErrNotExist},
		{"a folder where a file is", f.MkdirAll(there), fs.ErrExist},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v", tt.name, tt.err)
		}
	}
}

func TestMkdirAll(t *testing.T) {
	dir, f := t.TempDir(), disk.OS{}
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 { // the second time there is nothing to do
		if err := f.MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Dir(deep))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestFree(t *testing.T) {
	if n, err := (disk.OS{}).Free(t.TempDir()); err != nil || n == 0 {
		t.Errorf("got %d, %v", n, err)
	}
}
