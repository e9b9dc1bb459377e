package desk

import (
	"context"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// EventColumn is a column of an answer.
type EventColumn struct {
	Name  string // as asked for
	Field string // the event's field behind it
	Kind  event.Kind
}

// Cell is one value of an event.
type Cell struct {
	Text string    // as people read it; organisations by their name; empty where there is none
	Raw  string    // as a query writes it: an organisation's id
	Time time.Time // of a time, else zero
}

// EventRow is one event.
type EventRow struct {
	Time   time.Time // time.source, zero where there is none
	Intake string
	Cells  []Cell // in the order of the columns

	order rowOrder
}

// rowOrder puts events of one time in order, each page the same way: what arrived first comes first.
type rowOrder struct {
	arrived int64
	intake  string
	hi, lo  uint64 // source.ip
	port    int64
}

// EventPage is a page of events, the newest first.
type EventPage struct {
	Columns []EventColumn
	Rows    []EventRow
	Next    string // cursor of the page after it; empty on the last one
	// Searched is set where the time was up before the page was full: all events that are newer were looked at. Next goes on from there.
	Searched time.Time
}

// RowQuery asks for a page of events.
type RowQuery struct {
	Text    string   // the query language; empty for everything
	Fields  []string // columns; empty for those that a list shows (ListFields)
	Limit   int      // rows, at most MostRows; 0 is 50
	Cursor  string   // EventPage.Next of the page before; Invalid if it is none
	Patient bool     // rather a full page than a quick one
}

// MostRows is the longest page, defaultRows the usual one.
const (
	MostRows    = 500
	defaultRows = 50
)

// ListFields are the columns of a list of events.
var ListFields = []string{
	event.FieldTime, event.FieldType, event.FieldIdentifier, event.FieldMalware, event.FieldSourceIP, event.FieldSourcePort, event.FieldSourceASN,
	event.FieldSourceCC, event.FieldSourceFQDN, event.FieldDestIP, event.FieldDestPort, event.FieldOrganisation, event.FieldFeed, event.FieldReport,
	event.FieldIntake,
}

// Rows gives one page of events, the newest first. Events that came meanwhile do not move those of later pages. A question for which much
// has to be read is answered in pieces, as far back as a reader has patience: see EventPage.Searched.
func (d *Desk) Rows(ctx context.Context, actor identity.Actor, q RowQuery) (EventPage, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return EventPage{}, err
	}
	from, err := readPlace(q.Cursor)
	if err != nil {
		return EventPage{}, err
	}
	ask, err := d.askEvents(ctx, actor, EventQuery{Text: q.Text, Fields: q.Fields})
	if err != nil {
		return EventPage{}, err
	}
	if len(q.Fields) == 0 {
		ask.req.Fields = ListFields
	}
	s := &searcher{desk: d, ask: ask, place: from, limit: defaultRows, patient: q.Patient, begun: time.Now()}
	if q.Limit > 0 {
		s.limit = min(q.Limit, MostRows)
	}
	return s.page(ctx)
}

// History gives the newest events of one address, as source or destination.
func (d *Desk) History(ctx context.Context, actor identity.Actor, addr netip.Addr, limit int, cursor string) (EventPage, error) {
	return d.Rows(ctx, actor, RowQuery{Text: "ip:" + addr.String(), Limit: limit, Cursor: cursor})
}

// rowPlace is where a page begins: at a time, after so many events of that very time. Among events of one time those that arrived first come
// first, so that later ones do not move them.
type rowPlace struct {
	began   bool  // not the first page
	untimed bool  // the events without a time
	at      int64 // milliseconds
	skip    int
}

func readPlace(cursor string) (p rowPlace, err error) {
	var untimed int
	p.began, err = page.Cursor(cursor).Into(&p.at, &p.skip, &untimed)
	p.untimed = untimed == 1
	if p.skip < 0 || p.skip > mostSkip {
		p.skip = 0
	}
	return p, err
}

func (p rowPlace) cursor() string {
	untimed := 0
	if p.untimed {
		untimed = 1
	}
	return string(page.After(p.at, p.skip, untimed))
}

// mostSkip bounds how many events of one millisecond can be paged through.
const mostSkip = 10_000

// terms narrow a question to what lies after the place.
func (p rowPlace) terms() query.Node {
	switch {
	case !p.began:
		return query.Everything
	case p.untimed:
		return query.Negate(query.Has{Name: event.FieldTime})
	}
	return query.Term{Name: event.FieldTime, Match: []query.Match{query.Times{To: time.UnixMilli(p.at + 1).UTC()}}}
}

// after is the place behind a page that ended with these rows.
func (p rowPlace) after(rows []EventRow) rowPlace {
	if len(rows) == 0 {
		return p
	}
	last := rows[len(rows)-1].Time
	out := rowPlace{began: true, untimed: last.IsZero()}
	if !out.untimed {
		out.at = last.UnixMilli()
	}
	for i := len(rows) - 1; i >= 0 && rows[i].Time.Equal(last); i-- {
		out.skip++
	}
	if out.skip == len(rows) && p.began && p.untimed == out.untimed && p.at == out.at {
		out.skip += p.skip
	}
	return out
}
