package notifications

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/opened"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
)

// One is the page of a message.
type One struct {
	delivery.Delivery
	Moves     []string
	Attempts  []delivery.Attempt
	Decisions []release.Decision
	Findings  []desk.FindingView
	About     string // id of the organisation whose networks it is about; "" if that is not kept
	AboutName string
	Opened    opened.Message
	Size      int
	Forgotten string // why its bytes cannot be shown; "" if they can
}

// shownFindings is how many findings of a message are listed.
const shownFindings = 100

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: o.Subject, Section: "notifications", Crumbs: crumbs(r), Body: onePage(o)})
}

func (p *page) about(r *shell.Request) (o One, err error) {
	name := r.PathValue("id")
	if o.Delivery, o.Attempts, err = p.o.Delivery.Get(r.Context(), r.Actor, name); err != nil {
		return o, err
	}
	o.Moves = movesOf(o.State)
	if o.Decisions, err = p.o.Release.Find(r.Context(), r.Actor, strings.Fields(o.Decision)); err != nil {
		return o, err
	}
	if o.Findings, err = p.o.Told(r.Context(), r.Actor, name, shownFindings); err != nil {
		return o, err
	}
	if err := p.concerns(r, &o); err != nil {
		return o, err
	}
	return o, p.open(r, &o)
}

// concerns finds whose networks a message is about.
func (p *page) concerns(r *shell.Request, o *One) error {
	about, err := p.o.Notify.AboutMessage(r.Context(), r.Actor, o.Batch, o.Ticket)
	if problem.Is(err, problem.NotFound) { // a correction: release knows
		about.Organisation, err = ownerOf(o.Decisions), nil
	}
	if err != nil || about.Organisation == "" {
		return err
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	o.About, o.AboutName = about.Organisation, names[about.Organisation]
	return err
}

func ownerOf(list []release.Decision) string {
	for _, d := range list {
		return d.Item.Owner
	}
	return ""
}

// open reads the message as it went. Bytes that are forgotten, or damaged, are no error of the page.
func (p *page) open(r *shell.Request, o *One) error {
	raw, err := p.o.Delivery.Bytes(r.Context(), r.Actor, o.ID)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Internal) {
		o.Forgotten = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	o.Size = len(raw)
	o.Opened = read(o.Channel, raw)
	return nil
}

func read(channel string, raw []byte) opened.Message {
	if channel == "webhook" {
		return opened.Webhook(raw)
	}
	return opened.Mail(raw)
}

// source gives a message byte for byte, as a file.
func (p *page) source(w http.ResponseWriter, r *shell.Request) error {
	d, _, err := p.o.Delivery.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	raw, err := p.o.Delivery.Bytes(r.Context(), r.Actor, d.ID)
	if err != nil {
		return err
	}
	ending := ".eml"
	if d.Channel == "webhook" {
		ending = ".json"
	}
	return file(w, "message-"+d.ID+ending, raw)
}

// part gives one part of a message, as a file.
func (p *page) part(w http.ResponseWriter, r *shell.Request) error {
	d, _, err := p.o.Delivery.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	raw, err := p.o.Delivery.Bytes(r.Context(), r.Actor, d.ID)
	if err != nil {
		return err
	}
	parts := read(d.Channel, raw).Parts
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(parts) {
		return problem.New(problem.NotFound, "the message has no such part")
	}
	name := parts[n].Name
	if name == "" {
		name = "part" + strconv.Itoa(n) + ".txt"
	}
	return file(w, name, parts[n].Data)
}

// file answers with bytes that the browser keeps as a file, and never shows: whatever they are.
func file(w http.ResponseWriter, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": opened.SafeName(name)}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the reader may have left
	return nil
}

func oneURL(message string) string { return path + "/" + url.PathEscape(message) }

func partURL(message string, n int) string {
	return path + "/message/" + url.PathEscape(message) + "/parts/" + strconv.Itoa(n)
}

func sourceURL(message string) string {
	return path + "/message/" + url.PathEscape(message) + "/source"
}

// find answers the palette: a message by its id, or by its ticket.
func (p *page) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	ask := delivery.Query{Ticket: strings.ToUpper(q)}
	ask.Limit = 3
	var list []delivery.Delivery
	switch {
	case id.Valid(q):
		d, _, err := p.o.Delivery.Get(ctx, r.Actor, q)
		if problem.Is(err, problem.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	case strings.Contains(q, "#"), strings.Contains(q, "@"):
		if strings.Contains(q, "@") {
			ask.Ticket, ask.Address = "", q
		}
		found, err := p.o.Delivery.List(ctx, r.Actor, ask)
		if err != nil {
			return nil, err
		}
		list = found.Items
	}
	var hits []shell.Hit
	for _, d := range list {
		hits = append(hits, shell.Hit{Text: d.Subject, Note: d.Address, Href: oneURL(d.ID), Icon: "mail", Kind: stateText(ctx, d.State)})
	}
	return hits, nil
}

// shutWord is the word for how a message is encrypted.
func shutWord(m opened.Message) string {
	if m.SMIME {
		return "notifications.one.shut.smime"
	}
	return "notifications.one.shut"
}

// shownParts are the texts of a message, and its files with their numbers.
func shownParts(m opened.Message) (texts []opened.Part, files []int) {
	for i, p := range m.Parts {
		if p.Text() {
			texts = append(texts, p)
		} else {
			files = append(files, i)
		}
	}
	return texts, files
}

// movable tells whether a person may make a move with the message.
func (o One) movable(name string) bool { return slices.Contains(o.Moves, name) }
