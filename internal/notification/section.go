package notification

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
)

// sections are a message's findings by kind.
type sections struct {
	byKind map[kind]*message.Section
	order  []*message.Section
}

// kind is what findings of one section share.
type kind struct{ class, identifier, malware, report, standing string }

func (s *sections) add(f finding.Finding, rows []message.Row) {
	k := kind{f.Type, f.Identifier, f.Malware, f.Report, f.Standing}
	sec := s.byKind[k]
	if sec == nil {
		sec = &message.Section{Type: f.Type, Identifier: f.Identifier, Malware: f.Malware, Report: f.Report, Standing: f.Standing, First: f.First}
		if s.byKind == nil {
			s.byKind = map[kind]*message.Section{}
		}
		s.byKind[k] = sec
		s.order = append(s.order, sec)
	}
	sec.Findings++
	sec.Events += int64(len(rows))
	sec.Reminder = sec.Reminder || !f.Told.IsZero()
	if f.First.Before(sec.First) {
		sec.First = f.First
	}
	sec.Rows = append(sec.Rows, rows...)
}

// sorted gives what is misused before what is merely open to misuse, and larger sections first.
func (s *sections) sorted() []*message.Section {
	slices.SortStableFunc(s.order, func(a, b *message.Section) int {
		return cmp.Or(cmp.Compare(urgency(a.Type), urgency(b.Type)), cmp.Compare(b.Findings, a.Findings))
	})
	return s.order
}

func urgency(class string) int {
	if rsit.Type(class).Class() == rsit.Vulnerable {
		return 1
	}
	return 0
}

// sorted lists the findings of a unit by their keys: addresses in order.
func (u *unit) sorted() []*item {
	return slices.SortedFunc(maps.Values(u.items), func(a, b *item) int { return bytes.Compare(a.finding.Key[:], b.finding.Key[:]) })
}

// show gives what a message may show of a finding: the events of the sources that it may show, or, where the events are not at hand, the
// finding alone. Where all that is new is of other sources it gives nothing.
func (it *item) show(to *recipient, sources uint64) (rows []message.Row, used uint64) {
	for i := range it.rows {
		r := &it.rows[i]
		if sources&(1<<r.bit) == 0 {
			continue
		}
		used |= 1 << r.bit
		row := it.row(r)
		row.Event = to.covering(r.bit).fields(row.Event, otherSide(it.finding))
		rows = append(rows, row)
	}
	if whole := it.finding.Sources&^sources == 0; whole && len(it.rows) == 0 {
		return []message.Row{alone(it.finding, it)}, it.finding.Sources
	} else if whole && len(rows) > 0 {
		used = it.finding.Sources // what the finding sums up is of all of them
	}
	slices.SortStableFunc(rows, func(a, b message.Row) int { return a.Time.Compare(b.Time) })
	seen := it.within(rows, sources)
	for i := range rows {
		rows[i].First, rows[i].Last, rows[i].Count, rows[i].Severity = seen.First, seen.Last, seen.Count, cmp.Or(rows[i].Event[event.FieldSeverity], seen.Severity)
	}
	return rows, used
}

// within is the finding as far as a message may tell of it. What stands there sums up all sources; where some of them may not be shown, it is
// what the rows say.
func (it *item) within(rows []message.Row, sources uint64) finding.Finding {
	f := it.finding
	if f.Sources&^sources == 0 || len(rows) == 0 {
		return f
	}
	first, last := rows[0], rows[len(rows)-1]
	f.First, f.Last, f.Count = first.Time, last.Time, int64(len(rows))
	f.Report, f.Severity, f.Malware = last.Event[event.FieldReport], last.Event[event.FieldSeverity], last.Malware
	return f
}

// row is one observation of a finding.
func (it *item) row(r *row) message.Row {
	out := message.Row{Finding: it.id, Network: it.network, Transport: it.finding.Transport}
	out.Time, out.Event = r.Time, r.Fields
	a := r.Asset
	out.Addr, out.Port, out.Host, out.URL = addr(a.Addr.String(), a.Addr.IsValid()), a.Port, a.FQDN, a.URL
	if a.Role == destination {
		out.Addr, out.Port, out.Host, out.URL = addr(a.DestAddr.String(), a.DestAddr.IsValid()), a.DestPort, a.DestFQDN, a.DestURL
	}
	if a.Transport != "" {
		out.Transport = a.Transport
	}
	out.Malware = a.Malware
	return out
}

// alone is what the finding itself says.
func alone(f finding.Finding, it *item) message.Row {
	return message.Row{
		Finding: it.id, Network: it.network, First: f.First, Last: f.Last, Count: f.Count, Addr: addr(f.Addr.String(), f.Addr.IsValid()),
		Port: f.Port, Transport: f.Transport, Host: f.FQDN, URL: f.URL, Malware: f.Malware, Severity: f.Severity,
	}
}

func addr(text string, ok bool) string {
	if !ok {
		return ""
	}
	return text
}

// newer tells whether an observation is one that the owner of the finding was not told of, and young enough.
func (it *item) newer(e Evidence, oldest time.Time) bool {
	return e.Arrival.After(it.finding.Told) && !e.Time.Before(oldest)
}
