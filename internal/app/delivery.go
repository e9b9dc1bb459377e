package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/bounce"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/delivery/webhook"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// How long things are kept after they have ended: the bytes of a message, for questions about what was said; reports that came back, for longer
// than they are believed; messages, done tasks and decisions as a record. A decision outlives what it let out.
const (
	keepBytes     = 90 * 24 * time.Hour
	keepBounces   = 90 * 24 * time.Hour
	keepRecords   = 2 * 366 * 24 * time.Hour
	keepDecisions = keepRecords + 180*24*time.Hour
)

// subscribePause lies between two looks at what the rooms have to hear of each other, and reactBatch is how much of it is done at once.
const (
	subscribePause = 10 * time.Second
	reactBatch     = 1000
)

// schemaWait is how long a switch waits for another process to bring the schema up to date, before it does so itself.
const schemaWait = 2 * time.Second

// intakeDone is the topic of outbox rows about intakes that have become visible. Nobody has to hear of it: the findings find their folds.
const intakeDone = "intake.done"

// openDelivery makes the channels that the configuration names, and the service that sends by them.
func (a *App) openDelivery() error {
	var channels []delivery.Channel
	channels, a.mailFault = a.channels() // nothing but sending mail needs [mail]
	secret, err := a.Keys.Secret(messageSecret)
	if err != nil {
		return err
	}
	sealer, err := seal.New(secret)
	if err != nil {
		return err
	}
	a.Delivery = a.deliveryBy(channels, sealer)
	a.Queue = queue.New(a.DB, a.Clock)
	return nil
}

// MailFault is why mail cannot be sent: a setting of [mail] that cannot be used. nil if there is none.
func (a *App) MailFault() error { return a.mailFault }

// messageSecret is the name of the keyring's secret that seals the bytes of messages.
const messageSecret = "messages"

// deliveryBy is the service with these channels. With none it can be asked and stopped, and sends nothing.
func (a *App) deliveryBy(channels []delivery.Channel, sealer *seal.Sealer) *delivery.Service {
	host, _ := os.Hostname()
	m := a.Config.Mail
	return delivery.New(delivery.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Holder: fmt.Sprintf("%s/%d", host, os.Getpid()), Channels: channels, Pace: m.Pace,
		GiveUp: map[string]time.Duration{"mail": m.GiveUp, "webhook": a.Config.Webhook.GiveUp}, Doubt: m.Doubt,
		Alone: a.alone(), Unseen: a.unseenMail, Sealer: sealer, Again: a.mayStillGo,
	})
}

