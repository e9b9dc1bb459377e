// Package account holds the page of one's own account: name and language, the ways in, recovery codes, sessions, and tokens of programs that act
// for one.
//
// What changes a way in asks first for a new proof of who somebody is, if theirs is older than ten minutes. Codes and tokens are shown once, in
// the answer that makes them, which no browser keeps.
package account

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/web/login"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Options is what the page asks.
type Options struct {
	Keeper   *credential.Keeper
	Sessions *session.Manager
	Accounts *account.Accounts
	Programs *token.Tokens
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the page is.
const path = "/account"

// Register adds the page to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Keeper == nil {
		return
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.show)
	s.Handle("POST "+path, p.change)
	s.Handle("POST "+path+"/seen", p.seen)
	s.Handle("GET "+path+"/password", p.password)
	s.Handle("POST "+path+"/password", p.setPassword)
	s.Handle("POST "+path+"/password/remove", p.removePassword)
	s.Handle("POST "+path+"/passkey/begin", login.Reply(p.begin), shell.Body(128<<10))
	s.Handle("POST "+path+"/passkey/finish", login.Reply(p.finish), shell.Body(128<<10))
	s.Handle("POST "+path+"/passkeys/{id}/name", p.rename)
	s.Handle("POST "+path+"/passkeys/{id}/remove", p.removePasskey)
	s.Handle("POST "+path+"/sign-on/remove", p.removeSignOn)
	s.Handle("POST "+path+"/recovery", p.recovery)
	s.Handle("POST "+path+"/sessions/others", p.endOthers)
	s.Handle("POST "+path+"/sessions/{id}/end", p.endSession)
	s.Handle("POST "+path+"/tokens", p.makeToken)
	s.Handle("POST "+path+"/tokens/{id}/revoke", p.revoke)
}

// View is what the page shows.
type View struct {
	Account  account.Account
	Address  bool // one may change one's own address
	Machine  bool // in by a link made at the machine, for nobody's account
	Ways     credential.Ways
	Notices  []credential.Notice
	Usable   bool
	Sessions []session.Session
	Current  string
	Tokens   []token.Token
	Scopes   []identity.Scope // that one may give
	Form     ui.Form          // of name and language
	Maker    ui.Form          // of a new token
}

func (p *page) view(r *shell.Request) (v View, err error) {
	v.Usable = p.o.Keeper.Usable(p.origin(r))
	v.Address = r.Actor.May(account.OpChange)
	v.Current = p.o.Sessions.Current(r.Request)
	v.Account, err = p.o.Accounts.ByID(r.Context(), r.Actor.ID)
	if v.Machine = problem.Is(err, problem.NotFound); err != nil && !v.Machine {
		return v, err
	}
	v.Form.Values = url.Values{"name": {v.Account.Name}, "email": {v.Account.Email}, "language": {v.Account.Language}}
	v.Scopes = slices.DeleteFunc(identity.Scopes(), func(s identity.Scope) bool { return !identity.Holds(r.Actor.Roles, s) })
	if v.Ways, err = p.o.Keeper.Ways(r.Context(), r.Actor, r.Actor.ID); err != nil {
		return v, err
	}
	if v.Notices, err = p.o.Keeper.Notices(r.Context(), r.Actor); err != nil {
		return v, err
	}
	if v.Sessions, err = p.o.Sessions.Mine(r.Context(), r.Actor); err != nil {
		return v, err
	}
	v.Tokens, err = p.tokens(r)
	return v, err
}

// tokens are one's own, also for who may look at everybody's.
func (p *page) tokens(r *shell.Request) ([]token.Token, error) {
	list, err := p.o.Programs.List(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(t token.Token) bool { return t.Maker != r.Actor.ID || !t.Revoked.IsZero() }), nil
}

func (p *page) origin(r *shell.Request) string { return login.Origin(r.Request, p.o.Sessions) }

func (p *page) proven(r *shell.Request) credential.Proven {
	return credential.Proven{Actor: r.Actor, At: p.o.Sessions.Proved(r.Request)}
}

