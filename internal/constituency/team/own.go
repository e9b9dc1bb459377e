package team

import (
	"net/netip"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
)

// ours tells whether what was asked lies in our own patch, as the configuration says in public: the register is not asked, since who is a
// constituent of ours is nobody's business. A team that has something more exactly than we do comes before us.
func (s *Service) ours(h constituency.Holding) bool {
	for _, text := range s.Own {
		rule, value, err := constituency.ParseNetwork(text)
		if err == nil && inside(rule, value, h) && !s.nearer(rule, value, h) {
			return true
		}
	}
	return false
}

// inside tells whether what was asked lies in a network.
func inside(rule constituency.Rule, value string, h constituency.Holding) bool {
	switch rule {
	case constituency.ByCountry:
		return h.Country != "" && value == "country:"+string(h.Country)
	case constituency.ByASN:
		n, err := constituency.ParseASN(value)
		return err == nil && n == h.ASN
	case constituency.ByDomain:
		return h.Asked.Domain == value || strings.HasSuffix(h.Asked.Domain, "."+value)
	}
	p, err := netip.ParsePrefix(value)
	return err == nil && (h.Asked.Addr.IsValid() && p.Contains(h.Asked.Addr) ||
		h.Asked.Prefix.IsValid() && p.Contains(h.Asked.Prefix.Addr()) && p.Bits() <= h.Asked.Prefix.Bits())
}

// nearer tells whether a peer has what was asked by a surer rule than ours.
func (s *Service) nearer(rule constituency.Rule, value string, h constituency.Holding) bool {
	order := map[constituency.Rule]int{constituency.ByPrefix: 0, constituency.ByDomain: 0, constituency.ByASN: 1, constituency.ByCountry: 2}
	for _, holder := range h.Holders {
		if holder.Organisation.Kind != constituency.Peer {
			continue
		}
		if order[holder.Network.Rule] < order[rule] || order[holder.Network.Rule] == order[rule] && len(holder.Network.Value) > len(value) && rule == constituency.ByDomain {
			return true
		}
		if rule == constituency.ByPrefix && holder.Network.Rule == rule && holder.Network.Prefix().Bits() > bits(value) {
			return true
		}
	}
	return false
}

func bits(value string) int {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return 0
	}
	return p.Bits()
}
