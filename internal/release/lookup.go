package release

import (
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpLookup is to decide whether something may be looked up, or looked at.
const OpLookup identity.Operation = "release.lookup"

// lookupKind is the kind of an item that is not sent: somebody is asked about it.
const lookupKind = "lookup"

// Touch is what a look-up lets others notice.
type Touch string

// The touches.
const (
	Passive Touch = "passive" // a registry learns what we look at
	Active  Touch = "active"  // the target itself is asked, or its DNS
)

// outsider is somebody whom the configuration names: a registry, an exit, a provider's API.
func outsider(actor identity.Actor, as Audience, chain string) Recipient {
	to := Correspondence("")
	to.Channel = constituency.Webhook
	return Recipient{Contact: to, Organisation: constituency.Organisation{ID: Correspondent}, As: as, Chosen: actor.ID, Chain: chain}
}

// ForLookup decides whether something may be looked up under a PAP, and puts the answer on record in tx, a refusal too: a look-up tells somebody what we
// look at. about is the id of what it is for; to says who is asked, as "rdap" or the name of an exit. It is a step of somebody's operation. A refusal
// is no error: Allowed is false. Errors: Forbidden.
func (s *Service) ForLookup(tx *sqldb.Tx, actor identity.Actor, about, to string, touch Touch, label tlp.PAP) (Decision, error) {
	item := Item{Kind: lookupKind, ID: about, Version: to, PAP: min(label, tlp.PAPRed), Terms: Terms{Label: tlp.Red, Attribution: label.String()}, Count: 1}
	_, d, err := s.forIn(tx, actor, OpLookup, item, outsider(actor, Party, string(touch)))
	return d, err
}

// ForProvider decides whether a request about an item goes to the abuse API of a provider that the configuration names, and records it in tx. Errors:
// Forbidden; Conflict if it may not go.
func (s *Service) ForProvider(tx *sqldb.Tx, actor identity.Actor, item Item, provider string) (Decision, error) {
	item.Version = provider
	_, d, err := s.Must(tx, actor, item, outsider(actor, Provider, ""))
	return d, err
}
