package app

import (
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/report"
	"github.com/firehall/firehall/internal/web/words"
)

// formOptions says what the public form and the mailboxes ask.
func (a *App) formOptions(o *web.Options) error {
	f := a.Config.Form
	if !f.Enabled {
		return nil
	}
	key, err := a.Keys.Secret(report.Secret)
	if err != nil {
		return err
	}
	o.Report = report.Options{
		Accept: a.Incidents.Accept, Mailbox: a.Incidents.Mailbox, SayIn: a.Incidents.SayIn, Clock: a.Clock, Key: key,
		Team: a.Config.Team.Name, Email: a.Config.Team.Email, OnCall: a.Config.Reports.OnCallPhone,
		Promise:  map[words.Lang]string{words.English: f.PromiseEN, words.French: f.PromiseFR},
		MaxFiles: int64(f.MaxFiles), Held: int64(f.Held),
	}
	return nil
}
