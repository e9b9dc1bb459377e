package incidents

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Reshaping is the form with which an incident is merged or split.
type Reshaping struct {
	incident.Incident
	Form  ui.Form
	Parts []incident.Hanging // what a split can take along beside reports
}

func (p *page) askMerge(w http.ResponseWriter, r *shell.Request) error {
	return p.reshape(w, r, "merge", ui.Form{}, 0)
}

func (p *page) askSplit(w http.ResponseWriter, r *shell.Request) error {
	return p.reshape(w, r, "split", ui.Form{}, 0)
}

// reshape shows the form of a merge or a split.
func (p *page) reshape(w http.ResponseWriter, r *shell.Request, what string, f ui.Form, status int) error {
	i, err := p.o.Incidents.Incident(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	body := mergePage(Reshaping{Incident: i, Form: f})
	if what == "split" {
		parts, err := p.o.Incidents.Carriable(r.Context(), r.Actor, i.ID)
		if err != nil {
			return err
		}
		body = splitPage(Reshaping{i, f, parts})
	}
	above := append(crumbs(r), ui.Link{Text: i.Ref, Href: oneURL(i.ID)})
	return p.Page(w, r, shell.Page{Title: r.T("incidents." + what), Section: "incidents", Crumbs: above, Body: body, Status: status})
}

// again shows a form with what was refused.
func (p *page) reshapeAgain(w http.ResponseWriter, r *shell.Request, what string, err error) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) || problem.Is(err, problem.NotFound) {
		return p.reshape(w, r, what, refused(r, err), http.StatusUnprocessableEntity)
	}
	return err
}

func (p *page) merge(w http.ResponseWriter, r *shell.Request) error {
	i, err := p.o.Incidents.MergeIncident(r.Context(), r.Actor, r.PathValue("id"), strings.TrimSpace(r.PostFormValue("into")), strings.TrimSpace(r.PostFormValue("reason")))
	if err != nil {
		return p.reshapeAgain(w, r, "merge", err)
	}
	return p.Done(w, r, oneURL(i.ID), r.T("incidents.merge.done", "ref", i.Ref))
}

// unmerge undoes a merge; what was merged may be out of the sight of who undid it, and the list is not.
func (p *page) unmerge(w http.ResponseWriter, r *shell.Request) error {
	name := r.PathValue("id")
	err := p.o.Incidents.UnmergeIncident(r.Context(), r.Actor, name, strings.TrimSpace(r.PostFormValue("reason")))
	if err != nil {
		return p.kept(w, r, err, "")
	}
	to := oneURL(name)
	if _, err := p.o.Incidents.Incident(r.Context(), r.Actor, name); err != nil {
		to = path
	}
	return p.Done(w, r, to, r.T("incidents.unmerge.done"))
}

func (p *page) split(w http.ResponseWriter, r *shell.Request) error {
	i, err := p.o.Incidents.SplitIncident(r.Context(), r.Actor, r.PathValue("id"), incident.Splitting{
		Title: strings.TrimSpace(r.PostFormValue("title")), Reports: r.PostForm["report"], Parts: partsOf(r.PostForm["part"]), Why: strings.TrimSpace(r.PostFormValue("reason")),
	})
	if err != nil {
		return p.reshapeAgain(w, r, "split", err)
	}
	return p.Done(w, r, oneURL(i.ID), r.T("incidents.split.done", "ref", i.Ref))
}

// partsOf reads what is to be taken along: "task/ID".
func partsOf(chosen []string) map[string][]string {
	parts := map[string][]string{}
	for _, one := range chosen {
		kind, id, _ := strings.Cut(one, "/")
		parts[kind] = append(parts[kind], id)
	}
	return parts
}

// kinds are the kinds of what can be taken along, each once, in their order.
func (o Reshaping) kinds() (list []string) {
	for _, h := range o.Parts {
		if !slices.Contains(list, h.Kind) {
			list = append(list, h.Kind)
		}
	}
	return list
}

func (p *page) unsplit(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.UnsplitIncident(r.Context(), r.Actor, r.PathValue("id"), strings.TrimSpace(r.PostFormValue("reason")))
	return p.kept(w, r, err, r.T("incidents.unsplit.done"))
}

func (p *page) relate(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Relate(r.Context(), r.Actor, r.PathValue("id"), incident.Relation(r.PostFormValue("how")), strings.TrimSpace(r.PostFormValue("other")))
	if problem.Is(err, problem.NotFound) {
		err = problem.New(problem.Invalid, "there is no incident %q that you may see", r.PostFormValue("other"))
	}
	return p.kept(w, r, err, r.T("incidents.relation.added"))
}

func (p *page) unrelate(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Incidents.Unrelate(r.Context(), r.Actor, r.PathValue("id"), incident.Relation(r.PostFormValue("how")), r.PostFormValue("other"))
	return p.kept(w, r, err, r.T("incidents.relation.removed"))
}

// titled is the title of what hangs on an incident, in the reader's language.
func titled(ctx context.Context, h incident.Hanging) string { return h.In(string(words.Of(ctx))) }
