package findings

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// states are how the states are said and how they strike. A finding that is not seen any more is not fixed: nobody confirmed that.
var states = map[finding.State]struct {
	key  string
	tone ui.Tone
}{
	finding.Open:         {"findings.state.open", ui.Bad},
	finding.Notified:     {"findings.state.notified", ui.Info},
	finding.Acknowledged: {"findings.state.acknowledged", ui.Info},
	finding.Muted:        {"findings.state.muted", ui.Quiet},
	finding.NoLongerSeen: {"findings.state.gone", ui.Warn},
	finding.Fixed:        {"findings.state.fixed", ui.Good},
	finding.Reopened:     {"findings.state.reopened", ui.Bad},
}

// stateWord says a state; one that is not known as it is.
func stateWord(ctx context.Context, s string) string {
	if w, ok := states[finding.State(s)]; ok {
		return words.T(ctx, w.key)
	}
	return s
}

func stateTone(s string) ui.Tone { return states[finding.State(s)].tone }

// moveWords are the names of the moves, by the state that a person moves to.
var moveWords = map[finding.State]struct{ name, icon, done string }{
	finding.Acknowledged: {"findings.move.acknowledge", "check", "findings.moved.acknowledged"},
	finding.Muted:        {"findings.move.mute", "bell-off", "findings.moved.muted"},
	finding.Fixed:        {"findings.move.fix", "circle-check", "findings.moved.fixed"},
	finding.Open:         {"findings.move.open", "arrow-back-up", "findings.moved.open"},
}

// nameWords are what history calls the moves, people's and the program's.
var nameWords = map[string]string{
	"acknowledge": "findings.did.acknowledge", "mute": "findings.did.mute", "confirm fixed": "findings.did.fix", "open again": "findings.did.open",
	"tell": "findings.did.tell", "untell": "findings.did.untell", "change owner": "findings.did.owner", "miss": "findings.did.miss",
	"see again": "findings.did.again", "wake": "findings.did.wake",
}

func did(ctx context.Context, name string) string {
	if key, ok := nameWords[name]; ok {
		return words.T(ctx, key)
	}
	return name
}

// personal lists the states to which a person may move a finding that is in one of these states; of any, if none is given.
func personal(from ...finding.State) (out []finding.State) {
	for _, m := range finding.Moves() {
		if m.By == finding.Person && (len(from) == 0 || contains(m.From, from[0])) {
			out = append(out, m.To)
		}
	}
	return out
}

func contains(list []finding.State, s finding.State) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// condition says what is wrong, as particularly as is known.
func condition(ctx context.Context, v desk.FindingView) string {
	return ui.Condition(ctx, v.Class, v.Identifier, v.Malware)
}

// label is the label in words for machines; what cannot be read is as strict as can be.
func label(text string) tlp.Label {
	l, err := tlp.Parse(text)
	if err != nil {
		return tlp.Red
	}
	return l
}

// listURL is the list with a filter.
func listURL(q string) string {
	if q == "" {
		return path
	}
	return path + "?" + url.Values{"q": {q}}.Encode()
}

// oneURL is the page of a finding.
func oneURL(id string, rest ...string) string {
	return path + "/" + url.PathEscape(id) + strings.Join(rest, "")
}

// narrow adds a term to a filter.
func narrow(q, name, value string) string {
	return strings.TrimSpace(strings.TrimSpace(q) + " " + name + ":" + quoted(value))
}

// quoted writes a value so that the language of queries takes it as it is.
func quoted(value string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}
	if value != "" && strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) < 0 {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

func grouped(ctx context.Context, n int64) string { return words.Number(words.Of(ctx), n) }

func port(n int64) string { return strconv.FormatInt(n, 10) }

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

func hidden(name, value string) url.Values { return url.Values{name: {value}} }

func pathSegment(s string) string { return url.PathEscape(s) }

func facetsURL(q string) string { return facetsPath + "?" + params("q", q) }
