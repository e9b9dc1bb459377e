package desk

import (
	"context"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/event"
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
}

// EventPage is a page of events, the newest first.
type EventPage struct {
	Columns []EventColumn
	Rows    []EventRow
	Next    string // cursor of the page after it; empty on the last one
}

// RowQuery asks for a page of events.
type RowQuery struct {
	Text   string   // the query language; empty for everything
	Fields []string // columns; empty for those that a list shows (ListFields)
	Limit  int      // rows, at most MostRows; 0 is 50
	Cursor string   // EventPage.Next of the page before; Invalid if it is none
}

// MostRows is the longest page.
const MostRows = 500

// ListFields are the columns of a list of events.
var ListFields = []string{
	event.FieldTime, event.FieldType, event.FieldIdentifier, event.FieldMalware, event.FieldSourceIP, event.FieldSourcePort, event.FieldSourceASN,
	event.FieldSourceCC, event.FieldSourceFQDN, event.FieldDestIP, event.FieldDestPort, event.FieldOrganisation, event.FieldFeed, event.FieldReport,
	event.FieldIntake,
}

// History gives the newest events of one address, as source or destination.
func (d *Desk) History(ctx context.Context, actor identity.Actor, addr netip.Addr, limit int, cursor string) (EventPage, error) {
	return d.Rows(ctx, actor, RowQuery{Text: "ip:" + addr.String(), Limit: limit, Cursor: cursor})
}
