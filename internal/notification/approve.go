package notification

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Plan says what would be sent now, and what would not, and why. It changes nothing.
func (s *Service) Plan(ctx context.Context, actor identity.Actor, o PlanOptions) (Plan, error) {
	if err := actor.Authorise(OpPlan, o.Organisation); err != nil {
		return Plan{}, err
	}
	f, bundles, err := s.bundles(ctx, actor, o)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{At: f.now, Messages: make([]Message, len(bundles))}
	for i, b := range bundles {
		if b.Subject, err = s.subject(f, b); err != nil {
			return Plan{}, err
		}
		p.Messages[i] = b.Message
	}
	return p, nil
}

func (s *Service) bundles(ctx context.Context, actor identity.Actor, o PlanOptions) (*facts, []*bundle, error) {
	f, err := s.gather(ctx, actor, s.preview)
	if err != nil {
		return nil, nil, err
	}
	f.within(o)
	list, err := s.withCopies(ctx, actor, f, f.plan())
	return f, list, err
}

// subject is what a message's recipient would read first. A ticket that is not opened yet has no number.
func (s *Service) subject(f *facts, b *bundle) (string, error) {
	l := message.Letter{Team: s.Team, Organisation: b.Organisation, Made: f.now, Zone: s.zone(), Reminder: b.told, Ticket: ticketPrefix(s.Team.Name) + "#new"}
	if t, ok := f.threads[pair{b.OrganisationID, b.Contact}]; ok {
		l.Ticket = t.ticket
	}
	for bit := range eachBit(b.sources) { // of what cannot go, too
		l.Label = max(l.Label, f.sources[bit].Label)
	}
	if b.to != nil {
		l.Language, l.Address, l.Purpose = b.to.contact.Language, b.To, string(b.to.contact.Purpose)
		if b.shown != 0 {
			l.Label = b.label()
		}
	}
	for _, class := range b.Classes {
		a := b.classes[class]
		l.Sections = append(l.Sections, message.Section{Type: class, Findings: a.findings, Events: a.events})
	}
	subject, generic, err := f.text.Subject(l)
	if err == nil && guarded(l.Label) {
		subject = generic
	}
	return subject, err
}

func (s *Service) zone() string {
	if s.Zone == nil {
		return ""
	}
	return s.Zone.String()
}

// Approve lets what waits now be told, as far as the options name it: its feeds, organisations and classes, each once and for all, and odd
// amounts for today. Each approval is audited.
func (s *Service) Approve(ctx context.Context, actor identity.Actor, o ApproveOptions) ([]Approval, error) {
	if err := actor.Authorise(OpApprove, strings.Trim(o.Organisation+"/"+o.Feed+"/"+o.Class, "/")); err != nil {
		return nil, err
	}
	f, bundles, err := s.bundles(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	return s.record(ctx, actor, o.wanted(actor, f, bundles))
}

// wanted is all that the options approve of what waits.
func (o ApproveOptions) wanted(actor identity.Actor, f *facts, bundles []*bundle) []Approval {
	waits := map[approved]string{}
	for _, b := range bundles {
		if b.Held == "" || b.onlyAmount() { // what cannot go is not approved beforehand
			maps.Copy(waits, b.wanted())
		}
	}
	maps.DeleteFunc(waits, func(a approved, _ string) bool { return !o.means(a) })
	list := make([]Approval, 0, len(waits))
	for a, name := range waits {
		list = append(list, Approval{Kind: a.kind, Value: a.value, Name: name, By: actor.ID, At: f.now})
	}
	slices.SortFunc(list, func(a, b Approval) int { return strings.Compare(a.Kind+a.Name+a.Value, b.Kind+b.Name+b.Value) })
	return list
}

// PreviewApproval says what Approve would approve, and which messages would go because of it, as they would be. It changes nothing.
func (s *Service) PreviewApproval(ctx context.Context, actor identity.Actor, o ApproveOptions) (list []Approval, goes []Message, err error) {
	if err := actor.Authorise(OpPlan, o.Organisation); err != nil {
		return nil, nil, err
	}
	f, bundles, err := s.bundles(ctx, actor, o)
	if err != nil {
		return nil, nil, err
	}
	list = o.wanted(actor, f, bundles)
	f, before, err := s.bundles(ctx, actor, PlanOptions{})
	if err != nil {
		return nil, nil, err
	}
	went := map[pair]int64{}
	for _, b := range before {
		if b.Goes() {
			went[pair{b.OrganisationID, b.Contact}] += b.Findings
		}
	}
	for _, a := range list {
		f.approvals[approved{a.Kind, a.Value}] = true
	}
	after, err := s.withCopies(ctx, actor, f, f.plan())
	if err != nil {
		return nil, nil, err
	}
	for _, b := range after {
		if !b.Goes() || b.Findings == went[pair{b.OrganisationID, b.Contact}] {
			continue
		}
		if b.Subject, err = s.subject(f, b); err != nil {
			return nil, nil, err
		}
		goes = append(goes, b.Message)
	}
	return list, goes, nil
}

// means tells whether what is approved of the things that the options name is to be approved by them: of feeds only the one that is named, since
// others may have shown the same things.
func (o ApproveOptions) means(a approved) bool {
	return a.kind != ApprovedFeed || o.Feed == "" || strings.EqualFold(o.Feed, a.value)
}

// record writes approvals down, those that are new.
func (s *Service) record(ctx context.Context, actor identity.Actor, list []Approval) (fresh []Approval, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		fresh = nil
		for _, a := range list {
			added, err := insertApproval(tx, a)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
			if err := actor.Audit(tx, a.At, OpApprove, a.Kind+" "+a.Value, nil, a); err != nil {
				return err
			}
			fresh = append(fresh, a)
		}
		return nil
	})
	return fresh, err
}
