package history

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// Question asks for the events that have an address in one of some fields, at a time.
type Question struct {
	Addr   netip.Addr
	Fields []string // source.ip, destination.ip
	// Of events with a time.source, in milliseconds, those from From until just before To are meant.
	From, To int64
	Timed    bool // none without a time
	Untimed  bool // only those without a time
}

// Of makes a question of a query: one term with one address, and terms about time.source.
func Of(n query.Node) (q Question, ok bool) {
	nodes, several := n.(query.All)
	if !several {
		nodes = query.All{n}
	}
	q.From, q.To = math.MinInt64+1, math.MaxInt64
	for _, one := range nodes {
		if !q.takes(one) {
			return Question{}, false
		}
	}
	return q, q.Addr.IsValid()
}

func (q *Question) takes(n query.Node) bool {
	switch v := n.(type) {
	case query.Not:
		h, ok := v.Node.(query.Has)
		q.Untimed = true
		return ok && aboutTime(h.Name)
	case query.Has:
		q.Timed = true
		return aboutTime(v.Name)
	case query.Term:
		if aboutTime(v.Name) {
			return q.at(v)
		}
		addr, fields, ok := oneAddress(v)
		if !ok || q.Addr.IsValid() {
			return false
		}
		q.Addr, q.Fields = addr, fields
		return true
	}
	return false
}

func aboutTime(name string) bool {
	s, ok := query.Lookup(name)
	return ok && len(s.Fields) == 1 && s.Fields[0].Name == event.FieldTime
}

// at takes one span of time.
func (q *Question) at(t query.Term) bool {
	if len(t.Match) != 1 {
		return false
	}
	span, ok := t.Match[0].(query.Times)
	if !ok {
		return false
	}
	q.Timed = true
	if !span.From.IsZero() {
		q.From = max(q.From, span.From.UnixMilli())
	}
	if !span.To.IsZero() {
		q.To = min(q.To, span.To.UnixMilli())
	}
	return wholeMilli(span.From) && wholeMilli(span.To)
}

func wholeMilli(t time.Time) bool { return t.Nanosecond()%1e6 == 0 }

// oneAddress reads a term that asks for a single address in source.ip, destination.ip or both.
func oneAddress(t query.Term) (addr netip.Addr, fields []string, ok bool) {
	s, known := query.Lookup(t.Name)
	if !known || len(t.Match) != 1 {
		return addr, nil, false
	}
	a, is := t.Match[0].(query.Addrs)
	if !is || a.From != a.To {
		return addr, nil, false
	}
	if hi, lo := event.Words(a.From); hi == 0 && lo == 0 { // stored as no address at all
		return addr, nil, false
	}
	for _, f := range s.Fields {
		if !slices.Contains([]string{event.FieldSourceIP, event.FieldDestIP}, f.Name) {
			return addr, nil, false
		}
		fields = append(fields, f.Name)
	}
	return a.From, fields, true
}

// Within gives a question that each event that a query means answers too, whatever else it asks; false if it names no single address that
// all of them must have.
func Within(n query.Node) (q Question, ok bool) {
	nodes, several := n.(query.All)
	if !several {
		nodes = query.All{n}
	}
	for _, one := range nodes {
		if t, is := one.(query.Term); is {
			if q.Addr, q.Fields, ok = oneAddress(t); ok {
				return q, true
			}
		}
	}
	return Question{}, false
}

// wants tells whether a time is within the question; event.Null is none.
func (q *Question) wants(ms int64) bool {
	if ms == event.Null {
		return !q.Timed
	}
	return !q.Untimed && ms >= q.From && ms < q.To
}
