package tasks

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/web/shell"
)

// maxExport bounds an export, in tasks.
const maxExport = 20_000

// export answers with the tasks that a filter means, as CSV or JSON: read before anything is written, so that a failure looks like one.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	format := r.URL.Query().Get("format")
	if format != "json" && format != "csv" && format != "" {
		return problem.New(problem.Invalid, "tasks are exported as csv or json")
	}
	all := []playbook.Task{}
	f := asked(r.URL.Query())
	f.Limit = core.MaxLimit
	for {
		found, err := p.o.Playbooks.List(r.Context(), r.Actor, f)
		if err != nil {
			return err
		}
		all = append(all, found.Items...)
		if f.After = found.Next; f.After == "" {
			break
		}
		if len(all) >= maxExport {
			return problem.New(problem.Invalid, "the filter means more than %d tasks: narrow it", maxExport)
		}
	}
	if format == "json" {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Disposition", `attachment; filename="tasks.json"`)
		return json.NewEncoder(w).Encode(all)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tasks.csv"`)
	return writeCSV(w, r, all)
}

func writeCSV(w http.ResponseWriter, r *shell.Request, all []playbook.Task) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "incident", "title", "state", "assignee", "role", "due", "overdue", "playbook", "step", "answer", "why", "created", "ended"})
	for _, t := range all {
		overdue := ""
		if t.Overdue {
			overdue = "yes"
		}
		line := []string{
			t.ID, t.Ref, text(r.Context(), t.Title), string(t.State), t.Assignee, string(t.Role), instant(t.Due), overdue, t.Book, t.Step, string(t.Answer),
			strings.TrimSpace(t.Why + " " + t.Reason), instant(t.Created), instant(t.Ended),
		}
		for i := range line {
			line[i] = harmless(line[i])
		}
		_ = out.Write(line)
	}
	out.Flush()
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
