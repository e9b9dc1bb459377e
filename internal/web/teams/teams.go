// Package teams holds the pages of the directory of fellow teams: the list, one team with what waits for a person, agreements, sharing groups.
package teams

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web/shell"
)

// Options is what the pages ask.
type Options struct {
	Teams *team.Service // nil: there are no such pages
	Names func(ctx context.Context, actor identity.Actor) (map[string]string, error)
}

// pages is the handlers of this package.
type pages struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path       = "/directory"
	groupsPath = "/directory/groups"
	exportPath = "/directory/export"
)

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Teams == nil {
		return
	}
	p := &pages{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+exportPath, p.export)
	s.Handle("GET "+groupsPath, p.groups)
	s.Handle("POST "+groupsPath, p.putGroup)
	s.Handle("GET "+groupsPath+"/{group}/edit", p.group)
	s.Handle("POST "+groupsPath+"/{group}/edit", p.putGroup)
	s.Handle("POST "+groupsPath+"/{group}/remove", p.removeGroup)
	s.Handle("GET "+newPath, p.askNew)
	s.Handle("POST "+newPath, p.add)
	s.Handle("GET "+importPath, p.askFile)
	s.Handle("POST "+importPath, p.upload, shell.Body(bodyLimit))
	s.Handle("GET "+importPath+"/{upload}/difference", p.waiting)
	s.Handle("POST "+importPath+"/{upload}/apply", p.apply)
	s.Handle("POST "+importPath+"/{upload}/discard", p.discard)
	s.Handle("GET "+path+"/{id}/edit", p.edit)
	s.Handle("POST "+path+"/{id}/edit", p.save)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("POST "+path+"/{id}/approve", p.approve)
	s.Handle("POST "+path+"/{id}/ask", p.ask)
	s.Handle("POST "+path+"/{id}/vouch", p.vouch)
	s.Handle("POST "+path+"/{id}/sign", p.sign)
	s.Handle("POST "+path+"/{id}/end", p.end)
	s.Handle("POST "+path+"/{id}/propose", p.propose)
	s.Handle("POST "+path+"/{id}/decide", p.decide)
}

func oneURL(id string, more ...string) string {
	return path + "/" + url.PathEscape(id) + strings.Join(more, "")
}

func groupURL(id string, more ...string) string {
	return groupsPath + "/" + url.PathEscape(id) + strings.Join(more, "")
}

// listed is the page of the list.
type listed struct {
	Teams     []team.Listed
	Text      string
	Waiting   bool
	Stale     bool
	MayChange bool
	MayImport bool
}

func (p *pages) list(w http.ResponseWriter, r *shell.Request) error {
	q := r.URL.Query()
	v := listed{Text: q.Get("q"), Waiting: q.Get("waiting") != "", Stale: q.Get("stale") != ""}
	v.MayChange, v.MayImport = r.Actor.May(team.OpChange), r.Actor.May(team.OpImport)
	f := team.Filter{Text: v.Text, Waiting: v.Waiting, Stale: v.Stale}
	if c, err := constituency.ParseCountry(v.Text); err == nil {
		f.Text, f.Country = "", c
	}
	var err error
	if v.Teams, err = p.o.Teams.List(r.Context(), r.Actor, f); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("teams.title"), Section: "directory", Body: listPage(v)})
}

func (p *pages) export(w http.ResponseWriter, r *shell.Request) error {
	var b strings.Builder
	format, err := team.ParseFormat(r.URL.Query().Get("format"))
	if err != nil {
		return err
	}
	if err := p.o.Teams.Export(r.Context(), r.Actor, &b, format); err != nil {
		return err
	}
	name, kind := "teams.csv", "text/csv; charset=utf-8"
	if format == team.FormatFIRST || format == team.FormatTI {
		name, kind = "teams.json", "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write([]byte(b.String())) // the reader may have left
	return nil
}
