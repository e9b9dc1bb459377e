package reports

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

var stateTones = map[incident.State]ui.Tone{
	incident.StateNew: ui.Bad, incident.StateOpen: ui.Info, incident.StateResolved: ui.Good, incident.StateRejected: ui.Quiet,
}

// say is a text whose key ends in a code; a code without a text stands as it is.
func say(ctx context.Context, key, code string) string {
	if words.Has(key + code) {
		return words.T(ctx, key+code)
	}
	return code
}

func stateWord(ctx context.Context, s incident.State) string {
	return say(ctx, "reports.state.", string(s))
}

func doorWord(ctx context.Context, d incident.Door) string {
	return say(ctx, "reports.door.", string(d))
}

func verifiedWord(ctx context.Context, v incident.Verified) string {
	if v == incident.Unverified {
		return T(ctx, "reports.verified.none")
	}
	return say(ctx, "reports.verified.", string(v))
}

func moveWord(ctx context.Context, m string) string { return say(ctx, "reports.move.", m) }

// reason says a reason of triage in the reader's language.
func reason(ctx context.Context, r triage.Reason) string {
	args := []any{}
	for i, name := range []string{"a", "b", "c"} {
		value := ""
		if i < len(r.Args) {
			value = r.Args[i]
		}
		args = append(args, name, value)
	}
	if !words.Has("triage." + r.Code) {
		return r.Code + " " + strings.Join(r.Args, " ")
	}
	return words.T(ctx, "triage."+r.Code, args...)
}

// named is a name by id, or the id where nobody knows it.
func named(names map[string]string, id string) string {
	if n := names[id]; n != "" {
		return n
	}
	return id
}

// moveInfo is how a move is shown and which key makes it.
type moveInfo struct {
	name incident.MoveName
	icon string
	key  string
	tone ui.Tone
}

// moves are those that a person makes, in the order of the bar.
var moves = []moveInfo{
	{incident.Take, "user-check", "a", ui.Quiet},
	{incident.OpenOne, "flame", "o", ui.Quiet},
	{incident.Link, "link", "l", ui.Quiet},
	{incident.Launch, "send", "i", ui.Quiet},
	{incident.Ask, "mail-question", "b", ui.Quiet},
	{incident.Pass, "mail-forward", "p", ui.Quiet},
	{incident.Test, "puzzle", "t", ui.Quiet},
	{incident.Reject, "circle-x", "r", ui.Bad},
	{incident.Resolve, "circle-check", "", ui.Quiet},
	{incident.Reopen, "arrow-back-up", "", ui.Quiet},
	{incident.Merge, "git-merge", "", ui.Quiet},
	{incident.Police, "shield-exclamation", "", ui.Bad},
}

func infoOf(name incident.MoveName) (moveInfo, bool) {
	for _, m := range moves {
		if m.name == name {
			return m, true
		}
	}
	return moveInfo{}, false
}

// listURL is the queue with a filter.
func listURL(q string) string {
	if q == queue {
		return path
	}
	return path + "?" + url.Values{"q": {q}}.Encode()
}

func oneURL(id string, rest ...string) string {
	return path + "/" + url.PathEscape(id) + strings.Join(rest, "")
}

// params writes the parameters of a URL: names and values in turn. Empty values are left out.
func params(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}

func lookupURL(value string) string { return "/lookup?" + url.Values{"q": {value}}.Encode() }

func number(n int) string { return strconv.Itoa(n) }
