package constituency

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// told is the order in which an organisation's contacts are wanted for an
// observation. The legal contact never is.
var told = []Purpose{Abuse, Security, Technical, AllHours}

// choose picks the contacts of the first purpose that has any that can be used;
// mail and webhooks before a telephone, which needs a person to call.
func choose(contacts []Contact, now time.Time) (chosen []Contact, reason string) {
	for _, phone := range []bool{false, true} {
		for _, purpose := range told {
			for _, c := range contacts {
				if c.Purpose == purpose && c.Usable() && (c.Channel == Phone) == phone {
					chosen = append(chosen, c)
				}
			}
			if len(chosen) > 0 {
				return chosen, chosenReason(purpose, chosen, phone, now)
			}
		}
	}
	switch {
	case len(contacts) == 0:
		return nil, "it has no contact"
	case !slices.ContainsFunc(contacts, func(c Contact) bool { return c.Purpose != Legal }):
		return nil, "it has a legal contact only, which is not for observations"
	}
	return nil, "its contacts no longer work: " + addresses(contacts)
}

func chosenReason(purpose Purpose, chosen []Contact, phone bool, now time.Time) string {
	reason := fmt.Sprintf("its %s contact", purpose)
	if phone {
		reason += ", a telephone: somebody has to call"
	}
	if i := slices.IndexFunc(chosen, func(c Contact) bool { return !c.KeyExpires.IsZero() && !now.Before(c.KeyExpires) }); i >= 0 {
		reason += fmt.Sprintf("; the key of %s expired on %s", chosen[i].Address, chosen[i].KeyExpires.Format(time.DateOnly))
	}
	return reason
}

func addresses(contacts []Contact) string {
	list := make([]string, len(contacts))
	for i, c := range contacts {
		list[i] = c.Address
	}
	return strings.Join(list, ", ")
}
