package app

import (
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/login"
)

// peopleOptions says what the pages about people ask.
func (a *App) peopleOptions(o *web.Options) {
	o.Login = login.Options{Keeper: a.Ways, Sessions: a.Sessions, Accounts: a.Accounts, SignOn: a.SignOn, SignOnName: a.signOnName()}
}
