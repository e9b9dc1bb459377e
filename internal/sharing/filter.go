package sharing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Filter narrows what is read of a collection. An empty list lets everything through; of one list any fits, of several lists all have to.
type Filter struct {
	IDs   []string `json:"i,omitempty"`
	Types []string `json:"t,omitempty"`
	Specs []string `json:"s,omitempty"`
	// Versions: which of an object's versions; none of them said is Last.
	First bool    `json:"f,omitempty"`
	Last  bool    `json:"l,omitempty"`
	All   bool    `json:"a,omitempty"`
	At    []int64 `json:"v,omitempty"` // versions, in microseconds
	// AddedAfter: places after this moment, in microseconds; 0 for all.
	AddedAfter int64 `json:"d,omitempty"`
}

// Normal brings a filter into its normal form: two that mean the same are equal.
func (f Filter) Normal() Filter {
	f.IDs, f.Types, f.Specs, f.At = unique(f.IDs), unique(f.Types), unique(f.Specs), unique(f.At)
	if f.All {
		f.First, f.Last, f.At = false, false, nil
	}
	if !f.All && !f.First && len(f.At) == 0 {
		f.Last = true
	}
	return f
}

func unique[T int64 | string](list []T) []T {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// String is the filter on record.
func (f Filter) String() string {
	b, _ := json.Marshal(f.Normal()) // plain values cannot fail
	if s := string(b); len(s) <= mostFilter {
		return s
	}
	return ""
}

// mostFilter is how long a filter may be on record; a longer one is recorded as none, which says that more was read than was.
const mostFilter = 4000

// along writes which places of a collection ($1) lie behind one ($2, $3), and their order: of one type, or of all; backwards, those before it. Of a type it is
// the index of types that is wanted, which SQLite takes for a bound, and not for an equality.
func along(kind string, back bool, args []any) (cond, order string, more []any) {
	than, bound, way := ">", "<=", ""
	if back {
		than, bound, way = "<", ">=", " DESC"
	}
	if kind == "" {
		return "(m.added, m.seq) " + than + " ($2, $3)", "m.added" + way + ", m.seq" + way, args
	}
	args = append(args, kind)
	k := fmt.Sprintf("$%d", len(args))
	return "m.type " + bound + " " + k + " AND (m.type, m.added, m.seq) " + than + " (" + k + ", $2, $3)", "m.type" + way + ", m.added" + way + ", m.seq" + way, args
}

// where writes the conditions of a filter but those on types; more arguments follow those given.
func (f Filter) where(args []any) (string, []any) {
	var parts []string
	add := func(format string, values ...any) {
		marks := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		parts = append(parts, fmt.Sprintf(format, marks...))
	}
	in := func(column string, values []string) {
		if len(values) > 0 {
			add(column+" IN ("+strings.TrimSuffix(strings.Repeat("%s, ", len(values)), ", ")+")", anys(values)...)
		}
	}
	in("m.object_id", f.IDs)
	in("m.spec", f.Specs)
	if f.AddedAfter > 0 {
		add("m.added > %s", f.AddedAfter)
	}
	if cond := f.versions(func(v int64) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}); cond != "" {
		parts = append(parts, cond)
	}
	if len(parts) == 0 {
		return "", args
	}
	return " AND " + strings.Join(parts, " AND "), args
}

// versions writes the condition on versions.
func (f Filter) versions(arg func(int64) string) string {
	if f.All {
		return ""
	}
	var any []string
	if f.First {
		any = append(any, "m.first = 1")
	}
	if f.Last {
		any = append(any, "m.latest = 1")
	}
	if len(f.At) > 0 {
		marks := make([]string, len(f.At))
		for i, v := range f.At {
			marks[i] = arg(v)
		}
		any = append(any, "m.version IN ("+strings.Join(marks, ", ")+")")
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// lets tells whether an object of a place may have come through a filter, whatever its versions: for who wants to know what somebody read.
func (f Filter) lets(id, kind, spec string, added time.Time) bool {
	fits := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	return fits(f.IDs, id) && fits(f.Types, kind) && fits(f.Specs, spec) && Micros(added) > f.AddedAfter
}
