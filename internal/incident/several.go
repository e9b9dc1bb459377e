package incident

import (
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// refusals is why one of several stayed as it was, by what refused it.
var refusals = map[problem.Kind]string{
	problem.NotFound: "gone", problem.Conflict: "state", problem.Invalid: "invalid", problem.Forbidden: "forbidden", problem.Unavailable: "unavailable",
}

// Severally does something with each of several things by name, in their order, each for itself: do authorises, records, and has a transaction of its own. One that refuses is
// listed with why and the error, and stops none of the others; of what is not there, or out of sight, nothing but the name that was given is said. Errors:
// Invalid unless there are between 1 and most names; Internal, with what was done until then.
func Severally(names []string, most int, do func(name string) error) (Moved, error) {
	names = once(names)
	if len(names) == 0 || len(names) > most {
		return Moved{}, problem.New(problem.Invalid, "name between 1 and %d, and not %d", most, len(names))
	}
	out := Moved{Moved: []string{}}
	for _, name := range names {
		err := do(name)
		why, known := refusals[problem.KindOf(err)]
		switch {
		case err == nil:
			out.Moved = append(out.Moved, name)
		case why == "gone":
			out.Unmoved = append(out.Unmoved, Unmoved{ID: name, Why: why})
		case known:
			out.Unmoved = append(out.Unmoved, Unmoved{ID: name, Why: why, Text: err.Error(), Err: err})
		default:
			return out, err
		}
	}
	return out, nil
}

// once leaves out what was named before.
func once(names []string) (list []string) {
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
