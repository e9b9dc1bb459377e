package leak

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// encryptedFlag is that of a file in a ZIP (APPNOTE 4.4.4, bit 0).
const encryptedFlag = 1

// zip looks into a ZIP, and so into what is one inside: the documents of the usual offices.
func (s *search) zip(at Place, data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		s.unreadable(at, Damaged)
		return
	}
	s.text(at, z.Comment, false)
	for _, f := range z.File {
		if s.members++; s.members > MaxMembers {
			s.unreadable(at, TooMuch)
			return
		}
		inside := at.with(Step{Code: InMember, Name: excerpt(f.Name)})
		s.text(inside.with(Step{Code: InName}), f.Name, false)
		s.text(inside, f.Comment, false)
		switch {
		case f.Flags&encryptedFlag != 0:
			s.unreadable(inside, Encrypted)
		case !strings.HasSuffix(f.Name, "/"):
			s.member(inside, f)
		}
	}
}

func (s *search) member(at Place, f *zip.File) {
	r, err := f.Open()
	if err != nil {
		s.unreadable(at, Binary)
		return
	}
	defer func() { _ = r.Close() }()
	s.packed(at, f.Name, r)
}

// packed looks into what comes out of something packed.
func (s *search) packed(at Place, name string, r io.Reader) {
	left := max(s.most-s.unpacked, 0)
	data, err := io.ReadAll(io.LimitReader(r, int64(left)+1))
	s.unpacked += min(len(data), left)
	switch {
	case len(data) > left:
		data = data[:left]
		s.unreadable(at, TooMuch)
	case err != nil:
		s.unreadable(at, Damaged)
	}
	s.file(at, name, "", data)
}

// stream looks into one packed stream.
func (s *search) stream(at Place, name string, data []byte) {
	in := bytes.NewReader(data)
	switch kindOf("", "", data) {
	case fileGzip:
		z, err := gzip.NewReader(in)
		if err != nil {
			s.unreadable(at, Damaged)
			return
		}
		s.text(at.with(Step{Code: InName}), z.Name, false)
		s.text(at, z.Comment, false)
		s.packed(at, without(name, z.Name), z)
	case fileZstd:
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderMaxMemory(2*MaxUnpacked))
		if err != nil {
			s.unreadable(at, Damaged)
			return
		}
		defer z.Close()
		s.packed(at, without(name, ""), z)
	default:
		s.packed(at, without(name, ""), bzip2.NewReader(in))
	}
}

// without is the name of what is packed: its own, or that of the file without the ending.
func without(name, own string) string {
	if own != "" {
		return own
	}
	if at := strings.LastIndexByte(name, '.'); at > 0 {
		return name[:at]
	}
	return name
}

// tar looks into a tar.
func (s *search) tar(at Place, data []byte) {
	t := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			s.unreadable(at, Damaged)
			return
		}
		if s.members++; s.members > MaxMembers {
			s.unreadable(at, TooMuch)
			return
		}
		inside := at.with(Step{Code: InMember, Name: excerpt(h.Name)})
		for _, name := range []string{h.Name, h.Linkname, h.Uname, h.Gname} {
			s.text(inside.with(Step{Code: InName}), name, false)
		}
		for key, value := range h.PAXRecords {
			s.text(inside.with(Step{Code: InHeader, Name: excerpt(key)}), value, false)
		}
		s.packed(inside, h.Name, t)
	}
}
