package notifications

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// stateWords are how the states are said and how they strike.
var stateWords = map[delivery.State]struct {
	key  string
	tone ui.Tone
}{
	delivery.Queued: {"notifications.state.queued", ui.Info}, delivery.Sending: {"notifications.state.sending", ui.Info},
	delivery.Delivered: {"notifications.state.accepted", ui.Good}, delivery.InDoubt: {"notifications.state.doubtful", ui.Warn},
	delivery.Held: {"notifications.state.held", ui.Warn}, delivery.Rejected: {"notifications.state.refused", ui.Bad},
	delivery.Bounced: {"notifications.state.bounced", ui.Bad}, delivery.Cancelled: {"notifications.state.cancelled", ui.Quiet},
}

func stateText(ctx context.Context, s delivery.State) string {
	if w, ok := stateWords[s]; ok {
		return T(ctx, w.key)
	}
	return string(s)
}

// stateOf is the state of a message: what is held may be so because release keeps it back.
func stateOf(ctx context.Context, d *delivery.Delivery) string {
	if d.Withheld != "" {
		return T(ctx, "notifications.state.withheld")
	}
	return stateText(ctx, d.State)
}

func stateTone(s delivery.State) ui.Tone { return stateWords[s].tone }

// viewWords are the names of the lists.
var viewWords = map[string]string{
	"waiting": "notifications.view.waiting", "planned": "notifications.view.planned", "held": "notifications.view.held", "queued": "notifications.view.queued",
	"sent": "notifications.view.sent", "doubt": "notifications.view.doubt", "failed": "notifications.view.failed",
	"cancelled": "notifications.view.cancelled", "batches": "notifications.view.batches", "tasks": "notifications.view.tasks",
}

// viewNotes say what the lists are, above them.
var viewNotes = map[string]string{
	"waiting": "notifications.note.waiting", "planned": "notifications.note.planned", "held": "notifications.note.held", "queued": "notifications.note.queued",
	"sent": "notifications.note.sent", "doubt": "notifications.note.doubt", "failed": "notifications.note.failed",
	"cancelled": "notifications.note.cancelled", "batches": "notifications.note.batches", "tasks": "notifications.note.tasks",
}

// moves are what a person may do with messages.
var moves = map[string]struct {
	name, icon, sure, done string
	tone                   ui.Tone
	reason                 bool
}{
	"retry":   {"notifications.move.retry", "refresh", "notifications.sure.retry", "notifications.moved.retry", ui.Quiet, false},
	"release": {"notifications.move.release", "send", "notifications.sure.release", "notifications.moved.release", ui.Info, false},
	"confirm": {"notifications.move.confirm", "check", "notifications.sure.confirm", "notifications.moved.confirm", ui.Quiet, true},
	"cancel":  {"notifications.move.cancel", "mail-off", "notifications.sure.cancel", "notifications.moved.cancel", ui.Bad, true},
}

// moveOrder is the order of buttons.
var moveOrder = []string{"release", "retry", "confirm", "cancel"}

// waitKinds say what a message waits for.
var waitKinds = map[string]string{
	"feed": "notifications.wait.feed", "organisation": "notifications.wait.organisation", "class": "notifications.wait.class", "amount": "notifications.wait.amount",
}

func waitText(ctx context.Context, kind, name string) string {
	if key, ok := waitKinds[kind]; ok {
		return T(ctx, key, "name", name)
	}
	return kind + " " + name
}

func waitWords(ctx context.Context, text string) string {
	kind, name, _ := strings.Cut(text, " ")
	return waitText(ctx, kind, name)
}

// class says an RSIT type in the taxonomy's words.
func class(name string) string {
	if t, ok := rsit.Lookup(name); ok {
		return t.Title()
	}
	return name
}

func classes(list []string) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = class(c)
	}
	return strings.Join(out, ", ")
}

// labelOf reads a label; what cannot be read is as strict as can be.
func labelOf(text string) tlp.Label {
	l, err := tlp.Parse(text)
	if err != nil {
		return tlp.Red
	}
	return l
}

// objectURL is the message that a task is about; "" for other things.
func objectURL(object string) string {
	if id.Valid(object) {
		return oneURL(object)
	}
	return ""
}

// cutText bounds what is shown of a text; the whole can be had as a file.
func cutText(data []byte) (text string, cut bool) {
	const most = 200 << 10
	if len(data) > most {
		return strings.ToValidUTF8(string(data[:most]), "\ufffd"), true
	}
	return strings.ToValidUTF8(string(data), "\ufffd"), false
}
