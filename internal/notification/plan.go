package notification

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
)

// bundle is one message to be: what one recipient would be told in one go, or what is held back from it for one reason.
type bundle struct {
	Message
	party   *party
	to      *recipient // nil when nobody can be told
	shown   uint64     // bits of the sources that the message may show
	sources uint64     // bits of everything in it
	urgent  bool       // holds a class that is told at once
	told    bool       // some of it was told before
	waits   map[approved]string
	without map[approved]string // feeds of it that nobody approved yet: it goes, and leaves out what they showed
	classes map[string]*amount
	only    map[string]bool // of a copy: ids of the findings that it may tell of; nil: all
	listed  bool            // of a copy: it stands in a plan, and is not sent from there
	task    string          // kind of the task that a person has to do before it can go; "" when waiting helps, or approving
}

// amount is how much of a class is in a bundle.
type amount struct{ findings, events int64 }

// slot tells which due findings stand together: those that go, those that wait, and those that are held for the same reason.
type slot struct {
	waits bool
	held  string
	task  string
}

// The kinds of tasks that planning raises.
const (
	taskNoContact = "no-contact"
	taskRefused   = "not-released"
)

// plan makes messages of what is due: those that go first, in the order in which they would go.
func (f *facts) plan() []*bundle {
	groups := map[string][]due{}
	for _, d := range f.due {
		groups[d.organisation] = append(groups[d.organisation], d)
	}
	var all []*bundle
	for id, group := range groups {
		p := f.parties[id]
		if len(p.recipients) == 0 {
			all = append(all, f.unreachable(p, group))
		}
		var own []*bundle
		for _, r := range p.recipients {
			own = append(own, f.forRecipient(p, r, group)...)
		}
		f.weighAll(own)
		all = append(all, own...)
	}
	for _, b := range all {
		b.finish(f)
	}
	slices.SortFunc(all, byTurn)
	f.cap(all)
	return all
}

// byTurn puts what goes first, what is urgent before the rest, and else keeps organisations together.
func byTurn(a, b *bundle) int {
	return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.Organisation, b.Organisation), cmp.Compare(a.To, b.To), cmp.Compare(a.Contact, b.Contact), cmp.Compare(a.Held, b.Held))
}

func (b *bundle) rank() int {
	switch {
	case b.Goes() && b.urgent:
		return 3
	case b.Goes():
		return 2
	case b.Held == "":
		return 1
	}
	return 0
}

func newBundle(p *party, r *recipient, s slot) *bundle {
	b := &bundle{party: p, to: r, task: s.task, waits: map[approved]string{}, without: map[approved]string{}, classes: map[string]*amount{}}
	b.Organisation, b.OrganisationID, b.Held = p.name, p.id, s.held
	b.Channel = ChannelQueue
	if r != nil {
		b.Channel, b.To, b.Contact, b.Chain = string(r.contact.Channel), r.contact.Address, r.contact.ID, r.chain
	}
	return b
}

func (b *bundle) add(d due, shown uint64) {
	a := b.classes[d.class]
	if a == nil {
		a = &amount{}
		b.classes[d.class] = a
	}
	a.findings += d.findings
	a.events += d.events
	b.Findings += d.findings
	b.Events += d.events
	b.shown |= shown
	b.sources |= d.sources
	b.told = b.told || d.told
}

// unreachable is the message that nobody can be sent.
func (f *facts) unreachable(p *party, group []due) *bundle {
	b := newBundle(p, nil, slot{held: cmp.Or(p.none, "nobody can be told"), task: taskNoContact})
	for _, d := range group {
		b.add(d, d.sources)
		maps.Copy(b.waits, f.unapproved(p, d, d.sources))
	}
	return b
}

// forRecipient makes the messages of one recipient.
func (f *facts) forRecipient(p *party, r *recipient, group []due) []*bundle {
	slots := map[slot]*bundle{}
	for _, d := range group {
		s, shown, waits := f.judge(p, r, d)
		b := slots[s]
		if b == nil {
			b = newBundle(p, r, s)
			slots[s] = b
		}
		b.add(d, shown)
		b.urgent = b.urgent || f.rules.of(p.name, d.class) == atOnce
		maps.Copy(b.without, f.strange(d.sources&r.allowed()))
		maps.Copy(b.waits, waits)
	}
	return slices.Collect(maps.Values(slots))
}

// judge tells in which message findings belong, which of their sources it may show, and what of them nobody approved yet.
func (f *facts) judge(p *party, r *recipient, d due) (s slot, shown uint64, waits map[approved]string) {
	allowed := d.sources & r.allowed()
	if allowed == 0 {
		return slot{held: r.refusal(d.sources), task: taskRefused}, 0, f.unapproved(p, d, d.sources)
	}
	if waits = f.unapproved(p, d, allowed); len(waits) > 0 {
		return slot{waits: true}, allowed, waits
	}
	shown = allowed & f.known()
	every := f.rules.of(p.name, d.class)
	return slot{held: f.rules.waitsFor(every, f.told[topic{d.organisation, d.class}], f.now)}, shown, nil
}

