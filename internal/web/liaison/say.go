package liaison

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

var tones = map[liaison.State]ui.Tone{
	liaison.Considered: ui.Info, liaison.Decided: ui.Warn, liaison.HandedOver: ui.Good, liaison.Acknowledged: ui.Good, liaison.Closed: ui.Quiet,
}

func stateText(ctx context.Context, s liaison.State) string {
	return T(ctx, "liaison.state."+string(s))
}

// fixed tells whether what was handed over cannot change any more.
func fixed(h liaison.Handover) bool {
	return h.State == liaison.HandedOver || h.State == liaison.Acknowledged || h.State == liaison.Closed
}

// reasoned tells whether a move needs a note.
func reasoned(move string) bool { return move == "close" || move == "reopen" }

// typed is what somebody typed and could not keep, or else what is kept.
func typed(v view, which, name, kept string) string {
	if v.which == which && v.form.Values.Has(name) {
		return v.form.Get(name)
	}
	return kept
}

// chosen tells whether a file is, or was to be, handed over.
func chosen(v view, which string, h liaison.Handover, item string) bool {
	if v.which == which && len(v.form.Values) > 0 {
		return slices.Contains(v.form.Values["item"], item)
	}
	return slices.Contains(h.Items, item)
}

// silenced tells whether an order forbids to tell, as it was typed or is kept.
func silenced(v view, which string, kept bool) bool {
	if v.which == which && len(v.form.Values) > 0 {
		return v.form.Values.Get("silent") == "1"
	}
	return kept
}

func box(is bool) []ui.Option { return []ui.Option{{Chosen: is}} }

// named are the files of a handover, with their digests: those that are gone since by their ids.
func named(v view, h liaison.Handover) (out []string) {
	for _, id := range h.Items {
		text := id
		for _, f := range v.Files {
			if f.ID == id {
				text = f.Name + " (SHA-256 " + f.SHA256 + ")"
			}
		}
		out = append(out, text)
	}
	return out
}

// paper is an order as a form has it.
func paper(h liaison.Handover) (reference, authority, issued string, silent bool) {
	if h.Order == nil {
		return "", "", "", false
	}
	return h.Order.Reference, h.Order.Authority, h.Order.Issued.Format(time.DateOnly), h.Order.Silent
}

// known are the facts of a handover.
func known(ctx context.Context, v view, h liaison.Handover) []ui.Fact {
	var list []ui.Fact
	for _, one := range [][2]string{{"liaison.contact", h.Contact}, {"liaison.reference", h.Reference}, {"liaison.basis", h.Basis}} {
		if one[1] != "" {
			list = append(list, ui.Fact{Label: T(ctx, one[0]), Value: ui.Text(one[1])})
		}
	}
	if reference, authority, issued, _ := paper(h); h.Order != nil {
		list = append(list, ui.Fact{Label: T(ctx, "liaison.order"), Value: ui.Text(T(ctx, "liaison.order.line", "reference", reference, "authority", authority, "day", issued))})
	}
	if h.Given == nil {
		return list
	}
	list = append(list, ui.Fact{Label: T(ctx, "liaison.decision"), Value: decision(h.Given.Decision)})
	if h.Given.Checked != "" {
		list = append(list, ui.Fact{Label: T(ctx, "liaison.checked"), Value: ui.Text(ui.Who(v.people, h.Given.Checked))})
	}
	if len(h.Given.Unread) > 0 {
		list = append(list, ui.Fact{Label: T(ctx, "liaison.unread"), Value: ui.Text(strings.Join(h.Given.Unread, ", "))})
	}
	return list
}

func approvers(ctx context.Context, v view, chosen string) []ui.Option {
	return append([]ui.Option{{Value: "", Text: T(ctx, "liaison.nobody"), Chosen: chosen == ""}}, ui.Accounts(v.people, chosen)...)
}

func asker(e liaison.Entry) string {
	return strings.Trim(e.Who+", "+e.Organisation, ", ")
}

func version(v view, which string, kept int64) int64 {
	if v.clash != nil && v.which == which {
		return v.clash.Version
	}
	return kept
}

// lines are the steps of a handover as a timeline shows them.
func lines(ctx context.Context, v view, h liaison.Handover) (out []ui.Entry) {
	for _, s := range h.Steps {
		e := ui.Entry{At: s.At, Who: ui.Who(v.people, s.By), What: stateText(ctx, s.State), Icon: "shield-check", Tone: tones[s.State]}
		if s.Note != "" {
			e.Body = ui.Pre(s.Note)
		}
		out = append(out, e)
	}
	return out
}
