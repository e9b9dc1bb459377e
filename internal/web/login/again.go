package login

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/sso"
	"github.com/firehall/firehall/internal/web/shell"
)

// again asks who is in to prove it once more.
func (p *page) again(w http.ResponseWriter, r *shell.Request) error {
	return p.showAgain(w, r, shell.Local(r.FormValue("next")), "", http.StatusOK)
}

func (p *page) showAgain(w http.ResponseWriter, r *shell.Request, next, fault string, status int) error {
	v := View{Next: next, Fault: fault, Usable: p.o.Keeper.Usable(p.origin(r))}
	has, err := p.o.Keeper.Ways(r.Context(), r.Actor, r.Actor.ID)
	if err != nil {
		return err
	}
	if len(has.SignOns) > 0 && p.o.SignOn != nil {
		v.SignOn = p.o.SignOnName
	}
	return p.Page(w, r, shell.Page{Title: r.T("login.again.title"), Body: againPage(v, has), Status: status})
}

// prove takes password and code of who is in, and of nobody else.
func (p *page) prove(w http.ResponseWriter, r *shell.Request) error {
	next := shell.Local(r.PostFormValue("next"))
	who, err := p.o.Accounts.ByID(r.Context(), r.Actor.ID)
	if problem.Is(err, problem.NotFound) {
		return p.showAgain(w, r, next, r.T("login.machine"), http.StatusForbidden)
	}
	if err != nil {
		return err
	}
	a := p.attempt(r)
	a.Login = who.Login
	actor, err := p.o.Keeper.LogIn(r.Context(), a)
	if err != nil {
		status, text, err := p.refused(w, r, err)
		if err != nil {
			return err
		}
		return p.showAgain(w, r, next, text, status)
	}
	if err := p.enter(w, r, actor); err != nil {
		return err
	}
	http.Redirect(w, r.Request, next, http.StatusSeeOther)
	return nil
}

func (p *page) againBegin(_ http.ResponseWriter, r *shell.Request, _ Said) (any, error) {
	s, err := p.o.Keeper.BeginAgain(p.origin(r), r.Actor)
	return Step{s.Options, s.Ticket}, err
}

func (p *page) againFinish(w http.ResponseWriter, r *shell.Request, in Said) (any, error) {
	err := p.o.Keeper.FinishAgain(r.Context(), r.Actor, p.origin(r), in.Ticket, r.RemoteAddr, in.Answer)
	if err != nil {
		return nil, err
	}
	return End{shell.Local(in.Next)}, p.enter(w, r, r.Actor)
}

// toProvider sends a browser to the single sign-on. It is a link, not a form: the content policy lets forms go nowhere else.
func (p *page) toProvider(w http.ResponseWriter, r *shell.Request) error {
	again := ""
	if r.FormValue("again") != "" {
		again = r.Actor.ID
	}
	to, ticket, err := p.o.SignOn.Begin(r.Context(), p.origin(r), shell.Local(r.FormValue("next")), again)
	if err != nil {
		return err
	}
	p.set(w, visitCookie, ticket, visitLife, http.SameSiteLaxMode) // it has to come along when the provider sends the browser back
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// fromProvider lets in whom the single sign-on vouches for.
func (p *page) fromProvider(w http.ResponseWriter, r *shell.Request) error {
	var ticket string
	if c, err := r.Cookie(p.cookie(visitCookie)); err == nil {
		ticket = c.Value
	}
	p.set(w, visitCookie, "", 0, http.SameSiteLaxMode)
	in, err := p.o.SignOn.Finish(r.Context(), p.origin(r), ticket, r.RemoteAddr, r.URL.Query())
	if problem.Is(err, problem.Forbidden) {
		v := ways(p.o, r, "/")
		v.Fault = signOnText(r.Context(), err)
		return p.LogIn(w, r, waysPart(v), http.StatusForbidden)
	}
	if err != nil {
		return err
	}
	if err := p.o.Sessions.BeginProved(r.Request, in.Actor, in.Proved); err != nil {
		return err
	}
	if err := p.remember(w, r, in.Actor); err != nil {
		return err
	}
	http.Redirect(w, r.Request, shell.Local(in.Next), http.StatusSeeOther)
	return nil
}

// visitLife is how long a browser keeps what the single sign-on's answer is compared with.
const visitLife = 10 * time.Minute

// signOnText says why the single sign-on lets somebody not in.
func signOnText(ctx context.Context, err error) string {
	switch sso.Why(err) {
	case sso.Declined:
		return T(ctx, "login.sso.declined")
	case sso.Unverified:
		return T(ctx, "login.sso.unverified")
	case sso.Unknown:
		return T(ctx, "login.sso.unknown")
	case sso.Groupless:
		return T(ctx, "login.sso.groups")
	case sso.Taken:
		return T(ctx, "login.sso.taken")
	case sso.Unproven:
		return T(ctx, "login.sso.unproven")
	case sso.Barred:
		return T(ctx, "login.sso.barred")
	}
	return T(ctx, "login.sso.strange")
}
