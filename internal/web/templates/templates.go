// Package templates holds the pages of the texts that messages are written with: what is in force, its versions, and a trial on real findings.
package templates

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/notification/texts"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Texts  *texts.Store
	Notify *notification.Service
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the pages are.
const path = "/templates"

// bodyLimit is for a text and what stands around it, each letter of it escaped.
const bodyLimit = 4 * message.MaxFile

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/{language}/{file}", p.one)
	s.Handle("POST "+path+"/{language}/{file}", p.save, shell.Body(bodyLimit))
	s.Handle("GET "+path+"/versions/{id}", p.version)
	s.Handle("POST "+path+"/versions/{id}", p.activate)
	s.Handle("POST "+path+"/{language}/{file}/off", p.off)
	s.Palette(p.find)
}

func crumbs(r *shell.Request, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: r.T("templates.title"), Href: path}}, more...)
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	files, err := p.o.Texts.Files(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("templates.title"), Section: "notifications", Body: listPage(files)})
}

// One is the page of a file of texts.
type One struct {
	Used          message.Used // in force
	Text          string       // in the editor
	Note          string
	Organisation  string // on whose findings it is tried
	Organisations []string
	Versions      []texts.Version
	Next          core.Cursor
	Turns         []texts.Turn
	Fault         string // why the text cannot be used
	Previews      []notification.Preview
	Tried         bool
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	o.Text = o.Used.Text
	if from := r.URL.Query().Get("from"); from != "" {
		v, err := p.o.Texts.Get(r.Context(), r.Actor, from)
		if err != nil {
			return err
		}
		o.Text = v.Text
	}
	return p.show(w, r, o, 0)
}

func (p *page) show(w http.ResponseWriter, r *shell.Request, o One, status int) error {
	return p.Page(w, r, shell.Page{Title: name(o.Used.File), Section: "notifications", Crumbs: crumbs(r), Body: onePage(o), Status: status})
}

// about gathers what the page of a file tells.
func (p *page) about(r *shell.Request) (o One, err error) {
	language, file := r.PathValue("language"), r.PathValue("file")
	files, err := p.o.Texts.Files(r.Context(), r.Actor)
	if err != nil {
		return o, err
	}
	for _, f := range files {
		if f.Language == language && f.Name == file {
			o.Used = f
		}
	}
	if o.Used.Name == "" {
		return o, problem.New(problem.NotFound, "%s", r.T("templates.wrong.file"))
	}
	list, err := p.o.Texts.List(r.Context(), r.Actor, language, file, core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: 30})
	if err != nil {
		return o, err
	}
	o.Versions, o.Next = list.Items, list.Next
	if o.Turns, err = p.o.Texts.Turns(r.Context(), r.Actor, language, file); err != nil {
		return o, err
	}
	o.Organisations, err = p.organisations(r)
	return o, err
}

// offered is how many organisations are offered for a trial.
const offered = 200

// organisations are those with something to be told now.
func (p *page) organisations(r *shell.Request) (out []string, err error) {
	plan, err := p.o.Notify.Plan(r.Context(), r.Actor, notification.PlanOptions{})
	seen := map[string]bool{}
	for _, m := range plan.Messages {
		if m.To != "" && !seen[m.Organisation] && len(out) < offered {
			seen[m.Organisation] = true
			out = append(out, m.Organisation)
		}
	}
	return out, err
}

// save keeps a version, or only tries the text. What was typed is shown again in either case where it cannot be used.
func (p *page) save(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	o.Text, o.Note, o.Organisation = strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"), r.PostFormValue("note"), r.PostFormValue("organisation")
	v := texts.Version{Language: o.Used.Language, File: o.Used.Name, Text: o.Text, Note: o.Note}
	if r.PostFormValue("action") == "try" {
		return p.try(w, r, o, v)
	}
	kept, fault, err := p.o.Texts.Write(r.Context(), r.Actor, v)
	if problem.Is(err, problem.Invalid) {
		o.Fault = err.Error()
		return p.show(w, r, o, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	text := r.T("templates.kept")
	if fault != nil {
		text = r.T("templates.kept.fault")
	}
	return p.Done(w, r, versionURL(kept.ID), text)
}

// try writes an organisation's messages with a text that is not in force.
func (p *page) try(w http.ResponseWriter, r *shell.Request, o One, v texts.Version) error {
	renderer, err := p.o.Texts.Try(r.Context(), r.Actor, v)
	if err == nil && o.Organisation == "" {
		err = problem.New(problem.Invalid, "%s", r.T("templates.wrong.organisation"))
	}
	if err == nil {
		o.Tried = true
		o.Previews, err = p.o.Notify.Preview(r.Context(), r.Actor, notification.PlanOptions{Organisation: o.Organisation}, &notification.Trial{Text: renderer, Language: v.Language})
	}
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Internal) { // a template that ran into its limits
		o.Fault = err.Error()
		return p.show(w, r, o, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.show(w, r, o, 0)
}

// VersionPage is the page of one version.
type VersionPage struct {
	texts.Version
	Fault string
	Diff  []Change // from what is in force
}

func (p *page) version(w http.ResponseWriter, r *shell.Request) error {
	v := VersionPage{}
	var err error
	if v.Version, err = p.o.Texts.Get(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	if _, err := p.o.Texts.Try(r.Context(), r.Actor, v.Version); err != nil {
		v.Fault = err.Error()
	}
	files, err := p.o.Texts.Files(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	before := ""
	for _, f := range files {
		if f.Language == v.Language && f.Name == v.File {
			before = f.Text
		}
	}
	v.Diff = diff(before, v.Text)
	title := r.T("templates.version", "at", v.At.In(r.Zone()).Format("2006-01-02 15:04"))
	file := message.File{Language: v.Language, Name: v.File}
	return p.Page(w, r, shell.Page{Title: title, Section: "notifications", Crumbs: crumbs(r, ui.Link{Text: name(file), Href: fileURL(file)}), Body: versionPage(title, v)})
}

func (p *page) activate(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	if err := p.o.Texts.Activate(r.Context(), r.Actor, id); err != nil {
		return err
	}
	return p.Done(w, r, versionURL(id), r.T("templates.activated"))
}

func (p *page) off(w http.ResponseWriter, r *shell.Request) error {
	f := message.File{Language: r.PathValue("language"), Name: r.PathValue("file")}
	if err := p.o.Texts.Deactivate(r.Context(), r.Actor, f.Language, f.Name); err != nil {
		return err
	}
	return p.Done(w, r, fileURL(f), r.T("templates.deactivated"))
}

func name(f message.File) string { return f.Language + "/" + f.Name }

func fileURL(f message.File) string {
	return path + "/" + url.PathEscape(f.Language) + "/" + url.PathEscape(f.Name)
}

func versionURL(id string) string { return path + "/versions/" + url.PathEscape(id) }

// find offers the texts to who types their name.
func (p *page) find(_ context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	if len(q) < 3 || !strings.Contains(strings.ToLower(r.T("templates.title")), strings.ToLower(q)) {
		return nil, nil
	}
	return []shell.Hit{{Text: r.T("templates.title"), Href: path, Icon: "template", Kind: r.T("shell.palette.page")}}, nil
}
