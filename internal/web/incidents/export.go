package incidents

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
)

// export answers with all that a query means and the reader sees, as CSV or JSON: page by page, so that it takes no more memory than one.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	format := v.Get("format")
	if format == "" {
		format = "csv"
	}
	if format != "csv" && format != "json" {
		return problem.New(problem.Invalid, "incidents are exported as csv or json")
	}
	ask := incident.Filter{Query: v.Get("q"), Sort: v.Get("sort"), Request: core.Request{Limit: core.MaxLimit}}
	found, err := p.o.Incidents.Incidents(r.Context(), r.Actor, ask)
	if err != nil {
		return err // before anything is written
	}
	w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	w.Header().Set("Content-Disposition", `attachment; filename="incidents.`+format+`"`)
	write, end := writerOf(format, w)
	for {
		for _, i := range found.Items {
			if write(i) != nil {
				return nil // the reader left
			}
		}
		if ask.After = found.Next; ask.After == "" {
			end()
			return nil
		}
		if found, err = p.o.Incidents.Incidents(r.Context(), r.Actor, ask); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
		}
	}
}

// writerOf gives what writes one incident, and what ends the file.
func writerOf(format string, w http.ResponseWriter) (write func(incident.Listed) error, end func()) {
	if format == "csv" {
		out := csv.NewWriter(w)
		_ = out.Write(exportColumns) // a csv.Writer keeps its error
		return func(i incident.Listed) error { return out.Write(line(i)) }, out.Flush
	}
	mark, enc := "[\n", json.NewEncoder(w)
	write = func(i incident.Listed) error {
		if _, err := w.Write([]byte(mark)); err != nil {
			return err
		}
		mark = ","
		return enc.Encode(i)
	}
	return write, func() {
		if mark != "," {
			_, _ = w.Write([]byte("["))
		}
		_, _ = w.Write([]byte("]\n"))
	}
}

var exportColumns = []string{
	"id", "ref", "title", "state", "class", "severity", "restricted", "tlp", "assignee", "campaign", "victim", "origin", "transit", "reports", "opened", "changed", "closed",
}

func line(i incident.Listed) []string {
	out := []string{
		i.ID, i.Ref, i.Title, string(i.State), string(i.Class), string(i.Severity), strconv.FormatBool(i.Restricted), i.TLP.String(), i.Assignee, i.Campaign,
		strings.Join(i.Victim, " "), strings.Join(i.Origin, " "), strings.Join(i.Transit, " "), strconv.Itoa(i.Reports), instant(i.Opened), instant(i.Changed), instant(i.Closed),
	}
	for n := range out {
		out[n] = harmless(out[n])
	}
	return out
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
