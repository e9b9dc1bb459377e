package report

import (
	"net/http"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/words"
)

// openFor is how long a mailbox stays open in a browser that does nothing; each page opens it anew.
const openFor = 30 * time.Minute

// boxPage is an open mailbox, as a page shows it.
type boxPage struct {
	Box   incident.Mailbox
	State string // the ticket, encrypted
	Text  string // what was typed, after an error
	Wrong []wrong
	Sent  bool
	Most  int64
}

// doorPage asks for the code.
type doorPage struct {
	Code  string // as it was typed
	Wrong string // key of its words; empty: nothing is wrong
	Left  bool   // they have just left
}

// door asks for the code. It stands in no address: addresses are kept by browsers, and logged by others.
func (p *page) door(w http.ResponseWriter, r *shell.Request) error {
	return p.closed(w, r, doorPage{})
}

func (p *page) closed(w http.ResponseWriter, r *shell.Request, d doorPage) error {
	v := view{Title: r.T("report.mailbox"), Body: codePage(d), Status: http.StatusOK}
	if d.Wrong != "" {
		v.Status, v.Title = http.StatusUnprocessableEntity, r.T("report.wrong.title")+": "+v.Title
	}
	if d.Wrong == "pace" {
		v.Status = http.StatusTooManyRequests
	}
	return p.show(w, r, v)
}

// box opens a mailbox with a code or a ticket, and does what its holder asks.
func (p *page) box(w http.ResponseWriter, r *shell.Request) error {
	if !p.pace.pages.allow(r.RemoteAddr, p.o.Clock.Now()) {
		return problem.New(problem.Unavailable, "too many pages at once")
	}
	f, err := p.read(w, r)
	if err != nil {
		return err
	}
	defer f.free()
	t := ticket{Lang: r.Lang, Code: strings.TrimSpace(f.get("code"))}
	held := f.get("state") != ""
	if held {
		if p.seals.open("mailbox", f.get("state"), &t) != nil || !p.o.Clock.Now().Before(t.Until) {
			return p.closed(w, r, doorPage{Wrong: "over"})
		}
		r = speaking(r, t.Lang)
	}
	switch do := f.get("do"); {
	case do == "leave":
		w.Header().Set("Clear-Site-Data", `"cache"`)
		return p.closed(w, r, doorPage{Left: true})
	case words.Lang(do).Known():
		t.Lang = words.Lang(do)
		r = speaking(r, t.Lang)
	}
	box, wrong := p.unlock(r, t.Code, held)
	if wrong != "" {
		return p.closed(w, r, doorPage{Code: t.Code, Wrong: wrong})
	}
	b := boxPage{Box: box, Most: p.o.MaxFiles, Text: f.get("text")}
	if f.get("do") == "say" {
		return p.say(w, r, t, b, f)
	}
	return p.opened(w, r, t, b)
}

// unlock gives the mailbox of a code, or the words for why not. What stood in a ticket was right before, and waits for nobody.
func (p *page) unlock(r *shell.Request, code string, held bool) (box incident.Mailbox, wrong string) {
	if !held {
		if code == "" {
			return box, "code"
		}
		wait, ok := p.pace.try(code, r.RemoteAddr)
		if !ok {
			return box, "pace"
		}
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return box, "pace"
		}
	}
	box, err := p.o.Mailbox(r.Context(), code)
	if !held {
		p.pace.tried(code, err == nil)
	}
	switch {
	case err == nil:
		return box, ""
	case problem.Is(err, problem.NotFound):
		return box, "none"
	case problem.Is(err, problem.Unavailable):
		return box, "pace"
	}
	return box, "later"
}

// say writes into the mailbox. What cannot be taken stands in the field again.
func (p *page) say(w http.ResponseWriter, r *shell.Request, t ticket, b boxPage, f *form) error {
	switch {
	case f.long["text"] || len(b.Text) > maxField:
		b.Wrong = []wrong{{"text", "long", maxField}}
	case f.many:
		b.Wrong = []wrong{{"files", "files", maxFiles}}
	case strings.TrimSpace(b.Text) == "" && len(f.files) == 0:
		b.Wrong = []wrong{{"text", "empty", 0}}
	case !p.pace.send(r.RemoteAddr):
		b.Wrong = []wrong{{"", "pace", 0}}
	}
	if len(b.Wrong) > 0 {
		return p.opened(w, r, t, b)
	}
	if err := p.o.SayIn(r.Context(), t.Code, b.Text, f.attached()); err != nil {
		b.Wrong = []wrong{{"", "later", 0}}
		return p.opened(w, r, t, b)
	}
	box, err := p.o.Mailbox(r.Context(), t.Code)
	if err != nil {
		return err
	}
	return p.opened(w, r, t, boxPage{Box: box, Most: b.Most, Sent: true})
}

func (p *page) opened(w http.ResponseWriter, r *shell.Request, t ticket, b boxPage) error {
	t.Until = p.o.Clock.Now().Add(openFor)
	b.State = p.seals.seal("mailbox", t)
	v := view{Title: r.T("report.mailbox"), Form: true, Body: openPage(b), Status: http.StatusOK}
	if len(b.Wrong) > 0 {
		v.Status, v.Title = http.StatusUnprocessableEntity, r.T("report.wrong.title")+": "+v.Title
	}
	return p.show(w, r, v)
}

// field is what is wrong with a field; nil if nothing is.
func (b boxPage) field(name string) *wrong {
	for i := range b.Wrong {
		if b.Wrong[i].field == name {
			return &b.Wrong[i]
		}
	}
	return nil
}
