package constituency

import (
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// plan is what an import would do to the register as it stands.
type plan struct {
	organisations []Organisation // as they shall be
	networks      []Network
	contacts      []Contact
	changes       []Difference
	rejected      []Rejected
	accepted      int

	now      time.Time
	approver string
	dir      *directory
	byKey    map[string]string // name key -> organisation id
	fresh    map[string]bool   // ids of what the file brings
	guarded  map[string]bool   // ids of organisations whose contacts need a second person
}

func (p *plan) empty() bool { return len(p.changes) == 0 }

// depth is how many organisations are above o when the plan is done.
func (p *plan) depth(o Organisation) int { return len(p.dir.parents(o.ID)) }

// wanted is everything that the good rows say of one organisation.
type wanted struct {
	name      string
	facts     facts
	lines     [len(factNames)]int // which row said it
	networks  []statedNetwork
	contacts  []statedContact
	networkAt map[string]int
	contactAt map[string]int
}

// makePlan compares the entries with the register.
func makePlan(tx *sqldb.Tx, actor identity.Actor, now time.Time, entries []entry, guard func(*sqldb.Tx) (map[string]bool, error)) (*plan, error) {
	dir, err := allOrganisations(tx)
	if err != nil {
		return nil, err
	}
	p := &plan{now: now, approver: actor.Name, dir: dir, byKey: map[string]string{}, fresh: map[string]bool{}}
	for id, o := range dir.byID {
		p.byKey[nameKey(o.Name)] = id
	}
	order, all := p.gather(entries)
	ids := p.planOrganisations(order, all)
	if guard != nil {
		if p.guarded, err = guard(tx); err != nil {
			return nil, err
		}
	}
	held, err := p.holdings(tx, ids)
	if err != nil {
		return nil, err
	}
	for i, key := range order {
		p.planNetworks(ids[i], all[key].networks, held.networks[ids[i]])
		p.planContacts(ids[i], all[key].contacts, held.contacts[ids[i]])
	}
	return p, nil
}

// gather puts together what the rows say, organisation by organisation in the
// file's order, and sets aside those that contradict an earlier one or name an
// impossible parent. Contradictions go first: who stands above whom can only be
// judged when every organisation has one parent.
func (p *plan) gather(entries []entry) (order []string, all map[string]*wanted) {
	order, all, kept := p.agree(entries)
	l := newLineage(kept, p.parentKeys())
	l.settle()
	if len(l.rejected) > 0 {
		p.rejected = append(p.rejected, l.rejected...)
		order, all, kept = p.agree(l.living())
	}
	p.accepted = len(kept)
	return order, all
}

// parentKeys maps the key of each organisation of the register to its parent's.
func (p *plan) parentKeys() map[string]string {
	up := map[string]string{}
	for key, id := range p.byKey {
		up[key] = ""
		if parent := p.dir.byID[id].Parent; parent != "" {
			up[key] = nameKey(p.dir.byID[parent].Name)
		}
	}
	return up
}

// agree joins the rows of each organisation and keeps those that agree with the
// earlier ones.
func (p *plan) agree(entries []entry) (order []string, all map[string]*wanted, kept []entry) {
	all, kept = map[string]*wanted{}, make([]entry, 0, len(entries))
	for _, e := range entries {
		key := nameKey(e.organisation)
		w := all[key]
		if w == nil { // the first row cannot contradict
			w = &wanted{name: e.organisation, networkAt: map[string]int{}, contactAt: map[string]int{}}
			all[key] = w
			order = append(order, key)
		}
		if column, value, err := w.contradiction(e); err != nil {
			p.rejected = append(p.rejected, Rejected{e.line, column, clip(value), err.Error()})
			continue
		}
		w.add(e)
		kept = append(kept, e)
	}
	return order, all, kept
}

// contradiction says what of a row an earlier one denies.
func (w *wanted) contradiction(e entry) (column, value string, err error) {
	for i, value := range e.facts {
		if value != "" && w.facts[i] != "" && !sameFact(i, value, w.facts[i]) {
			return factNames[i], value, fmt.Errorf("line %d says %s %q for the same organisation", w.lines[i], factNames[i], clip(w.facts[i]))
		}
	}
	if n := e.network; n != nil {
		if at, ok := w.networkAt[n.id()]; ok {
			column, value, err = w.networks[at].contradiction(*n)
		}
	}
	if c := e.contact; c != nil && err == nil {
		if at, ok := w.contactAt[c.id()]; ok {
			column, value, err = w.contacts[at].contradiction(*c)
		}
	}
	return column, value, err
}

func (n statedNetwork) contradiction(m statedNetwork) (column, value string, err error) {
	differ := func(a, b *time.Time) bool { return a != nil && b != nil && !a.Equal(*b) }
	switch {
	case differ(n.from, m.from):
		return "from", m.from.Format(time.RFC3339), fmt.Errorf("line %d says %s for the same network", n.line, n.from.Format(time.RFC3339))
	case differ(n.until, m.until):
		return "until", m.until.Format(time.RFC3339), fmt.Errorf("line %d says %s for the same network", n.line, n.until.Format(time.RFC3339))
	case n.merge(m).backwards():
		return "network", m.value, fmt.Errorf("with what line %d says, %w", n.line, errBackwards)
	}
	return "", "", nil
}

func (c statedContact) contradiction(d statedContact) (column, value string, err error) {
	switch {
	case c.language != "" && d.language != "" && c.language != d.language:
		return "language", d.language, fmt.Errorf("an earlier line says %q for the same contact", c.language)
	case c.health != "" && d.health != "" && c.health != d.health:
		return "health", string(d.health), fmt.Errorf("an earlier line says %q for the same contact", c.health)
	case c.key != nil && d.key != nil && c.key.Fingerprint != d.key.Fingerprint:
		return "key", d.key.Fingerprint, fmt.Errorf("an earlier line gives the key %s for the same contact", c.key.Fingerprint)
	case c.encryption != nil && d.encryption != nil && *c.encryption != *d.encryption:
		return "encryption", encryptionWord(*d.encryption), fmt.Errorf("an earlier line says %q for the same contact", encryptionWord(*c.encryption))
	}
	return "", "", nil
}

// add takes in a row that contradicts nothing.
func (w *wanted) add(e entry) {
	for i, value := range e.facts {
		if value != "" && w.facts[i] == "" {
			w.facts[i], w.lines[i] = value, e.line
		}
	}
	if n := e.network; n != nil {
		merge(&w.networks, w.networkAt, *n, n.id(), statedNetwork.merge)
	}
	if c := e.contact; c != nil {
		merge(&w.contacts, w.contactAt, *c, c.id(), statedContact.merge)
	}
}

func sameFact(i int, a, b string) bool {
	return a == b || i == factParent && nameKey(a) == nameKey(b)
}

// merge adds v to the list, or into the one of the same identity.
func merge[T any](list *[]T, at map[string]int, v T, id string, join func(T, T) T) {
	i, ok := at[id]
	if !ok {
		at[id] = len(*list)
		*list = append(*list, v)
		return
	}
	(*list)[i] = join((*list)[i], v)
}

func (n statedNetwork) merge(m statedNetwork) statedNetwork {
	if n.from == nil {
		n.from = m.from
	}
	if n.until == nil {
		n.until = m.until
	}
	return n
}

func (c statedContact) merge(d statedContact) statedContact {
	if c.language == "" {
		c.language = d.language
	}
	if c.key == nil {
		c.key = d.key
	}
	if c.health == "" {
		c.health = d.health
	}
	if c.encryption == nil {
		c.encryption = d.encryption
	}
	return c
}

// planOrganisations returns the id of each organisation in order.
func (p *plan) planOrganisations(order []string, all map[string]*wanted) []string {
	ids := make([]string, len(order))
	for i, key := range order {
		if ids[i] = p.byKey[key]; ids[i] == "" {
			o := Organisation{ID: id.New(), Name: all[key].name, Kind: Constituent, Version: 1, Created: p.now, Updated: p.now}
			ids[i], p.byKey[key], p.fresh[o.ID] = o.ID, o.ID, true
			p.dir.byID[o.ID] = o
		}
	}
	for i, key := range order {
		p.planOrganisation(ids[i], all[key].facts)
	}
	return ids
}

func (p *plan) planOrganisation(id string, said facts) {
	before := p.dir.byID[id]
	after := before
	parent := ""
	set := [...]struct {
		name string
		old  string
		set  func(v string)
	}{
		factKind:        {"kind", string(before.Kind), func(v string) { after.Kind = Kind(v) }},
		factSector:      {"sector", string(before.Sector), func(v string) { after.Sector = Sector(v) }},
		factCountry:     {"country", string(before.Country), func(v string) { after.Country = Country(v) }},
		factParent:      {"parent", p.dir.byID[before.Parent].Name, func(v string) { parent = p.byKey[nameKey(v)]; after.Parent = parent }},
		factCriticality: {"criticality", string(before.Criticality), func(v string) { after.Criticality = Criticality(v) }},
	}
	var details []string
	for i, f := range set {
		if said[i] == "" || sameFact(i, said[i], f.old) {
			continue
		}
		f.set(said[i])
		details = append(details, detail(f.name, f.old, said[i], p.fresh[id]))
	}
	op := "change"
	if p.fresh[id] {
		op = "add"
	} else if len(details) == 0 {
		return
	}
	after.Updated = p.now
	p.dir.byID[id] = after
	p.organisations = append(p.organisations, after)
	p.changes = append(p.changes, Difference{op, "organisation", after.Name, "", strings.Join(details, ", ")})
}

func detail(name, old, new string, fresh bool) string {
	if fresh || old == "" {
		return name + " " + new
	}
	return fmt.Sprintf("%s %s, was %s", name, new, old)
}

func (p *plan) planNetworks(org string, said []statedNetwork, held map[string]Network) {
	for _, s := range said {
		n, exists := held[s.id()]
		before := n
		if !exists {
			n = Network{ID: id.New(), Organisation: org, Rule: s.rule, Value: s.value, Version: 1}
			p.fresh[n.ID] = true
		}
		if s.from != nil {
			n.From = *s.from
		}
		if s.until != nil {
			n.Until = *s.until
		}
		if !n.Until.IsZero() && !n.From.Before(n.Until) {
			p.setAside(s.line, s.value, validity(n))
			continue
		}
		if exists && n == before && n.Approved() {
			continue
		}
		op, what := "add", validity(n)
		if exists {
			op, what = "change", networkDetail(before, n)
		}
		if !n.Approved() {
			n.ApprovedBy, n.ApprovedAt = p.approver, p.now
		}
		p.networks = append(p.networks, n)
		p.changes = append(p.changes, Difference{op, "network", p.dir.byID[org].Name, n.Value, what})
	}
}

// setAside takes back the row of a network whose validity would never hold.
func (p *plan) setAside(line int, value, validity string) {
	p.accepted--
	p.rejected = append(p.rejected, Rejected{line, "network", value, fmt.Sprintf("with what the register says, %s (%s)", errBackwards, validity)})
}

func networkDetail(before, after Network) string {
	var details []string
	if before != after {
		details = append(details, "validity "+validity(after))
	}
	if !before.Approved() {
		details = append(details, "approved")
	}
	return strings.Join(details, ", ")
}

// validity says a network's validity in words, "" if it has no ends.
func validity(n Network) string {
	var parts []string
	if !n.From.IsZero() {
		parts = append(parts, "from "+n.From.Format(time.RFC3339))
	}
	if !n.Until.IsZero() {
		parts = append(parts, "until "+n.Until.Format(time.RFC3339))
	}
	return strings.Join(parts, " ")
}

func (p *plan) planContacts(org string, said []statedContact, held map[string]Contact) {
	for _, s := range said {
		c, exists := held[s.id()]
		before := c
		if !exists {
			c = Contact{ID: id.New(), Organisation: org, Channel: s.channel, Address: s.address, Purpose: s.purpose, Health: Unknown, Version: 1}
			p.fresh[c.ID] = true
		}
		if s.language != "" {
			c.Language = s.language
		}
		if s.key != nil {
			c.Key, c.KeyFingerprint, c.KeyExpires = s.key.Armoured, s.key.Fingerprint, s.key.Expires
		}
		if s.health != "" {
			c.Health = s.health
		}
		if s.encryption != nil {
			c.Encryption = *s.encryption
		}
		if p.guarded[org] && !sameChannel(before, c) {
			p.accepted--
			p.rejected = append(p.rejected, Rejected{s.line, "contact", withoutPassword(s.address), secondPerson})
			continue
		}
		if exists && c == before {
			continue
		}
		op := "add"
		if exists {
			op = "change"
		}
		p.contacts = append(p.contacts, c)
		p.changes = append(p.changes, Difference{op, "contact", p.dir.byID[org].Name, c.Address, contactDetail(before, c)})
	}
}

func contactDetail(before, after Contact) string {
	details := []string{string(after.Purpose)}
	if before.Language != after.Language {
		details = append(details, "language "+after.Language)
	}
	if before.KeyFingerprint != after.KeyFingerprint {
		details = append(details, "key "+after.KeyFingerprint)
	}
	if before.Encryption != after.Encryption {
		details = append(details, "encryption "+encryptionWord(after.Encryption))
	}
	if before.Health != after.Health && before.Health != "" {
		details = append(details, fmt.Sprintf("health %s, was %s", after.Health, before.Health))
	}
	return strings.Join(details, ", ")
}

// holdings is what the organisations of a file have already.
type holdings struct {
	networks map[string]map[string]Network
	contacts map[string]map[string]Contact
}

// fewOrganisations is up to how many organisations are asked for one by one;
// beyond, one pass over the tables is cheaper.
const fewOrganisations = 500

func (p *plan) holdings(tx *sqldb.Tx, ids []string) (*holdings, error) {
	h := &holdings{networks: map[string]map[string]Network{}, contacts: map[string]map[string]Contact{}}
	var existing []string
	for _, id := range ids {
		if !p.fresh[id] {
			existing = append(existing, id)
			h.networks[id], h.contacts[id] = map[string]Network{}, map[string]Contact{}
		}
	}
	if len(existing) > fewOrganisations {
		if err := eachNetwork(tx, h.network); err != nil {
			return h, err
		}
		return h, eachContact(tx, h.contact)
	}
	for _, id := range existing {
		networks, err := networksOf(tx, id)
		if err != nil {
			return h, err
		}
		contacts, err := contactsOf(tx, id)
		if err != nil {
			return h, err
		}
		for _, n := range networks {
			_ = h.network(n)
		}
		for _, c := range contacts {
			_ = h.contact(c)
		}
	}
	return h, nil
}

func (h *holdings) network(n Network) error {
	if mine, ok := h.networks[n.Organisation]; ok {
		mine[string(n.Rule)+" "+n.Value] = n
	}
	return nil
}

func (h *holdings) contact(c Contact) error {
	if mine, ok := h.contacts[c.Organisation]; ok {
		mine[string(c.Channel)+" "+c.Address+" "+string(c.Purpose)] = c
	}
	return nil
}
