package notification

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// AtOnce is the word of the configuration for what is told in each run.
const AtOnce = "at once"

// SendUrgent is Send for what is told at once: messages that hold no such class stay for the next run of the day.
func (s *Service) SendUrgent(ctx context.Context, actor identity.Actor) (Run, error) {
	return s.runOnce(ctx, actor, nil, true)
}

// NextDay is when the next daily run is to be made: when a day begins by notify.daily_at, or when the quiet hours end that this falls into.
func (s *Service) NextDay(now time.Time) time.Time {
	at := s.rules.next(daily, now)
	if end, quiet := s.rules.quietUntil(at); quiet {
		return end
	}
	return at
}
