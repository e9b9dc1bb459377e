package releases

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
)

// About is what a decision is about, for who may know of it. The zero About is for who may not, and for what has no page.
type About struct {
	Ref   string // R-…, I-…, an id
	Title string
	Href  string // of its page
}

// Unless gives an About as a page's own read found it: nothing for what is not there, which is also what the reader may not know of.
func (a About) Unless(err error) (About, error) {
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Forbidden) {
		return About{}, nil
	}
	if err != nil {
		return About{}, err
	}
	return a, nil
}

// Text is its ref and title.
func (a About) Text() string {
	if a.Title == "" || a.Title == a.Ref {
		return a.Ref
	}
	if a.Ref == "" {
		return a.Title
	}
	return a.Ref + ": " + a.Title
}

// about names an item.
func (p *page) about(r *shell.Request, kind, id string) (About, error) {
	if p.o.About == nil {
		return About{}, nil
	}
	return p.o.About(r.Context(), r.Actor, kind, id)
}

// explain says on the page what somebody would be told, if the reader asked for them.
func (p *page) explain(r *shell.Request, i *Item) error {
	i.To = r.URL.Query().Get("to")
	if i.To == "" || p.o.Recipient == nil {
		return nil
	}
	to, err := p.o.Recipient(r.Context(), r.Actor, i.To)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) {
		i.Unknown = r.T("releases.to.unknown")
		return nil
	}
	if err != nil {
		return err
	}
	if i.Kind != "findings" && to.As != release.Public { // as if a person wrote to them
		to.Chosen = r.Actor.ID
	}
	d, err := p.o.Release.Explain(r.Context(), r.Actor, i.Of, to)
	i.Explained = &d
	return err
}
