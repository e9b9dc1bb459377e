package dialogues

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// sentView is a message as it was sent.
type sentView struct {
	of       incident.Investigation
	message  incident.Message
	delivery *delivery.Delivery // nil: none carried it, or it is forgotten
	attempts []delivery.Attempt
	headers  string // of the bytes that were sent; "" once those are forgotten
	people   map[string]string
}

// text is what the recipient reads: what was written, and below it what may be done with it.
func (s sentView) text() string {
	if s.delivery == nil {
		return s.message.Text
	}
	return ui.Under(s.message.Text, s.delivery.Under)
}

// mostHeaders bounds what is shown, in bytes.
const mostHeaders = 32 << 10

// sent shows a message, and the delivery that carried it. The dialogue decides who may see it.
func (p *page) sent(w http.ResponseWriter, r *shell.Request) error {
	v, err := p.o.Incidents.Investigation(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Messages, func(m incident.Message) bool { return m.ID == r.PathValue("message") })
	if i < 0 {
		return problem.New(problem.NotFound, "there is no message %q in investigation %s", r.PathValue("message"), v.Ref)
	}
	s := sentView{of: v, message: v.Messages[i]}
	if err := p.carried(r, &s); err != nil {
		return err
	}
	if p.o.People != nil {
		if s.people, err = p.o.People(r.Context()); err != nil {
			return err
		}
	}
	at := []ui.Link{{Text: r.T("incidents.title"), Href: "/incidents"}, {Text: v.Ref, Href: talkURL(v)}}
	return p.Page(w, r, shell.Page{Title: v.Ref + " " + r.T("dialogues.message"), Section: "incidents", Crumbs: at, Body: sentPage(s)})
}

// carried reads the delivery of a message.
func (p *page) carried(r *shell.Request, s *sentView) error {
	if p.o.Delivery == nil || s.message.Delivery == "" {
		return nil
	}
	d, attempts, err := p.o.Delivery.Get(r.Context(), r.Actor, s.message.Delivery)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.delivery, s.attempts = &d, attempts
	raw, err := p.o.Delivery.Bytes(r.Context(), r.Actor, s.message.Delivery)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	s.headers = headersOf(raw)
	return err
}

// headersOf is what stands above the empty line.
func headersOf(raw []byte) string {
	head, _, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		head, _, _ = bytes.Cut(raw, []byte("\n\n"))
	}
	return string(bytes.ToValidUTF8(bytes.ReplaceAll(head[:min(len(head), mostHeaders)], []byte("\r\n"), []byte("\n")), []byte("?")))
}

func talkURL(v incident.Investigation) string { return "/investigations/" + url.PathEscape(v.ID) }

func messageURL(v incident.Investigation, m incident.Message) string {
	return talkURL(v) + "/messages/" + url.PathEscape(m.ID)
}
