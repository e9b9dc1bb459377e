package teams

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

const (
	importPath = "/directory/import"
	// bodyLimit bounds the form around a file, in bytes.
	bodyLimit  = team.MaxUpload + 1<<20
	fieldLimit = 200 // bytes of a field that is a word
)

// asked is the page on which a file is given.
type asked struct {
	Form       ui.Form
	Text       string // that was pasted
	Waiting    []team.Upload
	MayApprove bool
}

func uploadURL(id string, more ...string) string {
	return importPath + "/" + url.PathEscape(id) + strings.Join(more, "")
}

func (p *pages) askFile(w http.ResponseWriter, r *shell.Request) error {
	return p.showAsk(w, r, asked{}, 0)
}

func (p *pages) showAsk(w http.ResponseWriter, r *shell.Request, v asked, status int) error {
	var err error
	if v.Waiting, err = p.o.Teams.Uploads(r.Context(), r.Actor); err != nil {
		return err
	}
	v.MayApprove = r.Actor.May(team.OpApprove)
	return p.Page(w, r, shell.Page{Title: r.T("teams.import"), Section: "directory", Crumbs: crumbs(r), Body: askPage(v), Status: status})
}

func crumbs(r *shell.Request, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: r.T("teams.title"), Href: path}}, more...)
}

// upload takes a file, or pasted text, in and shows the difference that it makes. What was pasted is shown again if it cannot be read.
func (p *pages) upload(w http.ResponseWriter, r *shell.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "send the file as a form with a file in it")
	}
	f, err := given(r, parts)
	var u team.Upload
	if err == nil {
		u, err = p.o.Teams.Upload(r.Context(), r.Actor, f.file, f.o)
	}
	if problem.Is(err, problem.Invalid) {
		field := "file"
		if f.text != "" {
			field = "text"
		}
		return p.showAsk(w, r, asked{Text: f.text, Form: ui.Form{Wrong: []ui.Wrong{{Field: field, Text: err.Error()}}}}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, uploadURL(u.ID, "/difference"), "")
}

// sent is what the form held.
type sent struct {
	o    team.ImportOptions
	file io.Reader
	text string // that was pasted
}

// given reads the parts of the form in their order: the choices come before the file, which is read by who takes it.
func given(r *shell.Request, parts *multipart.Reader) (f sent, err error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, problem.New(problem.Invalid, "%s", r.T("teams.import.nothing"))
		}
		if err != nil {
			return f, err
		}
		if part.FormName() == "file" && part.FileName() != "" {
			f.o.Name, f.file = part.FileName(), part
			return f, nil
		}
		if err := f.field(r, part); err != nil || f.file != nil {
			return f, err
		}
	}
}

// field reads a part that is no file.
func (f *sent) field(r *shell.Request, part *multipart.Part) error {
	limit := int64(fieldLimit)
	if part.FormName() == "text" {
		limit = team.MaxUpload + 1
	}
	text, err := io.ReadAll(io.LimitReader(part, limit))
	if err != nil {
		return err
	}
	switch part.FormName() {
	case "format":
		f.o.Format, err = team.ParseFormat(string(text))
	case "approve":
		f.o.Approve = len(text) > 0
	case "text":
		if f.text = string(text); strings.TrimSpace(f.text) != "" {
			f.o.Name, f.file = r.T("teams.import.pasted"), strings.NewReader(f.text)
		}
	}
	return err
}

func (p *pages) waiting(w http.ResponseWriter, r *shell.Request) error {
	u, err := p.o.Teams.GetUpload(r.Context(), r.Actor, r.PathValue("upload"))
	if err != nil {
		return err
	}
	here := ui.Link{Text: r.T("teams.import"), Href: importPath}
	return p.Page(w, r, shell.Page{Title: u.Name, Section: "directory", Crumbs: crumbs(r, here), Body: uploadPage(u)})
}

// apply changes the directory exactly as was shown. If it changed meanwhile, the difference is shown anew, with what happened.
func (p *pages) apply(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("upload")
	u, err := p.o.Teams.Apply(r.Context(), r.Actor, id)
	if problem.Is(err, problem.Conflict) && u.Applied.IsZero() {
		if _, err = p.o.Teams.Again(r.Context(), r.Actor, id); err == nil {
			return p.Done(w, r, uploadURL(id, "/difference"), r.T("teams.import.changed"))
		}
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, uploadURL(id, "/difference"), r.T("teams.import.applied", "n", u.Tally.All))
}

func (p *pages) discard(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Teams.Discard(r.Context(), r.Actor, r.PathValue("upload")); err != nil {
		return err
	}
	return p.Done(w, r, importPath, r.T("teams.import.discarded"))
}
