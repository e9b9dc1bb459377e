// Package report holds the public pages: the form by which anybody reports an incident, and the mailbox that a reply code opens.
//
// They need no account, no script and no cookie. What was answered so far travels in the page itself, encrypted, and nothing is stored before
// the reporter sends it; files are held in memory until they lie encrypted in the vault. Nobody looks who asks: the pages are unseen routes of
// the shell (no session, no figures, no line in a log), and the limits below count addresses in memory only.
package report

import (
	"context"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/words"
)

// Secret is the name of the keyring's secret by which the state of the forms is encrypted.
const Secret = "public-form"

// Options is what the pages ask.
type Options struct {
	Accept  func(context.Context, identity.Actor, incident.Draft) (incident.Report, error) // nil: there are no such pages
	Mailbox func(ctx context.Context, code string) (incident.Mailbox, error)
	SayIn   func(ctx context.Context, code, text string, files []incident.File) error
	Clock   clock.Clock
	Team    string // the team's name
	Email   string // the team's mailbox, for who would rather write; may be empty
	OnCall  string // the telephone of who is on call; empty: there is none
	// Promise is the team's own text about how reports are handled, by language; one that is not there is the built-in one.
	Promise  map[words.Lang]string
	Key      [32]byte // of the forms' state
	MaxFiles int64    // bytes of all files of one report
	Held     int64    // bytes of the files of all who send some at a time
}

// Where the pages are.
const (
	Path        = "/report"
	mailboxPath = "/report/mailbox"
)

// Unseen reports whether a path is one of these pages, of whose readers nothing may be noted.
func Unseen(path string) bool { return path == Path || strings.HasPrefix(path, Path+"/") }

// door is who acts when a form is sent: the record names nobody.
var door = identity.System(string(incident.Form))

// page is the handlers of this package.
type page struct {
	*shell.Shell
	o     Options
	seals sealer
	pace  *paces
	held  budget
}

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Accept == nil {
		return
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	p := &page{Shell: s, o: o, seals: newSealer(o.Key), pace: newPaces(o.Clock), held: budget{left: o.Held}}
	body := shell.Body(o.MaxFiles + textRoom)
	s.Unseen("GET "+Path, p.plain(p.start))
	s.Unseen("POST "+Path, p.plain(p.answer), body)
	s.Unseen("GET "+mailboxPath, p.plain(p.door))
	s.Unseen("POST "+mailboxPath, p.plain(p.box), body)
}

// textRoom is what a request may hold besides files, in bytes: the state, and more than any text that is taken.
const textRoom = 1 << 20

// plain puts a page of ours in the place of the shell's when something fails: those load more, and lead to what is inside.
func (p *page) plain(h shell.Handler) shell.Handler {
	return func(w http.ResponseWriter, r *shell.Request) error {
		r.Lang = language(r)
		r.Request = r.WithContext(words.With(r.Context(), r.Lang))
		err := h(w, r)
		if err == nil || r.Context().Err() != nil {
			return err
		}
		f := failureOf(err)
		if f.status == http.StatusInternalServerError {
			return err // which the shell logs, without who asked
		}
		return p.show(w, r, view{Title: r.T("report.fail." + f.key), Status: f.status, Body: failPage(f)})
	}
}

// language is what the link in the page says, else the reader's.
func language(r *shell.Request) words.Lang {
	if l := words.Lang(r.URL.Query().Get("lang")); l.Known() {
		return l
	}
	return r.Lang
}

// failure is why a page cannot be shown.
type failure struct {
	status int
	key    string // of its words: "report.fail.KEY"
}

func failureOf(err error) failure {
	switch {
	case tooLarge(err):
		return failure{http.StatusRequestEntityTooLarge, "large"}
	case problem.Is(err, problem.Unavailable):
		return failure{http.StatusServiceUnavailable, "busy"}
	case problem.Is(err, problem.Invalid), problem.Is(err, problem.Forbidden), problem.Is(err, problem.Conflict):
		return failure{http.StatusUnprocessableEntity, "unread"}
	}
	return failure{http.StatusInternalServerError, "broken"}
}
