package observables

import (
	"net/http"
	"net/url"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/web/shell"
)

// bulk does something with the chosen observables, or with all that the filter means.
func (p *page) bulk(w http.ResponseWriter, r *shell.Request) error {
	in := r.PathValue("id")
	keep, err := url.ParseQuery(r.PostFormValue("q"))
	if err != nil {
		return problem.New(problem.Invalid, "the filter cannot be read: go back to the list")
	}
	list := r.PostForm["id"]
	if r.PostFormValue("all") == "1" {
		if list, err = p.all(r, in, keep); err != nil {
			return err
		}
	}
	back := listURL(in)
	if len(keep) > 0 {
		back += "?" + keep.Encode()
	}
	if len(list) == 0 {
		return p.Done(w, r, back, r.T("observables.none.chosen"))
	}
	done, err := p.act(r, in, list)
	if err != nil {
		return err
	}
	return p.Done(w, r, back, r.T("observables.done", "n", len(done.Done)))
}

func (p *page) act(r *shell.Request, in string, list []string) (observable.Done, error) {
	yes, no := true, false
	switch name := r.PostFormValue("action"); name {
	case "remove":
		return p.o.Observables.Remove(r.Context(), r.Actor, in, list, r.PostFormValue("reason"))
	case "restore":
		return p.o.Observables.Restore(r.Context(), r.Actor, in, list)
	case "detect":
		return p.o.Observables.EditAll(r.Context(), r.Actor, in, list, observable.Revision{Detection: &yes})
	case "ignore":
		return p.o.Observables.EditAll(r.Context(), r.Actor, in, list, observable.Revision{Detection: &no})
	case "role":
		role := observable.Role(r.PostFormValue("role"))
		return p.o.Observables.EditAll(r.Context(), r.Actor, in, list, observable.Revision{Role: &role})
	default:
		return observable.Done{}, problem.New(problem.Invalid, "%q is nothing that can be done with observables", short(name, 40))
	}
}

// all lists the ids of all that a filter means.
func (p *page) all(r *shell.Request, in string, keep url.Values) (list []string, err error) {
	f, _ := filterOf(keep)
	ask := core.Request{Limit: core.MaxLimit}
	for {
		found, err := p.o.Observables.List(r.Context(), r.Actor, in, f, ask)
		if err != nil {
			return nil, err
		}
		for _, o := range found.Items {
			list = append(list, o.ID)
		}
		if ask.After = found.Next; ask.After == "" || len(list) >= observable.MaxBulk {
			return list[:min(len(list), observable.MaxBulk)], nil
		}
	}
}
