package blocklist

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// header writes what a list is as remarks. The time of asking is not in it: the same list has the same bytes.
func header(b *bytes.Buffer, team string, l indicator.Blocklist) {
	lines := []string{
		l.Label.String(),
		line(team) + ": " + line(l.Collection.Title) + ", to be blocked: " + l.Kind,
		"Values: " + strconv.Itoa(len(l.Items)),
	}
	if !l.Expires.IsZero() {
		lines = append(lines, "Expires: "+stamp(l.Expires)+" the first of them; ask again before, and take off what is not in the list any more")
	}
	if l.Unfit > 0 {
		lines = append(lines, "Left out: "+strconv.Itoa(l.Unfit)+" that are no plain value, or too wide to be blocked")
	}
	for _, text := range lines {
		b.WriteString("# " + text + "\n")
	}
}

// line is a text without ends of lines.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// writePlain writes one value a line.
func writePlain(b *bytes.Buffer, team string, l indicator.Blocklist) {
	header(b, team, l)
	for _, x := range l.Items {
		b.WriteString(x.Value + "\n")
	}
}

// writeCSV writes a row for each value (RFC 4180), behind the remarks. No cell is a formula.
func writeCSV(b *bytes.Buffer, team string, l indicator.Blocklist) {
	header(b, team, l)
	w := csv.NewWriter(b)
	w.UseCRLF = true
	_ = w.Write([]string{"value", "kind", "expires", "label", "indicator"}) // a buffer takes everything
	for _, x := range l.Items {
		_ = w.Write([]string{message.Disarm(x.Value), l.Kind, stamp(x.Expires), x.Label.String(), x.Indicator})
	}
	w.Flush()
}
