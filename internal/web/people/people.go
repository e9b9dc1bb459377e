// Package people holds the pages about the people of the team: who there is, in which roles, on which agreements; to invite somebody, to end and
// to extend; and the table of who may do what.
package people

import (
	"cmp"
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
	"github.com/firehall/firehall/internal/web/login"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// Options is what the pages ask.
type Options struct {
	Keeper   *credential.Keeper
	Accounts *account.Accounts
	Sessions *session.Manager
}

type page struct {
	*shell.Shell
	o Options
}

// path is where the list is.
const path = "/people"

// Register adds the pages to a shell.
func Register(s *shell.Shell, o Options) {
	if o.Accounts == nil {
		return
	}
	p := &page{s, o}
	s.Handle("GET "+path, p.list)
	s.Handle("POST "+path, p.proven(p.add))
	s.Handle("GET "+path+"/roles", p.roles)
	s.Handle("GET "+path+"/{id}", p.one)
	s.Handle("POST "+path+"/{id}", p.proven(p.change))
	s.Handle("POST "+path+"/{id}/roles", p.proven(p.setRoles))
	s.Handle("POST "+path+"/{id}/expiry", p.expiry)
	s.Handle("POST "+path+"/{id}/disable", p.disable)
	s.Handle("POST "+path+"/{id}/enable", p.proven(p.enable))
	s.Handle("POST "+path+"/{id}/invite", p.proven(p.invite))
	s.Handle("POST "+path+"/{id}/reset", p.proven(p.reset))
	s.Handle("POST "+path+"/{id}/agreements", p.sign)
	s.Handle("POST "+path+"/{id}/agreements/{agreement}/end", p.end)
}

// proven lets nobody change who gets in, and as what, who proved longer ago who they are: what somebody does at a browser that was left open must not
// outlast it. It leads to a new proof, and back to the page.
func (p *page) proven(h shell.Handler) shell.Handler {
	return func(w http.ResponseWriter, r *shell.Request) error {
		if p.o.Sessions.ProvedWithin(r.Request, credential.Fresh) {
			return h(w, r)
		}
		back := path
		if account := r.PathValue("id"); account != "" {
			back += "/" + url.PathEscape(account)
		}
		return p.Done(w, r, login.AgainURL(back), "")
	}
}

// List is the page of everybody.
type List struct {
	Items []account.Account
	May   bool // invite
	Form  ui.Form
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	return p.showList(w, r, ui.Form{})
}

func (p *page) showList(w http.ResponseWriter, r *shell.Request, form ui.Form) error {
	items, err := p.o.Accounts.List(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	l := List{Items: items, May: r.Actor.May(account.OpAdd), Form: form}
	return p.Page(w, r, shell.Page{Title: r.T("people.title"), Section: "people", Body: listPage(l), Status: status(form)})
}

func status(form ui.Form) int {
	if len(form.Wrong) > 0 {
		return http.StatusUnprocessableEntity
	}
	return 0
}

// add makes an account and shows its invitation, which goes to the person by whatever way is safe, and stands nowhere else.
func (p *page) add(w http.ResponseWriter, r *shell.Request) error {
	expires, err := day(r, "expires")
	if err != nil {
		return p.showList(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Field: "expires", Text: r.T("account.date")}}})
	}
	roles := rolesOf(r)
	if r.PostFormValue("organisation") != "" && len(roles) == 0 {
		roles = []identity.Role{identity.Peer}
	}
	who, i, err := p.o.Accounts.Add(r.Context(), r.Actor, account.Draft{
		Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Roles: roles, Expires: expires,
		Organisation: r.PostFormValue("organisation"),
	})
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.showList(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}})
	}
	if err != nil {
		return err
	}
	if who.Organisation != "" { // it logs in nowhere, so there is no invitation
		return p.Done(w, r, path+"/"+who.ID, r.T("people.peer.made", "login", who.Login))
	}
	return p.showInvitation(w, r, who, i)
}

func rolesOf(r *shell.Request) (list []identity.Role) {
	for _, name := range r.PostForm["role"] {
		list = append(list, identity.Role(name))
	}
	return list
}

// day reads a date of a form as the end of that day in the team's zone; empty is the zero time.
func day(r *shell.Request, field string) (time.Time, error) {
	text := strings.TrimSpace(r.PostFormValue(field))
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, r.Zone())
	return at.AddDate(0, 0, 1).UTC(), err
}

func (p *page) showInvitation(w http.ResponseWriter, r *shell.Request, who account.Account, i account.Invitation) error {
	link := i.URL(login.Origin(r.Request, p.o.Sessions))
	return p.Page(w, r, shell.Page{Title: r.T("people.invited"), Section: "people", Body: invitedPage(who, link, i.Expires), Crumbs: crumbs(r)})
}

func crumbs(r *shell.Request) []ui.Link { return []ui.Link{{Text: r.T("people.title"), Href: path}} }

// One is the page of one account.
type One struct {
	Account    account.Account
	Ways       credential.Ways
	Known      bool // the ways in: for managers
	May        bool // change the account
	Self       bool
	Agreements []account.Agreement
	Now        time.Time
	Form       ui.Form
}

func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	return p.showOne(w, r, ui.Form{})
}

