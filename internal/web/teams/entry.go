package teams

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

const newPath = "/directory/new"

func (p *pages) askNew(w http.ResponseWriter, r *shell.Request) error {
	return p.showNew(w, r, ui.Form{}, 0)
}

func (p *pages) showNew(w http.ResponseWriter, r *shell.Request, f ui.Form, status int) error {
	return p.Page(w, r, shell.Page{Title: r.T("teams.new"), Section: "directory", Crumbs: crumbs(r), Body: newPage(f), Status: status})
}

// add makes a team by its name, and goes on to its entry.
func (p *pages) add(w http.ResponseWriter, r *shell.Request) error {
	t, err := p.o.Teams.Add(r.Context(), r.Actor, r.PostFormValue("name"), r.PostFormValue("country"))
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.showNew(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "name", Text: err.Error()}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, oneURL(t.Organisation, "/edit"), r.T("teams.new.done"))
}

// editView is the page on which an entry is changed.
type editView struct {
	Name string
	Team team.Team
	Form ui.Form
}

func (p *pages) edit(w http.ResponseWriter, r *shell.Request) error {
	e, err := p.o.Teams.Entry(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showEdit(w, r, editView{Name: e.Organisation.Name, Team: e.Team}, 0)
}

func (p *pages) showEdit(w http.ResponseWriter, r *shell.Request, v editView, status int) error {
	here := ui.Link{Text: v.Name, Href: oneURL(v.Team.Organisation)}
	return p.Page(w, r, shell.Page{Title: r.T("teams.edit"), Section: "directory", Crumbs: crumbs(r, here), Body: editPage(v), Status: status})
}

// save changes an entry. What was typed is shown again if something is wrong with it, or if somebody else was faster.
func (p *pages) save(w http.ResponseWriter, r *shell.Request) error {
	e, err := p.o.Teams.Entry(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := editView{Name: e.Organisation.Name, Team: e.Team}
	if err = typed(r.PostForm, &v.Team); err == nil {
		_, err = p.o.Teams.Put(r.Context(), r.Actor, v.Team)
	}
	switch {
	case problem.Is(err, problem.Invalid):
		v.Form.Wrong = []ui.Wrong{{Text: err.Error()}}
		return p.showEdit(w, r, v, http.StatusUnprocessableEntity)
	case problem.Is(err, problem.Conflict):
		v.Team.Version = e.Team.Version
		v.Form.Wrong = []ui.Wrong{{Text: r.T("teams.edit.conflict")}}
		return p.showEdit(w, r, v, http.StatusConflict)
	case err != nil:
		return err
	}
	return p.Done(w, r, oneURL(v.Team.Organisation), r.T("teams.edit.done"))
}

// typed puts the fields of the form into an entry. Errors: Invalid for a label or version that is none.
func typed(f url.Values, t *team.Team) (err error) {
	for name, at := range map[string]*string{
		"full_name": &t.FullName, "host": &t.Host, "serves": &t.Serves, "hours": &t.Hours, "zone": &t.Zone, "policy": &t.Policy, "website": &t.Website,
	} {
		*at = f.Get(name)
	}
	t.National, t.Direct = f.Get("national") != "", f.Get("direct") != ""
	t.Sectors, t.Memberships, t.Public = each[constituency.Sector](f["sector"]), each[team.Membership](f["membership"]), each[team.Part](f["public"])
	t.Languages = strings.FieldsFunc(f.Get("languages"), func(c rune) bool { return c == ',' || c == ' ' || c == ';' })
	if t.Version, err = strconv.ParseInt(f.Get("version"), 10, 64); err != nil {
		return problem.New(problem.Invalid, "the form is not whole: open the page again")
	}
	t.Handling, err = tlp.Parse(f.Get("handling"))
	return err
}

func each[T ~string](list []string) (out []T) {
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}

// ticks are boxes to tick, with those that are.
func ticks[T ~string](all, chosen []T, text func(T) string) (out []ui.Option) {
	for _, v := range all {
		out = append(out, ui.Option{Value: string(v), Text: text(v), Chosen: slices.Contains(chosen, v)})
	}
	return out
}
