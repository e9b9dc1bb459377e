package report

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/words"
)

// question is the page of one question.
type question struct {
	At      int
	Step    step
	Answers *answers
	State   string // encrypted
	Wrong   []wrong
	OnCall  string
	Email   string
	Promise []string // paragraphs of the team's own; nil: the built-in text
	Most    int64    // bytes of files
}

func (q question) wrong(name string) *wrong {
	i := slices.IndexFunc(q.Wrong, func(w wrong) bool { return w.field == name })
	if i < 0 {
		return nil
	}
	return &q.Wrong[i]
}

// start shows what becomes of a report, and asks how the reporter wants to be known. Nothing is known of them yet.
func (p *page) start(w http.ResponseWriter, r *shell.Request) error {
	return p.ask(w, r, 0, newAnswers(r.Lang), nil)
}

// answer takes one answer in and asks the next question.
func (p *page) answer(w http.ResponseWriter, r *shell.Request) error {
	if !p.pace.pages.allow(r.RemoteAddr, p.o.Clock.Now()) {
		return problem.New(problem.Unavailable, "too many pages at once")
	}
	f, err := p.read(w, r)
	if err != nil {
		return err
	}
	defer f.free()
	a := p.seals.stateOf(f.get("state"))
	if a == nil { // of another installation, or of none: nothing that could be gone on with
		return p.ask(w, r, 0, newAnswers(r.Lang), []wrong{{"", "state", 0}})
	}
	r = speaking(r, a.Lang)
	at := stepAt(f.get("step"))
	wrongs := steps[at].take(a, f)
	switch do := f.get("do"); {
	case words.Lang(do).Known():
		a.Lang = words.Lang(do)
		return p.ask(w, speaking(r, a.Lang), at, a, nil)
	case do == "back":
		return p.ask(w, r, before(at, a), a, nil)
	case strings.HasPrefix(do, "change-"):
		return p.ask(w, r, stepAt(strings.TrimPrefix(do, "change-")), a, nil)
	case len(wrongs) > 0:
		return p.ask(w, r, at, a, wrongs)
	case do == "send" && steps[at].name == "check":
		return p.send(w, r, a, f)
	}
	return p.ask(w, r, after(at, a), a, nil)
}

// speaking is a request whose pages are in a language.
func speaking(r *shell.Request, l words.Lang) *shell.Request {
	out := *r
	out.Lang = l
	out.Request = r.WithContext(words.With(r.Context(), l))
	return &out
}

// ask shows a question.
func (p *page) ask(w http.ResponseWriter, r *shell.Request, at int, a *answers, wrongs []wrong) error {
	s := steps[at]
	a.Ready = a.Ready || s.name == "check"
	q := question{
		At: at, Step: s, Answers: a, State: p.seals.seal("form", shortened(a)), Wrong: wrongs, OnCall: p.o.OnCall, Email: p.o.Email, Promise: p.promise(a.Lang), Most: p.o.MaxFiles,
	}
	v := view{Title: r.T("report.step." + s.name), Form: at > 0, Body: questionPage(q), Status: http.StatusOK, Team: p.o.Team}
	if len(wrongs) > 0 {
		v.Title, v.Status = r.T("report.wrong.title")+": "+v.Title, http.StatusUnprocessableEntity
	}
	v.Keep = s.name != "check" && !slices.ContainsFunc(s.fields, func(f field) bool { return a.Values[f.name] != "" })
	return p.show(w, r, v)
}

// shortened are the answers for the state: what is too long stands in its field, and need not travel twice.
func shortened(a *answers) *answers {
	out := *a
	out.Values = copied(a.Values)
	for _, s := range steps {
		for _, f := range s.fields {
			if v := out.Values[f.name]; f.most > 0 && len(v) > 4*f.most {
				out.Values[f.name] = strings.ToValidUTF8(v[:4*f.most], "")
			}
		}
	}
	return &out
}

func (p *page) promise(l words.Lang) (paragraphs []string) {
	for one := range strings.SplitSeq(p.o.Promise[l], "\n\n") {
		if one = strings.TrimSpace(one); one != "" {
			paragraphs = append(paragraphs, one)
		}
	}
	return paragraphs
}

// send gives the report to the room. Until here nothing of it was stored.
func (p *page) send(w http.ResponseWriter, r *shell.Request, a *answers, f *form) error {
	if at := missing(a); at >= 0 {
		return p.ask(w, r, at, a, nil)
	}
	check := stepAt("check")
	switch {
	case f.get("website") != "":
		return p.ask(w, r, check, a, []wrong{{"website", "website", 0}})
	case f.many:
		return p.ask(w, r, check, a, []wrong{{"files", "files", maxFiles}})
	case !p.pace.send(r.RemoteAddr):
		return p.ask(w, r, check, a, []wrong{{"", "pace", 0}})
	}
	done, err := p.o.Accept(r.Context(), door, a.draft(f))
	switch {
	case problem.Is(err, problem.Invalid):
		return p.ask(w, r, check, a, []wrong{{"", "refused", 0}})
	case problem.Is(err, problem.Unavailable):
		return p.ask(w, r, check, a, []wrong{{"", "later", 0}})
	case err != nil:
		return err
	}
	return p.show(w, r, view{
		Title: r.T("report.done"), Body: donePage(done, a), Status: http.StatusOK, Team: p.o.Team,
	})
}

// draft is what was answered, as the room takes it.
func (a *answers) draft(f *form) incident.Draft {
	v := a.Values
	d := incident.Draft{
		Door: incident.Form, TLP: tlp.Amber, Key: a.Key, Subject: subject(v["text"]), Text: v["text"],
		Confidential: a.who() == "confidential", Anonymous: a.who() == "anonymous",
		Reporter: incident.Reporter{Language: string(a.Lang)},
		Answers: incident.Answers{
			Urgent:   v["urgent"] == "yes",
			Happened: v["kind"], When: v["when"], Affected: v["affected"], Impact: v["impact"], Help: v["help"],
			Police: v["police"] == "yes", Peers: v["peers"] == "yes", Vendor: v["vendor"] == "yes", Provider: v["provider"] == "yes", Privilege: v["privilege"] == "yes", Exempt: v["exempt"] == "yes", Children: v["kind"] == "children",
		},
		Files: f.attached(),
	}
	if !d.Anonymous {
		d.Reporter.Name, d.Reporter.Email, d.Reporter.Phone, d.Reporter.Organisation = v["name"], v["email"], v["phone"], v["organisation"]
	}
	if d.Answers.Children { // seeing it is a crime; copying it another: what matters is where it is
		d.Files = nil
	}
	return d
}

// subject is the beginning of what was written.
func subject(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(strings.Join(strings.Fields(line), " "))
	const most = 100
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}

// show answers with a page of ours.
func (p *page) show(w http.ResponseWriter, r *shell.Request, v view) error {
	v.Lang, v.Path = r.Lang, r.URL.Path
	if v.Team == "" {
		v.Team = p.o.Team
	}
	h := w.Header()
	if v.Keep { // nothing that they wrote stands in it: the browser's Back works
		h.Set("Cache-Control", "private, no-cache")
	}
	return write(w, r, v.Status, layout(v))
}

// write renders before it sends, so that a failure half-way can still become an error.
func write(w http.ResponseWriter, r *shell.Request, status int, c templ.Component) error {
	var b strings.Builder
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String())) // the reader may have left
	return nil
}
