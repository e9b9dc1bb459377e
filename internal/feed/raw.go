package feed

import (
	"context"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// AsideRow is a row that was set aside, with what it said.
type AsideRow struct {
	event.Reject
	Raw  []byte // the row as it came, at most MostRaw bytes
	Cut  bool   // it is longer
	Lost bool   // its input is kept no longer
}

// MostRaw is how much of one row AsideRows gives, in bytes.
const MostRaw = 2 << 10

// AsideRows reads the rows of an intake that were set aside, from a number on, at most so many, and tells whether there are more. It reads
// the kept input up to the last of them.
func (s *Service) AsideRows(ctx context.Context, actor identity.Actor, in Intake, from, most int) (out []AsideRow, more bool, err error) {
	if err := actor.Authorise(OpRead, in.ID); err != nil {
		return nil, false, err
	}
	if in.Aside == "" {
		return nil, false, nil
	}
	list, err := s.openAside(in)
	if err != nil {
		return nil, false, err
	}
	defer list.close()
	for n := 0; ; n++ {
		r, err := list.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, false, err
		}
		if n < from {
			continue
		}
		if more = len(out) == most; more {
			break
		}
		out = append(out, AsideRow{Reject: r})
	}
	return out, more, s.readRaw(ctx, in, out)
}

// readRaw reads what rows said. Where the input is gone, or damaged from a place on, the rows say so.
func (s *Service) readRaw(ctx context.Context, in Intake, rows []AsideRow) error {
	blob, err := openBlob(s.Layout, in, s.limits())
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Unavailable) {
		for i := range rows {
			rows[i].Lost = true
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = blob.Close() }()
	at := int64(0)
	for i := range rows {
		r := &rows[i]
		if r.Offset < at || r.Length < 0 {
			r.Lost = true
			continue
		}
		n, err := io.CopyN(io.Discard, waitless{ctx, blob}, r.Offset-at)
		at += n
		if err == nil {
			r.Raw = make([]byte, min(r.Length, MostRaw))
			n, err := io.ReadFull(blob, r.Raw)
			at += int64(n)
			r.Raw, r.Cut = r.Raw[:n], r.Length > n && err == nil
		}
		r.Lost = err != nil && len(r.Raw) == 0
	}
	return context.Cause(ctx)
}

// waitless reads until its context ends.
type waitless struct {
	ctx context.Context
	in  io.Reader
}

func (w waitless) Read(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	return w.in.Read(p)
}

// Fetching tells how the fetching of feeds goes, by feed; of those that are never fetched, nothing.
func (s *Service) Fetching(ctx context.Context, actor identity.Actor) (map[string]Fetched, error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	out := map[string]Fetched{}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := ListFetched(tx, "")
		for _, f := range list {
			out[f.Feed] = f
		}
		return err
	})
	return out, err
}
