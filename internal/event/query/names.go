package query

import "github.com/firehall/firehall/internal/event"

// Sense says how the texts of a name are compared.
type Sense uint8

// The senses.
const (
	Plain Sense = iota
	// OrganisationName means that the text is the name of an organisation, and
	// the field holds its id.
	OrganisationName
	// List means that the field holds several words with `,` or `;` between
	// them, of which one must fit.
	List
	// Lower and Upper mean that the field is always written so: texts are
	// brought to the same form.
	Lower
	Upper
	// Either means that feeds write the field in small letters or in capitals:
	// an exact text is asked for in both.
	Either
)

// Subject is what a name in a query stands for: one or more fields of one kind.
type Subject struct {
	Name   string
	Fields []event.Field // the first is the one shown and grouped by
	Sense  Sense
}

// Kind is the kind that all fields of the subject have.
func (s Subject) Kind() event.Kind { return s.Fields[0].Kind }

// short is the table of names that are not simply a field's own.
var short = []struct {
	name   string
	sense  Sense
	fields []string
}{
	{"class", Lower, []string{event.FieldType}},
	{"taxonomy", Lower, []string{event.FieldTaxonomy}},
	{"identifier", Plain, []string{event.FieldIdentifier}},
	{"ip", Plain, []string{event.FieldSourceIP, event.FieldDestIP}},
	{"src", Plain, []string{event.FieldSourceIP}},
	{"dst", Plain, []string{event.FieldDestIP}},
	{"port", Plain, []string{event.FieldSourcePort, event.FieldDestPort}},
	{"sport", Plain, []string{event.FieldSourcePort}},
	{"dport", Plain, []string{event.FieldDestPort}},
	{"asn", Plain, []string{event.FieldSourceASN}},
	{"country", Upper, []string{event.FieldSourceCC}},
	{"cc", Upper, []string{event.FieldSourceCC}},
	{"network", Plain, []string{event.FieldSourceNetwork}},
	{"reserved", Plain, []string{event.FieldSourceReserved}},
	{"hostname", Lower, []string{"source.fqdn", "source.reverse_dns", "destination.fqdn"}},
	{"host", Lower, []string{"source.fqdn", "source.reverse_dns", "destination.fqdn"}},
	{"domain", Lower, []string{"source.fqdn", "destination.fqdn"}},
	{"url", Plain, []string{event.FieldSourceURL, event.FieldDestURL}},
	{"account", Plain, []string{"source.account", "destination.account"}},
	{"malware", Plain, []string{event.FieldMalware}},
	{"hash", Either, []string{"malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256"}},
	{"transport", Lower, []string{event.FieldTransport}},
	{"application", Lower, []string{"protocol.application"}},
	{"protocol", Lower, []string{event.FieldTransport, "protocol.application"}},
	{"cve", Upper, []string{"product.vulnerabilities"}},
	{"product", Plain, []string{"product.full_name", "product.name", "product.vendor"}},
	{"feed", Plain, []string{event.FieldFeed}},
	{"provider", Plain, []string{"feed.provider"}},
	{"report", Lower, []string{event.FieldReport}},
	{"tag", List, []string{"extra.tag"}},
	{"severity", Lower, []string{event.FieldSeverity}},
	{"time", Plain, []string{event.FieldTime}},
	{"seen", Plain, []string{event.FieldArrival}},
	{"organisation", OrganisationName, []string{event.FieldOrganisation}},
	{"org", OrganisationName, []string{event.FieldOrganisation}},
	{"rule", Lower, []string{event.FieldRule}},
	{"role", Lower, []string{event.FieldRole}},
	{"standing", Lower, []string{event.FieldStanding}},
	{event.FieldType, Lower, []string{event.FieldType}},
	{event.FieldTaxonomy, Lower, []string{event.FieldTaxonomy}},
	{event.FieldSourceCC, Upper, []string{event.FieldSourceCC}},
	{event.FieldDestCC, Upper, []string{event.FieldDestCC}},
}

// wordFields are searched for a word that has no name.
var wordFields = []string{
	event.FieldType, event.FieldTaxonomy, event.FieldIdentifier, event.FieldMalware, event.FieldReport,
	event.FieldSourceFQDN, "source.reverse_dns", event.FieldSourceURL, event.FieldDestFQDN, event.FieldDestURL,
	"event_description.text", "product.full_name", "extra.tag",
}

var events = func() *Vocabulary {
	v := &Vocabulary{
		subjects: make(map[string]Subject), extras: true, words: fieldsOf(wordFields),
		advice: "a feed's own columns are extra.NAME; quote text that holds a colon",
	}
	for _, f := range event.Fields() {
		v.subjects[f.Name] = Subject{Name: f.Name, Fields: []event.Field{f}}
	}
	for _, s := range short {
		v.subjects[s.name] = Subject{Name: s.name, Fields: fieldsOf(s.fields), Sense: s.sense}
	}
	return v
}()

func fieldsOf(names []string) []event.Field {
	out := make([]event.Field, len(names))
	for i, n := range names {
		f, ok := event.FieldByName(n)
		if !ok {
			f = event.Field{Name: n, Kind: event.Text}
		}
		out[i] = f
	}
	return out
}

// Lookup finds what a name stands for in queries for events: a short name, a
// field's name, or `extra.<name>`. Upper and lower case count.
func Lookup(name string) (Subject, bool) { return events.Lookup(name) }

// Names lists the names that Lookup knows, in order, without the endless extras.
func Names() []string { return events.Names() }

// WordFields are the fields of events in which a word without a name is looked for.
func WordFields() []event.Field { return events.WordFields() }
