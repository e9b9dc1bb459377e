// Package feeds holds the pages of what comes in: the feeds and how they are, one feed with its runs, its terms and who may push it, and one
// input with the rows that were set aside.
package feeds

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Feeds  *feed.Service
	Tokens *token.Tokens
	Terms  func(name string) (config.Feed, error) // of a feed; an error if its inputs cannot be read
	Report func(name, report string) error        // nil if inputs of the feed may be said to be such a report
	Wake   func()                                 // the jobs: an input was accepted
	Limit  int64                                  // bytes of a file that is uploaded
	Live   *live.Hub                              // tells of changes; nil for none
}

type page struct {
	*shell.Shell
	o Options
}

// Where the pages are.
const (
	path       = "/feeds"
	intakePath = "/intakes"
)

// uploadRoom is for what stands around an uploaded file, in bytes.
const uploadRoom = 1 << 20

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("GET "+path+"/new", s.Changes(o.Live, p.newer, desk.LiveIntakes))
	s.Handle("GET "+path+"/{feed}", p.one)
	s.Handle("POST "+path+"/{feed}/upload", p.upload, shell.Body(o.Limit+uploadRoom))
	s.Handle("POST "+path+"/{feed}/tokens", p.newToken)
	s.Handle("POST "+path+"/{feed}/tokens/revoke", p.revoke)
	s.Handle("GET "+intakePath+"/{id}", p.intake)
	s.Handle("POST "+intakePath+"/{id}/replay", p.replay)
	s.Palette(p.find)
}

// days is how many days the small lines show.
const days = 14

// Line is one feed of the list.
type Line struct {
	Name       string
	Known      bool // in the configuration
	Conditions []feed.Condition
	Days       feed.Days
	Last       *feed.Run // the latest; nil if none is kept
}

// State is the worst that is said of the feed.
func (l Line) State() feed.Health {
	if len(l.Conditions) == 0 {
		return feed.Well
	}
	return l.Conditions[0].State
}

// List is the page of the list.
type List struct {
	Lines     []Line
	Undecided []feed.Intake
	Since     string
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	l := List{Since: shell.Since(r)}
	lines, err := p.lines(r)
	if err != nil {
		return err
	}
	l.Lines = lines
	aside, err := p.o.Feeds.WithAside(r.Context(), r.Actor, 200)
	if err != nil {
		return err
	}
	for _, in := range aside {
		if in.State == feed.Undecided {
			l.Undecided = append(l.Undecided, in)
		}
	}
	return p.Page(w, r, shell.Page{Title: r.T("feeds.title"), Section: "feeds", Body: listPage(l)})
}

// lines are the feeds of the configuration and those that ever came: those in trouble first.
func (p *page) lines(r *shell.Request) ([]Line, error) {
	conditions, err := p.o.Feeds.Health(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	counts, err := p.o.Feeds.Days(r.Context(), r.Actor, days)
	if err != nil {
		return nil, err
	}
	byName := map[string]*Line{}
	for _, c := range conditions {
		l := byName[c.Feed]
		if l == nil {
			l = &Line{Name: c.Feed, Days: counts[c.Feed]}
			_, l.Known = p.o.Feeds.Feeds[c.Feed]
			byName[c.Feed] = l
		}
		l.Conditions = append(l.Conditions, c)
	}
	var out []Line
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		runs, err := p.o.Feeds.Runs(r.Context(), r.Actor, name, core.Request{Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(runs.Items) > 0 {
			byName[name].Last = &runs.Items[0]
		}
		out = append(out, *byName[name])
	}
	slices.SortStableFunc(out, func(a, b Line) int { return worse(b) - worse(a) })
	return out, nil
}

func worse(l Line) int {
	if l.State() == feed.Well {
		return 0
	}
	return 1
}

// newer counts what came after a time.
func (p *page) newer(r *shell.Request, since time.Time) (n int64, err error) {
	runs, err := p.o.Feeds.Runs(r.Context(), r.Actor, r.URL.Query().Get("feed"), core.Request{Limit: 100})
	for _, run := range runs.Items {
		if run.At.After(since) {
			n++
		}
	}
	return n, err
}

// One is the page of one feed.
type One struct {
	Line
	Terms   config.Feed
	Broken  string // why its inputs cannot be read; "" if they can
	Runs    []feed.Run
	Next    core.Cursor
	Columns []feed.Column
	Tokens  []token.Token
	Fetch   *feed.Fetched // nil if it is not fetched
	Secret  string        // a token that was just made: shown this once
	Push    string        // where to push
	Form    ui.Form
	Since   string
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error { return p.show(w, r, "", ui.Form{}) }

func (p *page) show(w http.ResponseWriter, r *shell.Request, secret string, form ui.Form) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	o.Secret, o.Form = secret, form
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.Page(w, r, shell.Page{Title: o.Name, Section: "feeds", Crumbs: crumbs(r), Body: onePage(o), Status: status})
}

func crumbs(r *shell.Request, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: r.T("feeds.title"), Href: path}}, more...)
}

