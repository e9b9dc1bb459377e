package desk

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/render"
)

// EvidenceQuery asks for the events about organisations.
type EvidenceQuery struct {
	Organisations []string  // ids, as the events were attributed when they came
	Since         time.Time // arrived at or after
	From          time.Time // observed (time.source) at or after
}

// Evidence is one event as far as a message may need it.
type Evidence struct {
	Asset                finding.Asset
	Organisation, Intake string
	Label                string // the event's own TLP; "" for none
	Arrival, Time        time.Time
	Fields               map[string]string // IntelMQ's names to texts; internal ones are left out
}

// Evidence gives the events behind findings to each, in no order: those of the organisations that are asked for, and of no other, which is
// checked again here. It ends with each's error. An answer that the engine had to cut is an error, since a message without some of its
// events would look whole.
func (d *Desk) Evidence(ctx context.Context, q EvidenceQuery, each func(Evidence) error) error {
	if len(q.Organisations) == 0 {
		return nil
	}
	asked := make(map[string]bool, len(q.Organisations))
	own := query.Term{Name: event.FieldOrganisation}
	for _, id := range q.Organisations {
		if id != "" && !asked[id] {
			asked[id] = true
			own.Match = append(own.Match, query.Text{Value: id})
		}
	}
	segments, err := d.o.Manifest.Segments(ctx, event.Filter{FromDay: dayFrom(q.Since)})
	if err != nil {
		return err
	}
	segments = slices.DeleteFunc(segments, func(s event.Segment) bool { return !q.From.IsZero() && s.MaxTime < q.From.UnixMilli() })
	where := query.And(own, since(event.FieldArrival, q.Since), since(event.FieldTime, q.From))
	for _, some := range alike(segments) {
		err := d.readAlike(ctx, where, some, func(e Evidence) error {
			if !asked[e.Organisation] {
				return problem.New(problem.Internal, "the query engine gave an event of an organisation that was not asked for: nothing of it is used")
			}
			return each(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readAlike reads events of segments, and of fewer at a time where that takes the engine too much memory. What it read of a question that
// failed is not used, so nothing comes twice.
func (d *Desk) readAlike(ctx context.Context, where query.Node, segments []event.Segment, each func(Evidence) error) error {
	var rows []Evidence
	err := d.readEvents(ctx, where, segments, 0, func(e Evidence) error {
		rows = append(rows, e)
		return nil
	})
	if half := len(segments) / 2; errors.Is(err, duck.ErrMemory) && half > 0 {
		if err := d.readAlike(ctx, where, segments[:half], each); err != nil {
			return err
		}
		return d.readAlike(ctx, where, segments[half:], each)
	}
	for i := 0; err == nil && i < len(rows); i++ {
		err = each(rows[i])
	}
	return err
}

// dayFrom is the first day of arrival to look at; 0 for all.
func dayFrom(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return event.DayOf(t)
}

func since(field string, t time.Time) query.Node {
	if t.IsZero() {
		return query.Everything
	}
	return query.Term{Name: field, Match: []query.Match{query.Times{From: t}}}
}

// widest is how many columns a question may have, where segments leave a choice. The columns of every report of a feed in one answer would
// be mostly empty, and each costs; a question for each report would cost a start of its own.
const widest = 110

// alike puts segments together that have similar columns.
func alike(segments []event.Segment) [][]event.Segment {
	kinds := map[string][]event.Segment{}
	for _, s := range segments {
		sign := strings.Join(slices.Sorted(slices.Values(s.Leaves)), "\x00")
		kinds[sign] = append(kinds[sign], s)
	}
	signs := make([]string, 0, len(kinds))
	for sign := range kinds {
		signs = append(signs, sign)
	}
	slices.Sort(signs)
	var out [][]event.Segment
	columns := map[string]bool{}
	for _, sign := range signs {
		leaves := strings.Split(sign, "\x00")
		more := 0
		for _, l := range leaves {
			if !columns[l] {
				more++
			}
		}
		if len(out) == 0 || len(columns)+more > widest {
			out = append(out, nil)
			clear(columns)
		}
		for _, l := range leaves {
			columns[l] = true
		}
		out[len(out)-1] = append(out[len(out)-1], kinds[sign]...)
	}
	return out
}

// readEvents gives the events of segments that a condition means; with a limit the newest ones.
func (d *Desk) readEvents(ctx context.Context, where query.Node, segments []event.Segment, limit int, each func(Evidence) error) error {
	req := plan.Request{
		Where: where, Filter: query.Everything, Files: plan.FromManifest(segments, d.o.Events), Fields: fieldsWithin(segments), Pack: true, Limit: limit,
	}
	if limit > 0 {
		req.Sort = []plan.Order{{Field: event.FieldTime, Descending: true}}
	}
	p, err := plan.Make(req)
	if err != nil {
		return err
	}
	r := newEvidenceReader(p)
	sum, err := d.o.Duck.Export(ctx, req, func(b *answer.Batch) error {
		r.take(b)
		for i := range b.N {
			e, err := r.row(i)
			if err == nil {
				err = each(e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && sum.Truncated {
		return problem.New(problem.Unavailable, "there are more events than query.max_rows of the configuration lets through: raise it")
	}
	return err
}

// fieldsWithin lists the fields that segments hold, but for those that nobody outside is told and nobody inside asks for here: each costs.
func fieldsWithin(segments []event.Segment) []string {
	seen := map[string]bool{event.FieldKey: true, event.FieldNetwork: true, event.FieldRule: true, event.FieldStanding: true}
	var out []string
	for _, s := range segments {
		for _, leaf := range s.Leaves {
			name := leaf
			for _, half := range []string{".hi", ".lo"} {
				if base, cut := strings.CutSuffix(leaf, half); cut {
					if f, ok := event.FieldByName(base); ok && f.Kind == event.IP {
						name = base
					}
				}
			}
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

// evidenceReader makes evidence of the rows of an answer whose texts are packed.
type evidenceReader struct {
	names  []string // of the packed texts
	hidden []bool   // of the packed texts, those that are no fields for others
	places map[string]int
	texts  []string // of the row; empty where it has none

	columns           []*answer.Column // that are no texts and go into the fields
	packed            *answer.Column
	ip, dip           *answer.Column
	port, dport       *answer.Column
	arrival, observed *answer.Column
	most              int // fields of the row before: a guess at the next one's
}

// Inner tells of the columns that are our own business.
func Inner(name string) bool {
	return strings.HasPrefix(name, "attribution.") || name == event.FieldIntake || name == event.FieldKey || name == event.FieldArrival
}

func newEvidenceReader(p plan.Plan) *evidenceReader {
	r := &evidenceReader{places: map[string]int{}, texts: make([]string, len(p.Packed)), most: 16}
	for i, c := range p.Packed {
		r.places[c.Field] = i
		r.names, r.hidden = append(r.names, c.Field), append(r.hidden, Inner(c.Field))
	}
	return r
}

// take looks where what is in a batch.
func (r *evidenceReader) take(b *answer.Batch) {
	known := map[string]**answer.Column{
		event.FieldSourceIP: &r.ip, event.FieldDestIP: &r.dip, event.FieldSourcePort: &r.port, event.FieldDestPort: &r.dport,
		event.FieldArrival: &r.arrival, event.FieldTime: &r.observed,
	}
	r.columns = r.columns[:0]
	for i := range b.Columns {
		c := &b.Columns[i]
		if to, ok := known[c.Field]; ok {
			*to = c
		}
		switch {
		case c.Name == plan.PackName:
			r.packed = c
		case !Inner(c.Field):
			r.columns = append(r.columns, c)
		}
	}
}

func (r *evidenceReader) row(i int) (Evidence, error) {
	e := Evidence{Arrival: when(r.arrival, i), Time: when(r.observed, i), Fields: make(map[string]string, r.most)}
	clear(r.texts)
	if r.packed != nil && !r.packed.Null[i] {
		err := plan.Unpack(r.packed.Texts[i], len(r.names), func(at int, text string) {
			r.texts[at] = text
			if !r.hidden[at] {
				e.Fields[r.names[at]] = text
			}
		})
		if err != nil {
			return e, err
		}
	}
	for _, c := range r.columns {
		if !c.Null[i] {
			e.Fields[c.Field] = render.Value(c, i)
		}
	}
	r.most = len(e.Fields)
	e.Organisation, e.Intake, e.Label, e.Asset = r.text(event.FieldOrganisation), r.text(event.FieldIntake), r.text("tlp"), r.asset(i)
	return e, nil
}

func (r *evidenceReader) asset(i int) finding.Asset {
	return finding.Asset{
		Role: r.text(event.FieldRole), Type: r.text(event.FieldType), Identifier: r.text(event.FieldIdentifier),
		Malware: r.text(event.FieldMalware), Transport: r.text(event.FieldTransport), Addr: address(r.ip, i), Port: whole(r.port, i),
		URL: r.text(event.FieldSourceURL), FQDN: r.text(event.FieldSourceFQDN), DestAddr: address(r.dip, i), DestPort: whole(r.dport, i),
		DestURL: r.text(event.FieldDestURL), DestFQDN: r.text(event.FieldDestFQDN),
	}
}

func (r *evidenceReader) text(name string) string {
	if at, ok := r.places[name]; ok {
		return r.texts[at]
	}
	return ""
}

func address(c *answer.Column, i int) netip.Addr {
	if c == nil || c.Null[i] {
		return netip.Addr{}
	}
	return c.Addrs[i]
}

func whole(c *answer.Column, i int) int64 {
	if c == nil || c.Null[i] {
		return 0
	}
	return c.Ints[i]
}

func when(c *answer.Column, i int) time.Time {
	if c == nil || c.Null[i] {
		return time.Time{}
	}
	return c.Time(i)
}

// eventsBehind gives the newest events of a finding. The condition is a net with meshes as wide as the columns allow; what is not of the
// finding's key is let go.
func (d *Desk) eventsBehind(ctx context.Context, f finding.Finding, most int) ([]FindingEvent, error) {
	segments, err := d.o.Manifest.Segments(ctx, event.Filter{})
	if err != nil {
		return nil, err
	}
	out := []FindingEvent{}
	for _, some := range alike(segments) {
		err := d.readEvents(ctx, netOf(f), some, 4*most, func(e Evidence) error {
			if finding.KeyOf(e.Asset) == f.Key {
				out = append(out, FindingEvent{Time: e.Time, Intake: e.Intake, Fields: e.Fields})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b FindingEvent) int { return b.Time.Compare(a.Time) })
	return out[:min(most, len(out))], nil
}

// netOf is what all events of a finding have in common, as far as the query language can say it.
func netOf(f finding.Finding) query.Node {
	side := "source."
	if f.Role == "destination" {
		side = "destination."
	}
	all := query.All{query.Term{Name: event.FieldTime, Match: []query.Match{query.Times{From: f.First, To: f.Last.Add(time.Millisecond)}}}}
	is := func(name, value string) {
		if value != "" {
			all = append(all, query.Term{Name: name, Match: []query.Match{query.Text{Value: value}}})
		}
	}
	is(event.FieldType, f.Type)
	is(event.FieldIdentifier, f.Identifier)
	if a := f.Key.Addr(); a.IsValid() {
		all = append(all, query.Term{Name: side + "ip", Match: []query.Match{query.Addrs{From: a, To: a}}})
	} else if f.URL != "" {
		is(side+"url", f.URL)
	} else {
		is(side+"fqdn", f.FQDN)
	}
	if f.Port != 0 {
		all = append(all, query.Term{Name: side + "port", Match: []query.Match{query.Ints{From: f.Port, To: f.Port}}})
	}
	return all
}
