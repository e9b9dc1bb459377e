package constituency

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Severity says how bad a finding of Check is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // somebody will not be told, or the wrong one
	Warning Severity = "warning" // will become an error, or hides one
	Info    Severity = "info"    // perhaps as it should be; worth a look
)

// Finding is one thing that Check found. (A finding about an asset of a
// constituent is another thing, in event/finding.)
type Finding struct {
	Severity     Severity `json:"severity"`
	Code         string   `json:"code"` // stable, for scripts: overlap, nested, no-contact, key-expired, ...
	Organisation string   `json:"organisation"`
	Value        string   `json:"value,omitempty"`
	Message      string   `json:"message"` // what is wrong and what to do

	OrganisationID string `json:"organisation_id"`
}

// CheckOptions tune Check.
type CheckOptions struct {
	KeyWarning time.Duration // how long before its end a key is reported: 30 days if zero
}

// mostNested bounds how many nested networks are listed.
const mostNested = 10_000

// Check looks the register over: claims that collide, organisations that nobody
// can reach, keys at their end, networks out of validity or never approved,
// cycles of parents. The worst first, then by organisation.
func (r *Register) Check(ctx context.Context, actor identity.Actor, opts CheckOptions) ([]Finding, error) {
	if err := actor.Authorise(OpCheck, "register"); err != nil {
		return nil, err
	}
	if opts.KeyWarning == 0 {
		opts.KeyWarning = 30 * 24 * time.Hour
	}
	c := &check{now: r.opts.Clock.Now(), opts: opts, reachable: map[string]bool{}, owns: map[string]bool{}, domains: map[string]string{}}
	err := r.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if c.dir, err = allOrganisations(tx); err != nil {
			return err
		}
		if err := eachContact(tx, c.contact); err != nil {
			return err
		}
		return eachNetwork(tx, c.network)
	})
	if err != nil {
		return nil, err
	}
	c.same(nil)
	c.nestedPrefixes()
	c.nestedDomains()
	c.organisations()
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.Organisation, b.Organisation),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Value, b.Value))
	})
	return c.found, nil
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Info}, s) }

// check collects findings in passes over the register.
type check struct {
	now       time.Time
	opts      CheckOptions
	dir       *directory
	found     []Finding
	reachable map[string]bool // organisations with a contact that can be used
	owns      map[string]bool // organisations with a network in force
	pending   []Network       // in force, of the same rule and value
	prefixes  []ownedPrefix
	domains   map[string]string // domain -> owner
}

type ownedPrefix struct {
	prefix netip.Prefix
	owner  string
}

func (c *check) add(s Severity, code, organisation, value, format string, args ...any) {
	c.found = append(c.found, Finding{s, code, c.dir.byID[organisation].Name, value, fmt.Sprintf(format, args...), organisation})
}

func (c *check) contact(k Contact) error {
	if len(mustChoose(k, c.now)) > 0 {
		c.reachable[k.Organisation] = true
	}
	switch k.Health {
	case Bad:
		c.add(Warning, "contact-bad", k.Organisation, k.Address, "the contact no longer works: ask the organisation for another")
	case Doubtful:
		c.add(Info, "contact-doubtful", k.Organisation, k.Address, "messages to the contact have failed lately")
	}
	c.key(k)
	return nil
}

// key looks at whether something can be encrypted to a contact, now and soon.
func (c *check) key(k Contact) {
	expired := !k.KeyExpires.IsZero() && !c.now.Before(k.KeyExpires)
	if k.Key == "" && k.Encryption != EncryptionRequired {
		return
	}
	unusable := KeyUsable(k.Key, c.now)
	if unusable != nil && k.Encryption == EncryptionRequired {
		c.add(Error, "encryption-without-key", k.Organisation, k.Address, "nothing may go to it unencrypted, so its messages are held: %v", unusable)
	}
	switch {
	case expired:
		c.add(Error, "key-expired", k.Organisation, k.Address, "the key expired on %s: ask for the new one", k.KeyExpires.Format(time.DateOnly))
	case unusable != nil && k.Key != "":
		c.add(Warning, "key-cannot-encrypt", k.Organisation, k.Address, "messages to it go unencrypted, or not at all: %v", unusable)
	case !k.KeyExpires.IsZero() && c.now.Add(c.opts.KeyWarning).After(k.KeyExpires):
		c.add(Warning, "key-expiring", k.Organisation, k.Address, "the key expires on %s: ask for the new one", k.KeyExpires.Format(time.DateOnly))
	}
}

// mustChoose returns the contact if it alone would do.
func mustChoose(k Contact, now time.Time) []Contact {
	chosen, _ := choose([]Contact{k}, now)
	return chosen
}

