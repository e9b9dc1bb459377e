package keep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/disk"
)

// suffix ends the names of files that a keeper wrote: an unknown one is a dead keeper's, for only one lives at a time.
const suffix = "-keep.parquet"

// source is an open segment.
type source struct {
	*segment.Reader
	file io.Closer
}

func (k *Keeper) open(s event.Segment) (source, error) {
	f, err := k.FS.Open(k.path(dirEvents, s.Path))
	if err != nil {
		return source{}, problem.Wrap(problem.Internal, err, "segment %s is in the manifest but cannot be read", s.Path)
	}
	r, err := segment.NewReader(f, s.Bytes)
	if err != nil {
		return source{}, errors.Join(problem.Wrap(problem.Internal, err, "segment %s", s.Path), f.Close())
	}
	return source{r, f}, nil
}

// groups calls do for each row group of the segments, in order.
func (k *Keeper) groups(ctx context.Context, segments []event.Segment, do func(r *segment.Reader, g int) error) error {
	for _, s := range segments {
		in, err := k.open(s)
		if err != nil {
			return err
		}
		for g := range in.Groups() {
			if err == nil {
				err = errors.Join(context.Cause(ctx), do(in.Reader, g))
			}
		}
		if err := errors.Join(err, in.file.Close()); err != nil {
			return fmt.Errorf("segment %s: %w", s.Path, err)
		}
	}
	return nil
}

// output is a new segment that nobody sees yet.
type output struct {
	keeper  *Keeper
	file    disk.File
	writer  *segment.Writer
	encoder *segment.Encoder
	sorter  segment.Sorter
	rows    []int32
	seg     event.Segment
}

// create begins a new segment of which describe tells all but the content.
func (k *Keeper) create(describe event.Segment) (*output, error) {
	enc, err := segment.NewEncoder()
	if err != nil {
		return nil, err
	}
	describe.Path = fmt.Sprintf("%s/%s/%s%s", event.DayName(describe.Day), describe.Taxonomy, id.NewAt(k.Clock.Now()), suffix)
	path := k.path(dirEvents, describe.Path)
	if err := k.FS.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := k.FS.Create(path)
	if err != nil {
		return nil, err
	}
	return &output{keeper: k, file: f, writer: segment.NewWriter(f), encoder: enc, seg: describe}, nil
}

// all numbers the rows of a batch in order of address.
func (o *output) all(b *event.Batch) []int32 {
	o.rows = o.rows[:0]
	for i := range b.Rows() {
		o.rows = append(o.rows, int32(i)) //nolint:gosec // a batch is far smaller
	}
	o.sorter.Sort(b, o.rows)
	return o.rows
}

// write adds rows of a batch, as row groups of at most so many.
func (o *output) write(b *event.Batch, rows []int32, most int) error {
	for group := range slices.Chunk(rows, most) {
		if err := o.writer.Append(o.encoder.Group(b, group, o.seg.Keys)); err != nil {
			return err
		}
	}
	return nil
}

// finish makes the segment durable. It must hold so many rows.
func (o *output) finish(rows int64) (event.Segment, error) {
	info, err := o.writer.Finish()
	err = errors.Join(err, o.file.Sync(), o.file.Close())
	o.file = nil
	if err == nil {
		err = o.keeper.FS.SyncDir(filepath.Dir(o.keeper.path(dirEvents, o.seg.Path)))
	}
	if err == nil && info.Rows != rows {
		err = problem.New(problem.Internal, "a rewritten segment has %d rows and should have %d: the old ones stay", info.Rows, rows)
	}
	if err != nil {
		return event.Segment{}, err
	}
	o.seg.Rows, o.seg.Bytes, o.seg.MinTime, o.seg.MaxTime = info.Rows, info.Bytes, info.MinTime, info.MaxTime
	for _, l := range info.Leaves {
		o.seg.Leaves = append(o.seg.Leaves, l.Name)
	}
	return o.seg, nil
}

// discard removes a segment that did not become visible.
func (o *output) discard() {
	if o.file != nil {
		_ = o.file.Close()
		o.file = nil
	}
	_ = o.keeper.remove(dirEvents, o.seg.Path)
}