// line finds a feed of the list. NotFound for one that neither the configuration nor any input names, and that has no format's name.
func (p *page) line(r *shell.Request, name string) (Line, error) {
	lines, err := p.lines(r)
	for _, l := range lines {
		if l.Name == name {
			return l, err
		}
	}
	if err == nil {
		if _, fault := p.o.Terms(name); fault != nil {
			return Line{}, problem.New(problem.NotFound, "%s", r.T("feeds.wrong.feed"))
		}
	}
	return Line{Name: name}, err
}

func (p *page) about(r *shell.Request) (o One, err error) {
	name := r.PathValue("feed")
	if o.Line, err = p.line(r, name); err != nil {
		return o, err
	}
	o.Since = shell.Since(r)
	if o.Terms, err = p.o.Terms(name); err != nil {
		o.Broken = err.Error()
	}
	runs, err := p.o.Feeds.Runs(r.Context(), r.Actor, name, core.Request{After: core.Cursor(r.URL.Query().Get("after")), Limit: 30})
	if err != nil {
		return o, err
	}
	o.Runs, o.Next = runs.Items, runs.Next
	if o.Columns, err = p.o.Feeds.Columns(r.Context(), r.Actor, name); err != nil {
		return o, err
	}
	if o.Tokens, err = p.o.Tokens.List(r.Context(), r.Actor, name); err != nil {
		return o, err
	}
	scheme := "http"
	if r.URL.Scheme == "https" { // as the server found out, which knows whom to believe
		scheme = "https"
	}
	o.Push = scheme + "://" + r.Host + "/api/v1/feeds/" + pathPart(name) + "/push"
	fetches, err := p.o.Feeds.Fetching(r.Context(), r.Actor)
	if f, ok := fetches[name]; ok {
		o.Fetch = &f
	}
	return o, err
}

// newToken makes a token, and shows it this once.
func (p *page) newToken(w http.ResponseWriter, r *shell.Request) error {
	if _, err := p.line(r, r.PathValue("feed")); err != nil {
		return err
	}
	text, _, err := p.o.Tokens.New(r.Context(), r.Actor, strings.TrimSpace(r.PostFormValue("name")), r.PathValue("feed"))
	if problem.Is(err, problem.Invalid) {
		return p.show(w, r, "", ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "name", Text: err.Error()}}})
	}
	if err != nil {
		return err
	}
	return p.show(w, r, text, ui.Form{})
}

func (p *page) revoke(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Tokens.Revoke(r.Context(), r.Actor, r.PostFormValue("token")); err != nil {
		return err
	}
	return p.Done(w, r, oneURL(r.PathValue("feed")), r.T("feeds.token.revoked"))
}

// find answers the palette: feeds by their names.
func (p *page) find(ctx context.Context, r *shell.Request, q string) (hits []shell.Hit, err error) {
	if len(q) < 2 {
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.o.Feeds.Feeds)) {
		if strings.Contains(strings.ToLower(name), strings.ToLower(q)) {
			hits = append(hits, shell.Hit{Text: name, Href: oneURL(name), Icon: "rss", Kind: r.T("feeds.one")})
		}
	}
	return hits, nil
}
