package unpack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits bound what an archive may become. A zero field means its default.
type Limits struct {
	Bytes     int64 // decompressed, all members together; default 64 GiB
	Ratio     int64 // decompressed to compressed; default 200
	RatioFrom int64 // the ratio counts only after so many bytes: small files may be odd; default 64 MiB
	Members   int   // files in a zip; default 1000
}

func (l Limits) orDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 64 << 30
	}
	if l.Ratio <= 0 {
		l.Ratio = 200
	}
	if l.RatioFrom <= 0 {
		l.RatioFrom = 64 << 20
	}
	if l.Members <= 0 {
		l.Members = 1000
	}
	return l
}

// ErrRefused is in the tree of each error that says that an archive is refused as dangerous (kind problem.Invalid): a bomb, too many
// members, an archive within an archive, encryption.
var ErrRefused = errors.New("archive refused")

// Broken says that the input is cut or damaged after Good decompressed bytes. errors.Is(err, io.ErrUnexpectedEOF) holds for it.
type Broken struct {
	Good int64
	Err  error
}

func (b *Broken) Error() string {
	return fmt.Sprintf("damaged or cut off after %d good bytes: %v", b.Good, b.Err)
}

// Unwrap gives the cause.
func (b *Broken) Unwrap() error { return b.Err }

// Is makes every Broken an io.ErrUnexpectedEOF.
func (b *Broken) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// Kind is how an input is packed.
type Kind uint8

// The kinds of packing.
const (
	Plain Kind = iota
	Gzip
	Zip
	Zstd
	foreign // packed in a way that is not read here
)

var magics = []struct {
	magic string
	kind  Kind
	name  string
}{
	{"\x1f\x8b", Gzip, "gzip"},
	{"PK\x03\x04", Zip, "zip"},
	{"PK\x05\x06", Zip, "zip"},
	{"\x28\xb5\x2f\xfd", Zstd, "zstd"},
	{"\xfd7zXZ\x00", foreign, "xz"},
	{"BZh", foreign, "bzip2"},
	{"7z\xbc\xaf\x27\x1c", foreign, "7z"},
	{"Rar!\x1a\x07", foreign, "rar"},
	{"\x04\x22\x4d\x18", foreign, "lz4"},
}

// tarMagic stands at tarAt in a tar file.
const (
	tarMagic = "ustar"
	tarAt    = 257
	// HeadSize is how many bytes Detect needs at most.
	HeadSize = tarAt + len(tarMagic)
)

// detect names the packing that data begins with.
func detect(head []byte) (Kind, string) {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) && (m.magic != "BZh" || len(head) > 9 && string(head[4:10]) == "1AY&SY") {
			return m.kind, m.name
		}
	}
	if len(head) >= HeadSize && string(head[tarAt:HeadSize]) == tarMagic {
		return foreign, "tar"
	}
	return Plain, ""
}

// Detect tells how an input is packed from its first HeadSize bytes (fewer if it is shorter). An error of kind problem.Invalid means
// that it is packed in a way not read here.
func Detect(head []byte) (Kind, error) {
	k, name := detect(head)
	if k == foreign {
		return Plain, problem.New(problem.Invalid, "packed as %s, which is not read: unpack it first, or use gzip, zip or zstd", name)
	}
	return k, nil
}

// Member is one file of an input: the input itself if it is plain, its content if it is gzip or zstd, each file of a zip.
type Member struct {
	Name string // label: the last element of the name, without the packing's ending
	open func() (io.ReadCloser, error)
}

// Open begins to read the member, decompressed. Read gives *Broken for damaged input and ErrRefused at a limit.
func (m Member) Open() (io.ReadCloser, error) { return m.open() }

// Members lists the files of an input of size bytes called name.
func Members(r io.ReaderAt, size int64, name string, l Limits) ([]Member, error) {
	head := make([]byte, min(size, int64(HeadSize)))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, problem.Wrap(problem.Internal, err, "read the beginning of %s", name)
	}
	k, err := Detect(head)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s", name)
	}
	if k == Zip {
		return zipMembers(r, size, l.orDefaults())
	}
	m := Member{Name: Label(name), open: func() (io.ReadCloser, error) {
		return Stream(io.NewSectionReader(r, 0, size), k, l)
	}}
	return []Member{m}, nil
}

// Label is the last element of a name, however its separators look, without the ending of a packing.
func Label(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	for _, ending := range []string{".gz", ".zst", ".zstd", ".zip", ".gzip"} {
		if n := len(name) - len(ending); n > 0 && strings.EqualFold(name[n:], ending) {
			return name[:n]
		}
	}
	return name
}