func (p *page) showOne(w http.ResponseWriter, r *shell.Request, form ui.Form) error {
	who, err := p.o.Accounts.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := One{Account: who, Now: ui.Of(r.Context()).Now, Form: form, May: r.Actor.May(account.OpChange), Self: who.ID == r.Actor.ID}
	if v.Agreements, err = p.o.Accounts.Agreements(r.Context(), r.Actor, who.ID); err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	if v.Known = r.Actor.May(credential.OpReset); v.Known {
		if v.Ways, err = p.o.Keeper.Ways(r.Context(), r.Actor, who.ID); err != nil {
			return err
		}
	}
	return p.Page(w, r, shell.Page{Title: cmp.Or(who.Name, who.Login), Section: "people", Body: onePage(v), Crumbs: crumbs(r), Status: status(form)})
}

// done answers after a change; what cannot be is shown again with the reason.
func (p *page) done(w http.ResponseWriter, r *shell.Request, err error, toast string) error {
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		return p.showOne(w, r, ui.Form{Values: r.PostForm, Wrong: []ui.Wrong{{Text: err.Error()}}})
	}
	if err != nil {
		return err
	}
	return p.Done(w, r, path+"/"+url.PathEscape(r.PathValue("id")), toast)
}

func version(r *shell.Request) int64 {
	n, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		return -1 // none that there is: a form that was changed
	}
	return n
}

func (p *page) change(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Accounts.Change(r.Context(), r.Actor, account.Account{
		ID: r.PathValue("id"), Version: version(r), Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Language: r.PostFormValue("language"),
	})
	return p.done(w, r, err, r.T("account.kept"))
}

func (p *page) setRoles(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Accounts.SetRoles(r.Context(), r.Actor, r.PathValue("id"), version(r), rolesOf(r))
	return p.done(w, r, err, r.T("account.kept"))
}

func (p *page) expiry(w http.ResponseWriter, r *shell.Request) error {
	at, err := day(r, "expires")
	if err != nil {
		return p.done(w, r, problem.New(problem.Invalid, "%s", r.T("account.date")), "")
	}
	_, err = p.o.Accounts.SetExpiry(r.Context(), r.Actor, r.PathValue("id"), version(r), at)
	return p.done(w, r, err, r.T("account.kept"))
}

func (p *page) disable(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Accounts.Disable(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("reason"))
	return p.done(w, r, err, r.T("people.disabled"))
}

func (p *page) enable(w http.ResponseWriter, r *shell.Request) error {
	_, err := p.o.Accounts.Enable(r.Context(), r.Actor, r.PathValue("id"), r.PostFormValue("reason"))
	return p.done(w, r, err, r.T("people.enabled"))
}

func (p *page) invite(w http.ResponseWriter, r *shell.Request) error {
	who, err := p.o.Accounts.Get(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	i, err := p.o.Accounts.Invite(r.Context(), r.Actor, who.ID)
	if err != nil {
		return p.done(w, r, err, "")
	}
	return p.showInvitation(w, r, who, i)
}

// reset takes all ways in away from who has lost them, and invites anew.
func (p *page) reset(w http.ResponseWriter, r *shell.Request) error {
	if err := p.o.Keeper.Reset(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return p.invite(w, r)
}

func (p *page) sign(w http.ResponseWriter, r *shell.Request) error {
	signed, err := time.ParseInLocation(time.DateOnly, r.PostFormValue("signed"), r.Zone())
	expires, other := day(r, "until")
	if err != nil || other != nil {
		return p.done(w, r, problem.New(problem.Invalid, "%s", r.T("account.date")), "")
	}
	_, err = p.o.Accounts.Sign(r.Context(), r.Actor, account.Agreement{
		Account: r.PathValue("id"), Kind: account.Kind(r.PostFormValue("kind")), Scope: r.PostFormValue("scope"), Version: r.PostFormValue("text"),
		Signed: signed.UTC(), Expires: expires,
	})
	return p.done(w, r, err, r.T("people.signed"))
}

func (p *page) end(w http.ResponseWriter, r *shell.Request) error {
	return p.done(w, r, p.o.Accounts.End(r.Context(), r.Actor, r.PathValue("agreement"), r.PostFormValue("reason")), r.T("people.agreement.ended"))
}

// Row is one operation and who may do it.
type Row struct {
	Permission identity.Permission
	May        []bool // by role, in the order of the columns
}

// Room is the operations of one room.
type Room struct {
	Name string
	Rows []Row
}

// roles shows the table of who may do what, as it is asked by every operation.
func (p *page) roles(w http.ResponseWriter, r *shell.Request) error {
	var rooms []Room
	for _, one := range identity.Permissions() {
		name, _, _ := strings.Cut(string(one.Operation), ".")
		if len(rooms) == 0 || rooms[len(rooms)-1].Name != name {
			rooms = append(rooms, Room{Name: name})
		}
		row := Row{Permission: one}
		for _, role := range identity.Roles() {
			row.May = append(row.May, slices.Contains(one.Roles, role))
		}
		last := &rooms[len(rooms)-1]
		last.Rows = append(last.Rows, row)
	}
	return p.Page(w, r, shell.Page{Title: r.T("people.roles.title"), Section: "people", Body: rolesPage(rooms), Crumbs: crumbs(r)})
}
