package organisations

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// The bounds of the form around a file.
const (
	formRoom  = 1 << 20
	shortText = 200 // bytes of a field that is a word
)

// Ask is the form in which a file is given.
type Ask struct {
	Form ui.Form
	Text string // that was pasted
}

func (p *pages) ask(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, Ask{}, 0) }

func (p *pages) show(w http.ResponseWriter, r *shell.Request, a Ask, status int) error {
	return p.Page(w, r, shell.Page{Title: r.T("organisations.import.title"), Section: "organisations", Crumbs: crumbs(r), Body: askPage(a), Status: status})
}

// upload takes a file, or pasted text, in and shows the difference that it makes. What was pasted is shown again if it cannot be read.
func (p *pages) upload(w http.ResponseWriter, r *shell.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "send the file as a form with a file in it")
	}
	u, pasted, err := p.receive(r, parts)
	if problem.Is(err, problem.Invalid) {
		field := "file"
		if pasted != "" {
			field = "text"
		}
		return p.show(w, r, Ask{Text: pasted, Form: ui.Form{Wrong: []ui.Wrong{{Field: field, Text: err.Error()}}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, uploadURL(u.ID), "")
}

// maxPasted bounds what is pasted rather than uploaded, in bytes.
const maxPasted = 10 << 20

// receive reads the parts of the form: format comes first, then a file that is streamed to the desk, or a text.
func (p *pages) receive(r *shell.Request, parts *multipart.Reader) (u desk.Upload, pasted string, err error) {
	var format constituency.Format
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return u, "", problem.New(problem.Invalid, "%s", r.T("organisations.import.nothing"))
		}
		if err != nil {
			return u, "", err
		}
		switch name := part.FormName(); {
		case name == "format":
			if format, err = formatOf(part); err != nil {
				return u, "", err
			}
		case name == "file" && part.FileName() != "":
			u, err = p.o.Imports.Put(r.Context(), r.Actor, part.FileName(), format, part)
			return u, "", err
		case name == "text":
			text, err := io.ReadAll(io.LimitReader(part, maxPasted+1))
			if err != nil {
				return u, "", err
			}
			if len(text) > maxPasted {
				return u, "", problem.New(problem.Invalid, "the pasted text is larger than %d MiB: upload it as a file", maxPasted>>20)
			}
			if pasted = string(text); strings.TrimSpace(pasted) == "" {
				continue
			}
			u, err = p.o.Imports.Put(r.Context(), r.Actor, r.T("organisations.import.pasted"), pastedFormat(format, pasted), strings.NewReader(pasted))
			return u, pasted, err
		}
	}
}

// formatOf reads the choice of a format; "" leaves it to the file's name.
func formatOf(part io.Reader) (constituency.Format, error) {
	text, err := io.ReadAll(io.LimitReader(part, shortText))
	if err != nil || len(text) == 0 {
		return "", err
	}
	return constituency.ParseFormat(string(text))
}

// pastedFormat tells what a pasted text is: YAML begins with its key.
func pastedFormat(chosen constituency.Format, text string) constituency.Format {
	switch {
	case chosen != "":
		return chosen
	case strings.Contains(text, "organisations:"):
		return constituency.YAML
	}
	return constituency.CSV
}

// preview shows what an upload would change, or did, or how far reading it is.
func (p *pages) preview(w http.ResponseWriter, r *shell.Request) error {
	u, err := p.o.Imports.Get(r.Context(), r.Actor, r.PathValue("upload"))
	if err != nil {
		return err
	}
	here := ui.Link{Text: r.T("organisations.import.title"), Href: importPath}
	return p.Page(w, r, shell.Page{Title: u.Name, Section: "organisations", Crumbs: crumbs(r, here), Body: previewPage(u)})
}

// progress tells how far an upload is until its work has ended.
func (p *pages) progress(w http.ResponseWriter, r *shell.Request) error {
	return p.Watch(w, r, func() (ui.ProgressProps, error) {
		u, err := p.o.Imports.Get(r.Context(), r.Actor, r.PathValue("upload"))
		return progressOf(r.Context(), u), err
	})
}

// apply changes the register exactly as was shown. If it changed meanwhile, the difference is shown anew, with what happened.
func (p *pages) apply(w http.ResponseWriter, r *shell.Request) error {
	u, err := p.o.Imports.Apply(r.Context(), r.Actor, r.PathValue("upload"))
	if problem.Is(err, problem.Conflict) && u.State == desk.Ready {
		if u, err = p.o.Imports.Again(r.Context(), r.Actor, u.ID); err == nil {
			return p.Done(w, r, uploadURL(u.ID), r.T("organisations.import.changed"))
		}
	}
	if err != nil {
		return err
	}
	toast := ""
	if u.State == desk.Applied {
		toast = r.T("organisations.import.applied", "n", u.Tally.All)
	}
	return p.Done(w, r, uploadURL(u.ID), toast)
}

// again makes the difference anew.
func (p *pages) again(w http.ResponseWriter, r *shell.Request) error {
	u, err := p.o.Imports.Again(r.Context(), r.Actor, r.PathValue("upload"))
	if err != nil {
		return err
	}
	return p.Done(w, r, uploadURL(u.ID), "")
}

// discard forgets an upload.
func (p *pages) discard(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Imports.Discard(r.Context(), r.Actor, r.PathValue("upload")); err != nil {
		return err
	}
	return p.Done(w, r, importPath, r.T("organisations.import.discarded"))
}
