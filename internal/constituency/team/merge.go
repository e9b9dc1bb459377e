package team

import (
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
)

// factColumns are the facts of an entry that a file may speak of.
var factColumns = []string{
	"full_name", "host", "serves", "national", "sectors", "hours", "zone", "languages", "handling", "memberships", "policy", "website", "direct", "public", "source_id",
}

// fact is a fact of an entry as text.
func (t Team) fact(name string) string {
	switch name {
	case "full_name":
		return t.FullName
	case "host":
		return t.Host
	case "serves":
		return t.Serves
	case "national":
		return yesNo(t.National)
	case "sectors":
		return joined(t.Sectors, " ")
	case "hours":
		return t.Hours
	case "zone":
		return t.Zone
	case "languages":
		return joined(t.Languages, " ")
	}
	return t.factToo(name)
}

func (t Team) factToo(name string) string {
	switch name {
	case "handling":
		return t.Handling.Short()
	case "memberships":
		return joined(t.Memberships, " ")
	case "policy":
		return t.Policy
	case "website":
		return t.Website
	case "direct":
		return yesNo(t.Direct)
	case "public":
		return joined(t.Public, " ")
	}
	return t.SourceID
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// take copies a fact of another entry.
func (t *Team) take(name string, from Team) {
	switch name {
	case "full_name":
		t.FullName = from.FullName
	case "host":
		t.Host = from.Host
	case "serves":
		t.Serves = from.Serves
	case "national":
		t.National = from.National
	case "sectors":
		t.Sectors = from.Sectors
	case "hours":
		t.Hours = from.Hours
	case "zone":
		t.Zone = from.Zone
	case "languages":
		t.Languages = from.Languages
	default:
		t.takeToo(name, from)
	}
}

func (t *Team) takeToo(name string, from Team) {
	switch name {
	case "handling":
		t.Handling = from.Handling
	case "memberships": // a directory speaks for itself only
		t.Memberships = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(t.Memberships), from.Memberships...))))
		if from.Source == FromCSV {
			t.Memberships = from.Memberships
		}
	case "policy":
		t.Policy = from.Policy
	case "website":
		t.Website = from.Website
	case "direct":
		t.Direct = from.Direct
	case "public":
		t.Public = from.Public
	case "source_id":
		if t.SourceID == "" || t.Source == from.Source {
			t.SourceID, t.Source = from.SourceID, from.Source
		}
	}
}

// merge takes over what a file says of a team that is known, and tells what that changes.
func merge(before Team, r record) (after Team, details string) {
	after = before
	var changed []string
	for _, fact := range factColumns {
		if !r.says[fact] {
			continue
		}
		after.take(fact, r.team)
		if now, was := after.fact(fact), before.fact(fact); now != was {
			changed = append(changed, fact+" "+strconv.Quote(clip(now))+", was "+strconv.Quote(clip(was)))
		}
	}
	return after, strings.Join(changed, "; ")
}

// contacts adds the contacts of a team that has none, and proposes what is new for one that has.
func (m *merger) contacts(o constituency.Organisation, r record) error {
	have, err := constituency.ContactsIn(m.tx, o.ID)
	if err != nil {
		return err
	}
	for _, c := range r.contacts {
		c.Organisation = o.ID
		if len(have) > 0 {
			if err := m.propose(o, have, c); err != nil {
				return err
			}
			continue
		}
		added, err := constituency.AddContactIn(m.tx, m.now, c)
		if err != nil {
			return err
		}
		m.change(Difference{Op: "add", What: "contact", Team: o.Name, Value: c.Address, Detail: string(c.Purpose)})
		if err := m.actor.Audit(m.tx, m.now, constituency.OpChange, o.ID, nil, added); err != nil {
			return err
		}
	}
	return nil
}

// propose asks a second person about a contact that is not there, or has another key there.
func (m *merger) propose(o constituency.Organisation, have []constituency.Contact, c constituency.Contact) error {
	p := Proposal{Organisation: o.ID, Body: &c, Reason: "import from " + string(m.report.Source)}
	i := slices.IndexFunc(have, func(h constituency.Contact) bool {
		return h.Channel == c.Channel && h.Address == c.Address && (h.Purpose == c.Purpose || c.Channel == constituency.Mail)
	})
	if i >= 0 {
		if c.KeyFingerprint == "" || c.KeyFingerprint == have[i].KeyFingerprint {
			return nil
		}
		with := have[i]
		with.Key, with.KeyFingerprint, with.KeyExpires = c.Key, c.KeyFingerprint, c.KeyExpires
		p.Contact, p.Seen, p.Body = have[i].ID, have[i].Version, &with
	}
	if m.open[p.sameAs()] {
		return nil
	}
	m.open[p.sameAs()] = true
	m.change(Difference{Op: "propose", What: "contact", Team: o.Name, Value: c.Address, Detail: "a second person decides"})
	if m.o.DryRun {
		return nil
	}
	return m.s.open(m.ctx, m.tx, m.actor, m.now, p)
}

// sameAs is what makes two proposals ask for the same.
func (p Proposal) sameAs() string {
	if p.Body == nil {
		return p.Organisation + " " + p.Contact + " remove"
	}
	return strings.Join([]string{p.Organisation, p.Contact, p.Body.Address, string(p.Body.Purpose), p.Body.KeyFingerprint}, " ")
}

// networks claims those of a team that the register does not have.
func (m *merger) networks(o constituency.Organisation, r record) error {
	have, err := constituency.NetworksIn(m.tx, o.ID)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, n := range have {
		known[n.Value] = true
	}
	for _, value := range r.networks {
		if known[value] {
			continue
		}
		n, err := constituency.ClaimIn(m.tx, m.now, o.ID, value)
		if err != nil {
			return err
		}
		d := Difference{Op: "claim", What: "network", Team: o.Name, Value: value, Detail: "a person approves it before it counts"}
		approve, err := m.mayApprove(n, &d)
		if err != nil {
			return err
		}
		if approve {
			if _, n, err = constituency.ApproveIn(m.tx, m.now, m.actor.Name, n.ID); err != nil {
				return err
			}
			d.Op, d.Detail = "approve", "by "+m.actor.Name
		}
		m.change(d)
		if err := m.actor.Audit(m.tx, m.now, constituency.OpChange, o.ID, nil, n); err != nil {
			return err
		}
	}
	return nil
}

// mayApprove tells whether a claim is approved with its file. What covers ours is not: a person looks at it by itself.
func (m *merger) mayApprove(claim constituency.Network, d *Difference) (bool, error) {
	if !m.o.Approve {
		return false, nil
	}
	o, err := m.s.overlap(m.tx, claim)
	if o.Any() {
		d.Detail = o.String() + ": a person approves it by itself"
	}
	return !o.Any(), err
}

func place(line int) string { return "line " + strconv.Itoa(line) }
