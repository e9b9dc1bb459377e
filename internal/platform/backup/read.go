package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxFaults bounds the faults that are listed.
const maxFaults = 100

// Visit takes a member while an archive is read, before anybody knows that it is sound.
type Visit func(m Member, r io.Reader) error

// Verify reads an archive from end to end. Damage is no error: it is in the faults, each with the member that it is in. Errors: Invalid for
// a file that is no backup at all or is of a form that this program does not know, Unavailable if it cannot be read.
func Verify(ctx context.Context, path string) (Manifest, []Fault, error) {
	return Read(ctx, path, func(Member, io.Reader) error { return nil })
}

// Read is Verify, and shows each member to visit on the way; what visit made of it counts only if there are no faults. An error of visit ends
// the reading.
func Read(ctx context.Context, path string, visit Visit) (Manifest, []Fault, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, nil, problem.Wrap(problem.Unavailable, err, "open the backup")
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Manifest{}, nil, problem.New(problem.Invalid, "%s is no regular file", path)
	}
	return read(ctx, f, info.Size(), visit)
}

// reader reads one archive.
type reader struct {
	ctx    context.Context
	sum    hash.Hash
	at     int64 // bytes read
	left   int64 // bytes that members may still have together: tar's sparse files could have any number
	tar    *tar.Reader
	visit  Visit
	head   Head
	seen   []Member
	names  map[string]bool
	stated Manifest
	faults []Fault
}

func read(ctx context.Context, f io.ReaderAt, size int64, visit Visit) (Manifest, []Fault, error) {
	if size < 2*tailSize {
		return Manifest{}, nil, errNone
	}
	r := &reader{ctx: ctx, sum: sha256.New(), left: size, visit: visit, names: map[string]bool{}}
	body := bufio.NewReaderSize(io.NewSectionReader(f, 0, size-tailSize), 1<<20)
	r.tar = tar.NewReader(counted{r, io.TeeReader(body, r.sum)})
	if err := r.first(); err != nil {
		return Manifest{}, nil, err
	}
	if err := r.members(); err != nil {
		return r.stated, r.faults, err
	}
	r.compare()
	if err := r.sealed(f, body, size); err != nil {
		return r.stated, r.faults, err
	}
	return r.stated, r.faults, nil
}

// counted knows how far the reading has come, and ends it with the context.
type counted struct {
	*reader
	in io.Reader
}

func (c counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.in.Read(p)
	c.at += int64(n)
	return n, err
}

var errNone = problem.New(problem.Invalid, "this is no backup of Firehall, or its beginning is damaged")

// first reads what the archive is.
func (r *reader) first() error {
	h, err := r.tar.Next()
	if err != nil || h.Name != headName || h.Size > maxHead {
		return errors.Join(errNone, r.ctx.Err())
	}
	text, m, err := r.load(h)
	if err != nil || json.Unmarshal(text, &r.head) != nil {
		return errors.Join(errNone, r.ctx.Err())
	}
	if r.head.Format > Format || r.head.Format < 1 {
		return problem.New(problem.Invalid, "the backup is of form %d, and this program reads forms up to %d: use the Firehall that made it (%.40s) or a newer one",
			r.head.Format, Format, r.head.Program)
	}
	r.seen = append(r.seen, m)
	return nil
}

// load reads a small member whole.
func (r *reader) load(h *tar.Header) ([]byte, Member, error) {
	var b bytes.Buffer
	m, err := r.take(h, func(_ Member, in io.Reader) error {
		_, err := b.ReadFrom(in)
		return err
	})
	return b.Bytes(), m, err
}

// take reads a member to its end, with its digest.
func (r *reader) take(h *tar.Header, visit Visit) (Member, error) {
	m := Member{Name: h.Name, Size: h.Size}
	sum := sha256.New()
	in := io.TeeReader(r.tar, sum)
	if err := visit(m, in); err != nil {
		return m, err
	}
	_, err := io.Copy(io.Discard, in)
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return m, err
}

