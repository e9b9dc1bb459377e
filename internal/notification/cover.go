package notification

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
)

// cover is what a source's policy (IEP) keeps out of a message: who told (attribution: must-not), and whom it happened to (obfuscate_affected_parties: must).
// The zero cover keeps nothing.
type cover struct{ teller, victim bool }

func coverOf(p *iep.Policy) cover {
	if p == nil {
		return cover{}
	}
	return cover{p.Attribution == iep.MustNotAttribute, p.Obfuscate}
}

// The fields whose content is known by their names. What stands in any other, in words or as some source called it, may name whoever it likes.
var (
	knownGroups = []string{"source.", "destination.", "protocol.", "classification.", "malware.", "product.", "time."}
	knownFields = []string{event.FieldSeverity, event.FieldPAP, event.FieldIEP, "tlp", "user_agent"}
)

// fields leaves of an event what may be shown; otherSide are the beginnings of the names of those fields that tell of somebody else than the recipient.
func (c cover) fields(all map[string]string, otherSide string) map[string]string {
	if c == (cover{}) {
		return all
	}
	out := make(map[string]string, len(all))
	for name, value := range all {
		feed := strings.HasPrefix(name, "feed.")
		known := slices.Contains(knownFields, name) || slices.ContainsFunc(knownGroups, func(g string) bool { return strings.HasPrefix(name, g) })
		switch {
		case feed && c.teller, !feed && !known:
		case c.victim && otherSide != "" && strings.HasPrefix(name, otherSide):
		default:
			out[name] = value
		}
	}
	return out
}

// otherSide is the beginning of the names of the fields that tell of whom the owner of a finding did harm; "" where harm was done to the owner.
func otherSide(f finding.Finding) string {
	switch {
	case f.Standing == message.Victim:
		return ""
	case f.Role == destination:
		return "source."
	}
	return "destination."
}

// destination is the role of an owner at whose end of a connection the thing observed is.
const destination = "destination"

// covering is what the recipient may not see of events of a source.
func (r *recipient) covering(bit int) cover { return coverOf(r.verdicts[bit].under.IEP) }

// nameless is those of the sources that a message must not name.
func (r *recipient) nameless(sources uint64) (mask uint64) {
	for bit := range eachBit(sources) {
		if r.covering(bit).teller {
			mask |= 1 << bit
		}
	}
	return mask
}

// showing is the bits of sources of which a recipient may be shown a finding of an organisation. Where that organisation is the victim, and its source wants it
// covered up, nothing is left that could be told to others.
func (r *recipient) showing(sources uint64, f finding.Finding, owner string) uint64 {
	if f.Standing != message.Victim || r.of.ID == owner {
		return sources
	}
	for bit := range eachBit(sources) {
		if r.covering(bit).victim {
			sources &^= 1 << bit
		}
	}
	return sources
}
