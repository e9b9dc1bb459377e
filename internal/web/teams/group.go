package teams

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// mostBoxes is how many teams can be ticked on a form: of more, somebody writes the names.
const mostBoxes = 40

// groupsView is the page of the sharing groups.
type groupsView struct {
	Groups []team.Group
	Names  map[string]string
	Edit   groupForm
	May    bool
}

// groupForm is the form of a group, a new one or one that there is.
type groupForm struct {
	Group team.Group
	Boxes []ui.Option // organisations that can be ticked
	More  string      // names that were typed
	Form  ui.Form
}

func (p *pages) groups(w http.ResponseWriter, r *shell.Request) error {
	return p.showGroups(w, r, groupForm{Group: team.Group{Cap: tlp.Amber}}, 0)
}

func (p *pages) showGroups(w http.ResponseWriter, r *shell.Request, f groupForm, status int) error {
	v := groupsView{Edit: f, May: r.Actor.May(team.OpGroup)}
	var err error
	if v.Groups, err = p.o.Teams.Groups(r.Context(), r.Actor); err != nil {
		return err
	}
	if v.Names, err = p.o.Names(r.Context(), r.Actor); err != nil {
		return err
	}
	if err := p.tickable(r, &v.Edit, v.Names); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("teams.groups"), Section: "directory", Crumbs: crumbs(r), Body: groupsPage(v), Status: status})
}

// tickable fills in whom the form offers: the members first, then the directory if it is short.
func (p *pages) tickable(r *shell.Request, f *groupForm, names map[string]string) error {
	for _, m := range f.Group.Members {
		f.Boxes = append(f.Boxes, ui.Option{Value: m, Text: cmp.Or(names[m], m), Chosen: true})
	}
	slices.SortFunc(f.Boxes, func(a, b ui.Option) int { return cmp.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	list, err := p.o.Teams.List(r.Context(), r.Actor, team.Filter{})
	if err != nil || len(list) > mostBoxes {
		return err
	}
	for _, t := range list {
		if !slices.Contains(f.Group.Members, t.Organisation) {
			f.Boxes = append(f.Boxes, ui.Option{Value: t.Organisation, Text: t.Name})
		}
	}
	return nil
}

func (p *pages) group(w http.ResponseWriter, r *shell.Request) error {
	g, err := p.o.Teams.Group(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return err
	}
	return p.showGroup(w, r, groupForm{Group: g}, 0)
}

func (p *pages) showGroup(w http.ResponseWriter, r *shell.Request, f groupForm, status int) error {
	names, err := p.o.Names(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	if err := p.tickable(r, &f, names); err != nil {
		return err
	}
	here := ui.Link{Text: r.T("teams.groups"), Href: groupsPath}
	body := groupPage(f, r.Actor.May(team.OpGroup))
	return p.Page(w, r, shell.Page{Title: cmp.Or(f.Group.Name, r.T("teams.groups")), Section: "directory", Crumbs: crumbs(r, here), Body: body, Status: status})
}

// typedGroup reads the form of a group. Errors: Invalid for a label that is none, or a name that nobody has.
func (p *pages) typedGroup(r *shell.Request) (f groupForm, err error) {
	f = groupForm{Group: team.Group{ID: r.PathValue("group"), Name: r.PostFormValue("name"), Members: slices.Clone(r.PostForm["member"])}, More: r.PostFormValue("more")}
	f.Group.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a new one has none
	if f.Group.Cap, err = tlp.Parse(cmp.Or(r.PostFormValue("cap"), "amber")); err != nil {
		return f, err
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	if err != nil {
		return f, err
	}
	for line := range strings.Lines(f.More) {
		name := strings.TrimSpace(line)
		id := ""
		for one, has := range names {
			if name != "" && strings.EqualFold(has, name) {
				id = one
			}
		}
		if name != "" && id == "" {
			return f, problem.New(problem.Invalid, "%s", r.T("teams.group.unknown", "name", name))
		}
		if id != "" && !slices.Contains(f.Group.Members, id) {
			f.Group.Members = append(f.Group.Members, id)
		}
	}
	return f, nil
}

// putGroup makes a sharing group, or changes the one that the path names.
func (p *pages) putGroup(w http.ResponseWriter, r *shell.Request) error {
	f, err := p.typedGroup(r)
	show, toast := p.showGroups, "teams.group.made"
	if f.Group.ID != "" {
		show, toast = p.showGroup, "teams.group.changed"
	}
	if err == nil {
		_, err = p.o.Teams.PutGroup(r.Context(), r.Actor, f.Group)
	}
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		f.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "name", Text: err.Error()}}}
		return show(w, r, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, groupsPath, r.T(toast))
}

func (p *pages) removeGroup(w http.ResponseWriter, r *shell.Request) error {
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		return problem.New(problem.Invalid, "the form is not whole: open the page again")
	}
	if err := p.o.Teams.RemoveGroup(r.Context(), r.Actor, r.PathValue("group"), version); err != nil {
		return err
	}
	return p.Done(w, r, groupsPath, r.T("teams.group.removed"))
}
