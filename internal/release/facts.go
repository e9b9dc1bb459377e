package release

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
)

// matter is an ask with everything that decides about it.
type matter struct {
	Ask
	month    int64  // in which it is asked, see reuse
	grant    Grant  // in force, about the owner, to the recipient; zero if there is none
	trouble  string // why nothing can be encrypted to a contact that requires it
	facts    fact
	audience string
	key      [sha256.Size]byte // of the item, its terms, the audience and the policy
}

// reuse is for how long a recorded decision answers the same question: then it is decided and recorded anew, so that what is old can be forgotten.
const reuse = 30 * 24 * time.Hour

// consider settles the facts of an ask at a moment. key says why nothing can be encrypted to a contact; it is asked only where that decides.
func consider(a Ask, grant Grant, key func(constituency.Contact) string, now time.Time) matter {
	m := matter{Ask: a, grant: grant, month: now.UnixMilli() / reuse.Milliseconds()}
	if a.To.Contact.Encryption == constituency.EncryptionRequired {
		m.trouble = key(a.To.Contact)
	}
	m.facts = m.itemFacts() | m.contactFacts()
	m.audience = m.audienceDigest()
	m.key = m.digest()
	return m
}

func (m *matter) itemFacts() (have fact) {
	label, receivers, to := m.Item.Terms.Label, m.Item.Terms.Receivers, m.To.Organisation
	set(&have, ownerUnknown, m.Item.Owner == "")
	set(&have, elsewhere, m.elsewhere())
	set(&have, granted, m.grant.ID != "")
	set(&have, red, label >= tlp.Red)
	set(&have, strict, label == tlp.AmberStrict)
	set(&have, noReceivers, len(receivers) == 0)
	set(&have, notReceiver, !slices.Contains(receivers, string(to.Kind)))
	return have
}

func (m *matter) contactFacts() (have fact) {
	c := m.To.Contact
	set(&have, toNobody, c.ID == "" || m.To.Organisation.ID == "")
	set(&have, foreignContact, c.Organisation != m.To.Organisation.ID)
	set(&have, legal, c.Purpose == constituency.Legal)
	set(&have, dead, !c.Usable())
	set(&have, spoken, c.Channel == constituency.Phone)
	set(&have, keyless, m.trouble != "")
	return have
}

// elsewhere reports whether the recipient does not own the network.
func (a Ask) elsewhere() bool { return a.Item.Owner == "" || a.Item.Owner != a.To.Organisation.ID }

func set(have *fact, f fact, holds bool) {
	if holds {
		*have |= f
	}
}

// audienceDigest stands for everything about the recipient that decides or is told in the reason. Whether a grant is in force and a key
// fit are part of it, so that no answer outlives them.
func (m *matter) audienceDigest() string {
	d := newDigest("audience")
	o := m.To.Organisation
	d.text(contactDigest(m.To.Contact), o.ID, o.Name, string(o.Kind), m.grant.ID, m.trouble)
	d.number(truth(m.To.Contact.Usable()))
	sum := d.sum()
	return hex.EncodeToString(sum[:16])
}

// digest stands for the whole matter: the same digest, the same answer.
func (m *matter) digest() [sha256.Size]byte {
	d, i := newDigest("decision"), m.Item
	receivers := slices.Sorted(slices.Values(i.Terms.Receivers))
	d.text(i.Kind, i.ID, i.Version, i.Owner, i.Terms.Feed, i.Terms.Attribution, m.audience)
	d.number(uint64(i.Terms.Label), PolicyVersion, uint64(m.month), uint64(len(receivers)))
	d.text(receivers...)
	return d.sum()
}

// contactDigest stands for what of a contact a permit depends on, but for its health.
func contactDigest(c constituency.Contact) string {
	d := newDigest("contact")
	d.text(c.ID, c.Organisation, string(c.Channel), c.Address, string(c.Purpose), c.Key, c.Encryption)
	sum := d.sum()
	return string(sum[:])
}

// ContactDigest stands for what of a contact a permit depends on, but for its health, in hexadecimal digits: whoever keeps it can tell later
// whether the contact is still the one that was decided about.
func ContactDigest(c constituency.Contact) string {
	return hex.EncodeToString([]byte(contactDigest(c)))
}

// digest hashes texts and numbers so that no two lists of them look alike.
type digest struct{ hash.Hash }

func newDigest(domain string) digest {
	d := digest{sha256.New()}
	d.text("firehall/release/" + domain)
	return d
}

func (d digest) text(list ...string) {
	for _, s := range list {
		d.number(uint64(len(s)))
		_, _ = d.Write([]byte(s)) // a hash takes everything
	}
}

func (d digest) number(list ...uint64) {
	var b [8]byte
	for _, n := range list {
		binary.BigEndian.PutUint64(b[:], n)
		_, _ = d.Write(b[:])
	}
}

func (d digest) sum() (out [sha256.Size]byte) {
	d.Sum(out[:0])
	return out
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// decision is the answer to a matter, not recorded yet.
func (m *matter) decision(by string, now time.Time) Decision {
	r := decide(m.facts)
	d := Decision{
		Allowed: r.outcome == Allowed, Outcome: r.outcome, Rule: r.name, Reason: r.explain(*m), Item: m.Item, Organisation: m.To.Organisation.ID,
		Contact: m.To.Contact.ID, Audience: m.audience, Policy: PolicyVersion, Label: m.Item.Terms.Label, By: by, At: now,
	}
	if d.Allowed {
		d.Grant = m.grant.ID
	}
	return d
}
