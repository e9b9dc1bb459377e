package release

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Permit is the proof that something may go to one contact. The zero Permit is invalid, and only this package can make another. One for a redacted copy
// is invalid until Service.Clear has looked through that copy.
type Permit struct {
	decisions []string
	grants    []string // that it needs, by id
	to        string   // digest of the contact's facts that decide
	owner     string
	label     tlp.Label
	profile   string // of redaction; "" for a full copy
	content   string // digest of the copy that was cleared
	about     []aboutWhat
	handling  Handling
}

// Handling is what the sources of what goes let be done with it, beside its label. The zero Handling is PAP:CLEAR, and no policy.
type Handling struct {
	PAP tlp.PAP
	IEP *IEP // nil for none
}

// With is what keeps to both.
func (h Handling) With(other Handling) Handling {
	return Handling{max(h.PAP, other.PAP), iep.Stricter(h.IEP, other.IEP)}
}

// beyond reports whether it asks for something that another does not: whoever keeps to that does not keep to it.
func (h Handling) beyond(known Handling) bool {
	return h.PAP > known.PAP || iep.Stricter(known.IEP, h.IEP).Code() != known.IEP.Code()
}

// Lines say it to whoever gets a copy, in the words of the frameworks, which are the same in all languages; none where nothing was said. What a policy is
// called, and where it stands, is not told: that would say whose it is.
func (h Handling) Lines(label tlp.Label) (lines []string) {
	said := h.statements()
	if h.PAP > tlp.PAPClear || len(said) > 0 {
		lines = append(lines, label.String()+" "+h.PAP.String())
	}
	if len(said) > 0 {
		lines = append(lines, "IEP: "+strings.Join(said, ", "))
	}
	return lines
}

// statements are those of the policy that bind whoever gets a copy.
func (h Handling) statements() []string {
	if h.IEP == nil {
		return nil
	}
	policy := *h.IEP
	policy.ID, policy.Name, policy.Reference = "", "", ""
	return policy.List()
}

// HandlingOf gives what was written under a message that stands on some recorded decisions, by their ids: the strictest of all. Nothing was yet when decisions
// of an older program were made. It is a step of somebody's operation and does not authorise.
func HandlingOf(tx *sqldb.Tx, decisions []string) (h Handling, err error) {
	err = eachIn(tx, `SELECT d.pap, d.iep FROM release_decision d WHERE d.holds >= 0 AND d.id IN`, decisions, func(scan func(...any) error) error {
		var pap, policy string
		if err := scan(&pap, &policy); err != nil {
			return err
		}
		h.IEP = iep.Stricter(h.IEP, iep.Kept(policy))
		if pap == "" {
			return nil
		}
		one, err := tlp.ParsePAP(pap)
		h.PAP = max(h.PAP, one)
		return err
	})
	return h, err
}

// Fields are the same for programs: "pap", and the statements of "iep"; empty where nothing was said.
func (h Handling) Fields() map[string]any {
	out, said := map[string]any{}, h.statements()
	if h.PAP > tlp.PAPClear || len(said) > 0 {
		out["pap"] = h.PAP.String()
	}
	if len(said) > 0 {
		out["iep"] = said
	}
	return out
}

// XARF is the same for reports of X-ARF: the schema has no member for how a report is to be handled, but tags of the form namespace:predicate ("tlp:amber",
// "pap:red"), and lets members of one's own stand, in which the statements go.
func (h Handling) XARF(label tlp.Label) (tags, statements []string) {
	tags, statements = []string{"tlp:" + label.Short()}, h.statements()
	if h.PAP > tlp.PAPClear || len(statements) > 0 {
		tags = append(tags, "pap:"+h.PAP.Short())
	}
	return tags, statements
}

// aboutWhat is what a permit is about, and for whom.
type aboutWhat struct {
	kind, id, organisation string
	relation               Audience
}

// Valid reports whether the permit permits anything.
func (p Permit) Valid() bool {
	return len(p.decisions) > 0 && (p.profile == "" || p.content != "")
}

// Profile names the redaction profile under which a copy may go, "" for a full copy.
func (p Permit) Profile() string { return p.profile }

// Fits reports whether a content, by its digest, is what the permit was cleared for; one for a full copy fits everything.
func (p Permit) Fits(content string) bool { return p.profile == "" || p.content == content }

// Decision returns the ids of the decisions that it stands on, separated by spaces; "" of an invalid permit.
func (p Permit) Decision() string { return strings.Join(p.decisions, " ") }

// Covers reports whether the permit is for the contact, and the contact still as it was when it was decided about: its address, purpose,
// key and wish for encryption, and that messages to it do not fail.
func (p Permit) Covers(contact constituency.Contact) bool {
	return p.Valid() && contact.Usable() && p.to == contactDigest(contact)
}

// Label returns the strictest label of what may go.
func (p Permit) Label() tlp.Label { return p.label }

// Handling returns what the sources of what goes let be done with it: the strictest of all.
func (p Permit) Handling() Handling { return p.handling }

