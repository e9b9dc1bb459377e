package message

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"time"

	"github.com/firehall/firehall/internal/delivery"
)

// How attachments are compressed.
const (
	zipFrom  = 256 << 10 // bytes up to which an attachment goes as it is
	maxChunk = 64 << 10  // bytes that are compressed together
	zipFrame = 600       // bytes of an archive around its only file, names included

	pieceFrame = 12 // bytes around a piece: a block's header, and the empty block that ends a piece
)

// press compresses in pieces of the same length: what a piece becomes depends on what was before it, and never on how it was written. So
// whoever measured a file first knows exactly how large it will be.
type press struct {
	w           *flate.Writer
	chunk, room int
}

func newPress(out io.Writer, chunk int) *press {
	w, _ := flate.NewWriter(out, flate.DefaultCompression) // fails for levels that there are not
	return &press{w: w, chunk: chunk, room: chunk}
}

func (p *press) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		piece := b[:min(len(b), p.room)]
		if _, err := p.w.Write(piece); err != nil {
			return 0, err
		}
		b, p.room = b[len(piece):], p.room-len(piece)
		if p.room > 0 {
			continue
		}
		if err := p.w.Flush(); err != nil {
			return 0, err
		}
		p.room = p.chunk
	}
	return n, nil
}

func (p *press) Close() error { return p.w.Close() }

// file is an attachment while it is written: as it is, or, once it is longer than that, an archive with nothing else in it.
type file struct {
	name, mediaType string
	made            time.Time
	pack            packing
	plain, packed   bytes.Buffer
	archive         *zip.Writer
	entry           io.Writer
}

// packing says when attachments are compressed, and in pieces of which length.
type packing struct{ from, chunk int }

// packingOf suits messages of so many bytes: where they are small, so is what goes as it is.
func packingOf(partSize int64) packing {
	return packing{from: int(min(zipFrom, max(partSize/8, 1))), chunk: int(min(maxChunk, max(partSize/64, 4<<10)))}
}

// Write never fails: all of it goes to memory.
func (f *file) Write(b []byte) (int, error) {
	if f.archive != nil {
		return f.entry.Write(b)
	}
	f.plain.Write(b)
	if f.plain.Len() <= f.pack.from {
		return len(b), nil
	}
	f.archive = zip.NewWriter(&f.packed)
	f.archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return newPress(out, f.pack.chunk), nil })
	var err error
	if f.entry, err = f.archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: f.date()}); err != nil {
		return 0, err
	}
	_, err = f.entry.Write(f.plain.Bytes())
	f.plain = bytes.Buffer{}
	return len(b), err
}

// date is the letter's, so that the same letter gives the same bytes; an archive knows the years from 1980 to 2037 (APPNOTE 4.4.6, and its extra field of 32 bits).
func (f *file) date() time.Time {
	at := f.made.UTC().Truncate(2 * time.Second)
	if at.Year() < 1980 || at.Year() > 2037 {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return at
}

// attachment ends the file.
func (f *file) attachment() (delivery.Attachment, error) {
	if f.archive == nil {
		return delivery.Attachment{Name: f.name, MediaType: f.mediaType, Data: f.plain.Bytes()}, nil
	}
	err := f.archive.Close()
	return delivery.Attachment{Name: f.name + ".zip", MediaType: "application/zip", Data: f.packed.Bytes()}, err
}

// gauge says how large a file will be without keeping it.
type gauge struct {
	pack    packing
	raw     int64  // bytes of the file
	pending []byte // its end, which is not compressed yet; it begins where a piece does
	press   *press
	out     counter // bytes that the rest became
}

// maxPending is how much a gauge keeps: a file that is shorter is not compressed only to be measured.
const maxPending = 1 << 20

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func (g *gauge) reset() {
	g.raw, g.out, g.pending = 0, 0, g.pending[:0]
	if g.press != nil {
		g.press.w.Reset(&g.out)
		g.press.room = g.pack.chunk
	}
}

func (g *gauge) add(b []byte) {
	g.raw += int64(len(b))
	g.pending = append(g.pending, b...)
	if len(g.pending) > maxPending {
		g.squeeze()
	}
}

// squeeze compresses what is pending, as far as it fills pieces.
func (g *gauge) squeeze() {
	n := len(g.pending) / g.pack.chunk * g.pack.chunk
	if n == 0 {
		return
	}
	if g.press == nil {
		g.press = newPress(&g.out, g.pack.chunk)
	}
	_, _ = g.press.Write(g.pending[:n]) // a counter takes everything
	g.pending = append(g.pending[:0], g.pending[n:]...)
}

// with is how many bytes the attachment has at most with so many more: exact for what was compressed, and for the rest what deflate makes of
// noise, which it stores as it is with a few bytes around each block and each piece.
func (g *gauge) with(more int) int64 {
	if raw := g.raw + int64(more); raw <= int64(g.pack.from) {
		return raw
	}
	rest := int64(len(g.pending) + more)
	return int64(g.out) + rest + rest/1024 + pieceFrame*(rest/int64(g.pack.chunk)+1) + zipFrame
}
