package team

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
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
// networks are ids; none are all. It changes nothing.
func (f *Finder) Overlaps(ctx context.Context, actor identity.Actor, organisation string, networks []string) (list []Overlap, err error) {
	if err := actor.Authorise(OpApprove, organisation); err != nil {
		return nil, err
	}
	err = f.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		claims, err := constituency.NetworksIn(tx, organisation)
		if err != nil {
			return err
		}
		for _, n := range claims {
			if n.Approved() || len(networks) > 0 && !slices.Contains(networks, n.ID) {
				continue
			}
			o, err := f.overlap(tx, n)
			if err != nil {
				return err
			}
			if len(o.Patch)+o.Of > 0 {
				list = append(list, o)
			}
		}
		return nil
	})
	return list, err
}

func (f *Finder) overlap(tx *sqldb.Tx, claim constituency.Network) (Overlap, error) {
	o := Overlap{Network: claim.Value}
	for _, text := range f.Own {
		if rule, value, err := constituency.ParseNetwork(text); err == nil && meet(rule, value, claim) {
			o.Patch = append(o.Patch, value)
		}
	}
	query, args := `SELECT o.name, n.rule, n.value FROM network n JOIN organisation o ON o.id = n.organisation WHERE o.kind = $1 AND o.id <> $2 AND n.rule = $3 ORDER BY o.name`,
		[]any{string(constituency.Constituent), claim.Organisation, string(claim.Rule)}
	if claim.Rule == constituency.ByCountry {
		query = `SELECT o.name, 'country', 'country:' || o.country FROM organisation o WHERE o.kind = $1 AND o.id <> $2 AND $3 = 'country' ORDER BY o.name`
	}
	last := ""
	err := tx.Each(query, args, func(scan func(...any) error) error {
		var name, rule, value string
		if err := scan(&name, &rule, &value); err != nil || name == last || !meet(constituency.Rule(rule), value, claim) {
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

// meet tells whether a network and a claim have something in common.
func meet(rule constituency.Rule, value string, claim constituency.Network) bool {
	if rule != claim.Rule {
		return false
	}
	switch rule {
	case constituency.ByPrefix:
		p, err := netip.ParsePrefix(value)
		return err == nil && p.Overlaps(claim.Prefix())
	case constituency.ByDomain:
		return value == claim.Value || strings.HasSuffix(value, "."+claim.Value) || strings.HasSuffix(claim.Value, "."+value)
	}
	return value == claim.Value
}
