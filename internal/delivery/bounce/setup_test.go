package bounce

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

var (
	ctx   = context.Background()
	actor = identity.System("test")
	day   = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
)

// relay takes all mail: it stands for the world outside.
type relay struct{ secret [32]byte }

func (relay) Name() string                      { return "mail" }
func (relay) Takes(c constituency.Contact) bool { return c.Channel == constituency.Mail }
func (relay) Close() error                      { return nil }
func (relay) Send(context.Context, delivery.Item) delivery.Result {
	return delivery.Result{Outcome: delivery.Accepted}
}

func (r relay) Compose(_ context.Context, d delivery.Draft) (delivery.Ready, error) {
	return delivery.Ready{
		Draft: d, Channel: "mail", MessageID: "<" + d.ID + "@cert.example>", Subject: d.Subject, Domain: "isp.example",
		ReturnPath: token.Address(r.secret[:], d.ID, "cert.example"), Bytes: []byte("a message"),
	}, nil
}

// team is a team with one contact, which was sent one message.
type team struct {
	*Handler
	register *constituency.Register
	release  *release.Service
	to       release.Recipient
	sent     string // id of the message
	queue    *queue.Queue
}

func newTeam(t testing.TB, db *sqldb.DB) *team {
	t.Helper()
	now := clock.At(day)
	w := &team{Handler: &Handler{DB: db, Clock: now, Secret: [32]byte{1, 2, 3}}, register: constituency.New(db, constituency.Options{Clock: now})}
	w.Deliveries = delivery.New(delivery.Options{DB: db, Clock: now, Holder: "test", Alone: true, Channels: []delivery.Channel{relay{w.Secret}}})
	w.release = release.New(release.Options{DB: db, Clock: now, Register: w.register})
	w.queue = queue.New(db, now)
	o, err := w.register.AddOrganisation(ctx, actor, constituency.Organisation{Name: "An ISP", Kind: constituency.Constituent})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.register.AddContact(ctx, actor, constituency.Contact{Organisation: o.ID, Address: "abuse@isp.example"})
	if err != nil {
		t.Fatal(err)
	}
	w.to = release.Recipient{Contact: c, Organisation: o, Chain: release.ChainOwn}
	w.sent = w.enqueue(t)
	w.drain(t)
	return w
}

// enqueue puts a message into the outbox and gives its id.
func (w *team) enqueue(t testing.TB) string {
	t.Helper()
	item := release.Item{
		Kind: "findings", ID: w.to.Organisation.ID + "/f", Version: "1", Owner: w.to.Organisation.ID, Count: 1,
		Terms: release.Terms{Feed: "f", Label: tlp.Green, Receivers: []string{"constituent"}},
	}
	p, d, err := w.release.For(ctx, actor, item, w.to)
	if err != nil || !d.Allowed {
		t.Fatalf("%+v, %v", d, err)
	}
	ready, err := w.Deliveries.Compose(ctx, p, delivery.Draft{ID: id.New(), To: w.to.Contact, ToName: "An ISP", Subject: "A message", Label: tlp.Green, Date: day, Feeds: []string{"f"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error { return w.Deliveries.Enqueue(tx, p, ready) }); err != nil {
		t.Fatal(err)
	}
	return ready.Draft.ID
}

func (w *team) drain(t testing.TB) {
	t.Helper()
	if tally, err := w.Deliveries.Drain(ctx, actor, nil); err != nil || tally.Sent == 0 {
		t.Fatalf("%+v, %v", tally, err)
	}
}

// came is a sample as it comes to the return path of a message.
func (w *team) came(t testing.TB, file, id string) string {
	t.Helper()
	path := token.Address(w.Secret[:], id, "cert.example")
	return strings.ReplaceAll(sample(t, file), "bounce+TOKEN@cert.example", path)
}

func (w *team) take(t testing.TB, text string) Outcome {
	t.Helper()
	out, err := w.Take(ctx, actor, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// state is all that a report may change.
type state struct {
	Delivery delivery.State
	Attempts int
	Health   constituency.Health
	Tasks    []string // kind and count
	Failed   int      // outbox rows
	Heard    int
	Audited  int
}

func (w *team) state(t testing.TB) (s state) {
	t.Helper()
	d, attempts, err := w.Deliveries.Get(ctx, actor, w.sent)
	if err != nil {
		t.Fatal(err)
	}
	s.Delivery, s.Attempts = d.State, len(attempts)
	contacts, err := w.register.Contacts(ctx, actor, w.to.Organisation.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Health = contacts[0].Health
	tasks, err := w.queue.List(ctx, actor, true, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		s.Tasks = append(s.Tasks, task.Kind+strings.Repeat("+", task.Count-1))
	}
	s.Failed = w.count(t, `SELECT count(*) FROM outbox WHERE topic = $1`, delivery.Failed)
	s.Heard = w.count(t, `SELECT count(*) FROM bounce WHERE delivery = $1`, w.sent)
	list, err := audit.New(w.DB, w.Clock).List(ctx, audit.Query{Operation: string(OpTake)})
	if err != nil {
		t.Fatal(err)
	}
	s.Audited = len(list.Items)
	return s
}

func (w *team) count(t testing.TB, query string, arg string) (n int) {
	t.Helper()
	err := w.DB.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(query, arg).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