func (p *page) show(w http.ResponseWriter, r *shell.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return p.answer(w, r, v, 0)
}

func (p *page) answer(w http.ResponseWriter, r *shell.Request, v View, status int) error {
	return p.Page(w, r, shell.Page{Title: r.T("account.title"), Section: "account", Body: whole(v), Status: status})
}

// changed answers after a change: with a stale proof it leads to a new one, and back.
func (p *page) changed(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	switch {
	case errors.Is(err, credential.ErrStale):
		http.Redirect(w, r.Request, login.AgainURL(path), http.StatusSeeOther)
		return nil
	case errors.Is(err, credential.ErrLast):
		return problem.New(problem.Conflict, "%s", r.T("account.last"))
	case err != nil:
		return err
	}
	return p.Done(w, r, path, toast)
}

// change keeps name, address and language; what cannot be is shown again.
func (p *page) change(w http.ResponseWriter, r *shell.Request) error {
	to, err := p.o.Accounts.ByID(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	to.Name, to.Language = r.PostFormValue("name"), r.PostFormValue("language")
	if r.Actor.May(account.OpChange) {
		to.Email = r.PostFormValue("email")
	}
	if n, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64); err == nil {
		to.Version = n
	}
	_, err = p.o.Accounts.Change(r.Context(), r.Actor, to)
	if problem.Is(err, problem.Invalid) {
		v, fault := p.view(r)
		if fault != nil {
			return fault
		}
		v.Form = ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}}
		return p.answer(w, r, v, http.StatusUnprocessableEntity)
	}
	if err == nil {
		p.Speak(w, to.Language)
	}
	return p.changed(w, r, err, r.T("account.kept"))
}

func (p *page) seen(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Keeper.Seen(r.Context(), r.Actor), "")
}

// password shows the form for a new password, with an authenticator if there is none or another is wanted.
func (p *page) password(w http.ResponseWriter, r *shell.Request) error {
	return p.showPassword(w, r, r.FormValue("app") != "", "", ui.Form{})
}

func (p *page) showPassword(w http.ResponseWriter, r *shell.Request, app bool, ticket string, form ui.Form) error {
	by := p.proven(r)
	who, err := p.o.Accounts.ByID(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	ways, err := p.o.Keeper.Ways(r.Context(), r.Actor, r.Actor.ID)
	if err != nil {
		return err
	}
	s := login.Setup{Action: path + "/password", Login: who.Login, Form: form, Has: !ways.Password.IsZero() && !app && ticket == ""}
	s.App, err = p.o.Keeper.SameAuthenticator(by, who.Login, ticket)
	if errors.Is(err, credential.ErrStale) {
		http.Redirect(w, r.Request, login.AgainURL(path+"/password"), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("account.password"), Section: "account", Body: passwordPage(s), Status: status, Crumbs: []ui.Link{{Text: r.T("account.title"), Href: path}},
	})
}

func (p *page) setPassword(w http.ResponseWriter, r *shell.Request) error {
	password, ticket, code, wrong := login.Typed(r)
	var err error
	if len(wrong) == 0 {
		err = p.o.Keeper.SetPassword(r.Context(), p.proven(r), password, ticket, code)
	}
	if field, text := login.Words(r.Context(), err); field != "" {
		wrong = append(wrong, ui.Wrong{Field: field, Text: text})
	}
	if len(wrong) > 0 {
		return p.showPassword(w, r, false, ticket, ui.Form{Wrong: wrong})
	}
	if err == nil {
		err = p.o.Sessions.EndOthers(r.Request, r.Actor)
	}
	return p.changed(w, r, err, r.T("account.password.kept"))
}

func (p *page) removePassword(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Keeper.RemovePassword(r.Context(), p.proven(r)), r.T("account.removed"))
}

func (p *page) begin(_ http.ResponseWriter, r *shell.Request, _ login.Said) (any, error) {
	s, err := p.o.Keeper.BeginPasskey(r.Context(), p.proven(r), p.origin(r))
	return login.Step{Options: s.Options, Ticket: s.Ticket}, err
}

