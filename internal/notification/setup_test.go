package notification

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

var (
	ctx    = context.Background()
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // a Sunday
	system = identity.System("test")
	person = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
)

// tester is what fails: a test, or a round of a property test.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// post is a channel at the world's edge: it keeps what it was given to compose.
type post struct {
	mu     sync.Mutex
	drafts map[string]delivery.Draft
	broken string // the address that nothing can be composed for
	keep   bool
}

func (p *post) Name() string                      { return "mail" }
func (p *post) Takes(c constituency.Contact) bool { return c.Channel == constituency.Mail }
func (p *post) Close() error                      { return nil }
func (p *post) Send(context.Context, delivery.Item) delivery.Result {
	return delivery.Result{Outcome: delivery.Accepted}
}

func (p *post) Compose(_ context.Context, d delivery.Draft) (delivery.Ready, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keep {
		p.drafts[d.ID] = d
	}
	if d.To.Address == p.broken {
		return delivery.Ready{}, fmt.Errorf("the key of %s cannot be read", d.To.Address)
	}
	_, domain, _ := strings.Cut(d.To.Address, "@")
	return delivery.Ready{
		Draft: d, Channel: "mail", MessageID: "<" + d.ID + "@cert.example>", Subject: d.Generic, ReturnPath: "bounce+" + d.ID + "@cert.example",
		Domain: domain, Bytes: []byte(d.Text),
	}, nil
}

// house is the room over real ones, with feeds and a register that the test plays.
type house struct {
	tester
	*Service
	db      *sqldb.DB
	clock   *clock.Fixed
	post    *post
	intakes map[string]finding.IntakeFacts
	events  []Evidence
	owners  map[string]string // address -> organisation
	asked   func()            // called when evidence is asked for
	serial  int
}

var plain = config.Notify{
	Every: "daily", DailyAt: "06:00", AgainCompromised: 7 * 24 * time.Hour, AgainVulnerable: 30 * 24 * time.Hour, Oldest: 7 * 24 * time.Hour,
	MaxMessages: 1000, Odd: 10, MaxParts: 20, Classes: map[string]string{"infected-system": "at once"},
}

var text = sync.OnceValues(func() (*message.Renderer, error) { return message.New(message.Options{}) })

func newHouse(t testing.TB, db *sqldb.DB, c config.Notify) *house {
	t.Helper()
	h := &house{
		tester: t, db: db, clock: clock.At(noon), post: &post{drafts: map[string]delivery.Draft{}, keep: true},
		intakes: map[string]finding.IntakeFacts{}, owners: map[string]string{},
	}
	log := slog.New(slog.DiscardHandler)
	register := constituency.New(db, constituency.Options{Clock: h.clock, Log: log})
	renderer, err := text()
	h.must(err)
	h.Service, err = New(Options{
		DB: db, Clock: h.clock, Register: register, Text: renderer, Config: c, Team: message.Team{Name: "CERT Demonstra", Email: "cert@cert.example"},
		Findings: finding.New(finding.Options{
			DB: db, FS: disk.OS{}, Dir: t.TempDir(), Clock: h.clock, Log: log, Holder: "test", Alone: true,
			Intake: func(_ context.Context, id string) (finding.IntakeFacts, error) {
				in, ok := h.intakes[id]
				if !ok {
					return in, fmt.Errorf("no intake %s", id)
				}
				return in, nil
			},
		}),
		Release:  release.New(release.Options{DB: db, Clock: h.clock, Register: register}),
		Delivery: delivery.New(delivery.Options{DB: db, Clock: h.clock, Log: log, Holder: "test", Alone: true, Channels: []delivery.Channel{h.post}}),
		Evidence: h.evidence,
		Owner: func(f finding.Finding) (organisation, network, rule string) {
			return h.owners[f.Addr.String()], "", "prefix"
		},
		Holder: "test", Alone: true, Workers: 2, Log: log,
	})
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v", err)
	}
}