// Owner returns the id of the organisation whose networks it is about.
func (p Permit) Owner() string { return p.owner }

// permit makes the permit of a recorded decision; of one that does not allow, or is not recorded, the invalid one.
func permit(d Decision, to constituency.Contact) Permit {
	if !d.Allowed || d.ID == "" {
		return Permit{}
	}
	p := Permit{decisions: []string{d.ID}, to: contactDigest(to), owner: d.Item.Owner, label: d.Effective, profile: d.Profile}
	p.about = []aboutWhat{{d.Item.Kind, d.Item.ID, d.Organisation, d.To}}
	p.handling = d.Handling()
	if d.Grant != "" {
		p.grants = []string{d.Grant}
	}
	return p
}

// UnderNow is what would be written under a message about an item. It is a step of somebody's operation and does not authorise.
func (s *Service) UnderNow(tx *sqldb.Tx, item Item) ([]string, error) {
	label, h, err := s.HandlingNow(tx, item)
	return h.Lines(label), err
}

// HandlingNow is the label of an item that is in force, and what its sources let be done with it: those of a permit for a message about it. It is a step of
// somebody's operation and does not authorise.
func (s *Service) HandlingNow(tx *sqldb.Tx, item Item) (label tlp.Label, h Handling, err error) {
	now, about := s.o.Clock.Now(), item.about()
	w, err := WishOf(tx, about.kind, about.id)
	if err != nil {
		return tlp.Red, h, err
	}
	schedule, err := scheduleOf(tx, about.kind, about.id)
	item = w.over(item).under(now)
	label, _ = schedule.at(item.Terms.Label, time.Time{}, now)
	return label, Handling{item.PAP, item.Terms.IEP}, err
}

// Handling is what would be written under a message that stands on the decision.
func (d Decision) Handling() Handling { return Handling{d.Item.PAP, d.Item.Terms.IEP} }

// Stands asks, in the transaction that sends, whether the grants that the permit needs are still in force: one may have been revoked
// since it was decided. It is a step of somebody's operation and does not authorise. Errors: Conflict if one is not, or if the permit is invalid.
func (p Permit) Stands(tx *sqldb.Tx, now time.Time) error {
	if !p.Valid() {
		return problem.New(problem.Conflict, "there is no valid permit: decide first")
	}
	return standing(tx, p.grants, now)
}

// Stand asks of recorded decisions, by their ids, what Permit.Stands asks of a permit: a message may wait long before it is sent. It is a step
// of somebody's operation and does not authorise. Errors: Conflict if a grant that one of them needs is not in force any more.
func Stand(tx *sqldb.Tx, decisions []string, now time.Time) error {
	var grants []string
	err := eachIn(tx, "SELECT grant_id FROM release_decision WHERE grant_id <> '' AND id IN", decisions, func(scan func(...any) error) error {
		var grant string
		err := scan(&grant)
		grants = append(grants, grant)
		return err
	})
	if err != nil {
		return err
	}
	return standing(tx, distinct(grants), now)
}

// standing returns a Conflict if one of the grants is not in force.
func standing(tx *sqldb.Tx, grants []string, now time.Time) error {
	for _, grant := range grants {
		g, err := grantByID(tx, grant)
		if err != nil {
			return err
		}
		if !g.InForce(now) {
			return problem.New(problem.Conflict, "grant %s was revoked or has ended since: decide anew", grant)
		}
	}
	return nil
}

// Merge makes one permit for a message made of several items: its label is the strictest. Errors: Invalid if one of them is invalid, or
// if they are for different contacts, about different owners' networks or for copies redacted in different ways: a message tells one recipient about one
// owner. Merge before Clear: what is merged is cleared as a whole.
func Merge(ps ...Permit) (Permit, error) {
	if len(ps) == 0 {
		return Permit{}, problem.New(problem.Invalid, "there is no permit to merge: decide about the items first")
	}
	merged := Permit{to: ps[0].to, owner: ps[0].owner, profile: ps[0].profile}
	for _, p := range ps {
		switch {
		case len(p.decisions) == 0:
			return Permit{}, problem.New(problem.Invalid, "one of the permits is invalid: what was refused must be left out of the message")
		case p.to != merged.to:
			return Permit{}, problem.New(problem.Invalid, "the permits are for different contacts: write a message for each")
		case p.owner != merged.owner:
			return Permit{}, problem.New(problem.Invalid, "the permits are about different organisations' networks: write a message about each")
		}
		if merged.profile == "" {
			merged.profile = p.profile
		}
		if p.profile != "" && p.profile != merged.profile {
			return Permit{}, problem.New(problem.Invalid, "the permits are for copies redacted in different ways: write a message for each")
		}
		merged.decisions = append(merged.decisions, p.decisions...)
		merged.grants = append(merged.grants, p.grants...)
		merged.about = append(merged.about, p.about...)
		merged.label = tlp.Strictest(merged.label, p.label)
		merged.handling = merged.handling.With(p.handling)
	}
	merged.decisions, merged.grants = distinct(merged.decisions), distinct(merged.grants)
	return merged, nil
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
