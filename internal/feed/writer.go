package feed

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/disk"
)

// A segment is closed after so many rows or row groups, which bounds the memory that its footer takes. Files of facts have few columns;
// they may have more groups.
const (
	segmentRows   = 4 << 20
	segmentGroups = 192
	foldGroups    = 2048
)

// writer puts what an attempt cooked into its files. None counts before the manifest names it; discard removes them.
type writer struct {
	layout Layout
	intake Intake
	day    int64

	open     map[string]*openSegment // by class
	number   int
	segments []event.Segment
	facts    *openSegment
	folds    []event.Fold
	aside    *asideWriter

	mostRows, mostGroups, mostFacts int // of a file: segmentRows, segmentGroups, foldGroups

	written []written
	inKept  int64 // bytes of segments
}

type openSegment struct {
	file   disk.File
	writer *segment.Writer
	name   string
	rows   int
	groups int
}

type written struct{ folder, name string }

func newWriter(l Layout, in Intake) *writer {
	return &writer{
		layout: l, intake: in, day: event.DayOf(in.Arrived), open: map[string]*openSegment{},
		mostRows: segmentRows, mostGroups: segmentGroups, mostFacts: foldGroups,
	}
}

func (w *writer) create(folder, name string) (disk.File, error) {
	w.written = append(w.written, written{folder, name})
	return w.layout.create(folder, name)
}

func (w *writer) start(folder, name string) (*openSegment, error) {
	f, err := w.create(folder, name)
	if err != nil {
		return nil, err
	}
	return &openSegment{file: f, writer: segment.NewWriter(f), name: name}, nil
}

func (s *openSegment) add(g *segment.Group) error {
	s.rows += g.Rows
	s.groups++
	return s.writer.Append(g)
}

func (w *writer) add(c cooked) error {
	for _, r := range c.rejects {
		if err := w.setAside(r); err != nil {
			return err
		}
	}
	for _, g := range c.groups {
		if err := w.addGroup(g); err != nil {
			return err
		}
	}
	return w.addFacts(c.facts)
}

func (w *writer) addFacts(g *segment.Group) (err error) {
	if g == nil {
		return nil
	}
	if w.facts == nil {
		if w.facts, err = w.start(dirFolds, foldName(w.intake.ID, w.intake.Attempt, len(w.folds))); err != nil {
			return err
		}
	}
	if err := w.facts.add(g); err != nil || w.facts.groups < w.mostFacts {
		return err
	}
	return w.finishFacts()
}

func (w *writer) addGroup(g classGroup) error {
	taxonomy := g.taxonomy
	if !slices.Contains(rsit.Classes(), rsit.Class(taxonomy)) { // a folder is named for it
		taxonomy = string(rsit.Other)
	}
	s := w.open[taxonomy]
	if s != nil && !s.writer.Fits(g.group) {
		delete(w.open, taxonomy)
		if err := w.finish(taxonomy, s); err != nil {
			return err
		}
		s = nil
	}
	if s == nil {
		var err error
		if s, err = w.start(dirEvents, segmentName(w.day, taxonomy, w.intake.ID, w.intake.Attempt, w.number)); err != nil {
			return err
		}
		w.number++
		w.open[taxonomy] = s
	}
	if err := s.add(g.group); err != nil {
		return err
	}
	if s.rows >= w.mostRows || s.groups >= w.mostGroups {
		delete(w.open, taxonomy)
		return w.finish(taxonomy, s)
	}
	return nil
}

func (w *writer) finish(taxonomy string, s *openSegment) error {
	info, err := s.writer.Finish()
	if err != nil {
		return errors.Join(err, s.file.Close())
	}
	if err := w.layout.finish(s.file); err != nil {
		return err
	}
	w.inKept += info.Bytes
	out := event.Segment{
		Path: s.name, Intake: w.intake.ID, Attempt: w.intake.Attempt, Feed: w.intake.Feed, Report: w.intake.Report, Day: w.day,
		Taxonomy: taxonomy, Rows: info.Rows, Bytes: info.Bytes, MinTime: info.MinTime, MaxTime: info.MaxTime, Keys: true,
	}
	for _, l := range info.Leaves {
		out.Leaves = append(out.Leaves, l.Name)
	}
	w.segments = append(w.segments, out)
	return nil
}

// close makes all files durable.
func (w *writer) close() error {
	classes := make([]string, 0, len(w.open))
	for c := range w.open {
		classes = append(classes, c)
	}
	slices.Sort(classes)
	for _, c := range classes {
		s := w.open[c]
		delete(w.open, c)
		if err := w.finish(c, s); err != nil {
			return err
		}
	}
	if err := w.finishFacts(); err != nil {
		return err
	}
	if w.aside != nil {
		return w.aside.close(w.layout)
	}
	return nil
}

func (w *writer) finishFacts() error {
	s := w.facts
	if s == nil {
		return nil
	}
	w.facts = nil
	if _, err := s.writer.Finish(); err != nil {
		return errors.Join(err, s.file.Close())
	}
	if err := w.layout.finish(s.file); err != nil {
		return err
	}
	w.folds = append(w.folds, event.Fold{Path: s.name, Intake: w.intake.ID, Rows: int64(s.rows)})
	return nil
}

// discard removes everything that was written.
func (w *writer) discard() {
	for _, s := range w.open {
		_ = s.file.Close()
	}
	if w.facts != nil {
		_ = w.facts.file.Close()
	}
	if w.aside != nil && w.aside.file != nil {
		_ = w.aside.file.Close()
	}
	for _, f := range w.written {
		_ = w.layout.remove(f.folder, f.name)
	}
}

// asideWriter writes places and reasons of rows set aside, one JSON object a line, compressed.
type asideWriter struct {
	file disk.File
	zstd *zstd.Encoder
	json *json.Encoder
	name string
}

func (w *writer) setAside(r event.Reject) error {
	if w.aside == nil {
		name := asideName(w.intake.ID, w.intake.Attempt)
		f, err := w.create(dirAside, name)
		if err != nil {
			return err
		}
		z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return err
		}
		w.aside = &asideWriter{file: f, zstd: z, json: json.NewEncoder(z), name: name}
	}
	return w.aside.json.Encode(r)
}

func (a *asideWriter) close(l Layout) error {
	if err := a.zstd.Close(); err != nil {
		return err
	}
	f := a.file
	a.file = nil
	return l.finish(f)
}
