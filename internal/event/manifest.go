package event

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Segment is one file of the manifest.
type Segment struct {
	Path     string // below the events folder, with slashes
	Position int64  // rises in the order of commits
	Intake   string // the intake that brought it; empty after compaction of several
	Attempt  int64
	Feed     string
	Report   string
	Day      int64  // of arrival, days since 1970 (UTC)
	Taxonomy string // RSIT class: decides how long it is kept
	Rows     int64
	Bytes    int64
	MinTime  int64    // time.source, milliseconds; Null if no row has one
	MaxTime  int64    // as MinTime
	Leaves   []string // names of the columns in the file
	Keys     bool     // whether dedupe keys are in it
}

// Fold is a file of facts about findings, to be applied from row Done on.
type Fold struct {
	Path     string
	Position int64
	Intake   string
	Rows     int64
	Done     int64
}

// DayOf gives the day of a time, in days since 1970 (UTC).
func DayOf(t time.Time) int64 { return t.Unix() / 86400 }

// DayName writes a day as 2026-11-22.
func DayName(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

// Manifest is the list of visible segments, in the state store.
type Manifest struct{ db *sqldb.DB }

// NewManifest gives the manifest kept in db.
func NewManifest(db *sqldb.DB) *Manifest { return &Manifest{db} }

// Publish makes segments visible, within the transaction that settles the intake. It sets their positions.
func Publish(tx *sqldb.Tx, segments []Segment, folds []Fold) error {
	for i := range segments {
		s := &segments[i]
		var err error
		if s.Position, err = nextPosition(tx); err != nil {
			return err
		}
		leaves, err := json.Marshal(s.Leaves)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO segment (path, position, intake, attempt, feed, report, day, taxonomy, row_count, bytes,
			min_time, max_time, leaves, has_keys) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			s.Path, s.Position, s.Intake, s.Attempt, s.Feed, s.Report, s.Day, s.Taxonomy, s.Rows, s.Bytes,
			orNil(s.MinTime), orNil(s.MaxTime), string(leaves), s.Keys)
		if err != nil {
			return err
		}
	}
	for i := range folds {
		f := &folds[i]
		var err error
		if f.Position, err = nextPosition(tx); err != nil {
			return err
		}
		if _, err = tx.Exec(`INSERT INTO fold (path, position, intake, row_count, done_rows) VALUES ($1, $2, $3, $4, 0)`,
			f.Path, f.Position, f.Intake, f.Rows); err != nil {
			return err
		}
	}
	return nil
}

func nextPosition(tx *sqldb.Tx) (position int64, err error) {
	err = tx.QueryRow(`UPDATE manifest_head SET position = position + 1 WHERE one = 1 RETURNING position`).Scan(&position)
	return position, err
}

func orNil(v int64) any {
	if v == Null {
		return nil
	}
	return v
}

// Replace puts new segments in the place of old ones, which stay on disk until they are swept. Conflict if one of the old is gone.
func Replace(tx *sqldb.Tx, now time.Time, old []string, segments []Segment) error {
	for _, path := range old {
		n, err := tx.Exec(`UPDATE segment SET gone_at = $1 WHERE path = $2 AND gone_at IS NULL`, sqldb.Millis(now), path)
		if err != nil {
			return err
		}
		if n != 1 {
			return problem.New(problem.Conflict, "segment %s was replaced meanwhile: begin again", path)
		}
	}
	return Publish(tx, segments, nil)
}

// Filter narrows a list of segments; zero values do not.
type Filter struct {
	After      int64    // positions above
	Feed       string   // of one feed
	FromDay    int64    // arrived on that day or later
	BeforeDay  int64    // arrived before that day
	Taxonomies []string // one of these classes
	Intake     string   // of one intake
	Keys       bool     // only those with dedupe keys
}

const segmentColumns = `path, position, intake, attempt, feed, report, day, taxonomy, row_count, bytes, min_time, max_time, leaves, has_keys`

// Segments lists the visible segments in order of position: a snapshot.
func (m *Manifest) Segments(ctx context.Context, f Filter) ([]Segment, error) {
	var out []Segment
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = Visible(tx, f)
		return err
	})
	return out, err
}

