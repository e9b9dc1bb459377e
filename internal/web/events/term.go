package events

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// identifying are the fields by which an event of a list is found again.
var identifying = []string{
	event.FieldTime, event.FieldIntake, event.FieldType, event.FieldIdentifier, event.FieldSourceIP, event.FieldSourcePort, event.FieldSourceFQDN,
	event.FieldSourceURL, event.FieldDestIP, event.FieldDestPort,
}

// placeOf reads a place in a text, in characters; its end for what is no number.
func placeOf(s, text string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return utf8.RuneCountInString(text)
	}
	return n
}

// term writes that a field has a value. Control signs cannot stand in a query: a value with one is asked for by what comes before it. "" when
// nothing can be asked.
func term(field, value string) string {
	if value == "" {
		return "-has:" + field
	}
	s, ok := query.Lookup(field)
	if !ok {
		return ""
	}
	if s.Kind() != event.Text {
		return field + ":" + value
	}
	t := query.Text{Value: value}
	if i := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError }); i >= 0 {
		t = query.Text{Value: value[:i], After: true}
	}
	const longest = 500 // bytes: URLs of feeds can be longer than a query
	if len(t.Value) > longest {
		t = query.Text{Value: strings.ToValidUTF8(t.Value[:longest], ""), After: true}
	}
	if t.Value == "" {
		return ""
	}
	return query.Term{Name: field, Match: []query.Match{t}}.String()
}

// instant writes that a time field has a value, to the millisecond.
func instant(field string, t time.Time) string {
	return query.Term{Name: field, Match: []query.Match{query.Times{From: t, To: t.Add(time.Millisecond)}}}.String()
}

// add gives the question narrowed by a term. Alternatives keep together.
func (q question) add(term string) question {
	if term == "" {
		return q
	}
	q.After = ""
	switch n, err := query.Parse(q.Text, query.Options{Now: time.Unix(0, 0)}); {
	case q.Text == "":
		q.Text = term
	case err == nil && isAny(n):
		q.Text = "(" + q.Text + ") " + term
	default:
		q.Text += " " + term
	}
	return q
}

func isAny(n query.Node) bool {
	_, ok := n.(query.Any)
	return ok
}

// without gives the question without its own terms about a time, for a range that takes their place.
func (q question) without(names ...string) question {
	q.After = ""
	words := strings.Fields(q.Text)
	if strings.ContainsAny(q.Text, `"\`) { // words with blanks: better one term too many than a broken one
		return q
	}
	kept := words[:0]
	for _, w := range words {
		name, _, ok := strings.Cut(w, ":")
		if ok && contains(names, name) {
			continue
		}
		kept = append(kept, w)
	}
	q.Text = strings.Join(kept, " ")
	return q
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// rangeURL is the page of a range of time, with {from} and {to} for its ends.
func (q question) rangeURL() string {
	q = q.without("time", event.FieldTime)
	v := q.values()
	v.Del("q")
	text := strings.TrimSpace(q.Text + " ")
	prefix := url.QueryEscape(strings.TrimLeft(text+" time:", " "))
	rest := ""
	if len(v) > 0 {
		rest = "&" + v.Encode()
	}
	return "/events?q=" + prefix + "{from}..{to}" + rest
}

// asset tells whether a value of a field is something to look up: an address, a network, a name, a number.
func asset(field string) bool {
	switch field {
	case event.FieldSourceIP, event.FieldDestIP, event.FieldSourceASN, event.FieldDestASN, event.FieldSourceNetwork, "destination.network", event.FieldSourceFQDN,
		event.FieldDestFQDN, event.FieldSourceURL, event.FieldDestURL, "source.reverse_dns", "destination.reverse_dns", "source.local_ip", "destination.local_ip",
		"malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256", "source.abuse_contact", "destination.abuse_contact":
		return true
	}
	return false
}

// lookedUp is how a value is looked up.
func lookedUp(field, value string) string {
	if field == event.FieldSourceASN || field == event.FieldDestASN {
		return "AS" + value
	}
	return value
}

// identity asks for the events that are the same as a row in all that identifies it.
func identityOf(cols []desk.EventColumn, row desk.EventRow) string {
	var terms []string
	for i, c := range cols {
		if i >= len(row.Cells) || !contains(identifying, c.Name) {
			continue
		}
		cell := row.Cells[i]
		switch {
		case c.Kind == event.Time && !cell.Time.IsZero():
			terms = append(terms, instant(c.Name, cell.Time))
		case cell.Raw != "" || cell.Text != "":
			terms = append(terms, term(c.Name, raw(cell)))
		}
	}
	return strings.Join(terms, " ")
}

// raw is a cell's value as a query writes it.
func raw(c desk.Cell) string {
	if c.Raw != "" {
		return c.Raw
	}
	return c.Text
}
