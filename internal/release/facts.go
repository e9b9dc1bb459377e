package release

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// matter is an ask with everything that decides about it.
type matter struct {
	Ask
	month     int64  // in which it is asked, see reuse
	grant     Grant  // in force, about the owner, to the recipient; zero if there is none
	trouble   string // why nothing can be encrypted to a contact to which that is required
	facts     fact
	relation  Audience
	effective tlp.Label // after the schedule
	handling  tlp.Label // the strictest that the recipient says it can keep
	embargo   time.Time
	at        *time.Location // in which the end of an embargo is told
	audience  string
	insteadOf string            // a decision under an older policy, which this one takes the place of
	asked     string            // who asked then; "" for who asks now
	key       [sha256.Size]byte // of the item, its terms, the audience and the policy
}

// reuse is for how long a recorded decision answers the same question: then it is decided and recorded anew, so that what is old can be forgotten.
const reuse = 30 * 24 * time.Hour

// consider settles the facts of an ask at a moment. key says why nothing can be encrypted to a contact; it is asked only where that decides.
func consider(a Ask, l lore, key func(constituency.Contact) string, now time.Time) matter {
	about := a.Item.about().key()
	a.Item = l.wishes[about].over(a.Item).under(now)
	m := matter{Ask: a, month: now.UnixMilli() / reuse.Milliseconds(), relation: AudienceOf(a.Item, a.To), at: l.zone, handling: l.keeps(a.To.Organisation.ID)}
	if a.elsewhere() {
		m.grant = l.grants[pair{a.Item.Owner, a.To.Organisation.ID}]
	}
	m.effective, m.embargo = l.schedules[about].at(a.Item.Terms.Label, a.Item.Embargo, now)
	m.effective = min(m.effective, tlp.Red) // a label that we do not know is the strictest
	if m.mustEncrypt() {
		m.trouble = key(a.To.Contact)
	}
	m.facts = m.needFacts(l) | m.markFacts(now) | m.labelFacts(l) | m.contactFacts() | m.lookupFacts()
	m.audience = m.audienceDigest()
	m.key = m.digest()
	return m
}

func (m *matter) mustEncrypt() bool {
	said := m.Item.Terms.IEP
	bare := m.To.Contact.Channel == constituency.Mail && m.relation != Public && m.relation != Self // all else goes by TLS
	return m.To.Contact.Encryption == constituency.EncryptionRequired || said != nil && said.Encrypt && bare
}

// under is the item with what its source's policy says at a moment beside its label and its PAP.
func (i Item) under(now time.Time) Item {
	i.Terms.IEP = i.Terms.IEP.At(now)
	if i.Terms.IEP != nil {
		i.Terms.Label, i.PAP = max(i.Terms.Label, i.Terms.IEP.TLP), max(i.PAP, i.Terms.IEP.PAP())
	}
	return i
}

// needFacts say why the recipient would have to know.
func (m *matter) needFacts(l lore) (have fact) {
	i, to := m.Item, m.To.Organisation.ID
	set(&have, self, m.relation == Self)
	set(&have, public, m.relation == Public)
	set(&have, ofSource, i.Source == ByReporter && m.relation == Reporter || i.Source != "" && i.Source == to)
	set(&have, elsewhere, m.elsewhere())
	set(&have, granted, m.grant.ID != "")
	set(&have, concerned, to != "" && slices.Contains(i.Concerns, to))
	set(&have, chosen, m.To.Chosen != "")
	set(&have, ownerUnknown, i.Owner == "" && len(i.Concerns) == 0 && i.Group == "" && m.To.Chosen == "" && m.relation != Public && i.Kind != lookupKind)
	set(&have, grouped, i.Group != "")
	set(&have, member, i.Group != "" && (to == i.Group || l.circles[i.Group].has(to))) // or the group as such: a collection that its members read
	set(&have, aboveGroup, i.Group != "" && m.effective > l.circles[i.Group].Cap)
	set(&have, partner, slices.Contains(partners, m.relation))
	set(&have, compelled, m.To.Order != nil && m.relation == Authority)
	set(&have, acting, m.relation == Party || m.relation == Provider)
	return have
}

// markFacts say what keeps it in beside its label.
func (m *matter) markFacts(now time.Time) (have fact) {
	i, said := m.Item, m.Item.Terms.IEP
	affected := m.relation == Owner || m.relation == Constituent || slices.Contains(i.Concerns, m.To.Organisation.ID)
	asked := m.relation.asked()
	if m.relation == Provider && m.To.Chosen != "" { // a person asks it to act for whoever reported
		asked = 0
	}
	set(&have, embargoed, now.Before(m.embargo))
	set(&have, privileged, i.Marks&Privileged != 0)
	set(&have, exempt, i.Marks&Exempt != 0)
	set(&have, restricted, i.Marks&Restricted != 0)
	set(&have, iepSilent, said != nil && said.NoNotify && affected)
	set(&have, papRed, i.PAP >= tlp.PAPRed)
	set(&have, papMarked, i.PAP > tlp.PAPClear)
	set(&have, unconsented, i.Source == ByReporter && asked != 0 && i.Consent&asked == 0)
	set(&have, sensitive, m.hidden() != 0)
	return have
}