// Visible is Segments within a transaction.
func Visible(tx *sqldb.Tx, f Filter) ([]Segment, error) {
	where, args := f.where()
	var out []Segment
	err := tx.Each(`SELECT `+segmentColumns+` FROM segment WHERE `+where+` ORDER BY position`, args, func(scan func(...any) error) error {
		s, err := scanSegment(scan)
		out = append(out, s)
		return err
	})
	return out, err
}

func (f Filter) where() (string, []any) {
	terms, args := []string{"gone_at IS NULL"}, []any{}
	add := func(term string, v ...any) {
		for _, x := range v {
			args = append(args, x)
			term = strings.Replace(term, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		terms = append(terms, term)
	}
	if f.After != 0 {
		add("position > ?", f.After)
	}
	if f.Feed != "" {
		add("feed = ?", f.Feed)
	}
	if f.FromDay != 0 {
		add("day >= ?", f.FromDay)
	}
	if f.BeforeDay != 0 {
		add("day < ?", f.BeforeDay)
	}
	if f.Intake != "" {
		add("intake = ?", f.Intake)
	}
	if f.Keys {
		add("has_keys = 1")
	}
	if n := len(f.Taxonomies); n > 0 {
		values := make([]any, n)
		for i, t := range f.Taxonomies {
			values[i] = t
		}
		add("taxonomy IN ("+strings.TrimSuffix(strings.Repeat("?, ", n), ", ")+")", values...)
	}
	return strings.Join(terms, " AND "), args
}

func scanSegment(scan func(...any) error) (Segment, error) {
	var s Segment
	var least, greatest *int64
	var leaves string
	err := scan(&s.Path, &s.Position, &s.Intake, &s.Attempt, &s.Feed, &s.Report, &s.Day, &s.Taxonomy, &s.Rows, &s.Bytes,
		&least, &greatest, &leaves, &s.Keys)
	if err != nil {
		return s, err
	}
	s.MinTime, s.MaxTime = Null, Null
	if least != nil && greatest != nil {
		s.MinTime, s.MaxTime = *least, *greatest
	}
	return s, json.Unmarshal([]byte(leaves), &s.Leaves)
}

// Gone lists the paths of segments replaced or dropped before a time, which may be removed from disk and then forgotten.
func (m *Manifest) Gone(ctx context.Context, before time.Time) ([]string, error) {
	var out []string
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT path FROM segment WHERE gone_at < $1 ORDER BY path`, []any{sqldb.Millis(before)}, func(scan func(...any) error) error {
			var p string
			err := scan(&p)
			out = append(out, p)
			return err
		})
	})
	return out, err
}

// Forget deletes the rows of segments that are off the disk.
func Forget(tx *sqldb.Tx, paths []string) error {
	for _, p := range paths {
		if _, err := tx.Exec(`DELETE FROM segment WHERE path = $1 AND gone_at IS NOT NULL`, p); err != nil {
			return err
		}
	}
	return nil
}

// Known tells which files under the events and folds folders the manifest knows, gone ones included.
func (m *Manifest) Known(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT path FROM segment UNION ALL SELECT path FROM fold`, nil, func(scan func(...any) error) error {
			var p string
			err := scan(&p)
			known[p] = true
			return err
		})
	})
	return known, err
}

// Folds lists the fold files that are not applied to their end, oldest first.
func (m *Manifest) Folds(ctx context.Context) ([]Fold, error) {
	var out []Fold
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT path, position, intake, row_count, done_rows FROM fold WHERE done_rows < row_count ORDER BY position`, nil,
			func(scan func(...any) error) error {
				var f Fold
				err := scan(&f.Path, &f.Position, &f.Intake, &f.Rows, &f.Done)
				out = append(out, f)
				return err
			})
	})
	return out, err
}

// Columns lists the names of all columns that visible segments have.
func (m *Manifest) Columns(ctx context.Context) ([]string, error) {
	seen := map[string]bool{}
	var out []string
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT DISTINCT leaves FROM segment WHERE gone_at IS NULL`, nil, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			var leaves []string
			if err := json.Unmarshal([]byte(text), &leaves); err != nil {
				return err
			}
			for _, l := range leaves {
				if !seen[l] {
					seen[l] = true
					out = append(out, l)
				}
			}
			return nil
		})
	})
	return out, err
}
