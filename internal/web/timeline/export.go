package timeline

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// export answers with all lines that a filter means, as CSV or JSON, page by page.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	kind, ok := map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format]
	if !ok {
		return problem.New(problem.Invalid, "a timeline is exported as csv or json")
	}
	ask := asked(r.URL.Query())
	ask.Request = core.Request{Limit: core.MaxLimit}
	found, err := p.o.Incidents.TimelineOf(r.Context(), r.Actor, r.PathValue("id"), ask)
	if err != nil {
		return err // before anything is written
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="timeline.`+format+`"`)
	out := writerOf(r.Context(), format, w, p.names(r.Context()))
	for {
		for i := range found.Items {
			if err := out.write(&found.Items[i]); err != nil {
				return nil //nolint:nilerr // the reader left
			}
		}
		if ask.After = found.Next; ask.After == "" {
			break
		}
		if found, err = p.o.Incidents.TimelineOf(r.Context(), r.Actor, r.PathValue("id"), ask); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
		}
	}
	out.close()
	return nil
}

// exporter writes lines; a reader who left is told by write.
type exporter interface {
	write(*incident.Entry) error
	close()
}

func writerOf(ctx context.Context, format string, w io.Writer, names Names) exporter {
	if format == "json" {
		return &jsonExport{ctx: ctx, w: w, enc: json.NewEncoder(w), names: names}
	}
	c := csvExport{ctx, csv.NewWriter(w), names}
	_ = c.Write([]string{"id", "at", "side", "code", "what", "by", "link", "version", "changed", "removed", "why"}) // a csv.Writer keeps its error
	return c
}

type jsonExport struct {
	ctx   context.Context //nolint:containedctx // of the one request
	w     io.Writer
	enc   *json.Encoder
	names Names
	n     int
}

// exported is a line with what its code says in the reader's language.
type exported struct {
	*incident.Entry
	Says string `json:"says"`
}

func (j *jsonExport) write(e *incident.Entry) error {
	mark := "[\n"
	if j.n++; j.n > 1 {
		mark = ","
	}
	if _, err := io.WriteString(j.w, mark); err != nil {
		return err
	}
	return j.enc.Encode(exported{e, j.names.Says(j.ctx, e)})
}

func (j *jsonExport) close() {
	end := "]\n"
	if j.n == 0 {
		end = "[]\n"
	}
	_, _ = io.WriteString(j.w, end)
}

type csvExport struct {
	ctx context.Context //nolint:containedctx // of the one request
	*csv.Writer
	names Names
}

func (c csvExport) write(e *incident.Entry) error {
	what := c.names.Says(c.ctx, e)
	if e.Code != "" && e.Text != "" {
		what += ": " + e.Text
	}
	row := []string{
		e.ID, stamp(e.At), string(sideOf(e)), e.Code, what, ui.Who(c.names.People, e.By), e.Link, strconv.FormatInt(e.Version, 10), stamp(e.Changed), stamp(e.Removed), e.Why,
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return c.Write(row)
}

func (c csvExport) close() { c.Flush() }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
