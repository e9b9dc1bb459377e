// Package login holds the pages by which people get in: passkey, password with the code of an authenticator, single sign-on, recovery code,
// invitation; and the page that asks who is in to prove it once more.
//
// Passkeys need a script of ours, which asks and answers in JSON; all else works without. What is refused is refused in the same words.
package login

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/sso"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Keeper     *credential.Keeper // nil: links made at the machine are the only way in
	Sessions   *session.Manager
	Accounts   *account.Accounts
	SignOn     *sso.Door // nil for none
	SignOnName string    // what stands on its button
}

type page struct {
	*shell.Shell
	o Options
}

// The pages.
const (
	loginPath = session.LinkPath
	againPath = "/login/again"
)

// bodies bounds what these pages take, in bytes.
var bodies = shell.Body(128 << 10)

// Ways gives the shell what its page shows beside links.
func Ways(o Options) func(r *shell.Request, next string) templ.Component {
	if o.Keeper == nil {
		return nil
	}
	return func(r *shell.Request, next string) templ.Component {
		return waysPart(ways(o, r, next))
	}
}

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Keeper == nil {
		return
	}
	p := &page{s, o}
	s.Public("POST /login/password", p.password, bodies)
	s.Public("POST /login/passkey/begin", p.reply(p.begin), bodies)
	s.Public("POST /login/passkey/finish", p.reply(p.finish), bodies)
	s.Public("GET /login/recovery", p.recovery)
	s.Public("POST /login/recovery", p.recover, bodies)
	if o.SignOn != nil {
		s.Public("GET /login/sso", p.toProvider)
		s.Public("GET "+sso.CallbackPath, p.fromProvider)
	}
	s.Public("GET "+account.InvitationPath, p.invitation)
	s.Public("POST /invitation/password", p.invitedPassword, bodies)
	s.Public("POST /invitation/passkey/begin", p.reply(p.invitedBegin), bodies)
	s.Public("POST /invitation/passkey/finish", p.reply(p.invitedFinish), bodies)
	s.Handle("GET "+againPath, p.again)
	s.Handle("POST "+againPath, p.prove, bodies)
	s.Handle("POST /login/again/passkey/begin", p.reply(p.againBegin), bodies)
	s.Handle("POST /login/again/passkey/finish", p.reply(p.againFinish), bodies)
}

