package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
)

const (
	troubleSpan  = 7 * 24 * time.Hour // messages that failed longer ago are history
	mostTroubled = 200
	mostHealth   = 50 // conditions shown
)

// askHealth looks at everything. What cannot be looked at is a condition itself: silence must not look like health.
func (b *Board) askHealth(ctx context.Context) ([]Condition, error) {
	var out []Condition
	for _, look := range append([]HealthFunc{b.stopped, b.troubled, b.channels, b.tasks}, b.o.Health...) {
		found, err := look(ctx, asker)
		out = append(out, found...)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		if err != nil {
			out = append(out, Condition{Check: "health", Level: Warns, Message: "not everything could be looked at: " + err.Error()})
		}
	}
	slices.SortStableFunc(out, func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Check, b.Check)) // "error" sorts before "warning"
	})
	return out[:min(len(out), mostHealth)], nil
}

// stopped tells of orders that stop sending.
func (b *Board) stopped(ctx context.Context, actor identity.Actor) (out []Condition, err error) {
	orders, err := b.o.Delivery.Stops(ctx, actor)
	for _, o := range orders {
		c := Condition{
			Check: "stop", Object: o.Scope.String(), Level: Warns, Since: o.At, Page: "/stops",
			Message: fmt.Sprintf("sending of %s is stopped by %s: %s", o.Scope, o.By, o.Reason), Do: "resume it when the reason is gone",
		}
		if o.Scope == delivery.All {
			c.Level, c.Message = Broken, fmt.Sprintf("all sending is stopped by %s: %s", o.By, o.Reason)
		}
		out = append(out, c)
	}
	return out, err
}

// troubled tells of messages that did not arrive, or that nobody knows of: those of critical organisations one by one, the others as numbers.
func (b *Board) troubled(ctx context.Context, actor identity.Actor) (out []Condition, err error) {
	list, err := b.o.Delivery.Troubled(ctx, actor, b.o.Desk.o.Clock.Now().Add(-troubleSpan), mostTroubled)
	if err != nil {
		return nil, err
	}
	levels, err := b.o.Desk.levels(ctx, actor)
	counts := map[delivery.State]int{}
	for _, m := range list {
		level, critical := levels[m.Organisation]
		if !critical {
			counts[m.State]++
			continue
		}
		c := Condition{
			Check: "message", Object: m.ID, Level: Warns, Since: m.Last, Page: "/notifications/" + m.ID,
			Message: fmt.Sprintf("the message to %s (%s organisation) is %s%s", cmp.Or(m.ToName, m.Address), level, stateWords[m.State], because(m.Detail)),
		}
		if level == constituency.Essential {
			c.Level = Broken
		}
		out = append(out, c)
	}
	for _, state := range delivery.States() {
		if n := counts[state]; n > 0 {
			out = append(out, Condition{
				Check: "messages", Object: string(state), Level: Warns, Page: "/notifications?state=" + string(state),
				Message: fmt.Sprintf("%s %s", amountOf(n, mostTroubled, "message"), stateWords[state]),
			})
		}
	}
	return out, err
}

// stateWords say what a state means to who looks after the messages.
var stateWords = map[delivery.State]string{
	delivery.Held: "held: a person decides", delivery.InDoubt: "in doubt: it may have arrived", delivery.Rejected: "refused", delivery.Bounced: "bounced",
}

func because(detail string) string {
	if detail = strings.TrimSpace(detail); detail == "" {
		return ""
	}
	return ": " + detail
}

// amountOf writes a number that may be the least of what there is.
func amountOf(n, limit int, noun string) string {
	word := noun
	if n != 1 {
		word += "s"
	}
	if n >= limit {
		return fmt.Sprintf("%d %s or more", n, word)
	}
	return fmt.Sprintf("%d %s", n, word)
}

// channels tells of ways to send that do not work.
func (b *Board) channels(ctx context.Context, actor identity.Actor) ([]Condition, error) {
	o, err := b.o.Delivery.Count(ctx, actor)
	if err != nil || o.Down == "" {
		return nil, err
	}
	return []Condition{{
		Check: "channel", Level: Broken, Page: "/notifications?state=queued",
		Message: fmt.Sprintf("a channel does not work: %s; %s", o.Down, amountOf(int(o.Waiting), 1<<62, "message")+" wait"), Do: "firehall doctor says what is missing",
	}}, nil
}

// tasks tells how much lies in the team's own queue.
func (b *Board) tasks(ctx context.Context, actor identity.Actor) ([]Condition, error) {
	list, err := b.o.Tasks.List(ctx, actor, false, mostTroubled)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	oldest := list[0]
	for _, t := range list {
		if t.Raised.Before(oldest.Raised) {
			oldest = t
		}
	}
	return []Condition{{
		Check: "tasks", Level: Warns, Since: oldest.Raised, Page: "/notifications?view=tasks",
		Message: amountOf(len(list), mostTroubled, "task") + " in the team's queue, the oldest: " + oldest.Title, Do: oldest.Advice,
	}}, nil
}
