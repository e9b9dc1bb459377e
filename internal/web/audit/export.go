package audit

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/audit"
	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
)

// export answers with all that a question means, as CSV or JSON, page by page, so that it takes no more memory than one.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	kind, ok := map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format]
	if !ok {
		return problem.New(problem.Invalid, "the record is exported as csv or json")
	}
	ask := core.Request{Limit: core.MaxLimit}
	found, err := p.ask(r, ask)
	if err != nil {
		return err // before anything is written
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
	out := writerOf(format, w)
	for {
		for _, line := range found.Items {
			if err := out.write(line); err != nil {
				return nil //nolint:nilerr // the reader left
			}
		}
		if ask.After = found.Next; ask.After == "" {
			break
		}
		if found, err = p.ask(r, ask); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
		}
	}
	out.close()
	return nil
}

// exporter writes entries; a reader who left is told by write.
type exporter interface {
	write(audit.Line) error
	close()
}

func writerOf(format string, w io.Writer) exporter {
	if format == "json" {
		return &jsonExport{w: w, enc: json.NewEncoder(w)}
	}
	c := csvExport{csv.NewWriter(w)}
	_ = c.Write([]string{"id", "at", "actor", "actor_kind", "via", "operation", "object", "reason", "before", "after", "sealed"}) // a csv.Writer keeps its error
	return c
}

type jsonExport struct {
	w   io.Writer
	enc *json.Encoder
	n   int
}

func (j *jsonExport) write(l audit.Line) error {
	mark := "[\n"
	if j.n++; j.n > 1 {
		mark = ","
	}
	if _, err := io.WriteString(j.w, mark); err != nil {
		return err
	}
	return j.enc.Encode(l)
}

func (j *jsonExport) close() {
	end := "]\n"
	if j.n == 0 {
		end = "[]\n"
	}
	_, _ = io.WriteString(j.w, end)
}

type csvExport struct{ *csv.Writer }

func (c csvExport) write(l audit.Line) error {
	row := []string{
		l.ID, l.At.UTC().Format(time.RFC3339Nano), l.Actor, l.ActorKind, l.Via, l.Operation, l.Object, l.Reason, string(l.Before), string(l.After),
		strconv.FormatInt(l.Sealed, 10),
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return c.Write(row)
}

func (c csvExport) close() { c.Flush() }

// harmless puts an apostrophe before what a spreadsheet would take for a formula.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
