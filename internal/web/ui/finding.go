package ui

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/web/words"
)

// Class says a class of RSIT, such as infected-system, in the reader's language; a name that is none as it is.
func Class(ctx context.Context, name string) string {
	if key := "class." + name; words.Has(key) {
		return words.T(ctx, key)
	}
	return name
}

// Condition says what is wrong: the class, and what it is more particularly, by the first of more that is not empty.
func Condition(ctx context.Context, class string, more ...string) string {
	for _, m := range more {
		if m != "" {
			return Class(ctx, class) + ": " + m
		}
	}
	return Class(ctx, class)
}

// Person is who did something, without the identifier that audit writes beside the name: "root" of "root (os:0)".
func Person(who string) string {
	if name, _, ok := strings.Cut(who, " ("); ok && strings.HasSuffix(who, ")") && name != "" {
		return name
	}
	return who
}

// findingStates are how the states of findings are said and how they strike. What is not seen any more is not fixed: nobody confirmed that.
var findingStates = map[string]struct {
	key  string
	tone Tone
}{
	"open": {"findings.state.open", Bad}, "reopened": {"findings.state.reopened", Bad}, "notified": {"findings.state.notified", Info},
	"acknowledged": {"findings.state.acknowledged", Info}, "muted": {"findings.state.muted", Quiet},
	"no-longer-seen": {"findings.state.gone", Warn}, "fixed": {"findings.state.fixed", Good},
}

func findingState(ctx context.Context, s string) string {
	if w, ok := findingStates[s]; ok {
		return words.T(ctx, w.key)
	}
	return s
}