// unseenMail is what of the outbox the room of reports and incidents hides.
func (a *App) unseenMail(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (string, []any, error) {
	if a.Incidents == nil { // a switch, which lists nothing
		return "FALSE", nil, nil
	}
	return a.Incidents.UnseenMail(tx, actor, alias, first)
}

// channels makes the ways out: webhooks always, mail once there is an address for it to come from. An error is about mail: webhooks work.
func (a *App) channels() ([]delivery.Channel, error) {
	m, team := a.Config.Mail, a.Config.Team
	out := []delivery.Channel{webhook.New(webhook.Config{Timeout: a.Config.Webhook.Timeout}, a.Keys, a.Clock)}
	from := cmp.Or(m.From, team.Email)
	switch {
	case from == "" && m.Relay == "" && m.Maildir == "":
		return out, nil
	case from == "" && m.Relay == "": // trying out: nobody outside sees it
		from = "firehall@localhost.localdomain"
	}
	c, err := mail.New(mail.Config{
		From: from, FromName: team.Name, ReplyTo: cmp.Or(m.ReplyTo, team.Email, from), Relay: m.Relay, TLS: m.TLS, User: m.User, Password: m.Password,
		Hello: m.Hello, Maildir: m.Maildir, BounceDomain: m.BounceDomain, DKIMDomain: m.DKIMDomain, DKIMSelector: m.DKIMSelector, Timeout: m.Timeout,
		SMIME: a.teamSMIME,
	}, a.Keys, a.Clock, a.Log)
	if err != nil {
		return out, err
	}
	return append(out, c), nil
}

// Switch is an installation opened for one small change that must wait for nobody: to stop all sending, above all. It opens the state and
// nothing else, so it works while another process has the data folder, and while a table or a channel cannot be opened.
type Switch struct {
	Delivery *delivery.Service
	Queue    *queue.Queue
	app      *App
}

// OpenSwitch opens the switch of an installation. Each of its changes is one transaction, which the database keeps apart from those of the
// process that works there.
func OpenSwitch(ctx context.Context, o Options) (*Switch, error) {
	o.Write = false
	a := &App{Options: o}
	a.defaults()
	err := a.awaitSchema(ctx)
	if err == nil {
		err = a.openState(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	return &Switch{Delivery: a.deliveryBy(nil, nil), Queue: queue.New(a.DB, a.Clock), app: a}, nil
}

// awaitSchema gives another process, which may be bringing the schema up to date at this moment, the time for it.
func (a *App) awaitSchema(ctx context.Context) error {
	if err := a.refuseUnfinished(); err != nil {
		return err // and no empty database is made there
	}
	db, err := sqldb.Open(ctx, a.databaseURL())
	if err != nil {
		return err
	}
	for end := time.Now().Add(schemaWait); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		have, want, err := db.Schema(ctx)
		if err != nil || have >= want {
			break
		}
	}
	return db.Close()
}

// Close closes the installation.
func (s *Switch) Close(ctx context.Context) error { return s.app.Stop(ctx) }

// React lets each room do what it has to because of what others did: what a message that reached nobody told is due again. It is done now and
// then while something runs, and after everything that may be the cause. It acts for the system: who caused it is on record already.
func (a *App) React(ctx context.Context) error {
	for {
		n, err := outbox.Each(ctx, a.DB, delivery.Failed, reactBatch, func(tx *sqldb.Tx, r outbox.Row) error {
			n, err := a.Findings.Untell(tx, a.Clock.Now(), r.Subject)
			if err != nil || n == 0 {
				return err
			}
			return notification.Untold(tx, r.Subject)
		})
		if err != nil {
			return err
		}
		if n < reactBatch {
			break
		}
	}
	_, err := outbox.Discard(ctx, a.DB, intakeDone)
	return errors.Join(err, a.tellReports(ctx))
}

// Deliver sends what is due until nothing is, and lets the other rooms react to what came of it.
func (a *App) Deliver(ctx context.Context, actor identity.Actor, progress func(delivery.Tally)) (delivery.Tally, error) {
	if _, err := a.Notify.Recall(ctx, actor); err != nil { // a process that died may have muted, and taken nothing back
		return delivery.Tally{}, err
	}
	if err := actor.Authorise(delivery.OpSend, ""); err != nil {
		return delivery.Tally{}, err
	}
	send := a.Delivery.Drain
	if a.Serving { // its lanes are at work already
		send = a.Delivery.Await
	}
	t, err := send(ctx, actor, progress)
	if a.mailFault != nil && t.Down == "" {
		t.Down = "mail: " + a.mailFault.Error()
	}
	return t, errors.Join(err, a.React(context.WithoutCancel(ctx)))
}

// forgetMessages drops the bytes of messages that ended long ago, and later all that was kept of them; and jobs that are done.
func (a *App) forgetMessages(ctx context.Context, actor identity.Actor) error {
	h := bounce.Handler{DB: a.DB, Clock: a.Clock, Deliveries: a.Delivery}
	for _, old := range []struct {
		what   string
		forget func(context.Context, identity.Actor, time.Duration) (int64, error)
		keep   time.Duration
	}{
		{"bytes of messages", a.Delivery.Forget, keepBytes},
		{"reports that came back", h.Forget, keepBounces},
		{"messages", a.Delivery.Expire, keepRecords},
		{"tasks", a.Queue.Forget, keepRecords},
		{"decisions", a.Release.Forget, keepDecisions},
		{"jobs", a.JobDesk().Forget, keepJobs},
	} {
		n, err := old.forget(ctx, actor, old.keep)
		if n > 0 {
			a.Log.InfoContext(ctx, "what is old was forgotten", "what", old.what, "rows", n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
