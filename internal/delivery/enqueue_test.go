package delivery

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// permit asks release, as the rooms above do.
func (h *house) permit(to constituency.Contact) release.Permit {
	h.t.Helper()
	return h.permitFor(to, release.Item{Kind: "findings", ID: "o-1/x", Version: "1"})
}

// permitFor asks about an item; it is the organisation's own if nothing else is said.
func (h *house) permitFor(to constituency.Contact, item release.Item) release.Permit {
	h.t.Helper()
	rooms := release.New(release.Options{DB: h.db, Clock: h.clock})
	item.Owner = cmp.Or(item.Owner, "o-1")
	item.Terms = release.Terms{Feed: "x", Label: tlp.Amber, Receivers: []string{string(constituency.Constituent)}}
	org := constituency.Organisation{ID: "o-1", Name: "City Hospital", Kind: constituency.Constituent}
	p, d, err := rooms.For(h.t.Context(), tester, item, release.Recipient{Contact: to, Organisation: org, Chain: release.ChainOwn})
	if err != nil || !d.Allowed {
		h.t.Fatalf("release says %+v, %v", d, err)
	}
	return p
}

// Only what release let out, to this very contact and under this label, is composed and enqueued.
func TestOnlyWithPermit(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		good := h.draft("a@a.example", func(d *Draft) { d.To.Purpose = constituency.Abuse })
		p := h.permit(good.To)
		tests := []struct {
			name   string
			permit release.Permit
			change func(*Draft)
			kind   problem.Kind
			ok     bool
		}{
			{"none", release.Permit{}, nil, problem.Forbidden, false},
			{"another contact", p, func(d *Draft) { d.To.ID = "c-b" }, problem.Forbidden, false},
			{"the contact's address has changed", p, func(d *Draft) { d.To.Address = "b@a.example" }, problem.Forbidden, false},
			{"a bad contact", p, func(d *Draft) { d.To.Health = constituency.Bad }, problem.Forbidden, false},
			{"a weaker label", p, func(d *Draft) { d.Label = tlp.Green }, problem.Forbidden, false},
			{"right", p, nil, 0, true},
		}
		for _, tt := range tests {
			d := good
			if tt.change != nil {
				tt.change(&d)
			}
			_, composing := h.s.Compose(t.Context(), tt.permit, d)
			ready := composed(d)
			ready.seal = h.s.sealOf(tt.permit.Decision(), ready)
			enqueuing := db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, tt.permit, ready) })
			for _, err := range []error{composing, enqueuing} {
				if (err == nil) != tt.ok || err != nil && !problem.Is(err, tt.kind) {
					t.Errorf("%s: %v", tt.name, err)
				}
			}
		}
		if d := h.is(good.ID, Queued); d.Decision != p.Decision() || d.Decision == "" {
			t.Errorf("the decision is not told: %+v", d)
		}
	})
}

func TestEnqueueRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Ready)
		kind   problem.Kind
	}{
		{"the same id", func(r *Ready) { r.MessageID = "<other@cert.example>" }, problem.Conflict},
		{"the same Message-ID", func(r *Ready) { r.Draft.ID = "01k0000000000000000000000x" }, problem.Conflict},
		{"no id", func(r *Ready) { r.Draft.ID = "x" }, problem.Internal},
		{"no Message-ID", func(r *Ready) { r.MessageID = "" }, problem.Internal},
		{"no bytes", func(r *Ready) { r.Bytes = nil }, problem.Internal},
		{"too many bytes", func(r *Ready) { r.Bytes = bytes.Repeat([]byte("x"), MaxBytes+1) }, problem.Invalid},
		{"a channel that is not there", func(r *Ready) { r.Channel = "pigeon" }, problem.Invalid},
		{"a channel that does not reach it", func(r *Ready) { r.Draft.To.Channel = constituency.Phone }, problem.Invalid},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		first := h.draft("a@a.example")
		h.ok(db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.enqueue(tx, "d", composed(first)) }))
		for _, tt := range tests {
			r := composed(first)
			tt.change(&r)
			if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.enqueue(tx, "d", r) }); !problem.Is(err, tt.kind) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if got := h.texts(`SELECT id FROM delivery`); !slices.Equal(got, []string{first.ID}) {
			t.Errorf("left: %q", got)
		}
	})
}

func TestComposeNeedsAChannel(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, channel := range []constituency.Channel{constituency.Phone, constituency.Webhook} {
		if _, err := h.s.channelFor(constituency.Contact{Channel: channel}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", channel, err)
		}
	}
	if _, err := h.service(func(o *Options) { o.Channels = nil }).channelFor(constituency.Contact{Channel: constituency.Mail}); !problem.Is(err, problem.Invalid) {
		t.Errorf("mail without a channel: %v", err)
	}
}

// A channel that is not configured any more leaves its messages, and says so.
func TestChannelThatIsGone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		name := h.put("a@a.example")
		other := h.service(func(o *Options) { o.Channels = []Channel{&fake{name: "webhook"}} })
		got, err := other.Drain(t.Context(), tester, nil)
		if err != nil || got.Waiting != 1 || got.Down == "" {
			t.Errorf("%+v, %v", got, err)
		}
		h.is(name, Queued)
	})
}
