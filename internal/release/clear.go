package release

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// mostLeaks is how many places the error of Clear names.
const mostLeaks = 5

// Clear looks for names in the redacted copy that would be sent, whole, and gives a permit for exactly that copy. A permit for a full copy comes back as
// it is. It is a step of somebody's operation. Errors: Forbidden; Invalid for a permit of nothing; Conflict that names the places where a name stands,
// or what cannot be looked into.
func (s *Service) Clear(tx *sqldb.Tx, actor identity.Actor, p Permit, c leak.Content, names leak.Names) (Permit, error) {
	op := OpDecide
	if !actor.May(op) {
		op = OpCorrespond
	}
	if err := actor.Authorise(op, p.Decision()); err != nil {
		return Permit{}, err
	}
	if len(p.decisions) == 0 {
		return Permit{}, problem.New(problem.Invalid, "there is no permit to clear a copy for: decide first")
	}
	if p.profile == "" {
		return p, nil
	}
	if found := leak.Check(c, names); len(found) > 0 {
		return Permit{}, problem.New(problem.Conflict, "the copy says what its recipient may not know: %s. Take it out, or leave the file away", leak.Sentences(found, mostLeaks))
	}
	p.content = c.Digest()
	return p, actor.Audit(tx, s.o.Clock.Now(), op, p.Decision(), nil, map[string]any{"cleared": p.content, "profile": p.profile})
}
