package observables

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/shell"
)

// export answers with all that the filter means, as CSV or JSON; its label stands in the file's name and in each row.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	v := r.URL.Query()
	f, _ := filterOf(v)
	format := v.Get("format")
	if format == "" {
		format = "csv"
	}
	if format != "csv" && format != "json" {
		return problem.New(problem.Invalid, "observables are exported as csv or json")
	}
	out, err := p.o.Observables.Export(r.Context(), r.Actor, r.PathValue("id"), f, v.Get("defanged") == "1")
	if err != nil {
		return err
	}
	label := strings.NewReplacer(":", "-", "+", "-").Replace(out.TLP.String())
	w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	w.Header().Set("Content-Disposition", `attachment; filename="`+out.Incident+"-"+label+"."+format+`"`)
	if format == "json" {
		_ = json.NewEncoder(w).Encode(out) // the reader may have left
		return nil
	}
	writeCSV(w, out)
	return nil
}

var exportColumns = []string{"kind", "value", "role", "tlp", "pap", "first", "last", "source", "detection", "warning_lists", "note", "added"}

func writeCSV(w io.Writer, out observable.Leaving) {
	c := csv.NewWriter(w)
	_ = c.Write(exportColumns) // a csv.Writer keeps its error
	for _, o := range out.List {
		line := []string{
			string(o.Kind), o.Value, string(o.Role), o.TLP.String(), o.PAP.String(), stamp(o.First), stamp(o.Last), string(o.Source), strconv.FormatBool(o.Detection),
			strings.Join(o.Listed, " "), o.Note, stamp(o.Added),
		}
		for i := range line {
			line[i] = defused(line[i])
		}
		_ = c.Write(line)
	}
	c.Flush()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// defused puts a single quote before a text that a spreadsheet would run: one that begins with = + - @ or their wide forms, a tab or a line's end.
func defused(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0"))
	if strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) && s != "" {
		return "'" + s
	}
	return s
}
