package search

import (
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// The columns that are not compared as they stand.
const (
	columnAddr    = "addr"    // asked for through the key
	columnSources = "sources" // bits, asked for by the names of feeds
)

// names is what can be asked of findings: the fields of a subject are columns.
var names = func() *query.Vocabulary {
	text := func(name string, sense query.Sense, columns ...string) query.Subject {
		return query.Subject{Name: name, Sense: sense, Fields: columnsOf(event.Text, columns)}
	}
	other := func(name string, kind event.Kind, column string) query.Subject {
		return query.Subject{Name: name, Fields: columnsOf(kind, []string{column})}
	}
	return query.NewVocabulary(columnsOf(event.Text, []string{"type", "taxonomy", "identifier", "malware", "report", "fqdn", "url"}),
		text("state", query.Lower, "state"),
		text("organisation", query.OrganisationName, "organisation"),
		text("org", query.OrganisationName, "organisation"),
		text("criticality", query.Lower, "organisation"), // of the organisation: who asks puts the organisations in its place, see desk
		text("network", query.Plain, "network"),
		text("rule", query.Lower, "rule"),
		text("role", query.Lower, "role"),
		text("standing", query.Lower, "standing"),
		text("class", query.Lower, "type"),
		text("type", query.Lower, "type"),
		text("taxonomy", query.Lower, "taxonomy"),
		text("identifier", query.Plain, "identifier"),
		text("malware", query.Plain, "malware"),
		text("transport", query.Lower, "transport"),
		text("feed", query.Plain, columnSources),
		text("report", query.Lower, "report"),
		text("severity", query.Lower, "severity"),
		text("host", query.Lower, "fqdn"),
		text("hostname", query.Lower, "fqdn"),
		text("domain", query.Lower, "fqdn"),
		text("url", query.Plain, "url"),
		text("reason", query.Plain, "reason"),
		other("ip", event.IP, columnAddr),
		other("port", event.Int, "port"),
		other("count", event.Int, "events"),
		other("first", event.Time, "first_seen"),
		other("last", event.Time, "last_seen"),
		other("time", event.Time, "last_seen"),
		other("seen", event.Time, "last_seen"),
		other("since", event.Time, "since"),
		other("until", event.Time, "until_at"),
		other("told", event.Time, "told"),
		other("due", event.Time, "due"),
	)
}()

func columnsOf(kind event.Kind, columns []string) []event.Field {
	out := make([]event.Field, len(columns))
	for i, c := range columns {
		out[i] = event.Field{Name: c, Kind: kind}
	}
	return out
}

// Names are the names by which findings can be asked for.
func Names() []string { return names.Names() }

// Parse reads a query for findings. Errors are problem.Invalid and say at which character, and what can be asked.
func Parse(text string, now time.Time, zone *time.Location) (query.Node, error) {
	return query.Parse(text, query.Options{Now: now, Zone: zone, Names: names})
}
