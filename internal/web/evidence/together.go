package evidence

import (
	"context"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// What is done with several files.
const (
	malware  = "malicious"
	harmless = "harmless"
	export   = "export"
)

// mostNamed is how many files that stayed here the next page names.
const mostNamed = 10

// together does one thing with the files that were chosen.
func (p *page) together(w http.ResponseWriter, r *shell.Request) error {
	action, ids := r.PostFormValue("action"), r.PostForm["id"]
	switch action {
	case malware, harmless:
		moved, err := p.o.Incidents.MarkSeveral(r.Context(), r.Actor, ids, action == malware, r.PostFormValue(action+"-reason"))
		if problem.Is(err, problem.Invalid) {
			return p.show(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}, http.StatusUnprocessableEntity)
		}
		if err != nil {
			return err
		}
		return p.outcome(w, r, moved, "evidence.several.marked")
	case export:
		return p.exportAll(w, r, ids)
	}
	return problem.New(problem.Invalid, "%q is nothing that is done with several files", action)
}

func (p *page) outcome(w http.ResponseWriter, r *shell.Request, moved incident.Moved, done string) error {
	return several.Show(p.Shell, w, r, several.Answer{
		Section: "incidents", Back: tabs.Path(r.PathValue("id"), tab), Done: r.T(done, "n", len(moved.Moved)), Moved: moved, Named: p.named(r),
	})
}

// exportAll gives files out in one archive. The answer is the archive: which files are not in it, and why, is said on the next page.
func (p *page) exportAll(w http.ResponseWriter, r *shell.Request, ids []string) error {
	moved, name, write, err := p.o.Incidents.ExportSeveral(r.Context(), r.Actor, ids, handing(r, r.PostFormValue("export-reason")))
	if problem.Is(err, problem.Invalid) {
		return p.show(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if write == nil {
		return p.outcome(w, r, moved, "evidence.several.exported")
	}
	if len(moved.Unmoved) > 0 {
		p.Later(r, p.left(r, moved))
	}
	send(w, name, write)
	return nil
}

// left says which files were not given out, and why, in one line.
func (p *page) left(r *shell.Request, moved incident.Moved) string {
	parts := []string{r.T("evidence.several.exported", "n", len(moved.Moved)), r.T("ui.several.left", "n", len(moved.Unmoved))}
	for i, l := range several.Left(r, moved.Unmoved, p.named(r)) {
		if i == mostNamed {
			break
		}
		why := l.Text
		if why == "" {
			why = r.T("ui.several.why." + l.Why)
		}
		parts = append(parts, l.Name+": "+why)
	}
	return strings.Join(parts, " ")
}

// named says what a file is called that the reader sees.
func (p *page) named(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		shown, err := p.o.Incidents.Exhibit(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return named(r.Context(), shown.Item), itemURL(r.PathValue("id"), id)
	}
}

// actions are what can be done with the chosen files.
func actions(ctx context.Context, l list) (out []ui.Action) {
	if l.gives {
		out = append(out, ui.Action{Name: export, Text: T(ctx, "evidence.export"), Icon: "download", Confirm: T(ctx, "evidence.several.export.text"), Fields: exportFields(l)})
	}
	if l.may {
		out = append(out,
			ui.Action{Name: malware, Text: T(ctx, "evidence.mark"), Icon: "bug", Confirm: T(ctx, "evidence.mark.text"), Fields: reasonField(malware)},
			ui.Action{Name: harmless, Text: T(ctx, "evidence.unmark"), Icon: "check", Confirm: T(ctx, "evidence.unmark.text"), Fields: reasonField(harmless)})
	}
	return out
}
