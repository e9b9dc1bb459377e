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
// it is. A copy that names somebody passes if a second person let exactly it go, see AskLeak. It is a step of somebody's operation. Errors: Forbidden;
// Invalid for a permit of nothing, and for names that are none without anybody having said so (leak.Names.Nobody); Conflict that holds Leaking, with the
// places where a name stands, or what cannot be looked into.
func (s *Service) Clear(tx *sqldb.Tx, actor identity.Actor, p Permit, c leak.Content, names leak.Names) (Permit, error) {
	op := OpDecide
	for _, other := range []identity.Operation{OpCorrespond, OpHand} {
		if !actor.May(op) {
			op = other
		}
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
	if names.Len() == 0 && names.Why() == "" {
		return Permit{}, problem.New(problem.Invalid, "nobody said whom the copy must not name: give the names, or say that there is nobody to protect, and why")
	}
	said := map[string]any{"profile": p.profile}
	if found := leak.Check(c, names); len(found) > 0 {
		let, err := s.letGo(tx, actor, p, c, found)
		if err != nil {
			return Permit{}, err
		}
		said["leak"] = let
	}
	p.content = c.Digest()
	said["cleared"] = p.content
	return p, actor.Audit(tx, s.o.Clock.Now(), op, p.Decision(), nil, said)
}
