package release

import (
	"context"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	ctx    = context.Background()
	system = identity.System("test")
	person = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	day    = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
)

// world is a register of three organisations and a service over it.
type world struct {
	*Service
	now                      *clock.Fixed
	register                 *constituency.Register
	hospital, region, nordic Recipient
}

func open(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{now: clock.At(day)}
	w.register = constituency.New(db, constituency.Options{Clock: w.now})
	w.Service = New(Options{DB: db, Clock: w.now, Register: w.register})
	w.region = w.add(t, "Region North", constituency.Constituent, "soc@region.example")
	w.hospital = w.add(t, "City Hospital", constituency.Constituent, "soc@hospital.example")
	w.nordic = w.add(t, "Nordic Net", constituency.Provider, "abuse@nordicnet.example")
	return w
}

func (w *world) add(t testing.TB, name string, kind constituency.Kind, address string) Recipient {
	t.Helper()
	o, err := w.register.AddOrganisation(ctx, system, constituency.Organisation{Name: name, Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.register.AddContact(ctx, system, constituency.Contact{Organisation: o.ID, Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return Recipient{Contact: c, Organisation: o, Chain: ChainOwn}
}

func about(owner Recipient, label tlp.Label, receivers ...string) Item {
	if receivers == nil {
		receivers = []string{"constituent", "provider"}
	}
	return Item{
		Kind: "findings", ID: owner.Organisation.ID + "/shadow", Version: "1", Owner: owner.Organisation.ID, Count: 3,
		Terms: Terms{Feed: "shadow", Label: label, Receivers: receivers, Attribution: "Shadow"},
	}
}

// ask decides about one item.
func (w *world) ask(t testing.TB, item Item, to Recipient) (Permit, Decision) {
	t.Helper()
	p, d, err := w.For(ctx, system, item, to)
	if err != nil {
		t.Fatal(err)
	}
	return p, d
}

func (w *world) grant(t testing.TB, about, to Recipient, until time.Time) Grant {
	t.Helper()
	g, err := w.Grant(ctx, person, Grant{About: about.Organisation.ID, To: to.Organisation.ID, Reason: "they asked us by telephone", Until: until})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