// hidden is what it holds and the audience may not see.
func (m *matter) hidden() Sensitivity {
	sees := m.relation.sees()
	if said := m.Item.Terms.IEP; said != nil && m.relation != Self {
		if said.Attribution == iep.MustNotAttribute {
			sees &^= Who
		}
		if said.Obfuscate && m.relation != Reporter {
			sees &^= Victim
		}
	}
	return m.Item.Holds &^ sees
}

// profile is by what a copy is redacted: as for its audience, but that an owner sees no victim whom the source wants to have covered up.
func (m *matter) profile() string {
	if said := m.Item.Terms.IEP; said != nil && said.Obfuscate && m.relation == Owner {
		return string(Constituent)
	}
	return string(m.relation)
}

func (m *matter) labelFacts(l lore) (have fact) {
	label, t, to := m.effective, m.Item.Terms, m.To.Organisation
	set(&have, ours, m.Item.Source == "" && t.Feed == "")
	set(&have, marked, label > tlp.Clear)
	set(&have, amber, label >= tlp.Amber)
	set(&have, strict, label == tlp.AmberStrict)
	set(&have, red, label >= tlp.Red)
	set(&have, aboveHandling, label > m.handling && m.relation != Public)
	set(&have, noReceivers, t.Feed != "" && len(t.Receivers) == 0)
	set(&have, notReceiver, t.Feed != "" && !slices.Contains(t.Receivers, string(to.Kind)))
	lets := l.agreements[to.ID]
	set(&have, agreed, lets != nil && lets(m.Item.Kind, label))
	return have
}

func (m *matter) contactFacts() (have fact) {
	c := m.To.Contact
	nobody := m.relation == Public
	set(&have, toNobody, !nobody && (c.ID == "" || m.To.Organisation.ID == ""))
	set(&have, foreignContact, c.Organisation != m.To.Organisation.ID)
	set(&have, legal, c.Purpose == constituency.Legal)
	set(&have, dead, !nobody && !c.Usable())
	set(&have, spoken, c.Channel == constituency.Phone)
	set(&have, keyless, m.trouble != "")
	return have
}

func (m *matter) lookupFacts() (have fact) {
	if m.Item.Kind != lookupKind {
		return 0
	}
	set(&have, lookup, true)
	set(&have, touching, m.To.Chain == string(Active))
	set(&have, papNoLookup, !m.Item.PAP.AllowsLookup())
	set(&have, papNoContact, !m.Item.PAP.AllowsContact())
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
	d.text(contactDigest(m.To.Contact), o.ID, o.Name, string(o.Kind), m.grant.ID, m.trouble, m.To.Order.key())
	d.number(truth(m.To.Contact.Usable()))
	sum := d.sum()
	return hex.EncodeToString(sum[:16])
}

// digest stands for the whole matter: the same digest, the same answer.
func (m *matter) digest() [sha256.Size]byte {
	d, i := newDigest("decision"), m.Item
	receivers := slices.Sorted(slices.Values(i.Terms.Receivers))
	d.text(i.Kind, i.ID, i.Version, i.Owner, i.Terms.Feed, i.Terms.Attribution, m.audience, i.Source, i.Group, string(m.relation), m.profile())
	d.number(uint64(i.Terms.Label), PolicyVersion, uint64(m.month), uint64(m.facts), uint64(m.effective), uint64(i.PAP), uint64(i.Holds), uint64(len(receivers)), uint64(m.handling))
	d.text(receivers...)
	if m.insteadOf != "" {
		d.text(m.insteadOf)
	}
	if m.facts&embargoed != 0 {
		d.number(uint64(m.embargo.UnixMilli())) //nolint:gosec // a time to come
	}
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
	d := Decision{Outcome: r.outcome, Rule: r.name, Reason: r.explain(*m), Policy: PolicyVersion, By: cmp.Or(m.asked, by), At: now}
	if r.outcome == Allowed || r.outcome == AllowedRedacted {
		d.Grant = m.grant.ID
	}
	return m.with(d)
}

// with is a decision as the answer to the matter.
func (m *matter) with(d Decision) Decision {
	d.Item, d.Organisation, d.Contact, d.Audience = m.Item, m.To.Organisation.ID, m.To.Contact.ID, m.audience
	d.To, d.Label, d.Effective = m.relation, m.Item.Terms.Label, m.effective
	d.Allowed, d.InsteadOf = d.Outcome.lets(), m.insteadOf
	if m.facts&sensitive != 0 && m.facts&lookup == 0 && (d.Allowed || d.Outcome == Second) {
		d.Profile = m.profile()
	}
	return d
}

// lets reports whether something goes.
func (o Outcome) lets() bool { return o == Allowed || o == AllowedRedacted }
