package triage

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/warninglist"
)

// The roles in which a report can concern an organisation, the surest first.
const (
	RoleAffected = "affected" // the reporter said so
	RoleSource   = "source"   // a machine's report names it as where it came from
	RoleNamed    = "named"    // it stands in the text
	RoleReporter = "reporter" // it told us
)

var roles = []string{RoleAffected, RoleSource, RoleNamed, RoleReporter}

// concerned is whom a report is about, and what that says about its place in the queue.
type concerned struct {
	list         []Concern
	essential    string // name of an essential entity that it hits, "" for none
	reporter     string // name of the reporter's organisation, if we know that it is they
	reporterKind constituency.Kind
}

// mostConcerned is how many organisations a report may concern; one that names more is a list, and goes to a person.
const mostConcerned = 50

// concern finds the organisations that own what a report names.
func (t *Triage) concern(ctx context.Context, r Report, found []indicator.Indicator) (concerned, error) {
	m := t.o.Register.Matcher()
	g := gathering{}
	affected := values(r.Answers.Affected)
	for _, in := range found {
		if len(warninglist.Speak(in.Listed, warninglist.Act)) > 0 && !registered(m, in) {
			continue
		}
		slot, addressed := match(m, in)
		if slot == 0 {
			continue
		}
		role := RoleNamed
		switch {
		case affected[in.Value]:
			role = RoleAffected
		case r.Machine != nil:
			role = RoleSource
		}
		g.add(m.Target(slot).Organisation, role, Reason{"concerned", "concerned." + addressed, []string{in.Value, m.Target(slot).Value}}, in.Value)
	}
	t.reporterOf(m, r, g)
	if err := t.named(ctx, r, g); err != nil {
		return concerned{}, err
	}
	return t.weigh(ctx, r, g)
}

// registered lets a value of a warning list through that somebody of the register owns by name, such as a documentation network in an
// exercise. A public resolver stands in reports that are about others.
func registered(m *constituency.Matcher, in indicator.Indicator) bool {
	slot, _ := match(m, in)
	return slot != 0 && !slices.Contains(in.Listed, string(warninglist.PublicDNS)) && !slices.Contains(in.Listed, string(warninglist.Shared))
}

// match finds the owner of an indicator, and by what it was found.
func match(m *constituency.Matcher, in indicator.Indicator) (constituency.Slot, string) {
	switch in.Kind {
	case indicator.IP:
		if a, err := netip.ParseAddr(in.Value); err == nil {
			return m.Addr(a), "address"
		}
	case indicator.CIDR:
		if p, err := netip.ParsePrefix(in.Value); err == nil {
			return inside(m, p), "prefix"
		}
	case indicator.ASN:
		asn, err := constituency.ParseASN(in.Value)
		if err == nil {
			return m.ASN(asn), "asn"
		}
	case indicator.Domain:
		return m.Domain(in.Value), "domain"
	case indicator.URL, indicator.Email:
		if a, err := netip.ParseAddr(in.Host); err == nil {
			return m.Addr(a), "address"
		}
		return m.Domain(in.Host), "domain"
	}
	return 0, ""
}

// inside finds the owner of a whole prefix: the one that owns its first address by a prefix as large.
func inside(m *constituency.Matcher, p netip.Prefix) constituency.Slot {
	slot := m.Addr(p.Addr())
	if slot == 0 {
		return 0
	}
	own, err := netip.ParsePrefix(m.Target(slot).Value)
	if err != nil || own.Bits() > p.Bits() {
		return 0
	}
	return slot
}

// values are the indicators of an answer.
func values(text string) map[string]bool {
	out := map[string]bool{}
	for _, in := range indicator.Extract(text, indicator.Limits{Count: 100}).List {
		out[in.Value] = true
	}
	return out
}

// gathering keeps one concern an organisation: the surest role, the first reason, all parts.
type gathering map[string]*Concern

func (g gathering) add(organisation, role string, why Reason, parts ...string) {
	c, ok := g[organisation]
	if !ok {
		g[organisation] = &Concern{Organisation: organisation, Role: role, Reason: why, Parts: parts}
		return
	}
	if slices.Index(roles, role) < slices.Index(roles, c.Role) {
		c.Role, c.Reason = role, why
	}
	for _, p := range parts {
		if !slices.Contains(c.Parts, p) {
			c.Parts = append(c.Parts, p)
		}
	}
}

// reporterOf takes the reporter's organisation by the domain of the address, if we know that it is theirs.
func (t *Triage) reporterOf(m *constituency.Matcher, r Report, g gathering) {
	_, host, ok := strings.Cut(strings.ToLower(r.Reporter.Email), "@")
	if !ok || r.Reporter.Verified == "" {
		return
	}
	if slot := m.Domain(host); slot != 0 {
		g.add(m.Target(slot).Organisation, RoleReporter, Reason{"concerned", "concerned.reporter", []string{host}})
	}
}

// weigh looks up what the organisations are, and puts them in order: the surest role first, then by name.
func (t *Triage) weigh(ctx context.Context, r Report, g gathering) (concerned, error) {
	var ids []string
	for organisation := range g {
		ids = append(ids, organisation)
	}
	slices.Sort(ids)
	listed, err := t.o.Register.Listed(ctx, identity.System("triage"), ids)
	if err != nil {
		return concerned{}, err
	}
	slices.SortStableFunc(listed, func(a, b constituency.Listed) int {
		if d := slices.Index(roles, g[a.ID].Role) - slices.Index(roles, g[b.ID].Role); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	var out concerned
	for _, o := range listed {
		c := g[o.ID]
		if c.Role == RoleReporter {
			out.reporter, out.reporterKind = o.Name, o.Kind
		}
		if o.Criticality == constituency.Essential && out.essential == "" && (c.Role != RoleReporter || o.Kind == constituency.Constituent) {
			out.essential = o.Name
		}
		if len(out.list) < mostConcerned {
			out.list = append(out.list, *c)
		}
	}
	return out, nil
}