// Origin is the origin at which a request reaches us, as browsers have it. That the name is ours is checked before any page is asked.
func Origin(r *http.Request, sessions *session.Manager) string {
	if sessions.Secure || r.TLS != nil || r.URL.Scheme == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (p *page) origin(r *shell.Request) string { return Origin(r.Request, p.o.Sessions) }

// View is what the page to log in shows.
type View struct {
	Next   string
	SignOn string // the button's text; empty for none
	Login  string // what was typed
	Fault  string
	Usable bool // there can be passkeys here
}

func ways(o Options, r *shell.Request, next string) View {
	v := View{Next: next, Usable: o.Keeper.Usable(Origin(r.Request, o.Sessions))}
	if o.SignOn != nil {
		v.SignOn = o.SignOnName
	}
	return v
}

// password lets in by name, password and code.
func (p *page) password(w http.ResponseWriter, r *shell.Request) error {
	next := shell.Local(r.PostFormValue("next"))
	actor, err := p.o.Keeper.LogIn(r.Context(), p.attempt(r))
	if err != nil {
		status, text, err := p.refused(w, r, err)
		if err != nil {
			return err
		}
		v := ways(p.o, r, next)
		v.Login, v.Fault = r.PostFormValue("login"), text
		return p.LogIn(w, r, waysPart(v), status)
	}
	if err := p.enter(w, r, actor); err != nil {
		return err
	}
	http.Redirect(w, r.Request, next, http.StatusSeeOther)
	return nil
}

func (p *page) attempt(r *shell.Request) credential.Attempt {
	a := credential.Attempt{
		Login: r.PostFormValue("login"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"), Address: r.RemoteAddr,
	}
	if c, err := r.Cookie(p.cookie(knownCookie)); err == nil {
		a.Browser = c.Value
	}
	return a
}

// refused is the status and the words for who is not let in; other errors are given back.
func (p *page) refused(w http.ResponseWriter, r *shell.Request, err error) (status int, text string, other error) {
	if wait := credential.Wait(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return http.StatusTooManyRequests, r.T("login.wait", "n", int(wait/time.Second)+1), nil
	}
	if problem.Is(err, problem.Forbidden) {
		return http.StatusForbidden, r.T("login.refused"), nil
	}
	return 0, "", err
}

// enter begins the session of somebody who was let in, in their language, and remembers the browser as theirs.
func (p *page) enter(w http.ResponseWriter, r *shell.Request, actor identity.Actor) error {
	if err := p.o.Sessions.Begin(r.Request, actor); err != nil {
		return err
	}
	return p.remember(w, r, actor)
}

// remember speaks somebody's language, and knows the browser as theirs from now on.
func (p *page) remember(w http.ResponseWriter, r *shell.Request, actor identity.Actor) error {
	a, err := p.o.Accounts.ByID(r.Context(), actor.ID)
	if err != nil {
		return err
	}
	p.Speak(w, a.Language)
	text, life, err := p.o.Keeper.Remember(a.Login)
	if err == nil {
		p.set(w, knownCookie, text, life, http.SameSiteLaxMode)
	}
	return err
}

// The cookies: by which a browser is known as its owner's, and what it keeps while its person is at the single sign-on.
const (
	knownCookie = "firehall_known"
	visitCookie = "firehall_visit"
)

// cookie is a cookie's name. A browser takes the prefix only over TLS and from the very host (RFC 6265bis §4.1.3.2).
func (p *page) cookie(name string) string {
	if p.o.Sessions.Secure {
		return "__Host-" + name
	}
	return name
}

// set keeps a cookie for a time; none removes it.
func (p *page) set(w http.ResponseWriter, name, value string, life time.Duration, site http.SameSite) {
	age := int(life / time.Second)
	if age <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: p.cookie(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: p.o.Sessions.Secure, SameSite: site,
	})
}

// Said is what the script sends.
type Said struct {
	Next   string          `json:"next"`
	Token  string          `json:"token"` // of an invitation
	Name   string          `json:"name"`  // of a new passkey
	Ticket string          `json:"ticket"`
	Answer json.RawMessage `json:"answer"`
}

// Reply makes a handler of a question that the script asks in JSON: it answers in JSON, and failures in words for people.
func Reply(do func(w http.ResponseWriter, r *shell.Request, in Said) (any, error)) shell.Handler {
	return func(w http.ResponseWriter, r *shell.Request) error {
		var in Said
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return answer(w, http.StatusBadRequest, Failure{Error: r.T("login.passkey.failed")})
		}
		out, err := do(w, r, in)
		if err != nil {
			return fail(w, r, err)
		}
		return answer(w, http.StatusOK, out)
	}
}

// Step is the first answer: options for the browser, and what it brings back.
type Step struct {
	Options json.RawMessage `json:"options"`
	Ticket  string          `json:"ticket"`
}

// End is the last answer: where to go.
type End struct {
	To string `json:"to"`
}

// Failure is what the script shows, or where it goes.
type Failure struct {
	Error string `json:"error"`
	To    string `json:"to,omitempty"`
}