// remove removes a file that may be gone already.
func (k *Keeper) remove(folder, name string) error {
	err := k.FS.Remove(k.path(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// run writes the job's segments anew as one; the caller publishes or discards it.
func (k *Keeper) run(ctx context.Context, j job) (out *output, made event.Segment, err error) {
	if out, err = k.create(j.joined()); err != nil {
		return nil, made, problem.Wrap(problem.Unavailable, err, "write a segment")
	}
	size, rows := sizes(j.segments)
	if size <= k.limits.bytes && rows <= k.limits.rows {
		err = k.sorted(ctx, j, out)
	} else {
		err = k.copied(ctx, j, out)
	}
	if err == nil {
		made, err = out.finish(rows)
	}
	if err != nil {
		out.discard()
	}
	return out, made, err
}

// copied writes large segments row group by row group: each stays in order, the whole is not.
func (k *Keeper) copied(ctx context.Context, j job, out *output) error {
	b := event.NewBatch([32]byte{})
	return k.groups(ctx, j.segments, func(r *segment.Reader, g int) error {
		b.Reset()
		if err := r.Append(g, b, nil); err != nil {
			return err
		}
		return out.write(b, out.all(b), k.limits.group)
	})
}

// sorted writes all rows in order of address: they are dealt into slices of the address space, kept in memory as they would lie on
// disk, and each slice is sorted by itself.
func (k *Keeper) sorted(ctx context.Context, j job, out *output) error {
	bounds, err := k.bounds(ctx, j)
	if err != nil {
		return err
	}
	most := k.limits.groupRows(j.segments)
	d := newDealer(out, bounds)
	b := event.NewBatch([32]byte{})
	err = k.groups(ctx, j.segments, func(r *segment.Reader, g int) error {
		if b.Rows() > 0 && b.Rows()+r.Rows(g) > most {
			if err := d.deal(b); err != nil {
				return err
			}
			b.Reset()
		}
		return r.Append(g, b, nil)
	})
	if err != nil {
		return err
	}
	if len(d.slices) == 1 && d.slices[0].writer == nil { // all in one batch
		return out.write(b, out.all(b), most)
	}
	if err := d.deal(b); err != nil {
		return err
	}
	for _, s := range d.slices {
		if err := errors.Join(context.Cause(ctx), s.settle(b, out, most)); err != nil {
			return err
		}
	}
	return nil
}

// bounds gives the addresses at which the slices of a job begin.
func (k *Keeper) bounds(ctx context.Context, j job) ([]address, error) {
	_, rows := sizes(j.segments)
	most := k.limits.groupRows(j.segments)
	if rows <= int64(most) {
		return nil, nil
	}
	all := make([]address, 0, rows)
	b := event.NewBatch([32]byte{})
	err := k.groups(ctx, j.segments, func(r *segment.Reader, g int) error {
		b.Reset()
		b.Column(event.FieldSourceIP)
		if err := r.Append(g, b, func(field string) bool { return field == event.FieldSourceIP }); err != nil {
			return err
		}
		hi, lo := b.Find(event.FieldSourceIP).HiLo()
		for i := range hi {
			all = append(all, address{hi[i], lo[i]})
		}
		return nil
	})
	slices.SortFunc(all, address.compare)
	return splits(all, most), err
}

// dealer deals rows into slices of the address space.
type dealer struct {
	out    *output
	bounds []address
	slices []*slice
}

// slice is the rows of a part of the address space, encoded in memory.
type slice struct {
	file   bytes.Buffer
	writer *segment.Writer
}

func newDealer(out *output, bounds []address) *dealer {
	d := &dealer{out: out, bounds: bounds}
	for range len(bounds) + 1 {
		d.slices = append(d.slices, &slice{})
	}
	return d
}

func (d *dealer) deal(b *event.Batch) error {
	rows := d.out.all(b)
	b.Column(event.FieldSourceIP)
	hi, lo := b.Find(event.FieldSourceIP).HiLo()
	for i, s := range d.slices {
		n := len(rows)
		if i < len(d.bounds) {
			n, _ = slices.BinarySearchFunc(rows, d.bounds[i], func(r int32, a address) int { return address{hi[r], lo[r]}.compare(a) })
		}
		if n > 0 {
			if err := s.add(d.out.encoder.Group(b, rows[:n], d.out.seg.Keys)); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	return nil
}

func (s *slice) add(g *segment.Group) error {
	if s.writer == nil {
		s.writer = segment.NewWriter(&s.file)
	}
	return s.writer.Append(g)
}

// settle writes the slice's rows to out, in order. Only a slice of a single address is longer than a row group, and needs no order.
func (s *slice) settle(b *event.Batch, out *output, most int) error {
	if s.writer == nil {
		return nil
	}
	if _, err := s.writer.Finish(); err != nil {
		return err
	}
	r, err := segment.NewReader(bytes.NewReader(s.file.Bytes()), int64(s.file.Len()))
	if err != nil {
		return err
	}
	b.Reset()
	for g := range r.Groups() {
		if b.Rows() > 0 && b.Rows()+r.Rows(g) > most {
			if err := out.write(b, out.all(b), most); err != nil {
				return err
			}
			b.Reset()
		}
		if err := r.Append(g, b, nil); err != nil {
			return err
		}
	}
	s.file, s.writer = bytes.Buffer{}, nil
	return out.write(b, out.all(b), most)
}
