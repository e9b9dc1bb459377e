package notification

import (
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
)

// Pace is how often an organisation is told of a type of findings at most: at once for Days 0, else each so many days.
type Pace struct{ Days int }

// Pace says how often an organisation, by its name, is told of a type of findings (RSIT) at most, as the configuration says.
func (s *Service) Pace(actor identity.Actor, organisation, class string) (Pace, error) {
	if err := actor.Authorise(constituency.OpWho, organisation); err != nil {
		return Pace{}, err
	}
	return Pace{Days: map[frequency]int{daily: 1, weekly: 7}[s.rules.of(organisation, class)]}, nil
}
