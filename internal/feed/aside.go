package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
)

// Aside reads the places and reasons of an intake's rows that were set aside.
func (s *Service) Aside(actor identity.Actor, in Intake) ([]event.Reject, error) {
	if err := actor.Authorise(OpRead, in.ID); err != nil {
		return nil, err
	}
	if in.Aside == "" {
		return nil, nil
	}
	list, err := s.openAside(in)
	if err != nil {
		return nil, err
	}
	defer list.close()
	var out []event.Reject
	for {
		r, err := list.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
}

// asideReader reads an intake's file of rows set aside, which may be longer than memory.
type asideReader struct {
	intake string
	file   io.Closer
	zstd   *zstd.Decoder
	json   *json.Decoder
}

func (s *Service) openAside(in Intake) (*asideReader, error) {
	f, err := s.Layout.FS.Open(s.Layout.path(dirAside, in.Aside))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "rows set aside of intake %s", in.ID)
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &asideReader{intake: in.ID, file: f, zstd: z, json: json.NewDecoder(z)}, nil
}

// next gives the next row; io.EOF ends them.
func (a *asideReader) next() (r event.Reject, err error) {
	err = a.json.Decode(&r)
	if err != nil && !errors.Is(err, io.EOF) {
		err = problem.Wrap(problem.Internal, err, "rows set aside of intake %s", a.intake)
	}
	return r, err
}

func (a *asideReader) close() {
	a.zstd.Close()
	_ = a.file.Close()
}

// picker gives single records of a decompressed input as parts, many of them a bundle.
type picker struct {
	in     io.Reader
	places func() (event.Reject, error) // ascending; io.EOF ends them
	size   int                          // bytes of a bundle, about
	at     int64
	index  int
}

const (
	// longestPick bounds what is read into memory for one row; a longer one stays aside.
	longestPick = 64 << 20
	// mostPicks bounds the rows of a bundle.
	mostPicks = 8192
)

// Next implements cutter.
func (p *picker) Next() (bundle, error) {
	out := bundle{index: p.index}
	for size := 0; size < p.size && len(out.parts) < mostPicks; {
		r, err := p.places()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, err
		}
		part := p.pick(r)
		size += len(part.Data)
		out.parts = append(out.parts, part)
	}
	if len(out.parts) == 0 {
		return out, io.EOF
	}
	p.index++
	return out, nil
}

// pick reads one record. What cannot be read stays aside: also a place that lies before the end of the last one, since it was not where
// the reader is any more.
func (p *picker) pick(r event.Reject) format.Part {
	stays := format.Part{Offset: r.Offset, Line: r.Line, Last: true, Exact: true, Rejects: []event.Reject{r}}
	if r.Offset < p.at || r.Length < 0 {
		return stays
	}
	n, err := io.CopyN(io.Discard, p.in, r.Offset-p.at)
	if p.at += n; err != nil || r.Length > longestPick || r.Code == event.RejectTruncated {
		return stays
	}
	data := make([]byte, r.Length, r.Length+1)
	got, _ := io.ReadFull(p.in, data)
	if p.at += int64(got); got < r.Length {
		return stays
	}
	part := stays
	part.Rejects, part.Data = nil, append(bytes.TrimRight(data, "\r\n"), '\n')
	return part
}
