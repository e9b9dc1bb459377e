package release

import (
	"crypto/sha256"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpLookup is to decide whether something may be looked up, or looked at.
const OpLookup identity.Operation = "release.lookup"

// Touch is what a look-up lets others notice.
type Touch string

// The touches.
const (
	Passive Touch = "passive" // a registry learns what we look at
	Active  Touch = "active"  // the target itself is asked, or its DNS
)

// lookupReasons are the rules about look-ups by their name.
var lookupReasons = map[string]string{
	"lookup-passive":     "The PAP of the incident allows to ask third parties, such as a registry.",
	"lookup-active":      "The PAP of the incident allows to ask the target itself.",
	"lookup-pap-passive": "The PAP of the incident forbids to ask third parties: use what we have ourselves, or let whoever owns the incident change its PAP.",
	"lookup-pap-active":  "The PAP of the incident forbids to touch the target: a person may note what they know from elsewhere, or let whoever owns the incident change its PAP.",
}

// ForLookup decides whether something may be looked up under a PAP, and puts the answer on record in tx, a refusal too: a look-up tells somebody what we
// look at. about is the id of what it is for; to says who is asked, as "rdap" or the name of an exit. It is a step of somebody's operation. A refusal
// is no error: Allowed is false. Errors: Forbidden.
func (s *Service) ForLookup(tx *sqldb.Tx, actor identity.Actor, about, to string, touch Touch, label tlp.PAP) (Decision, error) {
	if err := actor.Authorise(OpLookup, about); err != nil {
		return Decision{}, err
	}
	allowed := label.AllowsLookup()
	if touch == Active {
		allowed = label.AllowsContact()
	}
	d := Decision{Allowed: allowed, Outcome: Allowed, Rule: "lookup-" + string(touch), Label: tlp.Red, Item: Item{Kind: "lookup", ID: about, Version: to, Count: 1}}
	if !allowed {
		d.Outcome, d.Rule = Refused, "lookup-pap-"+string(touch)
	}
	d.Item.Terms.Attribution = label.String()
	d.Reason = lookupReasons[d.Rule]
	return s.recordLookup(tx, actor, d)
}

// ForProvider decides whether a request goes to the abuse API of a provider that the configuration names, and records it in tx. Errors: Forbidden;
// Conflict for TLP:RED.
func (s *Service) ForProvider(tx *sqldb.Tx, actor identity.Actor, about, provider string, label tlp.Label) (Decision, error) {
	if err := actor.Authorise(OpCorrespond, about); err != nil {
		return Decision{}, err
	}
	if label >= tlp.Red {
		return Decision{}, problem.New(problem.Conflict, "what is TLP:RED goes to nobody else: ask its source for another label")
	}
	return s.recordLookup(tx, actor, Decision{
		Allowed: true, Outcome: Allowed, Rule: "provider", Reason: "A person of the team asks this provider to act; its API is in the configuration.",
		Label: label, Item: Item{Kind: "message", ID: about, Version: provider, Terms: Terms{Label: label}, Count: 1},
	})
}

func (s *Service) recordLookup(tx *sqldb.Tx, actor identity.Actor, d Decision) (Decision, error) {
	now := s.o.Clock.Now()
	d.ID, d.By, d.At, d.Policy = id.NewAt(now), actor.ID, now, PolicyVersion
	d.Item.Owner, d.Organisation, d.Contact, d.Item.Terms.Label = Correspondent, Correspondent, Correspondent, d.Label
	key := sha256.Sum256([]byte("firehall/release/lookup " + d.ID))
	if err := tx.BulkUpsert(decisionInto, each([][]any{decisionRow(key[:], d)})); err != nil {
		return Decision{}, err
	}
	return d, actor.Audit(tx, now, OpLookup, d.ID, nil, map[string]any{"about": d.Item.ID, "to": d.Item.Version, "rule": d.Rule, "allowed": d.Allowed})
}