func (h *house) evidence(_ context.Context, q EvidenceQuery, each func(Evidence) error) error {
	if h.asked != nil {
		h.asked()
	}
	asked := map[string]bool{}
	for _, o := range q.Organisations {
		asked[o] = true
	}
	for _, e := range h.events {
		if !asked[e.Organisation] || e.Arrival.Before(q.Since) || e.Time.Before(q.From) {
			continue
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// organisation puts one into the register, with contacts, and gives its id.
func (h *house) organisation(name string, kind constituency.Kind, addresses ...string) string {
	h.Helper()
	o, err := h.Register.AddOrganisation(ctx, system, constituency.Organisation{Name: name, Kind: kind})
	h.must(err)
	for _, a := range addresses {
		_, err := h.Register.AddContact(ctx, system, constituency.Contact{Organisation: o.ID, Address: a, Purpose: constituency.Abuse})
		h.must(err)
	}
	return o.ID
}

// The feeds that tests play.
var feeds = map[string]finding.IntakeFacts{
	"green":    {Feed: "green", Report: "scan_telnet", Label: tlp.Green, Receivers: []string{"constituent", "provider"}, Attribution: "Green Feed"},
	"amber":    {Feed: "amber", Report: "scan_telnet", Label: tlp.Amber, Receivers: []string{"constituent", "provider"}},
	"red":      {Feed: "red", Report: "secret_report", Label: tlp.Red, Receivers: []string{"constituent", "provider"}},
	"provider": {Feed: "provider", Report: "scan_telnet", Label: tlp.Green, Receivers: []string{"provider"}},
}

// sight is an event as a feed brings it.
type sight struct {
	feed, ip string
	class    string // vulnerable-system if empty
	tlp, iep string
	ago      time.Duration
	severity string
}

func (o sight) asset() finding.Asset {
	a := finding.Asset{Role: "source", Type: "vulnerable-system", Identifier: "open-telnet", Transport: "tcp", Addr: netip.MustParseAddr(o.ip), Port: 23}
	if o.class == "infected-system" {
		a.Type, a.Identifier, a.Malware = o.class, "mirai", "mirai"
	}
	return a
}

func (o sight) key() finding.Key { return finding.KeyOf(o.asset()) }

// see plays one intake of each feed and applies it.
func (h *house) see(list ...sight) {
	h.Helper()
	byFeed := map[string][]sight{}
	for _, o := range list {
		byFeed[o.feed] = append(byFeed[o.feed], o)
	}
	for _, name := range []string{"green", "amber", "red", "provider"} {
		if len(byFeed[name]) > 0 {
			h.intake(feeds[name], byFeed[name])
		}
	}
	_, err := h.Findings.Apply(ctx, system, nil)
	h.must(err)
}

func (h *house) intake(in finding.IntakeFacts, list []sight) {
	h.Helper()
	h.serial++
	in.ID, in.Arrived, in.Rows = fmt.Sprintf("i%d", h.serial), h.clock.Now(), int64(len(list))
	h.intakes[in.ID] = in
	b := h.batch(in, list)
	var fresh []int32
	for i := range list {
		fresh = append(fresh, int32(i))
	}
	name := in.ID + ".parquet"
	n := h.fold(name, b, fresh)
	h.must(h.db.Write(ctx, func(tx *sqldb.Tx) error {
		return event.Publish(tx, nil, []event.Fold{{Path: name, Intake: in.ID, Rows: n}})
	}))
}

func (h *house) batch(in finding.IntakeFacts, list []sight) *event.Batch {
	b := event.NewBatch([32]byte{})
	b.Const(event.FieldIntake, in.ID)
	b.Const(event.FieldFeed, in.Feed)
	b.Const(event.FieldReport, in.Report)
	b.ConstTime(event.FieldArrival, in.Arrived.UnixMilli())
	b.Column(event.FieldTime)
	for i, o := range list {
		a, at := o.asset(), in.Arrived.Add(-o.ago)
		b.Begin(fmt.Append(nil, i))
		b.Column(event.FieldSourceIP).Addr(a.Addr)
		b.Column(event.FieldSourcePort).Int(a.Port)
		b.Column(event.FieldTime).Time(at.UnixMilli())
		fields := map[string]string{
			event.FieldType: a.Type, event.FieldIdentifier: a.Identifier, event.FieldTransport: a.Transport, event.FieldRole: a.Role,
			event.FieldMalware: a.Malware, event.FieldSeverity: o.severity, "tlp": o.tlp, event.FieldIEP: o.iep, event.FieldOrganisation: h.owners[o.ip],
		}
		for name, v := range fields {
			if v != "" {
				b.Column(name).TextString(v)
			}
		}
		b.End()
		delete(fields, event.FieldOrganisation)
		fields[event.FieldReport], fields["extra.mark"] = in.Report, fmt.Sprintf("mark-%d.", len(h.events))
		for name, v := range fields {
			if v == "" {
				delete(fields, name)
			}
		}
		h.events = append(h.events, Evidence{Asset: a, Organisation: h.owners[o.ip], Intake: in.ID, Label: o.tlp, Arrival: in.Arrived, Time: at, Fields: fields})
	}
	return b
}

// fold writes the facts of a batch where the findings look for them.
func (h *house) fold(name string, b *event.Batch, fresh []int32) int64 {
	h.Helper()
	dir := filepath.Join(h.Findings.Dir, "folds")
	h.must(h.Findings.FS.MkdirAll(dir))
	f, err := h.Findings.FS.Create(filepath.Join(dir, name))
	h.must(err)
	w := segment.NewWriter(f)
	enc, err := segment.NewEncoder()
	h.must(err)
	facts, which := new(fold.Folder).Fold(b, fresh, nil)
	h.must(w.Append(enc.Group(facts, which, false)))
	info, err := w.Finish()
	h.must(err)
	h.must(f.Sync())
	h.must(f.Close())
	h.must(h.Findings.FS.SyncDir(dir))
	return info.Rows
}

func (h *house) approve() []Approval {
	h.Helper()
	list, err := h.Approve(ctx, person, ApproveOptions{})
	h.must(err)
	return list
}

func (h *house) send() Run {
	h.Helper()
	r, err := h.Send(ctx, system, nil)
	h.must(err)
	return r
}

func (h *house) plan() []Message {
	h.Helper()
	p, err := h.Plan(ctx, system, PlanOptions{})
	h.must(err)
	return p.Messages
}

func (h *house) get(o sight) finding.Finding {
	h.Helper()
	f, err := h.Findings.Get(ctx, system, o.key().ID())
	h.must(err)
	return f
}

func (h *house) move(to finding.State, list ...sight) {
	h.Helper()
	var keys []finding.Key
	for _, o := range list {
		keys = append(keys, o.key())
	}
	req := finding.Request{To: to, Reason: "as agreed"}
	if to == finding.Muted {
		req.Until = h.clock.Now().Add(72 * time.Hour)
	}
	_, err := h.Findings.Move(ctx, person, keys, req)
	h.must(err)
	_, err = h.Recall(ctx, person)
	h.must(err)
	h.react()
}

// react is what app does about messages that reached nobody.
func (h *house) react() {
	h.Helper()
	_, err := outbox.Each(ctx, h.db, delivery.Failed, 1000, func(tx *sqldb.Tx, r outbox.Row) error {
		n, err := h.Findings.Untell(tx, h.clock.Now(), r.Subject)
		if err != nil || n == 0 {
			return err
		}
		return Untold(tx, r.Subject)
	})
	h.must(err)
}

func (h *house) drain() {
	h.Helper()
	_, err := h.Delivery.Drain(ctx, system, nil)
	h.must(err)
}

// said is all that a message says.
func said(d delivery.Draft) string {
	var b strings.Builder
	b.WriteString(d.Subject + "\n" + d.Text + "\n" + string(d.Payload))
	for _, a := range d.Attachments {
		b.WriteString("\n" + string(a.Data))
	}
	return b.String()
}

// texts reads one column of text.
func (h *house) texts(query string, args ...any) (out []string) {
	h.Helper()
	h.must(h.db.Read(ctx, func(tx *sqldb.Tx) error {
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

func (h *house) queued() []string {
	return h.texts(`SELECT id FROM delivery WHERE state = 'queued' ORDER BY id`)
}
