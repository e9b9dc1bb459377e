// Package stopped says why something did not leave, in the language of the reader: that release does not let it go, or that it names somebody, and where.
//
// Each form that sends something shows its errors by Words, so that who writes at night reads in their own language what to take out, and whom to ask.
package stopped

import (
	"cmp"
	"context"
	"strings"

	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/web/words"
)

// mostPlaces is how many places a sentence names.
const mostPlaces = 5

// Words says an error to a reader: what release stopped in their language, all else as it says itself.
func Words(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	if stop, ok := release.Leaks(err); ok {
		return words.T(ctx, "stopped.leak", "places", Places(ctx, stop.Places)) + " " + after(ctx, stop)
	}
	if d, ok := release.Stopped(err); ok && words.Of(ctx) != words.English {
		return Reason(ctx, d)
	}
	return err.Error()
}

// Reason says why something was decided as it was: in English the whole reason as it was recorded, else the rule and what follows from it.
func Reason(ctx context.Context, d release.Decision) string {
	if words.Of(ctx) == words.English || d.Rule == "" {
		return d.Reason
	}
	return words.T(ctx, "releases.rule."+d.Rule) + ". " + words.T(ctx, "stopped.outcome."+strings.ReplaceAll(string(d.Outcome), " ", "-"))
}

// after says what can be done about a copy that names somebody.
func after(ctx context.Context, stop *release.Leaking) string {
	key := "stopped.after." + string(stop.State)
	if stop.ID == "" {
		key = "stopped.after.none"
	}
	return words.T(ctx, key, "id", stop.ID)
}

// Places says where a copy names whom, the first of them.
func Places(ctx context.Context, list []leak.Leak) string {
	var out []string
	for i, l := range list {
		if i == mostPlaces {
			out = append(out, words.T(ctx, "stopped.more", "n", len(list)-mostPlaces))
			break
		}
		out = append(out, words.T(ctx, "stopped.place", "place", Place(ctx, l.Place), "what", what(ctx, l)))
	}
	return strings.Join(out, "; ")
}

// Place says in words where a name stands, from the outside to the inside.
func Place(ctx context.Context, at leak.Place) string {
	list := make([]string, 0, len(at))
	for _, s := range at {
		text := words.T(ctx, "releases.place."+s.Code, "number", s.Number, "name", s.Name)
		list = append(list, strings.Trim(strings.TrimSpace(text), ",: "))
	}
	return strings.Join(list, ", ")
}

// Whose says in words what stands there.
func Whose(ctx context.Context, l leak.Leak) string {
	if l.Kind == leak.Unreadable {
		return words.T(ctx, "releases.unreadable."+l.Name)
	}
	role := l.Role
	if role == "" {
		role = leak.Other
	}
	return words.T(ctx, "releases.role."+string(role)) + ", " + words.T(ctx, "releases.leak."+string(l.Kind))
}

// what says what stands there, as it was written.
func what(ctx context.Context, l leak.Leak) string {
	if l.Kind == leak.Unreadable {
		return Whose(ctx, l)
	}
	return words.T(ctx, "stopped.named", "what", Whose(ctx, l), "name", cmp.Or(l.Found, l.Name))
}
