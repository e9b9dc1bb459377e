package feed

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mostColumns bounds what is remembered of one feed and kind of report: a hostile feed may make up names without end.
const mostColumns = 1000

// columnMemory is what inputs of a feed and a kind of report have shown so far.
type columnMemory struct {
	Feed, Report string
	First, Last  time.Time // runs
	Columns      map[string]columnSpan
}

// columnSpan says when a column was there first and last, in milliseconds.
type columnSpan struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	Said  bool  `json:"said,omitempty"` // by a header: its absence means something
}

// columnsOf gives the columns of an input: those of its header if it has one, else what its rows held.
func columnsOf(split format.Split, comma byte, header []byte, segments []event.Segment) (names []string, said bool) {
	if split == format.CSV && len(header) > 0 {
		return headerColumns(header, comma), true
	}
	seen := map[string]bool{}
	for _, s := range segments {
		for _, l := range s.Leaves {
			seen[l] = true
		}
	}
	return slices.Sorted(maps.Keys(seen)), false
}

// headerColumns reads a header's last line that says something.
func headerColumns(header []byte, comma byte) []string {
	lines := bytes.Split(bytes.TrimSpace(bytes.TrimPrefix(header, []byte("\xef\xbb\xbf"))), []byte("\n"))
	r := csv.NewReader(bytes.NewReader(lines[len(lines)-1]))
	if comma != 0 {
		r.Comma = rune(comma)
	}
	r.LazyQuotes = true
	names, err := r.Read()
	if err != nil {
		return nil
	}
	for i := range names {
		names[i] = plainText(names[i])
	}
	return names
}

// see brings the memory up to date with a run's columns. It gives those that no run before had; none of the first run.
func (m *columnMemory) see(at time.Time, names []string, said bool) (fresh []string) {
	first := len(m.Columns) == 0
	if first {
		m.First, m.Columns = at, map[string]columnSpan{}
	}
	if at.After(m.Last) {
		m.Last = at
	}
	for _, name := range names {
		span, known := m.Columns[name]
		if !known {
			if len(m.Columns) >= mostColumns {
				continue
			}
			span.First = sqldb.Millis(at)
			if !first {
				fresh = append(fresh, name)
			}
		}
		span.Last, span.Said = max(span.Last, sqldb.Millis(at)), said
		m.Columns[name] = span
	}
	return fresh
}

// changedFor is how long a changed column is reported: after that it is how the feed is.
const changedFor = 7 * 24 * time.Hour

// changes tells which columns are new, and which are missing, of late. Absence is told of columns that a header names.
func (m *columnMemory) changes(now time.Time) (fresh, missing []string, since time.Time) {
	lately := sqldb.Millis(now.Add(-changedFor))
	note := func(at int64) {
		if t := sqldb.Time(at); since.IsZero() || t.Before(since) {
			since = t
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		span := m.Columns[name]
		if span.First > sqldb.Millis(m.First) && span.First > lately {
			fresh = append(fresh, name)
			note(span.First)
		}
		if span.Said && span.Last < sqldb.Millis(m.Last) && span.Last > lately {
			missing = append(missing, name)
			note(sqldb.Millis(m.Last))
		}
	}
	return fresh, missing, since
}

// noteColumns remembers the columns of an attempt's input, in the transaction that makes it visible.
func (t *attempt) noteColumns(tx *sqldb.Tx) error {
	if t.only || t.counts.Rows == 0 {
		return nil
	}
	names, said := columnsOf(t.opened.Split, t.opened.Comma, t.header, t.writer.segments)
	list, err := listColumns(tx, t.intake.Feed, t.intake.Report)
	if err != nil || len(names) == 0 {
		return err
	}
	m := columnMemory{Feed: t.intake.Feed, Report: t.intake.Report}
	if len(list) > 0 {
		m = list[0]
	}
	m.see(t.intake.Arrived, names, said)
	return putColumns(tx, m)
}

// latestOf is the time of the latest event in segments; zero if there is none.
func latestOf(segments []event.Segment) (latest time.Time) {
	for _, s := range segments {
		if s.MaxTime != event.Null && sqldb.Time(s.MaxTime).After(latest) {
			latest = sqldb.Time(s.MaxTime)
		}
	}
	return latest
}

// listColumns reads what is remembered of a feed's report; of all of them if feed is "".
func listColumns(tx *sqldb.Tx, feed, report string) (list []columnMemory, err error) {
	err = tx.Each(`SELECT feed, report, first, last, columns FROM feed_column WHERE $1 = '' OR feed = $1 AND report = $2 ORDER BY feed, report`,
		[]any{feed, report}, func(scan func(...any) error) error {
			var m columnMemory
			var first, last int64
			var text string
			if err := scan(&m.Feed, &m.Report, &first, &last, &text); err != nil {
				return err
			}
			m.First, m.Last = sqldb.Time(first), sqldb.Time(last)
			list = append(list, m)
			return json.Unmarshal([]byte(text), &list[len(list)-1].Columns)
		})
	return list, err
}

func putColumns(tx *sqldb.Tx, m columnMemory) error {
	text, err := json.Marshal(m.Columns)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO feed_column (feed, report, first, last, columns) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (feed, report) DO UPDATE SET last = excluded.last, columns = excluded.columns`,
		m.Feed, m.Report, m.First, m.Last, string(text))
	return err
}