// unapproved is what a person has not approved yet: none of the feeds, the organisation, the class.
func (f *facts) unapproved(p *party, d due, sources uint64) map[approved]string {
	waits := map[approved]string{}
	if sources&f.known() == 0 {
		waits = f.strange(sources)
	}
	for a, name := range map[approved]string{{ApprovedOrganisation, p.id}: p.name, {ApprovedClass, d.class}: d.class} {
		if !f.approvals[a] {
			waits[a] = name
		}
	}
	return waits
}

// strange is the feeds among sources that nobody approved yet.
func (f *facts) strange(sources uint64) map[approved]string {
	feeds := map[approved]string{}
	for _, feed := range f.feedsOf(sources &^ f.known()) {
		feeds[approved{ApprovedFeed, feed}] = feed
	}
	return feeds
}

// fewFindings is an amount that is never odd.
const fewFindings = 20

// weighAll weighs the messages about one organisation that would go. If one is held they all are: a finding of which one contact was told is
// due for none, so the others would never hear of it.
func (f *facts) weighAll(own []*bundle) {
	var odd *bundle
	for _, b := range own {
		if b.ready() {
			f.weigh(b)
		}
		if len(b.waits) > 0 && b.onlyAmount() && (odd == nil || b.Contact < odd.Contact) {
			odd = b
		}
	}
	for _, b := range own {
		if odd != nil && b.ready() {
			b.Held = odd.Held
			maps.Copy(b.waits, odd.waits)
		}
	}
}

// ready tells that a message neither waits nor is held so far.
func (b *bundle) ready() bool { return b.to != nil && len(b.waits) == 0 && b.Held == "" }

// weigh holds a message that is much larger than its recipient's messages are, or too large for one run, until a person approves that.
func (f *facts) weigh(b *bundle) {
	amount := approved{ApprovedAmount, b.OrganisationID + "/" + f.rules.day(f.now)}
	if f.approvals[amount] {
		return
	}
	usual := median(f.usual[pair{b.OrganisationID, b.Contact}])
	switch parts := (b.Events + f.rules.partEvents - 1) / f.rules.partEvents; {
	case usual > 0 && b.Findings >= fewFindings && b.Findings > f.rules.odd*usual:
		b.Held = fmt.Sprintf("%d findings, where %d are usual: a person has to look at it, and approve it for today", b.Findings, usual)
	case parts > f.rules.maxParts:
		b.Held = fmt.Sprintf("about %d parts, where %d are allowed: a person has to look at it, and approve it for today", parts, f.rules.maxParts)
	default:
		return
	}
	b.waits[amount] = fmt.Sprintf("%s on %s: %d findings", b.Organisation, f.rules.day(f.now), b.Findings)
}

func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return max(sorted[len(sorted)/2], 1)
}

// cap holds what goes beyond the messages of one run. The messages about one organisation go together or wait together.
func (f *facts) cap(all []*bundle) {
	count := map[string]int{}
	for _, b := range all {
		if b.Goes() {
			count[b.OrganisationID]++
		}
	}
	taken, sum := map[string]bool{}, 0
	for _, b := range all {
		if !b.Goes() || taken[b.OrganisationID] {
			continue
		}
		if n := count[b.OrganisationID]; sum+n <= f.rules.maxMessages || sum == 0 {
			taken[b.OrganisationID] = true
			sum += n
			continue
		}
		b.Held = fmt.Sprintf("this run's %d messages are full: it goes with the next run", f.rules.maxMessages)
	}
}

// finish writes what people read of a bundle.
func (b *bundle) finish(f *facts) {
	for a, name := range b.wanted() {
		b.Waits = append(b.Waits, a.kind+" "+name)
	}
	slices.Sort(b.Waits)
	b.Approved = len(b.waits) == 0 || b.onlyAmount()
	b.Classes = slices.Sorted(maps.Keys(b.classes))
	b.Feeds = f.feedsOf(b.sources)
	switch {
	case b.to == nil && !b.listed:
		b.Advice = b.party.advice()
	case b.shown != 0:
		b.Label = b.label().String()
	}
}

// wanted is all that a person could approve of a bundle: what it waits for, and what it goes without.
func (b *bundle) wanted() map[approved]string {
	all := maps.Clone(b.waits)
	maps.Copy(all, b.without)
	return all
}

// onlyAmount tells that nothing is new to the team but the amount.
func (b *bundle) onlyAmount() bool {
	for a := range b.waits {
		if a.kind != ApprovedAmount {
			return false
		}
	}
	return true
}

func (b *bundle) label() tlp.Label { return b.to.strictest(b.shown) }

// advice says what a person can do about an organisation that cannot be told.
func (p *party) advice() string {
	if p.next == "" {
		return "Find a contact, and add it to the register: firehall constituency import."
	}
	return fmt.Sprintf("Find a contact; or, if %s may be told: firehall release grant --about %s --to %s --reason ...", p.next, quoted(p.name), quoted(p.next))
}

// quoted writes a name as a shell takes it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
