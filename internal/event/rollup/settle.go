package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what a store of counts stands on. All of it is needed.
type Options struct {
	DB     *sqldb.DB
	FS     disk.FS
	Events string // the folder of segments
	Clock  clock.Clock
	Log    *slog.Logger
}

// Store answers questions and keeps the counts. Safe for concurrent use, in several processes.
type Store struct {
	Options
	manifest *event.Manifest
}

// New makes a store.
func New(o Options) *Store { return &Store{o, event.NewManifest(o.DB)} }

// Progress says how many of the parts owed are counted.
type Progress struct{ Done, Of int }

// Settle counts anew what is owed, the newest first, and tells after each part how far it is. A part that cannot be read stays owed; the
// error says so and the rest is done.
func (s *Store) Settle(ctx context.Context, tell func(Progress)) error {
	parts, err := s.Owed(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for i, p := range parts {
		if err := context.Cause(ctx); err != nil {
			return errors.Join(append(failed, err)...)
		}
		if err := s.settle(ctx, p); err != nil {
			failed = append(failed, fmt.Errorf("count the events of %s anew: %w", p, err))
		}
		if tell != nil {
			tell(Progress{i + 1, len(parts)})
		}
	}
	return errors.Join(failed...)
}

// String names a part as an audit entry does.
func (p Part) String() string { return event.DayName(p.Day) + "/" + p.Taxonomy + "/" + p.Feed }

// Owed lists the parts that must be counted anew, the newest first.
func (s *Store) Owed(ctx context.Context) (out []Part, err error) {
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = listParts(tx, `SELECT day, feed, taxonomy FROM rollup_part WHERE state = 'owed' ORDER BY day DESC, feed, taxonomy`)
		return err
	})
	return out, err
}

func listParts(tx *sqldb.Tx, sql string) (out []Part, err error) {
	err = tx.Each(sql, nil, func(scan func(...any) error) error {
		var p Part
		err := scan(&p.Day, &p.Feed, &p.Taxonomy)
		out = append(out, p)
		return err
	})
	return out, err
}

// OweAll says that everything must be counted anew.
func (s *Store) OweAll(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := serialise(tx); err != nil {
			return err
		}
		for _, sql := range []string{
			`DELETE FROM rollup_hour`, `DELETE FROM rollup_part`,
			`INSERT INTO rollup_part (day, feed, taxonomy, state) SELECT DISTINCT day, feed, taxonomy, 'owed' FROM segment WHERE gone_at IS NULL`,
		} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// serialise waits for publications under way, and lets others wait: their positions come from this row.
func serialise(tx *sqldb.Tx) error {
	_, err := tx.Exec(`UPDATE manifest_head SET position = position WHERE one = 1`)
	return err
}

// manyIntakes bounds a part's keys: nobody knows how many intakes brought it.
const manyIntakes = 64

// tries is how often a part is looked at again because segments of it came or were rewritten meanwhile.
const tries = 8

// settle counts a part from its segments and puts that in the place of what was counted before.
func (s *Store) settle(ctx context.Context, p Part) error {
	var counted []string
	var counts *Counter
	for range tries {
		segments, err := s.segments(ctx, p)
		if err != nil {
			return err
		}
		fresh := without(segments, counted)
		if counts == nil || len(segments)-len(fresh) < len(counted) { // none counted yet, or some that were are gone
			counted, counts, fresh = nil, &Counter{Counts: Counts{intakes: manyIntakes}}, segments
		}
		for _, one := range fresh {
			if err := s.count(ctx, one, counts); err != nil {
				return err
			}
			counted = append(counted, one.Path)
		}
		done, err := s.replace(ctx, p, counted, &counts.Counts)
		if done || err != nil {
			return err
		}
	}
	return problem.New(problem.Conflict, "its segments change all the time; it will be tried again")
}

func (s *Store) segments(ctx context.Context, p Part) ([]event.Segment, error) {
	list, err := s.manifest.Segments(ctx, p.filter())
	return list, err
}

func (p Part) filter() event.Filter {
	return event.Filter{Feed: p.Feed, FromDay: p.Day, BeforeDay: p.Day + 1, Taxonomies: []string{p.Taxonomy}}
}

func without(segments []event.Segment, paths []string) []event.Segment {
	return slices.DeleteFunc(slices.Clone(segments), func(s event.Segment) bool { return slices.Contains(paths, s.Path) })
}

// replace commits the counts of a part, if its segments are those that were counted.
func (s *Store) replace(ctx context.Context, p Part, counted []string, c *Counts) (done bool, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := serialise(tx); err != nil {
			return err
		}
		now, err := event.Visible(tx, p.filter())
		if err != nil {
			return err
		}
		if done = len(now) == len(counted) && len(without(now, counted)) == 0; !done {
			return nil
		}
		if err := p.forget(tx); err != nil {
			return err
		}
		return Add(tx, p.Day, p.Feed, c)
	})
	return done, err
}

// counted are the fields that counting reads.
var counted = map[string]bool{
	event.FieldTime: true, event.FieldArrival: true, event.FieldReport: true, event.FieldType: true, event.FieldOrganisation: true,
}

// count reads a segment and counts its rows.
func (s *Store) count(ctx context.Context, one event.Segment, to *Counter) (err error) {
	f, err := s.FS.Open(filepath.Join(s.Events, filepath.FromSlash(one.Path)))
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := segment.NewReader(f, one.Bytes)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
	}
	b, rows := event.NewBatch([32]byte{}), []int32{}
	for g := range r.Groups() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		b.Reset()
		if err := r.Append(g, b, func(f string) bool { return counted[f] }); err != nil {
			return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
		}
		rows = rows[:0]
		for i := range b.Rows() {
			rows = append(rows, int32(i)) //nolint:gosec // at most the rows of a group
		}
		to.Count(b, rows, one.Taxonomy)
	}
	return nil
}