// members reads everything up to the manifest. What cannot be read any more is a fault.
func (r *reader) members() error {
	for {
		h, err := r.tar.Next()
		if err != nil {
			return r.broken(err, "the archive is cut off or damaged")
		}
		if err := r.check(h); err != nil {
			return err
		}
		if h.Name == manifestName {
			return r.manifest(h)
		}
		var own error
		m, err := r.take(h, func(m Member, in io.Reader) error {
			own = r.visit(m, in)
			return own
		})
		if own != nil && !cut(own) {
			return own
		}
		if err != nil {
			return r.broken(err, "it is cut off")
		}
		r.seen = append(r.seen, m)
	}
}

// check refuses what no archive of ours has. It ends the reading: what made this was no accident of a disk.
func (r *reader) check(h *tar.Header) error {
	if err := checkName(h.Name); err != nil {
		return err
	}
	if h.Typeflag != tar.TypeReg || h.Size < 0 || r.names[h.Name] || h.Name == headName {
		return problem.New(problem.Invalid, "the backup is damaged, or was made by somebody else: %s is there twice or is no file", h.Name)
	}
	if r.left -= h.Size; r.left < 0 {
		return problem.New(problem.Invalid, "the backup was made by somebody else: %s is larger than the whole of it", h.Name)
	}
	r.names[h.Name] = true
	return nil
}

func cut(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

// broken notes where the archive ends to make sense.
func (r *reader) broken(err error, what string) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	last := "its beginning"
	if len(r.seen) > 0 {
		last = r.seen[len(r.seen)-1].Name
	}
	r.fault("", "%s near byte %d, after %s", what, r.at, last)
	return nil
}

func (r *reader) fault(name, format string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, Fault{Name: name, What: sprintf(format, args...)})
	}
}

// manifest reads what the archive says that it holds.
func (r *reader) manifest(h *tar.Header) error {
	if h.Size > maxManifest {
		return problem.New(problem.Invalid, "the backup's manifest is far too long: it was made by somebody else")
	}
	text, _, err := r.load(h)
	if err != nil {
		return r.broken(err, "the manifest is cut off")
	}
	if err := json.Unmarshal(text, &r.stated); err != nil {
		r.fault(manifestName, "it cannot be read")
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) && len(r.faults) == 0 {
		r.fault("", "there is something behind the manifest")
	}
	return nil
}

// compare holds the members that were read against those that should be there.
func (r *reader) compare() {
	if len(r.stated.Members) == 0 {
		if len(r.faults) == 0 {
			r.fault(manifestName, "it is missing or names nothing")
		}
		return
	}
	read := map[string]Member{}
	for _, m := range r.seen {
		read[m.Name] = m
	}
	for _, m := range r.stated.Members {
		got, ok := read[m.Name]
		switch {
		case !ok:
			r.fault(m.Name, "it is missing")
		case got != m:
			r.fault(m.Name, "its content is not what was written: SHA-256 %.16s..., not %.16s...", got.SHA256, m.SHA256)
		}
		delete(read, m.Name)
	}
	for name := range read {
		r.fault(name, "it was not there when the backup was made")
	}
}

// sealed reads what is left and compares with the seal, which covers every byte before it.
func (r *reader) sealed(f io.ReaderAt, body *bufio.Reader, size int64) error {
	if _, err := io.Copy(r.sum, body); err != nil {
		return problem.Wrap(problem.Unavailable, err, "read the backup")
	}
	end := make([]byte, tailSize)
	if _, err := f.ReadAt(end, size-tailSize); err != nil && !errors.Is(err, io.EOF) {
		return problem.Wrap(problem.Unavailable, err, "read the backup")
	}
	sum := r.sum.Sum(nil)
	if bytes.Equal(end, tail(sum)) || len(r.faults) > 0 {
		return nil
	}
	if !strings.Contains(string(end), hex.EncodeToString(sum)) {
		r.fault("", "a byte between the members, or the seal at the end, was changed")
		return nil
	}
	r.fault(sealName, "bytes around the seal were changed")
	return nil
}
