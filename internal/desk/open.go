package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/delivery"
)

// openQuery asks for the findings that stand.
const openQuery = "state:open,notified,acknowledged,reopened"

// mostShares is how many values are shown by themselves.
const mostShares = 8

// Open is how many findings stand.
type Open struct {
	Findings      int64
	Classes       []Share
	Severities    []Share // the worst first
	Organisations []Share // by name; "" for nobody's
	Query         string  // gives them all on the page of findings
}

// Share is how many have a value.
type Share struct {
	Value string
	N     int64
}

func (b *Board) askOpen(ctx context.Context) (Open, error) {
	o := Open{Query: openQuery}
	for _, part := range []struct {
		by   string
		into *[]Share
	}{{"class", &o.Classes}, {"severity", &o.Severities}, {"organisation", &o.Organisations}} {
		counts, err := b.o.Desk.TallyFindings(ctx, asker, openQuery, part.by)
		if err != nil {
			return o, err
		}
		o.Findings = 0
		for _, c := range counts {
			*part.into = append(*part.into, Share{c.Values[0], c.Findings})
			o.Findings += c.Findings
		}
		*part.into = most(*part.into)
	}
	slices.SortStableFunc(o.Severities, func(a, b Share) int { return cmp.Compare(severityRank(a.Value), severityRank(b.Value)) })
	return o, nil
}

// most gives the values that most have. Organisations of the same name are one.
func most(list []Share) []Share {
	counts := map[string]int64{}
	for _, s := range list {
		counts[s.Value] += s.N
	}
	out := make([]Share, 0, len(counts))
	for v, n := range counts {
		out = append(out, Share{v, n})
	}
	slices.SortFunc(out, func(a, b Share) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	return out[:min(len(out), mostShares)]
}

// Sent is how many messages were made, by the state that they are in now.
type Sent struct {
	States []SentState // in the order of a message's life; those that occur
	Today  int64
	Week   int64
}

// SentState is how many messages are in a state.
type SentState struct {
	State       delivery.State
	Today, Week int64 // made since midnight; made within seven days
}

func (b *Board) askSent(ctx context.Context) (s Sent, err error) {
	d := b.o.Desk
	now := d.o.Clock.Now()
	today, err := b.o.Delivery.CountSince(ctx, asker, midnight(now, d.o.Zone))
	if err != nil {
		return s, err
	}
	week, err := b.o.Delivery.CountSince(ctx, asker, now.Add(-7*24*time.Hour))
	for _, state := range delivery.States() {
		if week[state] == 0 {
			continue
		}
		s.States = append(s.States, SentState{state, today[state], week[state]})
		s.Today += today[state]
		s.Week += week[state]
	}
	return s, err
}

// mostWaits is how many things that wait for a word are named.
const mostWaits = 6

func (b *Board) askApprovals(ctx context.Context) (Approvals, error) {
	if b.o.Approvals == nil {
		return Approvals{}, nil
	}
	a, err := b.o.Approvals(ctx, asker)
	slices.Sort(a.Waits)
	a.Waits = slices.Compact(a.Waits)
	a.Waits = a.Waits[:min(len(a.Waits), mostWaits)]
	return a, err
}