// Stream reads r, which is packed as k (not Zip), decompressed.
func Stream(r io.Reader, k Kind, l Limits) (io.ReadCloser, error) {
	in := &counter{r: r}
	g := &guard{limits: l.orDefaults(), packed: in.count}
	switch k {
	case Plain:
		return io.NopCloser(r), nil
	case Gzip:
		z, err := gzip.NewReader(bufio.NewReaderSize(in, 64<<10))
		if err != nil {
			return nil, &Broken{Err: err}
		}
		g.r, g.close = z, z.Close
	case Zstd:
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderMaxMemory(128<<20))
		if err != nil {
			return nil, &Broken{Err: err}
		}
		g.r, g.close = z, func() error { z.Close(); return nil }
	default:
		return nil, problem.New(problem.Invalid, "a zip is no stream")
	}
	return g, nil
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) count() int64 { return c.n }

// guard watches the decompressed side.
type guard struct {
	r      io.Reader
	limits Limits
	packed func() int64 // compressed bytes so far, of all members
	total  *int64       // decompressed bytes of all members, nil for one alone
	close  func() error

	out  int64
	head []byte // first bytes, until they have been judged
	seen bool
	err  error
}

// Read gives decompressed bytes.
func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	g.out += int64(n)
	if g.total != nil {
		*g.total += int64(n)
	}
	if g.err = g.refusal(p[:n], err != nil); g.err != nil {
		return 0, g.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Broken{Good: g.out, Err: err}
	}
	g.err = err
	return n, err
}

// refusal judges what has come out so far.
func (g *guard) refusal(p []byte, end bool) error {
	all := g.out
	if g.total != nil {
		all = *g.total
	}
	switch packed := max(g.packed(), 1); {
	case all > g.limits.Bytes:
		return refuse("it unpacks to more than %d bytes", g.limits.Bytes)
	case all > g.limits.RatioFrom && all/packed > g.limits.Ratio:
		return refuse("it unpacks to more than %d times its size: a bomb, it seems", g.limits.Ratio)
	}
	return g.nested(p, end)
}

// nested refuses content that is itself packed.
func (g *guard) nested(p []byte, end bool) error {
	if g.seen {
		return nil
	}
	g.head = append(g.head, p[:min(len(p), HeadSize-len(g.head))]...)
	if k, name := detect(g.head); k != Plain {
		return refuse("there is %s inside: unpack it first", name)
	}
	if len(g.head) >= HeadSize || end {
		g.seen, g.head = true, nil
	}
	return nil
}

// Close ends reading.
func (g *guard) Close() error { return g.close() }

func refuse(format string, args ...any) error {
	return problem.Wrap(problem.Invalid, ErrRefused, "%s", fmt.Sprintf(format, args...))
}

// zipMembers lists a zip's files after judging its directory.
func zipMembers(r io.ReaderAt, size int64, l Limits) ([]Member, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, &Broken{Err: err}, "read the zip's directory, which stands at its end")
	}
	if len(z.File) > l.Members {
		return nil, refuse("the zip holds %d files, more than %d", len(z.File), l.Members)
	}
	var members []Member
	var packed, claimed uint64
	sum := new(sum)
	for _, f := range z.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		// Files that share compressed bytes are how a small zip becomes petabytes.
		packed += f.CompressedSize64
		claimed += f.UncompressedSize64
		if packed > uint64(size) || f.CompressedSize64 > uint64(size) { //nolint:gosec // size is that of a file
			return nil, refuse("the files in the zip overlap")
		}
		if claimed > uint64(l.Bytes) || f.UncompressedSize64 > uint64(l.Bytes) { //nolint:gosec // positive
			return nil, refuse("it unpacks to more than %d bytes", l.Bytes)
		}
		if f.Flags&1 != 0 {
			return nil, refuse("%s is encrypted: unpack it first", Label(f.Name))
		}
		members = append(members, zipMember(f, l, sum))
	}
	return members, nil
}

// sum is what the members of a zip come to that were opened so far: many bombs each below the limits are one bomb.
type sum struct{ packed, total int64 }

func zipMember(f *zip.File, l Limits, all *sum) Member {
	return Member{Name: Label(f.Name), open: func() (io.ReadCloser, error) {
		rc, err := f.Open()
		if errors.Is(err, zip.ErrAlgorithm) {
			return nil, problem.New(problem.Invalid, "%s is packed by a method that is not read (%d): unpack it first", Label(f.Name), f.Method)
		}
		if err != nil {
			return nil, &Broken{Err: err}
		}
		all.packed += int64(f.CompressedSize64) //nolint:gosec // bounded by the file's size
		return &guard{r: rc, limits: l, packed: func() int64 { return all.packed }, total: &all.total, close: rc.Close}, nil
	}}
}
