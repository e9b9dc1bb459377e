package delivery

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	start  = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	tester = identity.Actor{ID: "os:1000", Name: "tester", Kind: identity.OSUserKind, Via: "cli"}
)

// fake is a channel at the world's edge: it answers by a script, and remembers what it was given.
type fake struct {
	name   string
	traits Traits
	answer func(ctx context.Context, m Item) Result // nil accepts

	mu    sync.Mutex
	given []Item
}

func (f *fake) Name() string                      { return f.name }
func (f *fake) Traits() Traits                    { return f.traits }
func (f *fake) Takes(c constituency.Contact) bool { return string(c.Channel) == f.name }
func (f *fake) Close() error                      { return nil }

func (f *fake) Compose(_ context.Context, d Draft) (Ready, error) { return composed(d), nil }

func composed(d Draft) Ready {
	_, domain, _ := strings.Cut(d.To.Address, "@")
	return Ready{
		Draft: d, Channel: string(d.To.Channel), MessageID: "<" + d.ID + "@cert.example>", Subject: d.Generic, ReturnPath: "bounce+" + d.ID + "@cert.example",
		Domain: domain, Bytes: []byte("Subject: " + d.Generic + "\r\n\r\n" + d.Text + "\r\n"),
	}
}

func (f *fake) Send(ctx context.Context, m Item) Result {
	f.mu.Lock()
	m.Bytes = append([]byte(nil), m.Bytes...)
	f.given = append(f.given, m)
	f.mu.Unlock()
	if f.answer == nil {
		return Result{Outcome: Accepted, Code: 250}
	}
	return f.answer(ctx, m)
}

// sent counts how often each message was given to the channel.
func (f *fake) sent() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, m := range f.given {
		n[m.ID]++
	}
	return n
}

// house is a service over a database, with a mail channel that answers by a script.
type house struct {
	t     testing.TB
	db    *sqldb.DB
	clock *clock.Fixed
	mail  *fake
	s     *Service
}

func newHouse(t testing.TB, db *sqldb.DB, change ...func(*Options)) *house {
	h := &house{t: t, db: db, clock: clock.At(start), mail: &fake{name: "mail"}}
	h.s = h.service(change...)
	return h
}

// service makes a service over the same database: another process.
func (h *house) service(change ...func(*Options)) *Service {
	sealer, err := seal.New([32]byte{7})
	h.ok(err)
	o := Options{Sealer: sealer, DB: h.db, Clock: h.clock, Log: slog.New(slog.DiscardHandler), Holder: "test " + id.New(), Alone: true, Channels: []Channel{h.mail}, Lease: time.Second}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// draft is a message to one of an organisation's contacts.
func (h *house) draft(address string, change ...func(*Draft)) Draft {
	d := Draft{
		ID: id.NewAt(h.clock.Now()), ToName: "City Hospital", Generic: "Information for you", Text: "what was seen", Label: tlp.Amber, Ticket: "CERT-1",
		To: constituency.Contact{ID: "c-" + address, Organisation: "o-1", Channel: constituency.Mail, Address: address, Health: constituency.Unknown, Purpose: constituency.Abuse},
	}
	for _, f := range change {
		f(&d)
	}
	return d
}

// put enqueues a message, as one that release let out, and gives its id.
func (h *house) put(address string, change ...func(*Draft)) string {
	h.t.Helper()
	d := h.draft(address, change...)
	h.store(d)
	return d.ID
}

// store enqueues a draft as put does, for a contact that is in the register.
func (h *house) store(d Draft) {
	h.t.Helper()
	h.ok(h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		if err := registerIn(tx, d.To.ID); err != nil {
			return err
		}
		return h.s.enqueue(tx, "decision-1", composed(d))
	}))
}

func feeds(names ...string) func(*Draft) { return func(d *Draft) { d.Feeds = names } }

func (h *house) drain() Tally {
	h.t.Helper()
	t, err := h.s.Drain(h.t.Context(), tester, nil)
	h.ok(err)
	return t
}

func (h *house) get(id string) Delivery {
	h.t.Helper()
	d, _, err := h.s.Get(h.t.Context(), tester, id)
	h.ok(err)
	return d
}

// is expects a delivery in a state.
func (h *house) is(id string, want State) Delivery {
	h.t.Helper()
	d := h.get(id)
	if d.State != want {
		h.t.Fatalf("message is %s (%d attempts, %s), want %s", d.State, d.Attempts, d.Detail, want)
	}
	return d
}

func (h *house) tasks() []string {
	h.t.Helper()
	list, err := queue.New(h.db, h.clock).List(h.t.Context(), tester, false, 0)
	h.ok(err)
	var out []string
	for _, t := range list {
		out = append(out, fmt.Sprintf("%s %s x%d", t.Kind, t.Object, t.Count))
	}
	return out
}

// texts reads one column of text.
func (h *house) texts(query string, args ...any) (out []string) {
	h.t.Helper()
	h.ok(h.db.Read(context.Background(), func(tx *sqldb.Tx) error {
		out = nil
		return tx.Each(query, args, func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			out = append(out, s)
			return err
		})
	}))
	return out
}

// posted lists the deliveries that other rooms are told of.
func (h *house) posted() []string {
	return h.texts(`SELECT subject FROM outbox WHERE topic = $1 ORDER BY id`, Failed)
}

// register puts an organisation with one contact into the register.
func (h *house) register(contact string) {
	h.t.Helper()
	h.ok(h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error { return registerIn(tx, contact) }))
}

func registerIn(tx *sqldb.Tx, contact string) error {
	_, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ('o-1', 'City Hospital', 'city hospital', 'constituent', 1, 0, 0)
			ON CONFLICT DO NOTHING`)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO contact (id, organisation, channel, address, purpose, health, version) VALUES ($1, 'o-1', 'mail', $2, 'abuse', 'unknown', 1)
			ON CONFLICT DO NOTHING`,
		contact, strings.TrimPrefix(contact, "c-"))
	return err
}

// answers gives the results in turn, and accepts afterwards.
func answers(results ...Result) func(context.Context, Item) Result {
	n := 0
	return func(context.Context, Item) Result {
		n++
		if n > len(results) {
			return Result{Outcome: Accepted, Code: 250}
		}
		return results[n-1]
	}
}
