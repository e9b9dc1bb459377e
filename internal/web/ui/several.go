package ui

import (
	"context"

	"github.com/firehall/firehall/internal/web/words"
)

// SeveralProps describe what came of something that was done with several things.
type SeveralProps struct {
	Done string // what was done with how many
	Back string // the URL of the list
	Left []Left
}

// Left is one that stayed as it was.
type Left struct {
	Name string // as the reader knows it; what was asked for, if it is not there
	Href string // empty: it has no page, or is not there
	Why  string // a code: the texts are "ui.several.why.state" and so on
	Text string // what refused, in a sentence; empty: the code says it all
}

func leftWhy(ctx context.Context, l Left) string {
	if key := "ui.several.why." + l.Why; words.Has(key) {
		return words.T(ctx, key)
	}
	return l.Why
}