func (p *page) finish(_ http.ResponseWriter, r *shell.Request, in login.Said) (any, error) {
	_, err := p.o.Keeper.FinishPasskey(r.Context(), p.proven(r), p.origin(r), in.Ticket, in.Name, in.Answer)
	if err == nil {
		p.Later(r, r.T("account.passkey.made"))
	}
	return login.End{To: path}, err
}

func (p *page) rename(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Keeper.RenamePasskey(r.Context(), p.proven(r), r.PathValue("id"), r.PostFormValue("name"))
	return p.changed(w, r, err, r.T("account.kept"))
}

func (p *page) removePasskey(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Keeper.RemovePasskey(r.Context(), p.proven(r), r.PathValue("id")), r.T("account.removed"))
}

func (p *page) removeSignOn(w http.ResponseWriter, r *shell.Request) error {
	err := p.o.Keeper.RemoveSignOn(r.Context(), p.proven(r), r.PostFormValue("issuer"), r.PostFormValue("subject"))
	return p.changed(w, r, err, r.T("account.removed"))
}

// recovery makes new recovery codes, and shows them in its answer and nowhere else.
func (p *page) recovery(w http.ResponseWriter, r *shell.Request) error {
	codes, err := p.o.Keeper.NewRecovery(r.Context(), p.proven(r))
	if err != nil {
		return p.changed(w, r, err, "")
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("account.recovery"), Section: "account", Body: codesPage(codes), Crumbs: []ui.Link{{Text: r.T("account.title"), Href: path}},
	})
}

func (p *page) endOthers(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Sessions.EndOthers(r.Request, r.Actor), r.T("account.sessions.ended"))
}

func (p *page) endSession(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Sessions.EndOne(r.Context(), r.Actor, r.PathValue("id")), r.T("account.sessions.ended"))
}

// makeToken makes a token of a program, and shows it in its answer and nowhere else.
func (p *page) makeToken(w http.ResponseWriter, r *shell.Request) error {
	if !p.o.Sessions.ProvedWithin(r.Request, credential.Fresh) { // a token outlasts the session
		return p.changed(w, r, credential.ErrStale, "")
	}
	d := token.Draft{Name: r.PostFormValue("name")}
	for _, s := range r.PostForm["scope"] {
		d.Scopes = append(d.Scopes, identity.Scope(s))
	}
	var wrong []ui.Wrong
	if text := strings.TrimSpace(r.PostFormValue("expires")); text != "" {
		at, err := time.ParseInLocation(time.DateOnly, text, r.Zone())
		if err != nil {
			wrong = append(wrong, ui.Wrong{Field: "expires", Text: r.T("account.date")})
		}
		d.Expires = at.AddDate(0, 0, 1).UTC()
	}
	text, made, err := "", token.Token{}, error(nil)
	if len(wrong) == 0 {
		text, made, err = p.o.Programs.Make(r.Context(), r.Actor, d)
	}
	if problem.Is(err, problem.Invalid) {
		wrong, err = append(wrong, ui.Wrong{Text: err.Error()}), nil
	}
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		v, err := p.view(r)
		if err != nil {
			return err
		}
		v.Maker = ui.Form{Values: r.PostForm, Wrong: wrong}
		return p.answer(w, r, v, http.StatusUnprocessableEntity)
	}
	return p.Page(w, r, shell.Page{
		Title: r.T("account.token"), Section: "account", Body: tokenPage(made, text), Crumbs: []ui.Link{{Text: r.T("account.title"), Href: path}},
	})
}

func (p *page) revoke(w http.ResponseWriter, r *shell.Request) error {
	return p.changed(w, r, p.o.Programs.Revoke(r.Context(), r.Actor, r.PathValue("id")), r.T("account.token.revoked"))
}

// languages are those that the pages speak, and the browser's choice.
func languages(v View, browser string) []ui.Option {
	out := []ui.Option{{Value: "", Text: browser, Chosen: v.Form.Get("language") == ""}}
	for _, l := range words.Langs() {
		out = append(out, ui.Option{Value: string(l), Text: l.Name(), Chosen: v.Form.Get("language") == string(l)})
	}
	return out
}
