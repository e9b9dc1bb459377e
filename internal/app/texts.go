package app

import (
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/notification/texts"
	"github.com/firehall/firehall/internal/platform/jobs"
)

// textOptions are how messages are written where nobody has activated a text.
func (a *App) textOptions() message.Options {
	c := a.Config.Notify
	return message.Options{Dir: c.Templates, Default: c.Language, ListRows: c.ListRows, PartSize: int64(c.PartSize)}
}

// openOrders makes the store of texts, and what sends when somebody asks for it.
func (a *App) openOrders() {
	a.Texts = texts.New(a.DB, a.Clock, a.textOptions())
	a.Notify.Texts = a.Texts.Renderer
	a.Orders = &notification.Orders{Service: a.Notify, Queue: a.Jobs}
	a.Jobs.Handle(jobs.Kind{Name: notification.KindSend, Do: a.Orders.Do})
}
