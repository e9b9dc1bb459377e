package keep

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
)

// job is some segments to be written anew as one.
type job struct {
	segments []event.Segment
	keys     bool // whether the new one holds dedupe keys
}

// A day that goes on brings more segments: joining waits there for more of them, so that an event is not rewritten each hour.
const (
	leastOfPast  = 2
	leastOfToday = 8
)

// kin tells which segments may be joined: those that are kept and read alike.
type kin struct {
	day                    int64
	taxonomy, feed, report string
	keys                   bool
	leaves                 string // only where extras overflow: a name is looked for there unless it is a column
}

func kinOf(s event.Segment, keysFrom int64) kin {
	k := kin{day: s.Day, taxonomy: s.Taxonomy, feed: s.Feed, report: s.Report, keys: s.Keys && s.Day >= keysFrom}
	if slices.Contains(s.Leaves, event.FieldExtra) {
		k.leaves = strings.Join(slices.Sorted(slices.Values(s.Leaves)), "\x00")
	}
	return k
}

func (k kin) compare(o kin) int {
	return cmp.Or(cmp.Compare(k.day, o.day), cmp.Compare(k.taxonomy, o.taxonomy), cmp.Compare(k.feed, o.feed),
		cmp.Compare(k.report, o.report), cmp.Compare(k.leaves, o.leaves))
}

// plan chooses what to rewrite: small segments of a kind are joined; keys of days before keysFrom are left out.
func (l limits) plan(segments []event.Segment, today, keysFrom int64) []job {
	kinds := map[kin][]event.Segment{}
	for _, s := range segments {
		k := kinOf(s, keysFrom)
		kinds[k] = append(kinds[k], s)
	}
	var out []job
	for _, k := range slices.SortedFunc(maps.Keys(kinds), kin.compare) {
		least := leastOfPast
		if k.day >= today {
			least = leastOfToday
		}
		for _, j := range l.pack(kinds[k], k) {
			if len(j.segments) >= least || j.hasNeedlessKeys() {
				out = append(out, j)
			}
		}
	}
	return out
}

// hasNeedlessKeys tells that rewriting saves the keys' room.
func (j job) hasNeedlessKeys() bool {
	return !j.keys && slices.ContainsFunc(j.segments, func(s event.Segment) bool { return s.Keys })
}

func (l limits) small(s event.Segment) bool { return s.Bytes < l.bytes/2 && s.Rows < l.rows/2 }

// pack makes jobs of segments of a kind, in order of position; large ones stay alone.
func (l limits) pack(segments []event.Segment, k kin) []job {
	slices.SortFunc(segments, func(a, b event.Segment) int { return cmp.Compare(a.Position, b.Position) })
	var out []job
	var open job
	for _, s := range segments {
		if !l.small(s) {
			out = append(out, job{[]event.Segment{s}, k.keys})
			continue
		}
		if grown := append(slices.Clone(open.segments), s); len(open.segments) > 0 && !l.fits(grown) {
			out = append(out, open)
			open = job{}
		}
		open.segments, open.keys = append(open.segments, s), k.keys
	}
	if len(open.segments) > 0 {
		out = append(out, open)
	}
	return out
}

// fits tells whether the segments make one of bearable size and number of columns.
func (l limits) fits(segments []event.Segment) bool {
	extras := map[string]bool{}
	for _, s := range segments {
		for _, leaf := range s.Leaves {
			if strings.HasPrefix(leaf, event.ExtraPrefix) {
				extras[leaf] = true
			}
		}
	}
	bytes, rows := sizes(segments)
	return bytes <= l.bytes && rows <= l.rows && len(extras) <= event.MaxExtras
}

func sizes(segments []event.Segment) (bytes, rows int64) {
	for _, s := range segments {
		bytes += s.Bytes
		rows += s.Rows
	}
	return bytes, rows
}

// groupRows is how many rows the job's row groups get: fewer where rows are wide.
func (l limits) groupRows(segments []event.Segment) int {
	const bytes, least = 16 << 20, 16 << 10
	size, rows := sizes(segments)
	if rows == 0 || size < rows {
		return l.group
	}
	return min(l.group, max(least, int(bytes/(size/rows))))
}

// joined describes the segment that the job makes, before it is written.
func (j job) joined() event.Segment {
	first := j.segments[0]
	out := event.Segment{
		Intake: first.Intake, Feed: first.Feed, Report: first.Report, Day: first.Day, Taxonomy: first.Taxonomy, Keys: j.keys,
		MinTime: event.Null, MaxTime: event.Null,
	}
	for _, s := range j.segments {
		if s.Intake != out.Intake {
			out.Intake = ""
		}
	}
	return out
}

// address is a source.ip as two words; zero where there is none.
type address struct{ hi, lo uint64 }

func (a address) compare(b address) int {
	return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo))
}

// splits gives the least address of each slice but the first, so that a slice has at most so many rows, or rows of one address only.
// addresses is sorted.
func splits(addresses []address, most int) []address {
	var out []address
	held := 0
	for i := 0; i < len(addresses); {
		a, n := addresses[i], 0
		for i < len(addresses) && addresses[i] == a {
			i, n = i+1, n+1
		}
		if held > 0 && (held+n > most || n > most) {
			out = append(out, a)
			held = 0
		}
		held += n
		if n > most {
			held = math.MaxInt / 2 // whatever follows begins a slice
		}
	}
	return out
}
