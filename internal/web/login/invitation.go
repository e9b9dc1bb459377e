package login

import (
	"net/http"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Invitation is the page of who was invited.
type Invitation struct {
	Account account.Account
	Token   string
	Usable  bool
	Setup   Setup
}

// Setup is the form of a new password.
type Setup struct {
	Action string
	Login  string
	Token  string // of an invitation
	App    credential.Authenticator
	Has    bool // there is an authenticator already, and a new one is not asked for
	Form   ui.Form
}

// invitation shows whom a link invites, and how to set up a way in. Nothing is used up by looking: mail scanners look too.
func (p *page) invitation(w http.ResponseWriter, r *shell.Request) error {
	return p.showInvitation(w, r, r.FormValue(account.InvitationParam), "", ui.Form{})
}

func (p *page) showInvitation(w http.ResponseWriter, r *shell.Request, token, ticket string, form ui.Form) error {
	who, by, err := p.o.Keeper.Invited(r.Context(), token)
	if problem.Is(err, problem.Forbidden) {
		return p.Page(w, r, shell.Page{Title: r.T("login.invitation.refused"), Body: invitationRefused(), Status: http.StatusForbidden})
	}
	if err != nil {
		return err
	}
	app, err := p.o.Keeper.SameAuthenticator(by, who.Login, ticket)
	if err != nil {
		return err
	}
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	v := Invitation{Account: who, Token: token, Usable: p.o.Keeper.Usable(p.origin(r)), Setup: Setup{
		Action: "/invitation/password", Login: who.Login, Token: token, App: app, Form: form,
	}}
	return p.Page(w, r, shell.Page{Title: r.T("login.invitation.title"), Body: invitationPage(v), Status: status})
}

// invitedPassword uses an invitation up by setting a password and its authenticator.
func (p *page) invitedPassword(w http.ResponseWriter, r *shell.Request) error {
	token := r.PostFormValue(account.InvitationParam)
	password, ticket, code, wrong := Typed(r)
	who, by, err := p.o.Keeper.Invited(r.Context(), token)
	if err == nil && len(wrong) == 0 {
		err = p.o.Keeper.SetPassword(r.Context(), by, password, ticket, code)
	}
	if field, text := Words(r.Context(), err); field != "" {
		wrong, err = append(wrong, ui.Wrong{Field: field, Text: text}), nil
	}
	if len(wrong) > 0 || problem.Is(err, problem.Forbidden) {
		return p.showInvitation(w, r, token, ticket, ui.Form{Wrong: wrong})
	}
	if err != nil {
		return err
	}
	if err := p.welcome(w, r, who); err != nil {
		return err
	}
	return p.Done(w, r, "/account", r.T("login.welcome"))
}

// welcome lets in who has just set up their first way in.
func (p *page) welcome(w http.ResponseWriter, r *shell.Request, who account.Account) error {
	actor, err := p.o.Accounts.Actor(r.Context(), who.ID)
	if err != nil {
		return err
	}
	return p.enter(w, r, actor)
}

func (p *page) invitedBegin(_ http.ResponseWriter, r *shell.Request, in Said) (any, error) {
	_, by, err := p.o.Keeper.Invited(r.Context(), in.Token)
	if err != nil {
		return nil, err
	}
	s, err := p.o.Keeper.BeginPasskey(r.Context(), by, p.origin(r))
	return Step{s.Options, s.Ticket}, err
}

func (p *page) invitedFinish(w http.ResponseWriter, r *shell.Request, in Said) (any, error) {
	who, by, err := p.o.Keeper.Invited(r.Context(), in.Token)
	if err != nil {
		return nil, err
	}
	if _, err := p.o.Keeper.FinishPasskey(r.Context(), by, p.origin(r), in.Ticket, in.Name, in.Answer); err != nil {
		return nil, err
	}
	return End{"/account"}, p.welcome(w, r, who)
}
