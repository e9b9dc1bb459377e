package feed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// spool receives an input: it keeps the bytes as they come, and gives them out decompressed and hashed.
type spool struct {
	layout Layout
	file   disk.File
	to     io.Writer // file, as long as the disk has room
	name   string    // below the spool folder
	kind   unpack.Kind

	in     io.Reader // the input, copied to file as it is read
	out    io.ReadCloser
	sum    hash.Hash
	kept   int64 // bytes as they came
	good   int64 // bytes decompressed
	failed error // writing the file
}

// newSpool begins to receive r under the intake's id. Errors: kind Invalid when the packing is refused, Unavailable when the disk is.
func newSpool(l Layout, id string, r io.Reader, limits unpack.Limits) (*spool, error) {
	s := &spool{layout: l, name: id, sum: sha256.New()}
	source := &sticky{r: r}
	head := make([]byte, unpack.HeadSize)
	n, err := io.ReadFull(source, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if s.kind, err = unpack.Detect(head[:n]); err != nil {
		return nil, err
	}
	if s.file, err = l.create(dirSpool, s.name); err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "receive the input into %s", l.path(dirSpool, ""))
	}
	s.to = l.Careful(s.file)
	s.in = io.TeeReader(io.MultiReader(bytes.NewReader(head[:n]), source), keeper{s})
	s.out, err = unpack.Stream(s.in, s.kind, limits)
	if broken := (*unpack.Broken)(nil); errors.As(err, &broken) && source.sound() {
		err = problem.Wrap(problem.Invalid, err, "not a byte of the archive can be read: fetch the file again")
	}
	if err = errors.Join(s.failed, err); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// sticky gives a read error again and again: a door that failed once must not go on as if nothing were missing.
type sticky struct {
	r   io.Reader
	err error
}

// sound tells that whatever is missing was never there.
func (s *sticky) sound() bool { return s.err == nil || errors.Is(s.err, io.EOF) }

func (s *sticky) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.err = broken(err)
	return n, s.err
}

// broken gives a door's error the kind that says what to do about it: fetch a damaged archive again, or try once more.
func broken(err error) error {
	damage := (*unpack.Broken)(nil)
	switch {
	case errors.As(err, &damage):
		return problem.Wrap(problem.Invalid, err, "fetch the archive again")
	case err == nil || errors.Is(err, io.EOF) || problem.KindOf(err) != problem.Internal:
		return err
	}
	return problem.Wrap(problem.Unavailable, err, "receive the input: give it again")
}

// keeper writes what is read to the spool file; its error is kept apart from the input's.
type keeper struct{ s *spool }

func (k keeper) Write(p []byte) (int, error) {
	n, err := k.s.to.Write(p)
	k.s.kept += int64(n)
	if err != nil {
		k.s.failed = problem.Wrap(problem.Unavailable, err, "receive the input: free disk space and give the file again")
		return n, k.s.failed
	}
	return n, nil
}

// Read gives decompressed bytes and hashes them.
func (s *spool) Read(p []byte) (int, error) {
	n, err := s.out.Read(p)
	s.sum.Write(p[:n])
	s.good += int64(n)
	if s.failed != nil {
		return n, s.failed
	}
	return n, err
}

// drain reads what is left, so that the blob holds all of the input even when nobody wants more of it.
func (s *spool) drain() error {
	buf := make([]byte, 256<<10)
	for {
		_, err := s.Read(buf)
		if s.failed != nil {
			return s.failed
		}
		if errors.Is(err, unpack.ErrRefused) { // also of a file that nobody could read so far
			return err
		}
		if err != nil {
			break
		}
	}
	for { // behind the archive's end, or behind damage
		_, err := s.in.Read(buf)
		if s.failed != nil {
			return s.failed
		}
		if errors.Is(err, io.EOF) && problem.KindOf(err) != problem.Invalid { // damage may end like the end
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *spool) digest() string { return hex.EncodeToString(s.sum.Sum(nil)) }

func ending(k unpack.Kind) string {
	switch k {
	case unpack.Gzip:
		return ".gz"
	case unpack.Zstd:
		return ".zst"
	default:
		return ""
	}
}

// receive reads the input to its end and makes the kept bytes durable.
func (s *spool) receive() error {
	if err := s.drain(); err != nil {
		return err
	}
	return s.sync()
}

// sync makes the content durable; no more is read. Once is enough.
func (s *spool) sync() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Sync(), s.file.Close())
	s.file = nil
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "keep the input")
	}
	return nil
}

// place moves the synced file among the blobs, durably, and gives its name there.
func (s *spool) place() (string, error) {
	name := blobName(s.digest(), ending(s.kind))
	dir := s.layout.path(dirBlobs, name[:2])
	if err := s.layout.FS.MkdirAll(dir); err != nil {
		return "", err
	}
	if err := s.layout.FS.Rename(s.layout.path(dirSpool, s.name), s.layout.path(dirBlobs, name)); err != nil {
		return "", err
	}
	return name, s.layout.FS.SyncDir(dir)
}

// discard forgets the input; after place it does nothing.
func (s *spool) discard() {
	if s.out != nil {
		_ = s.out.Close()
	}
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	_ = s.layout.remove(dirSpool, s.name)
}

// openBlob reads an accepted input again, decompressed.
func openBlob(l Layout, in Intake, limits unpack.Limits) (io.ReadCloser, error) {
	if in.Blob == "" { // keep.Expire and keep.Erase take it off, with a note
		return nil, problem.New(problem.NotFound, "the raw input of intake %s is kept no longer (%s)", in.ID, strings.Join(in.Notes, "; "))
	}
	f, err := l.FS.Open(l.path(dirBlobs, in.Blob))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "the kept input of intake %s", in.ID)
	}
	kind := unpack.Plain
	for _, k := range []unpack.Kind{unpack.Gzip, unpack.Zstd} {
		if len(in.Blob) > len(ending(k)) && in.Blob[len(in.Blob)-len(ending(k)):] == ending(k) {
			kind = k
		}
	}
	out, err := unpack.Stream(f, kind, limits)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return both{out, f}, nil
}

// both closes the file too.
type both struct {
	io.ReadCloser
	file io.Closer
}

func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.file.Close()) }
