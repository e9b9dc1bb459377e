package identity

import (
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// Operation names something that changes state: the room, a dot and a verb, as
// in "constituency.import". Rooms declare theirs as constants.
type Operation string

// rule lets kinds of actors do operations. An operation that no rule names
// falls to the rule of the empty operation.
type rule struct {
	op    Operation
	kinds []ActorKind
}

// rules is who may do what. People come with log-in and roles; until then they
// may do nothing, and who owns the data folder, or is Firehall itself, may do
// everything.
var rules = []rule{
	{op: "", kinds: []ActorKind{OSUserKind, SystemKind}},
}

// Authorise returns nil if the actor may do op to the object, and else a
// problem.Forbidden. It is the first line of every operation that changes
// something; object is the id, or the name, of the very thing that changes.
func (a Actor) Authorise(op Operation, object string) error {
	if a.ID != "" && slices.Contains(ruleFor(op).kinds, a.Kind) {
		return nil
	}
	if object == "" {
		return problem.New(problem.Forbidden, "%s may not do %s", a, op)
	}
	return problem.New(problem.Forbidden, "%s may not do %s on %s", a, op, object)
}

func ruleFor(op Operation) rule {
	if i := slices.IndexFunc(rules, func(r rule) bool { return r.op == op }); i >= 0 {
		return rules[i]
	}
	return rules[slices.IndexFunc(rules, func(r rule) bool { return r.op == "" })]
}