func (p *page) reply(do func(w http.ResponseWriter, r *shell.Request, in Said) (any, error)) shell.Handler {
	return Reply(do)
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// fail answers the script with what went wrong; a defect is the shell's.
func fail(w http.ResponseWriter, r *shell.Request, err error) error {
	switch {
	case errors.Is(err, credential.ErrStale):
		return answer(w, http.StatusForbidden, Failure{Error: r.T("login.again.under"), To: AgainURL(r.Referer())})
	case errors.Is(err, credential.ErrSite):
		return answer(w, http.StatusConflict, Failure{Error: r.T("login.passkey.site")})
	case problem.Is(err, problem.Forbidden):
		return answer(w, http.StatusForbidden, Failure{Error: r.T("login.passkey.refused")})
	case problem.Is(err, problem.Invalid), problem.Is(err, problem.Conflict):
		return answer(w, http.StatusUnprocessableEntity, Failure{Error: r.T("login.passkey.failed")})
	}
	return err
}

// AgainURL is the page that asks who is in to prove it once more, and leads to a page, given by its path or its whole address, afterwards.
func AgainURL(next string) string {
	if u, err := url.Parse(next); err == nil {
		next = u.RequestURI()
	}
	return againPath + "?" + url.Values{"next": {shell.Local(next)}}.Encode()
}

func (p *page) begin(_ http.ResponseWriter, r *shell.Request, _ Said) (any, error) {
	s, err := p.o.Keeper.BeginLogIn(p.origin(r))
	return Step{s.Options, s.Ticket}, err
}

func (p *page) finish(w http.ResponseWriter, r *shell.Request, in Said) (any, error) {
	actor, err := p.o.Keeper.FinishLogIn(r.Context(), p.origin(r), in.Ticket, r.RemoteAddr, in.Answer)
	if err != nil {
		return nil, err
	}
	return End{shell.Local(in.Next)}, p.enter(w, r, actor)
}

// recovery shows the form for a recovery code.
func (p *page) recovery(w http.ResponseWriter, r *shell.Request) error {
	return p.Page(w, r, shell.Page{Title: r.T("login.recovery.title"), Body: recoveryPage(View{})})
}

// recover lets in by a recovery code, and leads to where a new way in is set up.
func (p *page) recover(w http.ResponseWriter, r *shell.Request) error {
	actor, err := p.o.Keeper.Recover(r.Context(), p.attempt(r))
	if err != nil {
		status, text, err := p.refused(w, r, err)
		if err != nil {
			return err
		}
		return p.Page(w, r, shell.Page{Title: r.T("login.recovery.title"), Body: recoveryPage(View{Login: r.PostFormValue("login"), Fault: text}), Status: status})
	}
	if err := p.enter(w, r, actor); err != nil {
		return err
	}
	return p.Done(w, r, "/account", r.T("login.recovery.done"))
}

// Words says in words what is wrong with a new password or its first code; empty for other errors.
func Words(ctx context.Context, err error) (field, text string) {
	var weak *credential.ErrWeak
	switch {
	case errors.As(err, &weak):
		return "password", weakText(ctx, weak.Why)
	case errors.Is(err, credential.ErrCode):
		return "code", T(ctx, "login.code.wrong")
	}
	return "", ""
}

func weakText(ctx context.Context, why credential.Weakness) string {
	switch why {
	case credential.TooShort:
		return T(ctx, "login.weak.short", "n", credential.MinPassword)
	case credential.TooLong:
		return T(ctx, "login.weak.long")
	case credential.TooKnown:
		return T(ctx, "login.weak.known")
	case credential.TooPlain:
		return T(ctx, "login.weak.plain")
	}
	return T(ctx, "login.weak.person")
}

// Typed reads the form of a new password: what is wrong with it before anybody is asked.
func Typed(r *shell.Request) (password, ticket, code string, wrong []ui.Wrong) {
	password, ticket, code = r.PostFormValue("password"), r.PostFormValue("ticket"), r.PostFormValue("code")
	if r.PostFormValue("repeat") != password {
		wrong = append(wrong, ui.Wrong{Field: "repeat", Text: r.T("login.repeat.wrong")})
	}
	if ticket != "" && strings.TrimSpace(code) == "" {
		wrong = append(wrong, ui.Wrong{Field: "code", Text: r.T("login.code.wrong")})
	}
	return password, ticket, code, wrong
}
