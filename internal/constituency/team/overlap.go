package team

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Overlap is a network that a team claims and that is ours to handle, too.
type Overlap struct {
	Network string   // as it is claimed
	Patch   []string // of our own patch, as the configuration has it
	Names   []string // of constituents who have something there, or are there: the first few
	Of      int      // how many those are
}

// mostNames is how many constituents an overlap names.
const mostNames = 3

// Any tells that there is one.
func (o Overlap) Any() bool { return len(o.Patch)+o.Of > 0 }

// String says it in words.
func (o Overlap) String() string {
	var of []string
	if len(o.Patch) > 0 {
		of = append(of, "our own "+strings.Join(o.Patch, ", "))
	}
	if o.Of > 0 {
		names := strings.Join(o.Names, ", ")
		if o.Of > len(o.Names) {
			names += " and others"
		}
		of = append(of, "our constituents "+names)
	}
	return o.Network + " covers " + strings.Join(of, "; ")
}

// Overlaps finds which of the networks that a team claims, and nobody has approved, are ours to handle: of our patch, of a constituent, or the country of one.
// An AS number and a prefix meet where the prefix is announced by it, as far as addresses can be located. networks are ids; none are all. It changes nothing.
func (s *Service) Overlaps(ctx context.Context, actor identity.Actor, organisation string, networks []string) (list []Overlap, err error) {
	if err := actor.Authorise(OpApprove, organisation); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		claims, err := constituency.NetworksIn(tx, organisation)
		if err != nil {
			return err
		}
		for _, n := range claims {
			if n.Approved() || len(networks) > 0 && !slices.Contains(networks, n.ID) {
				continue
			}
			o, err := s.overlap(tx, n)
			if err != nil {
				return err
			}
			if o.Any() {
				list = append(list, o)
			}
		}
		return nil
	})
	return list, err
}

// refuseOurs refuses to approve a claim that covers what is ours, unless that is meant.
func (s *Service) refuseOurs(tx *sqldb.Tx, claim constituency.Network, meant bool) error {
	if meant {
		return nil
	}
	o, err := s.overlap(tx, claim)
	if err == nil && o.Any() {
		err = problem.New(problem.Conflict, "nothing is approved: %s, and the team would be told what is seen there. Name the networks that are its own, or say that what is ours is meant, too", o)
	}
	return err
}

func (s *Service) overlap(tx *sqldb.Tx, claim constituency.Network) (Overlap, error) {
	o := Overlap{Network: claim.Value}
	c := s.claimed(claim)
	for _, text := range s.Own {
		if rule, value, err := constituency.ParseNetwork(text); err == nil && (s.meet(rule, value, c) || c.countries[value]) {
			o.Patch = append(o.Patch, value)
		}
	}
	other := claim.Rule
	switch claim.Rule {
	case constituency.ByPrefix:
		other = constituency.ByASN
	case constituency.ByASN:
		other = constituency.ByPrefix
	}
	query, args := `SELECT o.name, n.rule, n.value FROM network n JOIN organisation o ON o.id = n.organisation
		WHERE o.kind = $1 AND o.id <> $2 AND n.rule IN ($3, $4) ORDER BY o.name`,
		[]any{string(constituency.Constituent), claim.Organisation, string(claim.Rule), string(other)}
	if claim.Rule == constituency.ByCountry {
		query, args = `SELECT o.name, 'country', 'country:' || o.country FROM organisation o WHERE o.kind = $1 AND o.id <> $2 ORDER BY o.name`, args[:2]
	}
	last := ""
	err := tx.Each(query, args, func(scan func(...any) error) error {
		var name, rule, value string
		if err := scan(&name, &rule, &value); err != nil || name == last || !s.meet(constituency.Rule(rule), value, c) {
			return err
		}
		last = name
		o.Of++
		if len(o.Names) < mostNames {
			o.Names = append(o.Names, name)
		}
		return nil
	})
	return o, err
}

// claimed is a claim with what is known of where it lies.
type claimed struct {
	constituency.Network
	asns      map[string]bool
	countries map[string]bool // as networks are written: of a prefix, and of a domain's ending
}

// mostPlaces is at how many places of a prefix it is asked, as a power of two.
const mostPlaces = 8

func (s *Service) claimed(n constituency.Network) claimed {
	c := claimed{n, map[string]bool{}, map[string]bool{}}
	switch n.Rule {
	case constituency.ByDomain:
		c.countries["country:"+string(constituency.CountryOfName(n.Value))] = true
	case constituency.ByPrefix:
		p := n.Prefix()
		extra := min(mostPlaces, p.Addr().BitLen()-p.Bits())
		for i := range 1 << extra {
			at := s.Register.Place(part(p, i, extra))
			c.asns["AS"+strconv.FormatUint(uint64(at.ASN), 10)] = true
			c.countries["country:"+at.Country] = true
		}
	}
	return c
}

// part is the first address of a part of a prefix that is cut into two to the power of extra.
func part(p netip.Prefix, i, extra int) netip.Addr {
	octets := p.Addr().AsSlice()
	for j := range extra {
		if i>>(extra-1-j)&1 == 1 {
			at := p.Bits() + j
			octets[at/8] |= 0x80 >> (at % 8)
		}
	}
	a, _ := netip.AddrFromSlice(octets)
	return a
}

// meet tells whether a network and a claim have something in common.
func (s *Service) meet(rule constituency.Rule, value string, claim claimed) bool {
	switch {
	case rule == constituency.ByASN && claim.Rule == constituency.ByPrefix:
		return claim.asns[value]
	case rule == constituency.ByPrefix && claim.Rule == constituency.ByASN:
		p, err := netip.ParsePrefix(value)
		return err == nil && s.announces(claim.Value, p)
	case rule != claim.Rule:
		return false
	case rule == constituency.ByPrefix:
		p, err := netip.ParsePrefix(value)
		return err == nil && p.Overlaps(claim.Prefix())
	case rule == constituency.ByDomain:
		return value == claim.Value || strings.HasSuffix(value, "."+claim.Value) || strings.HasSuffix(claim.Value, "."+value)
	}
	return value == claim.Value
}

// announces tells whether the first address of a prefix is in an AS.
func (s *Service) announces(asn string, p netip.Prefix) bool {
	n, err := constituency.ParseASN(asn)
	return err == nil && s.Register.Place(p.Addr()).ASN == n
}
