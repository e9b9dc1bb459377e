package clocks

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/shell"
)

// Limits of the form with a file, in bytes.
const (
	formRoom = 1 << 20 // around the file
	maxField = 32 << 10
)

// mostOffered bounds the organisations that a field offers: others can be typed.
const mostOffered = 1000

// submit records a submission. A file that proves it goes into the vault as it comes; the fields of the form stand before it.
func (p *page) submit(w http.ResponseWriter, r *shell.Request) error {
	f, err := p.received(r)
	if f != nil {
		r.PostForm = f // so that what was typed is shown again
	}
	if err == nil {
		_, err = p.o.Clocks.Submit(r.Context(), r.Actor, r.PathValue("id"), obligation.Proof{
			Obligation: f.Get("obligation"), Stage: f.Get("stage"), At: notes.When(r.Context(), f.Get("at")), To: f.Get("to"), Reference: f.Get("reference"),
			Note: f.Get("note"), Item: f.Get("item"),
		})
	}
	return p.kept(w, r, err, r.T("clocks.submitted"))
}

// received reads the form; with a file, "item" is what that became in the vault.
func (p *page) received(r *shell.Request) (url.Values, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return r.PostForm, nil
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s", r.T("clocks.wrong.form"))
	}
	f := url.Values{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, problem.Wrap(problem.Invalid, err, "%s", r.T("clocks.wrong.form"))
		}
		if err := p.field(r, part, f); err != nil {
			return f, err
		}
	}
}

// field reads one field, or takes the file in.
func (p *page) field(r *shell.Request, part *multipart.Part, f url.Values) error {
	if part.FormName() == "file" {
		if part.FileName() == "" || p.o.Incidents == nil {
			return nil // none was chosen
		}
		item, err := p.o.Incidents.AddEvidence(r.Context(), r.Actor, r.PathValue("id"),
			incident.File{Name: part.FileName(), MediaType: part.Header.Get("Content-Type"), Body: part}, incident.Intake{Reason: r.T("clocks.proof.of", "stage", f.Get("stage"))})
		if err == nil {
			f.Set("item", item.ID)
		}
		return err
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s", r.T("clocks.wrong.form"))
	}
	f.Add(part.FormName(), string(text))
	return nil
}

// offered are the names of organisations, in order.
func (p *page) offered(r *shell.Request, may bool) (list []string, err error) {
	if p.o.Names == nil || !may {
		return nil, nil
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	for _, name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list[:min(len(list), mostOffered)], err
}

// organisation finds the organisation of the register that is called so; "" for another.
func (p *page) organisation(r *shell.Request, who string) (string, error) {
	who = strings.TrimSpace(who)
	if p.o.Names == nil || who == "" {
		return "", nil
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	found := ""
	for id, name := range names {
		if strings.EqualFold(name, who) && (found == "" || id < found) {
			found = id
		}
	}
	return found, err
}
