package jobs

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

type actor = identity.Actor

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// kinds are what jobs do, in words.
var kinds = map[string]string{
	"feed.fetch": "jobs.kind.fetch", "feed.process": "jobs.kind.process", "feed.replay": "jobs.kind.replay", "finding.move": "jobs.kind.move", "notify.daily": "jobs.kind.daily",
	"notify.send": "jobs.kind.send", "register.preview": "jobs.kind.preview", "register.apply": "jobs.kind.apply",
	"release.embargo": "jobs.kind.embargo", "sharing.keep": "jobs.kind.keep", "sharing.erase": "sharing.order.erase", "sharing.expire": "sharing.order.expire", "sharing.replay": "sharing.order.replay",
}

func kindText(ctx context.Context, kind string) string {
	if key, ok := kinds[kind]; ok {
		return T(ctx, key)
	}
	return kind
}

var stateWords = map[jobs.State]struct {
	key  string
	tone ui.Tone
}{
	jobs.Waiting: {"jobs.state.waiting", ui.Quiet}, jobs.Running: {"jobs.state.running", ui.Info},
	jobs.Done: {"jobs.state.done", ui.Good}, jobs.Dead: {"jobs.state.dead", ui.Bad},
}

func stateText(ctx context.Context, s jobs.State) string {
	if w, ok := stateWords[s]; ok {
		return T(ctx, w.key)
	}
	return string(s)
}

func stateTone(s jobs.State) ui.Tone { return stateWords[s].tone }

// subjectURL is the page of what a job is about; "" if there is none.
func subjectURL(j jobs.Job) string {
	switch j.Kind {
	case "feed.process", "feed.replay":
		return "/intakes/" + j.Subject
	case "finding.move":
		return "/findings/-/moves/" + j.ID
	case "notify.send":
		return "/notifications/runs/" + j.ID
	case "sharing.erase", "sharing.expire", "sharing.replay":
		return "/sharing/orders/" + j.ID
	}
	return ""
}
