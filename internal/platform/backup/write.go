package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// partSuffix is behind the name of an archive that is not whole yet.
const partSuffix = ".part"

// Writer writes an archive.
type Writer struct {
	fs       disk.FS
	path     string
	file     disk.File
	buffer   *bufio.Writer
	sum      hash.Hash
	tar      *tar.Writer
	manifest Manifest
	copying  []byte
}

// Create begins an archive, beside its place: only Finish gives it its name. What an earlier one left unfinished there is removed.
// Errors: Conflict if there is a file of that name, Unavailable if it cannot be written.
func Create(fsys disk.FS, path string, h Head) (*Writer, error) {
	if _, err := fsys.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(problem.Conflict, "%s is there already: name another file", path)
	}
	if err := fsys.Remove(path + partSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Wrap(problem.Unavailable, err, "begin the backup")
	}
	f, err := fsys.Create(path + partSuffix)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "begin the backup")
	}
	h.Format = Format
	w := &Writer{fs: fsys, path: path, file: f, sum: sha256.New(), manifest: Manifest{Head: h}, copying: make([]byte, 256<<10)}
	w.buffer = bufio.NewWriterSize(f, 1<<20)
	w.tar = tar.NewWriter(io.MultiWriter(w.buffer, w.sum))
	if err := w.addJSON(headName, h); err != nil {
		w.Abandon()
		return nil, err
	}
	return w, nil
}

func (w *Writer) addJSON(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Add(name, int64(len(text)), bytes.NewReader(text))
	return err
}

// header is the head of a member. Nothing in it depends on anything but name and size.
func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
}

// Add adds a member of exactly size bytes, and gives their SHA-256. Errors: Invalid if r gives fewer or more.
func (w *Writer) Add(name string, size int64, r io.Reader) (sum [sha256.Size]byte, err error) {
	if err := checkName(name); err != nil {
		return sum, err
	}
	if err := w.tar.WriteHeader(header(name, size)); err != nil {
		return sum, w.failed(err)
	}
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(failing{w}, h), io.LimitReader(r, size), w.copying)
	if err == nil && n == size {
		var more [1]byte
		if extra, _ := r.Read(more[:]); extra > 0 {
			n++
		}
	}
	if err == nil && n != size {
		err = problem.New(problem.Invalid, "%s has another size than its %d bytes", name, size)
	}
	h.Sum(sum[:0])
	w.manifest.Members = append(w.manifest.Members, Member{Name: name, Size: size, SHA256: hex.EncodeToString(sum[:])})
	return sum, err
}

// failing tells a fault of the archive's disk from one of what is read.
type failing struct{ w *Writer }

func (f failing) Write(p []byte) (int, error) {
	n, err := f.w.tar.Write(p)
	return n, f.w.failed(err)
}

func (w *Writer) failed(err error) error {
	return problem.Wrap(problem.Unavailable, err, "write the backup %s: see that the disk is not full", w.path)
}

// Finish ends the archive, makes it durable and gives it its name.
func (w *Writer) Finish(figures map[string]int64, faults []Fault) (Manifest, error) {
	m := w.manifest
	m.Figures, m.Faults = figures, faults
	if err := w.addJSON(manifestName, m); err != nil {
		return m, err
	}
	if err := w.tar.Flush(); err != nil {
		return m, w.failed(err)
	}
	_, err := w.buffer.Write(tail(w.sum.Sum(nil)))
	if err := errors.Join(err, w.buffer.Flush(), w.file.Sync(), w.file.Close()); err != nil {
		return m, w.failed(err)
	}
	if _, err := w.fs.Stat(w.path); !errors.Is(err, fs.ErrNotExist) {
		return m, problem.New(problem.Conflict, "%s is there meanwhile: the backup is in %s", w.path, w.path+partSuffix)
	}
	if err := w.fs.Rename(w.path+partSuffix, w.path); err != nil {
		return m, w.failed(err)
	}
	return m, w.failed(w.fs.SyncDir(filepath.Dir(w.path)))
}

// Abandon removes what was written.
func (w *Writer) Abandon() {
	_ = w.file.Close()
	_ = w.fs.Remove(w.path + partSuffix)
}

// tail is how an archive ends whose bytes before have that digest: the seal, and tar's end. Its length is always tailSize.
func tail(sum []byte) []byte {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	text := hex.EncodeToString(sum)
	h := header(sealName, int64(len(text)))
	h.Format = tar.FormatUSTAR
	_ = t.WriteHeader(h) // into memory: cannot fail
	_, _ = io.WriteString(t, text)
	_ = t.Close()
	return b.Bytes()
}

const tailSize = 4 * 512
