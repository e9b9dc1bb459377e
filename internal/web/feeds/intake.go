package feeds

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Intake is the page of one input.
type Intake struct {
	feed.Intake
	Rows       []feed.AsideRow
	From       int  // the number of the first of them, from 0
	More       bool // there are further ones
	Fault      string
	Candidates []string
	Form       ui.Form
}

// shownRows is how many rows set aside a page shows.
const shownRows = 25

func (p *page) intake(w http.ResponseWriter, r *shell.Request) error {
	return p.showIntake(w, r, ui.Form{})
}

func (p *page) showIntake(w http.ResponseWriter, r *shell.Request, form ui.Form) error {
	in, err := p.o.Feeds.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := Intake{Intake: in, Candidates: in.Candidates(), Form: form}
	v.From, _ = strconv.Atoi(r.URL.Query().Get("from")) // 0 where it is no number
	v.From = max(0, v.From)
	v.Rows, v.More, err = p.o.Feeds.AsideRows(r.Context(), r.Actor, in, v.From, shownRows)
	if err != nil && r.Context().Err() == nil { // the counts are worth showing all the same
		v.Fault, err = err.Error(), nil
	}
	if err != nil {
		return err
	}
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.Page(w, r, shell.Page{
		Title: title(in), Section: "feeds", Crumbs: crumbs(r, ui.Link{Text: in.Feed, Href: oneURL(in.Feed)}), Body: intakePage(v), Status: status,
	})
}

// title names an input: by its file, else by its number.
func title(in feed.Intake) string {
	if in.Name != "" && in.Name != "-" {
		return in.Name
	}
	return in.ID
}

// replay orders that an input's rows set aside are read again; of one that nobody knew what it is, a person says it here.
func (p *page) replay(w http.ResponseWriter, r *shell.Request) error {
	id, report := r.PathValue("id"), strings.TrimSpace(r.PostFormValue("report"))
	in, err := p.o.Feeds.Get(r.Context(), r.Actor, id)
	if err != nil {
		return err
	}
	if report != "" {
		if err := p.o.Report(in.Feed, report); problem.Is(err, problem.Invalid) {
			return p.showIntake(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "report", Text: err.Error()}}})
		} else if err != nil {
			return err
		}
	}
	if err := p.o.Feeds.OrderReplay(r.Context(), r.Actor, id, report); err != nil {
		return err
	}
	p.o.Wake()
	return p.Done(w, r, intakeURL(id), r.T("feeds.replay.ordered"))
}

// upload takes a file in as if its feed had brought it. It is durable before the answer.
func (p *page) upload(w http.ResponseWriter, r *shell.Request) error {
	name := r.PathValue("feed")
	if _, err := p.line(r, name); err != nil {
		return err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s", r.T("feeds.wrong.form"))
	}
	taken, err := p.receive(r, name, parts)
	if problem.Is(err, problem.Invalid) {
		return p.show(w, r, "", ui.Form{Wrong: []ui.Wrong{{Field: "file", Text: err.Error()}}})
	}
	if err != nil {
		return err
	}
	p.o.Wake()
	if len(taken) == 1 {
		text := r.T("feeds.upload.taken")
		if taken[0].Known {
			text = r.T("feeds.upload.known")
		}
		return p.Done(w, r, intakeURL(taken[0].ID), text)
	}
	return p.Done(w, r, oneURL(name), r.T("feeds.upload.many", "n", len(taken)))
}

// receive streams the first file of a form into the feed room.
func (p *page) receive(r *shell.Request, name string, parts *multipart.Reader) ([]feed.Intake, error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, problem.New(problem.Invalid, "%s", r.T("feeds.wrong.file"))
		}
		if err != nil {
			return nil, broken(r, err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		taken, err := p.o.Feeds.Accept(r.Context(), r.Actor, feed.Source{Feed: name, Name: part.FileName(), Reader: part, Door: "upload"})
		return taken, broken(r, err)
	}
}

// broken says of a file that is too large that it is.
func broken(r *shell.Request, err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return problem.New(problem.Invalid, "%s", r.T("feeds.wrong.large", "mib", large.Limit>>20))
	}
	return err
}
