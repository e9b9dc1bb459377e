package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
)

// tagPeople is the tag of accounts, tokens and who may do what.
const tagPeople = "People"

// Person is somebody of the team.
type Person struct {
	ID       string          `json:"id"`
	Login    string          `json:"login"`
	Name     string          `json:"name"`
	Email    string          `json:"email,omitempty"`
	Language string          `json:"language,omitempty"`
	Roles    []identity.Role `json:"roles" nullable:"false"`
	State    string          `json:"state" doc:"invited, active or disabled"`
	Created  time.Time       `json:"created"`
	Expires  *time.Time      `json:"expires,omitempty"`
	Version  int64           `json:"version"`
}

// Invitee is a person and the way in, which is told in this answer and never again.
type Invitee struct {
	Person
	Invitation string    `json:"invitation" doc:"A link that lets the person set up how to log in, once."`
	Until      time.Time `json:"until" doc:"When the invitation ends."`
}

// Signed is an agreement of somebody's.
type Signed struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind" doc:"nda, volunteer or employment"`
	Scope   string     `json:"scope,omitempty"`
	Version string     `json:"version,omitempty" doc:"Of the text that was signed."`
	Signed  time.Time  `json:"signed"`
	Expires *time.Time `json:"expires,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	InForce bool       `json:"in_force"`
}

// ProgramToken is what is known of a program's token.
type ProgramToken struct {
	ID      string           `json:"id"`
	Name    string           `json:"name"`
	Scopes  []identity.Scope `json:"scopes" nullable:"false"`
	Maker   string           `json:"maker" doc:"Who made it, and may do all that it may."`
	Created time.Time        `json:"created"`
	Expires *time.Time       `json:"expires,omitempty"`
	Used    *time.Time       `json:"used,omitempty" doc:"Last, to the minute."`
	Revoked *time.Time       `json:"revoked,omitempty"`
}

// NewProgramToken is a token that was just made.
type NewProgramToken struct {
	ProgramToken
	Token string `json:"token" doc:"Told in this answer and never again."`
}

type (
	personInput struct {
		Body struct {
			Login    string          `json:"login" minLength:"1" maxLength:"64"`
			Name     string          `json:"name,omitempty" maxLength:"200"`
			Email    string          `json:"email,omitempty" maxLength:"254"`
			Language string          `json:"language,omitempty" enum:"en,fr,"`
			Roles    []identity.Role `json:"roles" minItems:"1" maxItems:"20"`
			Expires  *time.Time      `json:"expires,omitempty" doc:"When the account ends by itself; absent: never."`
		}
	}
	rolesInput struct {
		ByID
		Body struct {
			Version int64           `json:"version" minimum:"1" doc:"That was seen."`
			Roles   []identity.Role `json:"roles" minItems:"1" maxItems:"20" doc:"All that the person has from now on."`
		}
	}
	expiryInput struct {
		ByID
		Body struct {
			Version int64      `json:"version" minimum:"1" doc:"That was seen."`
			Expires *time.Time `json:"expires,omitempty" doc:"Absent: never."`
		}
	}
	signInput struct {
		ByID
		Body struct {
			Kind    string     `json:"kind" enum:"nda,volunteer,employment"`
			Scope   string     `json:"scope,omitempty" maxLength:"500"`
			Version string     `json:"version,omitempty" maxLength:"500"`
			Signed  *time.Time `json:"signed,omitempty" doc:"Absent: now."`
			Expires *time.Time `json:"expires,omitempty" doc:"Absent: it has no end."`
		}
	}
	programInput struct {
		Body struct {
			Name    string           `json:"name" minLength:"1" maxLength:"200" doc:"What it is for."`
			Scopes  []identity.Scope `json:"scopes" minItems:"1" maxItems:"50"`
			Expires *time.Time       `json:"expires,omitempty" doc:"Absent: it has no end."`
		}
	}
)

func (a *API) addPeople() {
	add(a, operation{method: http.MethodGet, path: "/permissions", id: "list-permissions", tag: tagPeople, summary: "Who may do what"},
		func(context.Context, identity.Actor, *struct{}) (*all[identity.Permission], error) {
			return whole(identity.Permissions()), nil
		})
	add(a, operation{method: http.MethodGet, path: "/accounts", id: "list-accounts", tag: tagPeople, summary: "The people of the team"}, a.people)
	add(a, operation{
		method: http.MethodPost, path: "/accounts", id: "add-account", tag: tagPeople, summary: "Invite somebody", status: http.StatusCreated,
		detail: "The invitation is told in this answer and never again; an Idempotency-Key is therefore not heard.",
	}, a.addPerson)
	add(a, operation{method: http.MethodGet, path: "/accounts/{id}", id: "get-account", tag: tagPeople, summary: "One person of the team"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[Person], error) {
			return personOf(a.Accounts.Get(ctx, actor, in.ID))
		})
	add(a, operation{
		method: http.MethodPost, path: "/accounts/{id}/invitation", id: "invite-account", tag: tagPeople, summary: "Invite somebody anew", status: http.StatusCreated,
		detail: "What was sent before does not work any more.",
	}, a.inviteAgain)
	a.addPersonChanges()
	a.addAgreements()
	a.addPrograms()
}

func (a *API) addPersonChanges() {
	add(a, operation{method: http.MethodPut, path: "/accounts/{id}/roles", id: "set-roles", tag: tagPeople, summary: "Give somebody other roles"},
		func(ctx context.Context, actor identity.Actor, in *rolesInput) (*body[Person], error) {
			return personOf(a.Accounts.SetRoles(ctx, actor, in.ID, in.Body.Version, in.Body.Roles))
		})
	add(a, operation{method: http.MethodPut, path: "/accounts/{id}/expiry", id: "set-expiry", tag: tagPeople, summary: "Say when an account ends by itself"},
		func(ctx context.Context, actor identity.Actor, in *expiryInput) (*body[Person], error) {
			return personOf(a.Accounts.SetExpiry(ctx, actor, in.ID, in.Body.Version, pointed(in.Body.Expires)))
		})
	add(a, operation{
		method: http.MethodPost, path: "/accounts/{id}/disable", id: "disable-account", tag: tagPeople, summary: "End an account at once",
		detail: "Its sessions and invitations end, and its tokens stop working.",
	}, func(ctx context.Context, actor identity.Actor, in *reasonInput) (*body[Person], error) {
		return personOf(a.Accounts.Disable(ctx, actor, in.ID, in.Body.Reason))
	})
	add(a, operation{method: http.MethodPost, path: "/accounts/{id}/enable", id: "enable-account", tag: tagPeople, summary: "Let an account be used again"},
		func(ctx context.Context, actor identity.Actor, in *reasonInput) (*body[Person], error) {
			return personOf(a.Accounts.Enable(ctx, actor, in.ID, in.Body.Reason))
		})
}

func (a *API) addAgreements() {
	add(a, operation{method: http.MethodGet, path: "/accounts/{id}/agreements", id: "list-agreements", tag: tagPeople, summary: "What somebody signed"}, a.agreements)
	add(a, operation{
		method: http.MethodPost, path: "/accounts/{id}/agreements", id: "sign-agreement", tag: tagPeople, summary: "Record an agreement that somebody signed",
		status: http.StatusCreated, detail: "Without one in force nobody can be a member of an incident.",
	}, a.sign)
	add(a, operation{method: http.MethodPost, path: "/agreements/{id}/end", id: "end-agreement", tag: tagPeople, summary: "End an agreement before its time", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
			return done(a.Accounts.End(ctx, actor, in.ID, in.Body.Reason))
		})
}

func (a *API) addPrograms() {
	add(a, operation{method: http.MethodGet, path: "/tokens", id: "list-program-tokens", tag: tagPeople, summary: "The tokens of programs"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[ProgramToken], error) {
			l, err := a.Programs.List(ctx, actor)
			return whole(each(l, programOf)), err
		})
	add(a, operation{
		method: http.MethodPost, path: "/tokens", id: "make-program-token", tag: tagPeople, summary: "Let a program act for you", status: http.StatusCreated,
		detail: "It may what its scopes open, as far as you may. It is told in this answer and never again; an Idempotency-Key is therefore not heard.",
	}, func(ctx context.Context, actor identity.Actor, in *programInput) (*body[NewProgramToken], error) {
		text, t, err := a.Programs.Make(ctx, actor, apitoken.Draft{Name: in.Body.Name, Scopes: in.Body.Scopes, Expires: pointed(in.Body.Expires)})
		return given(NewProgramToken{programOf(t), text}, err)
	})
}

// revokeToken ends a token of a program, or of a feed: both are known by an id.
func (a *API) revokeToken(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
	err := a.Programs.Revoke(ctx, actor, in.ID)
	if problem.Is(err, problem.NotFound) {
		err = a.Tokens.Revoke(ctx, actor, in.ID)
	}
	return done(err)
}

func (a *API) people(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[Person], error) {
	l, err := a.Accounts.List(ctx, actor)
	return whole(each(l, person)), err
}

func (a *API) addPerson(ctx context.Context, actor identity.Actor, in *personInput) (*body[Invitee], error) {
	who, i, err := a.Accounts.Add(ctx, actor, account.Draft{
		Login: in.Body.Login, Name: in.Body.Name, Email: in.Body.Email, Language: in.Body.Language, Roles: in.Body.Roles, Expires: pointed(in.Body.Expires),
	})
	return given(Invitee{person(who), i.URL(a.BaseURL), i.Expires}, err)
}

func (a *API) inviteAgain(ctx context.Context, actor identity.Actor, in *ByID) (*body[Invitee], error) {
	i, err := a.Accounts.Invite(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	who, err := a.Accounts.Get(ctx, actor, in.ID)
	return given(Invitee{person(who), i.URL(a.BaseURL), i.Expires}, err)
}

func (a *API) agreements(ctx context.Context, actor identity.Actor, in *ByID) (*all[Signed], error) {
	l, err := a.Accounts.Agreements(ctx, actor, in.ID)
	return whole(each(l, a.signed)), err
}

func (a *API) sign(ctx context.Context, actor identity.Actor, in *signInput) (*body[Signed], error) {
	g, err := a.Accounts.Sign(ctx, actor, account.Agreement{
		Account: in.ID, Kind: account.Kind(in.Body.Kind), Scope: in.Body.Scope, Version: in.Body.Version, Signed: pointed(in.Body.Signed), Expires: pointed(in.Body.Expires),
	})
	return given(a.signed(g), err)
}

func (a *API) signed(g account.Agreement) Signed {
	return Signed{
		ID: g.ID, Kind: string(g.Kind), Scope: g.Scope, Version: g.Version, Signed: g.Signed, Expires: instant(g.Expires), Ended: instant(g.Ended),
		Reason: g.Reason, InForce: g.Holds(a.Clock.Now()),
	}
}

func personOf(who account.Account, err error) (*body[Person], error) { return given(person(who), err) }

func person(who account.Account) Person {
	return Person{
		ID: who.ID, Login: who.Login, Name: who.Name, Email: who.Email, Language: who.Language, Roles: append([]identity.Role{}, who.Roles...),
		State: string(who.State), Created: who.Created, Expires: instant(who.Expires), Version: who.Version,
	}
}

func programOf(t apitoken.Token) ProgramToken {
	return ProgramToken{
		ID: t.ID, Name: t.Name, Scopes: t.Scopes, Maker: t.Maker, Created: t.Created, Expires: instant(t.Expires), Used: instant(t.Used), Revoked: instant(t.Revoked),
	}
}

// pointed is a time that may be absent; zero if it is.
func pointed(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func each[T, V any](items []T, view func(T) V) []V {
	out := make([]V, len(items))
	for i, item := range items {
		out[i] = view(item)
	}
	return out
}
