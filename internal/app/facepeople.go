package app

import (
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/account"
	"github.com/firehall/firehall/internal/web/login"
	"github.com/firehall/firehall/internal/web/people"
)

// peopleOptions says what the pages about people ask.
func (a *App) peopleOptions(o *web.Options) {
	o.Login = login.Options{Keeper: a.Ways, Sessions: a.Sessions, Accounts: a.Accounts, SignOn: a.SignOn, SignOnName: a.signOnName()}
	o.Account = account.Options{Keeper: a.Ways, Sessions: a.Sessions, Accounts: a.Accounts, Programs: a.Programs}
	o.People = people.Options{Keeper: a.Ways, Accounts: a.Accounts, Sessions: a.Sessions}
}