// network takes the networks in the order of (rule, value).
func (c *check) network(n Network) error {
	switch {
	case !n.Approved():
		c.add(Warning, "network-unapproved", n.Organisation, n.Value, "nobody has approved the network, so it matches nothing")
		return nil
	case c.now.Before(n.From):
		c.add(Info, "network-future", n.Organisation, n.Value, "the network begins on %s", n.From.Format(time.DateOnly))
		return nil
	case !n.ValidAt(c.now):
		c.add(Warning, "network-ended", n.Organisation, n.Value, "the network ended on %s: renew or remove it", n.Until.Format(time.DateOnly))
		return nil
	}
	c.owns[n.Organisation] = true
	c.same(&n)
	return nil
}

// same reports the networks of one value that several organisations claim, when
// the next value (or nil, the end) comes, and keeps the winners.
func (c *check) same(next *Network) {
	if len(c.pending) > 0 && (next == nil || next.Rule != c.pending[0].Rule || next.Value != c.pending[0].Value) {
		winner := c.dir.claim(c.pending[0])
		for _, n := range c.pending[1:] {
			if other := c.dir.claim(n); other.before(winner) {
				winner = other
			}
		}
		c.keep(winner)
		c.overlap(winner)
		c.pending = c.pending[:0]
	}
	if next != nil {
		c.pending = append(c.pending, *next)
	}
}

func (c *check) keep(winner claim) {
	n := winner.network
	switch n.Rule {
	case ByPrefix:
		c.prefixes = append(c.prefixes, ownedPrefix{n.Prefix(), n.Organisation})
	case ByDomain:
		c.domains[n.Value] = n.Organisation
	}
}

func (c *check) overlap(winner claim) {
	if len(c.pending) < 2 {
		return
	}
	for _, n := range c.pending {
		if n.ID != winner.network.ID {
			loser := c.dir.claim(n)
			c.add(Warning, "overlap", n.Organisation, n.Value, "%s claims the same %s and is told instead: %s", winner.name, n.Rule, lostBecause(winner, loser))
		}
	}
}

// nestedPrefixes sweeps the prefixes in order with a stack of those around.
func (c *check) nestedPrefixes() {
	slices.SortFunc(c.prefixes, func(a, b ownedPrefix) int { return a.prefix.Compare(b.prefix) })
	var around []ownedPrefix
	listed := 0
	for _, p := range c.prefixes {
		for len(around) > 0 && !around[len(around)-1].prefix.Contains(p.prefix.Addr()) {
			around = around[:len(around)-1]
		}
		if len(around) > 0 && listed < mostNested && c.nested(p.owner, around[len(around)-1].owner, p.prefix.String(), around[len(around)-1].prefix.String()) {
			listed++
		}
		around = append(around, p)
	}
}

func (c *check) nestedDomains() {
	listed := 0
	for name, owner := range c.domains {
		_, parent, _ := strings.Cut(name, ".")
		for above := range suffixes(parent) {
			if outer, ok := c.domains[above]; ok {
				if listed < mostNested && c.nested(owner, outer, name, above) {
					listed++
				}
				break
			}
		}
	}
}

// nested reports a network inside another's, unless that is how it should be:
// the same organisation or family, or a customer inside a provider.
func (c *check) nested(inner, outer, value, around string) bool {
	if inner == outer || c.dir.byID[outer].Kind == Provider || c.related(inner, outer) || c.related(outer, inner) {
		return false
	}
	c.add(Info, "nested", inner, value, "it lies inside %s of %s, who is not told about it", around, c.dir.byID[outer].Name)
	return true
}

func (c *check) related(child, parent string) bool {
	return slices.ContainsFunc(c.dir.parents(child), func(o Organisation) bool { return o.ID == parent })
}

func (c *check) organisations() {
	for id := range c.dir.byID {
		if c.cyclic(id) {
			c.add(Error, "parent-cycle", id, "", "its parents run in a circle, or more than %d deep", maxDepth)
		}
		if c.reachable[id] {
			continue
		}
		if up := c.reachableParent(id); up != "" {
			c.add(Info, "contact-inherited", id, "", "it has no contact that can be used: %s, above it, is told instead", up)
			continue
		}
		severity := Warning
		if c.owns[id] {
			severity = Error
		}
		c.add(severity, "no-contact", id, "", "neither it nor an organisation above it has a contact that can be used: add one")
	}
}

func (c *check) reachableParent(id string) string {
	for _, o := range c.dir.parents(id) {
		if c.reachable[o.ID] {
			return o.Name
		}
	}
	return ""
}

func (c *check) cyclic(id string) bool {
	up := c.dir.parents(id)
	return len(up) == maxDepth && up[maxDepth-1].Parent != ""
}
