package main

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/render"
)

// lines is a table that is printed when all of it is known.
type lines struct {
	s      *session
	header []string
	rows   [][]string
}

func newLines(s *session, header ...string) *lines {
	t := &lines{s: s}
	for _, h := range header {
		t.header = append(t.header, strings.ToUpper(render.Clean(h, 40)))
	}
	return t
}

func (t *lines) add(cells ...string) { t.rows = append(t.rows, cells) }

// print prints the table; the last columns hold numbers and stand to the right.
func (t *lines) print(numbers int) error {
	widths := make([]int, len(t.header))
	all := append([][]string{t.header}, t.rows...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if i >= len(row)-numbers {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		t.s.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
	return nil
}

// shown is a value in a table.
func shown(v string) string {
	if v == "" {
		return "-"
	}
	return render.Clean(v, 60)
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(v string) string {
	if r, _ := utf8.DecodeRuneInString(v); v != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) {
		return "'" + v
	}
	return v
}

// findingTable is the table for people.
type findingTable struct{ *lines }

// The columns of the table that give way when a line is too long, and what they keep at least.
const (
	columnWhat  = 2
	columnOwner = 3
	leastWidth  = 10
)

func newFindingTable(s *session) *findingTable {
	return &findingTable{newLines(s, "finding", "state", "what", "owner", "last seen", "events")}
}

func (t *findingTable) write(list []desk.FindingView) error {
	for _, v := range list {
		what := cmp.Or(v.Identifier, v.Malware, v.Class)
		if t.s.width() >= wide {
			what = v.Condition()
		}
		if place := v.What(); place != v.Address && v.Port == 0 { // a page or a host: the id does not say which
			_, rest, cut := strings.Cut(place, "://")
			if !cut {
				rest = place
			}
			what += " " + rest
		}
		t.add(shortID(v.ID), v.State, render.Clean(what, wide), render.Clean(ownerOf(v), wide), v.Last.Format(time.DateOnly), strconv.FormatInt(v.Count, 10))
	}
	return nil
}

func (t *findingTable) close() error {
	if len(t.rows) == 0 {
		return nil
	}
	t.fit()
	return t.print(1)
}

// fit shortens what is wrong and the owners to what a line leaves them.
func (t *findingTable) fit() {
	widths := make([]int, len(t.header))
	used := 2 * (len(t.header) - 1)
	for i := range widths {
		widths[i] = len(t.header[i])
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		used += widths[i]
	}
	for used > t.s.width() && max(widths[columnWhat], widths[columnOwner]) > leastWidth {
		longer := columnOwner
		if widths[columnWhat] > widths[columnOwner] {
			longer = columnWhat
		}
		widths[longer]--
		used--
	}
	for _, row := range t.rows {
		row[columnWhat], row[columnOwner] = render.Clean(row[columnWhat], widths[columnWhat]), render.Clean(row[columnOwner], widths[columnOwner])
	}
}

// shortID is as much of an id as tells findings of an address apart: the commands take it.
func shortID(id string) string {
	place, digits, _ := strings.Cut(id, "~")
	return place + "~" + digits[:min(6, len(digits))]
}

func ownerOf(v desk.FindingView) string {
	if v.Organisation == "" {
		return "(nobody)"
	}
	return v.Organisation
}

// findingJSON writes an array, one finding a line.
type findingJSON struct {
	out *bufio.Writer
	any bool
}

func (j *findingJSON) write(list []desk.FindingView) error {
	for _, v := range list {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		lead := "["
		if j.any {
			lead = ",\n"
		}
		j.any = true
		_, _ = j.out.WriteString(lead) // a bufio.Writer keeps its error for Flush
		_, _ = j.out.Write(text)
	}
	return nil
}

func (j *findingJSON) close() error {
	if !j.any {
		_, _ = j.out.WriteString("[")
	}
	_, _ = j.out.WriteString("]\n")
	return j.out.Flush()
}

// findingCSV writes a line of names and a line a finding.
type findingCSV struct {
	w   *csv.Writer
	any bool
}

var findingColumns = []string{
	"id", "state", "organisation", "class", "identifier", "malware", "address", "port", "transport", "host", "url", "severity", "feeds", "label",
	"first", "last", "count", "since", "reason", "until", "told", "due",
}

func (c *findingCSV) write(list []desk.FindingView) error {
	c.begin()
	for _, v := range list {
		line := []string{
			v.ID, v.State, v.Organisation, v.Class, v.Identifier, v.Malware, v.Address, "", v.Transport, v.Host, v.URL, v.Severity,
			strings.Join(v.Feeds, " "), v.Label,
		}
		for i := range line {
			line[i] = harmless(line[i])
		}
		if v.Port != 0 {
			line[7] = strconv.FormatInt(v.Port, 10)
		}
		line = append(line, instant(v.First), instant(v.Last), strconv.FormatInt(v.Count, 10), instant(v.Since), harmless(v.Reason),
			instant(v.Until), instant(v.Told), instant(v.Due))
		if err := c.w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func (c *findingCSV) begin() {
	if !c.any {
		c.any = true
		_ = c.w.Write(findingColumns) // a csv.Writer keeps its error
	}
}

func (c *findingCSV) close() error {
	c.begin()
	c.w.Flush()
	return c.w.Error()
}

// instant writes a time, and nothing for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// tellFinding prints everything about one finding.
func (s *session) tellFinding(d desk.FindingDetail) {
	v := d.Finding
	s.printf("%s\n", v.ID)
	s.hang("  what       ", render.Clean(v.Condition(), 200)+" at "+render.Clean(v.What(), 300))
	s.hang("  state      ", s.stateOf(v))
	s.printf("  seen       %s in all, first %s, last %s\n", plural(v.Count, "event"), minute(v.First), minute(v.Last))
	s.hang("  source     ", render.Clean(strings.Join(v.Feeds, ", "), 200)+" ("+v.Label+")")
	if v.Severity != "" {
		s.printf("  severity   %s\n", render.Clean(v.Severity, 40))
	}
	s.printf("  owner      %s\n", render.Clean(ownerOf(v), 100))
	s.tellTold(d)
	if d.Why != nil {
		s.printf("Whose it is\n")
		s.tellWho(*d.Why, true)
	} else {
		s.hang("Whose it is: ", "cannot be said: "+render.Clean(d.WhyNot, 400))
	}
	s.tellHistory(d.History)
	s.tellEvents(d)
}

func (s *session) stateOf(v desk.FindingView) string {
	text := v.State + " since " + minute(v.Since)
	if !v.Until.IsZero() {
		text += ", until " + minute(v.Until)
	}
	if v.Reason != "" {
		text += ": " + render.Clean(v.Reason, 400)
	}
	return text
}

func (s *session) tellTold(d desk.FindingDetail) {
	for _, t := range d.Told {
		s.printf("  told       %s in message %s\n", minute(t.At), render.Clean(t.Message, 40))
	}
	due := d.Finding.Due
	switch {
	case due.IsZero():
	case !due.After(d.Finding.Since):
		s.printf("  due        with the next messages\n")
	default:
		s.printf("  due        again from %s, if it is still seen\n", minute(due))
	}
}

func (s *session) tellHistory(history []desk.FindingEntry) {
	if len(history) == 0 {
		return
	}
	s.printf("History\n")
	for _, e := range history {
		text := render.Clean(e.Name, 40) + ": " + e.From + " to " + e.To
		if e.Reason != "" {
			text += ", " + render.Clean(e.Reason, 300)
		}
		s.hang("  "+minute(e.At)+"  ", text+" ("+render.Clean(e.By, 40)+")")
	}
}

// evidenceColumns are the fields of an event that a line has room for, the first two that are there.
var evidenceColumns = []string{"source.port", "destination.ip", "destination.port", "source.url", "extra.banner", "source.fqdn"}

func (s *session) tellEvents(d desk.FindingDetail) {
	s.printf("Events\n")
	if len(d.Events) == 0 {
		s.printf("  none: their time is over, or they were erased\n")
	}
	for _, e := range d.Events {
		var parts []string
		for _, name := range evidenceColumns {
			if text, ok := e.Fields[name]; ok {
				parts = append(parts, name+"="+render.Clean(text, 60))
			}
		}
		s.hang("  "+e.Time.Format("2006-01-02 15:04:05Z")+"  ", strings.Join(append([]string{render.Clean(e.Fields["feed.name"], 40)}, parts...), "  "))
	}
	if int64(len(d.Events)) < d.Finding.Count && len(d.Events) > 0 {
		s.printf("  these are the newest of %s\n", plural(d.Finding.Count, "event"))
	}
}

// minute writes a time for people.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }
