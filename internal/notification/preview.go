package notification

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
)

// Preview is a message that would be sent, written out.
type Preview struct {
	Message
	Parts []message.Rendered
	Left  int64  // findings that it would leave out, since nothing new of them may be shown
	Fault string // why it cannot be written; "" if it can
}

// mostPreviews bounds the messages that are written out at once: one organisation rarely has so many contacts.
const mostPreviews = 20

// Trial is what a preview is written with, where that is not the texts in force.
type Trial struct {
	Text     *message.Renderer
	Language string // instead of the contact's; "" leaves that
}

// Preview writes out what an organisation would be told now, what waits for approval too, and sends nothing. with is what the messages are
// written with, nil for the texts in force. Errors: Invalid without an organisation.
func (s *Service) Preview(ctx context.Context, actor identity.Actor, o PlanOptions, with *Trial) ([]Preview, error) {
	if err := actor.Authorise(OpPlan, o.Organisation); err != nil {
		return nil, err
	}
	if o.Organisation == "" {
		return nil, problem.New(problem.Invalid, "say which organisation's messages are to be written out")
	}
	f, bundles, err := s.bundles(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	if with == nil {
		with = &Trial{Text: f.text}
	}
	f.text = with.Text
	r := &sending{Service: s, actor: actor, facts: f, decide: s.preview, planning: true}
	shown := slices.DeleteFunc(bundles, func(b *bundle) bool { return b.to == nil || b.shown == 0 || b.isCopy() })
	units := unitsOf(shown[:min(len(shown), mostPreviews)])
	if err := r.load(ctx, units); err != nil {
		return nil, err
	}
	if err := r.copies(ctx, units); err != nil {
		return nil, err
	}
	var out []Preview
	for _, u := range units {
		told := map[string]bool{}
		for _, b := range u.bundles {
			out = append(out, r.previewOf(ctx, u, b, with.Language))
			maps.Copy(told, r.tells(u, b))
		}
		for _, b := range u.copies[:min(len(u.copies), mostPreviews)] {
			b.keep(told)
			r.follow(u, b)
			if b.shown != 0 {
				out = append(out, r.previewOf(ctx, u, b, with.Language))
			}
		}
	}
	return out, ctx.Err()
}

// tells lists the findings that a bundle's message would tell of.
func (r *sending) tells(u *unit, b *bundle) map[string]bool {
	text, _, _ := r.write(u, b)
	told := map[string]bool{}
	for _, s := range text.Sections {
		for _, row := range s.Rows {
			told[row.Finding] = true
		}
	}
	return told
}

// previewOf writes one message out as letter and part would, but for the permit: nobody is told.
func (r *sending) previewOf(ctx context.Context, u *unit, b *bundle, language string) Preview {
	p := Preview{Message: b.Message}
	text, used, left := r.write(u, b)
	if p.Left = left; len(text.Sections) == 0 {
		p.Fault = errNothing.Error()
		return p
	}
	if language != "" {
		text.Language = language
	}
	for bit := range eachBit(used) {
		text.Label = tlp.Strictest(text.Label, b.to.verdicts[bit].label)
	}
	text.Attributions, text.Handling = r.facts.attributionsOf(used&^b.to.nameless(used)), b.to.handling(used)
	if text.Ticket = r.facts.threads[pair{b.OrganisationID, b.Contact}].ticket; text.Ticket == "" {
		text.Ticket = ticketPrefix(r.Team.Name) + "#new"
	}
	for _, part := range r.facts.text.Split(text) {
		out, err := r.facts.text.Render(ctx, part)
		if err != nil {
			p.Fault = err.Error()
			return p
		}
		under := delivery.Handled(text.Handling, delivery.Draft{Text: out.Text, Payload: out.Payload, Label: text.Label})
		out.Text, out.Payload = under.Text, under.Payload
		p.Parts = append(p.Parts, out)
	}
	if len(p.Parts) > 0 {
		p.Subject = p.Parts[0].Subject
	}
	return p
}
