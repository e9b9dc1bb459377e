package clocks

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
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/shell"
)

// most bounds what is exported: it is put together before it is written.
const most = 50_000

// export answers with all that a filter means, as CSV or JSON.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	f, _ := asked(r.URL.Query())
	f.Request = core.Request{Limit: core.MaxLimit}
	list := []obligation.Due{}
	for len(list) < most {
		found, err := p.found(r, ofReports(r.URL.Query()), f)
		if err != nil {
			return err
		}
		list = append(list, found.Items...)
		if f.After = found.Next; f.After == "" {
			break
		}
	}
	lines := [][]string{{"due", "state", "law", "stage", "by", ofWhat(r), "title", "who", "begun"}}
	for _, d := range list {
		lines = append(lines, []string{instant(d.At), string(d.State), d.Duty, d.Stage, string(d.By), d.Ref, d.Title, d.Who, instant(d.Begun)})
	}
	return answer(w, r, "clocks", list, lines)
}

// ofWhat heads the column of what the clocks are of.
func ofWhat(r *shell.Request) string {
	if ofReports(r.URL.Query()) {
		return "report"
	}
	return "incident"
}

// summary answers with a quarter in numbers.
func (p *page) summary(w http.ResponseWriter, r *shell.Request) error {
	s, err := p.o.Clocks.Summarise(r.Context(), r.Actor, r.URL.Query().Get("law"), r.URL.Query().Get("quarter"))
	if err != nil {
		return err
	}
	lines := [][]string{{"question", "answer", "count"}, {"notified", "all", strconv.Itoa(s.Total)}}
	for _, one := range s.Lines {
		lines = append(lines, []string{one.Question, one.Answer, strconv.Itoa(one.Count)})
	}
	return answer(w, r, "summary", s, lines)
}

// answer writes a thing as JSON, or its lines as CSV.
func answer(w http.ResponseWriter, r *shell.Request, name string, whole any, lines [][]string) error {
	format := r.URL.Query().Get("format")
	switch format {
	case "json":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.json"`)
		_ = json.NewEncoder(w).Encode(whole) // the reader may have left
		return nil
	case "", "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
		out := csv.NewWriter(w)
		for _, line := range lines {
			for i := range line {
				line[i] = harmless(line[i])
			}
			_ = out.Write(line) // a csv.Writer keeps its error
		}
		out.Flush()
		return nil
	}
	return problem.New(problem.Invalid, "clocks are exported as csv or json")
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
