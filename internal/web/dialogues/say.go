package dialogues

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/letters"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// say is a text whose key ends in a code; a code without a text stands as it is.
func say(ctx context.Context, key, code string) string {
	if words.Has(key + code) {
		return words.T(ctx, key+code)
	}
	return code
}

var stateWords = map[delivery.State]string{
	delivery.Queued: "notifications.state.queued", delivery.Sending: "notifications.state.sending", delivery.Delivered: "notifications.state.accepted",
	delivery.InDoubt: "notifications.state.doubtful", delivery.Held: "notifications.state.held", delivery.Rejected: "notifications.state.refused",
	delivery.Bounced: "notifications.state.bounced", delivery.Cancelled: "notifications.state.cancelled",
}

func stateText(ctx context.Context, s delivery.State) string {
	if key := stateWords[s]; key != "" {
		return words.T(ctx, key)
	}
	return string(s)
}

func partyText(p incident.Party) string {
	if p.Email == "" || p.Email == p.Name {
		return p.Name
	}
	return p.Name + " <" + p.Email + ">"
}

// last is the latest message of a dialogue; none is the zero Message.
func last(v incident.Investigation) (m incident.Message) {
	if n := len(v.Messages); n > 0 {
		return v.Messages[n-1]
	}
	return m
}

// turnWords and turnTones are how whose turn it is is said and how it strikes.
var (
	turnWords = map[incident.Turn]string{incident.TurnOurs: "dialogues.turn.ours", incident.TurnTheirs: "dialogues.turn.theirs", incident.TurnOver: "dialogues.turn.none"}
	turnTones = map[incident.Turn]ui.Tone{incident.TurnOurs: ui.Warn, incident.TurnTheirs: ui.Info, incident.TurnOver: ui.Quiet}
)

// textLinks lead to the form with a shipped text, in each language.
func textLinks(ctx context.Context, id string) (out []ui.Link) {
	for _, language := range letters.Languages() {
		for _, name := range letters.Names() {
			text := T(ctx, "dialogues.letter."+name)
			if language != string(words.Of(ctx)) {
				text += " (" + language + ")"
			}
			out = append(out, ui.Link{Text: text, Href: tabs.Path(id, tab) + "/new?text=" + name + "&lang=" + language})
		}
	}
	return out
}

// picked tells whether a contact was chosen.
func picked(v letterView, id string) bool { return slices.Contains(v.form.Values["contact"], id) }

func contactOption(c contact, chosen bool) []ui.Option {
	return []ui.Option{{Value: c.ID, Chosen: chosen}}
}

func contactText(c contact) string {
	parts := []string{c.name, c.Address, string(c.Purpose)}
	if c.Language != "" {
		parts = append(parts, c.Language)
	}
	return strings.Join(parts, " · ")
}

func verdictTone(r incident.Recipient) ui.Tone {
	if r.Allowed {
		return ui.Good
	}
	return ui.Bad
}

// labelRule says how far a label lets something go.
func labelRule(ctx context.Context, l tlp.Label) string {
	return T(ctx, "dialogues.tlp."+strings.ReplaceAll(l.Short(), "+", "-"))
}

// needs tells whether the reader still has to say why they need to know.
func needs(v letterView) bool {
	return v.outlook != nil && v.outlook.Need
}

// brief is the beginning of a text.
func brief(text string) string {
	if r := []rune(strings.Join(strings.Fields(text[:min(len(text), 2000)]), " ")); len(r) > 120 {
		return string(r[:120]) + "…"
	} else {
		return string(r)
	}
}

func emptyNext(ctx context.Context, v listView) ui.Link {
	if !v.may {
		return ui.Link{}
	}
	return ui.Link{Text: T(ctx, "dialogues.new"), Href: tabs.Path(v.of.ID, tab) + "/new"}
}
