package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/identity"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
)

// mailFigures tells Prometheus of mail that comes and goes.
type mailFigures struct{ a *App }

// figuresWithin is how long one who asks for figures waits for the database.
const figuresWithin = 5 * time.Second

var (
	mailWaiting = prometheus.NewDesc("firehall_mail_waiting", "Mails that are not reports yet.", nil, nil)
	mailOldest  = prometheus.NewDesc("firehall_mail_oldest_timestamp_seconds", "When the oldest of them came.", nil, nil)
	mailTaken   = prometheus.NewDesc("firehall_mail_taken_total", "Mails that this process took in, by outcome.", []string{"outcome"}, nil)
	mailFailing = prometheus.NewDesc("firehall_mailbox_failing", "1 while the mailbox for reports cannot be read.", nil, nil)
	mailLooked  = prometheus.NewDesc("firehall_mailbox_looked_timestamp_seconds", "When the mailbox was last read without a fault.", nil, nil)
	outboxCount = prometheus.NewDesc("firehall_outbox_messages", "Messages that are not done with, by channel and state.", []string{"channel", "state"}, nil)
)

// Describe names the figures.
func (f mailFigures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{mailWaiting, mailOldest, mailTaken, mailFailing, mailLooked, outboxCount} {
		out <- d
	}
}

// Collect reads the figures. What cannot be read is left out: doctor says why.
func (f mailFigures) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), figuresWithin)
	defer cancel()
	f.incoming(ctx, out)
	if f.a.Config.Reports.IMAPServer != "" {
		f.mailbox(ctx, out)
	}
	if f.a.Delivery != nil {
		f.outgoing(ctx, out)
	}
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (f mailFigures) incoming(ctx context.Context, out chan<- prometheus.Metric) {
	door := f.a.MailDoor
	if door == nil {
		door = maildoor.New(maildoor.Options{DB: f.a.DB, Clock: f.a.Clock})
	}
	if w, err := door.Waiting(ctx); err == nil {
		gauge(out, mailWaiting, float64(w.Mails))
		if w.Mails > 0 {
			gauge(out, mailOldest, float64(w.Oldest.Unix()))
		}
	}
	taken, refused := door.Counts()
	out <- prometheus.MustNewConstMetric(mailTaken, prometheus.CounterValue, float64(taken), "taken")
	out <- prometheus.MustNewConstMetric(mailTaken, prometheus.CounterValue, float64(refused), "refused")
}

func (f mailFigures) mailbox(ctx context.Context, out chan<- prometheus.Metric) {
	h, err := f.a.mailBox(nil).Health(ctx)
	if err != nil {
		return
	}
	failing := 0.0
	if !h.Failing.IsZero() {
		failing = 1
	}
	gauge(out, mailFailing, failing)
	if !h.Looked.IsZero() {
		gauge(out, mailLooked, float64(h.Looked.Unix()))
	}
}

func (f mailFigures) outgoing(ctx context.Context, out chan<- prometheus.Metric) {
	list, err := f.a.Delivery.Figures(ctx, identity.System("metrics"))
	if err != nil {
		return
	}
	for _, n := range list {
		gauge(out, outboxCount, float64(n.Count), n.Channel, string(n.State))
	}
}
