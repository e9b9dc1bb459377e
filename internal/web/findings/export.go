package findings

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
)

// export answers with all that a query means, as CSV or JSON, in order of address: page by page, so that it takes no more memory than one.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	if format != "csv" && format != "json" {
		return problem.New(problem.Invalid, "findings are exported as csv or json")
	}
	ask := desk.FindingQuery{Text: r.URL.Query().Get("q"), ByAddress: true, Request: core.Request{Limit: core.MaxLimit}}
	found, err := p.o.Desk.ListFindings(r.Context(), r.Actor, ask)
	if err != nil {
		return err // before anything is written
	}
	w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	w.Header().Set("Content-Disposition", `attachment; filename="findings.`+format+`"`)
	out := writerOf(format, w)
	for {
		for _, f := range found.Items {
			if err := out.write(f); err != nil {
				return nil //nolint:nilerr // the reader left
			}
		}
		if ask.After = found.Next; ask.After == "" {
			break
		}
		if found, err = p.o.Desk.ListFindings(r.Context(), r.Actor, ask); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
		}
	}
	return out.close()
}

// exporter writes findings.
type exporter interface {
	write(desk.FindingView) error
	close() error
}

func writerOf(format string, w io.Writer) exporter {
	if format == "json" {
		return &jsonExport{w: w, enc: json.NewEncoder(w)}
	}
	c := &csvExport{csv.NewWriter(w)}
	_ = c.Write(exportColumns) // a csv.Writer keeps its error
	return c
}

type jsonExport struct {
	w   io.Writer
	enc *json.Encoder
	n   int
}

func (j *jsonExport) write(v desk.FindingView) error {
	mark := "[\n"
	if j.n++; j.n > 1 {
		mark = ","
	}
	if _, err := io.WriteString(j.w, mark); err != nil {
		return err
	}
	return j.enc.Encode(v)
}

func (j *jsonExport) close() error {
	end := "]\n"
	if j.n == 0 {
		end = "[]\n"
	}
	_, _ = io.WriteString(j.w, end) // the reader may have left
	return nil
}

type csvExport struct{ *csv.Writer }

// exportColumns are those of the command line's export.
var exportColumns = []string{
	"id", "state", "organisation", "standing", "taxonomy", "class", "identifier", "malware", "address", "port", "transport", "host", "url", "severity", "feeds",
	"report", "label", "first", "last", "count", "since", "reason", "until", "told",
}

func (c *csvExport) write(v desk.FindingView) error {
	number := ""
	if v.Port != 0 {
		number = port(v.Port)
	}
	line := []string{
		v.ID, v.State, v.Organisation, v.Standing, v.Taxonomy, v.Class, v.Identifier, v.Malware, v.Address, number, v.Transport, v.Host, v.URL, v.Severity,
		strings.Join(v.Feeds, " "), v.Report, v.Label, instant(v.First), instant(v.Last), strconv.FormatInt(v.Count, 10), instant(v.Since), v.Reason,
		instant(v.Until), instant(v.Told),
	}
	for i := range line {
		line[i] = harmless(line[i])
	}
	return c.Write(line)
}

func (c *csvExport) close() error {
	c.Flush()
	return nil // the reader may have left
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
