package release

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// drawn is a register that changes, and the grants that a plain list says are in force.
type drawn struct {
	*world
	members []Recipient
	grants  []Grant
}

func (d *drawn) member(t *rapid.T, label string) Recipient {
	return d.members[rapid.IntRange(0, len(d.members)-1).Draw(t, label)]
}

func (d *drawn) recipient(t *rapid.T) Recipient {
	to := d.member(t, "to")
	to.Organisation.Kind = rapid.SampledFrom(constituency.Kinds()).Draw(t, "kind")
	c := &to.Contact
	c.Health = rapid.SampledFrom(append(constituency.Healths(), constituency.Unknown, constituency.Good)).Draw(t, "health")
	c.Purpose = rapid.SampledFrom(constituency.Purposes()).Draw(t, "purpose")
	c.Channel = rapid.SampledFrom([]constituency.Channel{constituency.Mail, constituency.Mail, constituency.Webhook, constituency.Phone}).Draw(t, "channel")
	c.Encryption = rapid.SampledFrom([]string{"", "", "", constituency.EncryptionRequired}).Draw(t, "encryption")
	if rapid.IntRange(0, 9).Draw(t, "foreign") == 0 {
		c.Organisation = d.member(t, "of").Organisation.ID
	}
	return to
}

func (d *drawn) item(t *rapid.T) Item {
	item := about(d.member(t, "owner"), rapid.SampledFrom(tlp.Labels()).Draw(t, "label"))
	kinds := rapid.SampledFrom(constituency.Kinds())
	item.Terms.Receivers = nil
	for range rapid.IntRange(0, 4).Draw(t, "receivers") {
		item.Terms.Receivers = append(item.Terms.Receivers, string(kinds.Draw(t, "receiver")))
	}
	if rapid.IntRange(0, 9).Draw(t, "unowned") == 0 {
		item.Owner = ""
	}
	return item
}

// give and revoke change the grants, here and in the list.
func (d *drawn) give(t *rapid.T) {
	about, to := d.member(t, "about"), d.member(t, "to")
	if about.Organisation.ID == to.Organisation.ID {
		return
	}
	from := d.now.Now().Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "from")) * time.Hour)
	g, err := d.Grant(ctx, person, Grant{
		About: about.Organisation.ID, To: to.Organisation.ID, Reason: "drawn", From: from,
		Until: from.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "hours")) * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.grants = append(d.grants, g)
}

func (d *drawn) revoke(t *rapid.T) {
	if len(d.grants) == 0 {
		return
	}
	i := rapid.IntRange(0, len(d.grants)-1).Draw(t, "which")
	if err := d.Revoke(ctx, person, d.grants[i].ID, "drawn"); err != nil {
		t.Fatal(err)
	}
	d.grants = slices.Delete(d.grants, i, i+1)
}

func (d *drawn) granted(owner, to string) bool {
	return slices.ContainsFunc(d.grants, func(g Grant) bool { return g.About == owner && g.To == to && g.InForce(d.now.Now()) })
}

// check decides about something drawn, and holds the answer against what must never be.
func (d *drawn) check(t *rapid.T) {
	item, to := d.item(t), d.recipient(t)
	p, got, err := d.For(ctx, system, item, to)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := d.Preview(ctx, system, []Ask{{item, to}})
	if err != nil {
		t.Fatal(err)
	}
	fresh[0].ID, fresh[0].At = got.ID, got.At
	if diff := cmp.Diff(fresh[0], got); diff != "" {
		t.Fatalf("the recorded answer is not what a fresh one is: %s", diff)
	}
	if p.Valid() != got.Allowed || p.Valid() && !p.Covers(to.Contact) {
		t.Fatalf("permit %+v of %+v", p, got)
	}
	d.never(t, item, to, got)
	d.monotone(t, item, to, got)
}

func (d *drawn) never(t *rapid.T, item Item, to Recipient, got Decision) {
	own := item.Owner == to.Organisation.ID
	word := d.granted(item.Owner, to.Organisation.ID)
	forbidden := map[string]bool{
		"nobody's network":                        item.Owner == "",
		"another's network without a grant":       !own && !word,
		"outside the organisation, strict":        !own && item.Terms.Label == tlp.AmberStrict,
		"TLP:RED":                                 item.Terms.Label == tlp.Red,
		"a kind that the terms do not name":       !slices.Contains(item.Terms.Receivers, string(to.Organisation.Kind)),
		"a contact of somebody else":              to.Contact.Organisation != to.Organisation.ID,
		"a contact that bounces":                  to.Contact.Health == constituency.Bad,
		"a legal contact":                         to.Contact.Purpose == constituency.Legal,
		"a telephone":                             to.Contact.Channel == constituency.Phone,
		"in the clear to whom wants it encrypted": to.Contact.Encryption != "",
	}
	some := false
	for what, is := range forbidden {
		some = some || is
		if is && got.Allowed {
			t.Fatalf("allowed: %s (%s)", what, got.Reason)
		}
	}
	if !some && !got.Allowed {
		t.Fatalf("refused for no reason: %s", got.Reason)
	}
}

// monotone holds that a stricter label never allows more.
func (d *drawn) monotone(t *rapid.T, item Item, to Recipient, got Decision) {
	for _, label := range tlp.Labels() {
		item.Terms.Label = label
		other, err := d.Preview(ctx, system, []Ask{{item, to}})
		if err != nil {
			t.Fatal(err)
		}
		if label >= got.Label && other[0].Allowed && !got.Allowed || label <= got.Label && got.Allowed && !other[0].Allowed {
			t.Fatalf("%s: %v, %s: %v", got.Label, got.Allowed, label, other[0].Allowed)
		}
	}
}

// Whatever grants come, end and are taken back, in whatever order: nobody is
// told what is not theirs, and what is remembered is what is true.
func TestNeverToOthers(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			w := open(t, sqldbtest.Open(t, engine))
			rapid.Check(t, func(rt *rapid.T) {
				d := &drawn{world: w, members: []Recipient{w.hospital, w.region, w.nordic}}
				w.now.Advance(24 * time.Hour) // what an earlier round granted is over
				for range rapid.IntRange(1, 12).Draw(rt, "steps") {
					switch rapid.IntRange(0, 5).Draw(rt, "step") {
					case 0:
						d.give(rt)
					case 1:
						d.revoke(rt)
					case 2:
						w.now.Advance(time.Hour)
					case 3:
						w.cache = newCache()
					default:
						d.check(rt)
					}
				}
			})
		})
	}
}
