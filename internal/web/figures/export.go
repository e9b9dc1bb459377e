package figures

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/web/shell"
)

// export gives the figures as JSON, or the periods as CSV: a line for the reports and one for the incidents of each; or the clocks, the classes, or who
// worked when, as CSV.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	format := r.URL.Query().Get("format")
	if !slices.Contains([]string{"", "csv", "clocks", "classes", "workload", "json"}, format) {
		return problem.New(problem.Invalid, "figures are exported as csv, clocks, classes, workload (each a CSV too) or json")
	}
	f, err := p.ask(r)
	if err != nil {
		return err
	}
	kind, name, write := "text/csv; charset=utf-8", "figures.csv", writeCSV
	switch format {
	case "json":
		kind, name, write = "application/json", "figures.json", writeJSON
	case "clocks":
		name, write = "clocks.csv", writeClocks
	case "classes":
		name, write = "classes.csv", writeClasses
	case "workload":
		name, write = "workload.csv", p.writeWorkload(r.Context())
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	write(w, &f)
	return nil
}

func writeJSON(w io.Writer, f *figure.Figures) {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	_ = enc.Encode(f) // the reader may have left
}

func writeCSV(w io.Writer, f *figure.Figures) {
	c := csv.NewWriter(w) // it keeps its error, and the reader may have left
	_ = c.Write([]string{
		"from", "to", "of", "new", "closed", "reopened", "open", "acknowledge_n", "acknowledge_median_s", "acknowledge_p90_s", "triage_n", "triage_median_s", "triage_p90_s",
		"contain_n", "contain_median_s", "contain_p90_s", "close_n", "close_median_s", "close_p90_s",
	})
	for i := range f.Periods {
		p := &f.Periods[i]
		_ = c.Write(line(p, "reports", &p.Reports))
		_ = c.Write(line(p, "incidents", &p.Incidents))
	}
	c.Flush()
}

// writeClocks writes how the duties were kept that fell due in all the time asked of.
func writeClocks(w io.Writer, f *figure.Figures) {
	c := csv.NewWriter(w) // it keeps its error, and the reader may have left
	_ = c.Write([]string{"from", "to", "duty", "law", "stage", "name", "by", "kept", "missed", "open"})
	for _, k := range f.Clocks {
		_ = c.Write([]string{
			f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), k.Duty, k.Law, k.Stage, k.Name, k.By, strconv.Itoa(k.Kept), strconv.Itoa(k.Missed),
			strconv.Itoa(k.Open),
		})
	}
	c.Flush()
}

// writeClasses writes what came by class in all the time asked of.
func writeClasses(w io.Writer, f *figure.Figures) {
	c := csv.NewWriter(w) // it keeps its error, and the reader may have left
	_ = c.Write([]string{"from", "to", "class", "incidents", "reports"})
	for _, k := range f.Classes {
		_ = c.Write([]string{f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), string(k.Class), strconv.Itoa(k.Incidents), strconv.Itoa(k.Reports)})
	}
	c.Flush()
}

// writeWorkload writes who worked on how much in which hour of the week (1 is Monday, in the team's zone), of those whom the reader may know of.
func (p *page) writeWorkload(ctx context.Context) func(io.Writer, *figure.Figures) {
	names := map[string]string{}
	if p.o.People != nil {
		if known, err := p.o.People(ctx); err == nil { // without them the accounts stand there
			names = known
		}
	}
	return func(w io.Writer, f *figure.Figures) {
		c := csv.NewWriter(w) // it keeps its error, and the reader may have left
		_ = c.Write([]string{"from", "to", "account", "person", "weekday", "hour", "things"})
		for _, s := range f.Workload {
			_ = c.Write([]string{
				f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), s.Account, cell(names[s.Account]), strconv.Itoa(s.Weekday), strconv.Itoa(s.Hour), strconv.Itoa(s.Things),
			})
		}
		c.Flush()
	}
}

func line(p *figure.Period, of string, part *figure.Part) []string {
	out := []string{p.From.Format(time.RFC3339), p.To.Format(time.RFC3339), of}
	for _, n := range []int{part.New, part.Closed, part.Reopened, part.Open} {
		out = append(out, strconv.Itoa(n))
	}
	for _, l := range []figure.Lapse{part.Lapses.Acknowledge, part.Lapses.Triage, part.Lapses.Contain, part.Lapses.Close} {
		out = append(out, strconv.Itoa(l.N), seconds(l, l.Median), seconds(l, l.P90))
	}
	return out
}

// seconds is empty where nothing was measured.
func seconds(l figure.Lapse, d time.Duration) string {
	if l.N == 0 {
		return ""
	}
	return strconv.FormatInt(int64(d/time.Second), 10)
}

// cell puts an apostrophe before what a spreadsheet would take for a formula.
func cell(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
