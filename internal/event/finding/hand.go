package finding

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// owned is whose a finding is, as the audit record has it.
type owned struct {
	Organisation string `json:"organisation"` // id
	Network      string `json:"network"`      // id
	Rule         string `json:"rule"`
}

// Hand asks whose one finding is, after the register changed, and gives it to that owner: at once due, or not at all if nobody's. version is
// that of the finding as a person saw it. It reports whether anything changed. Errors: NotFound; Conflict if the finding was changed since,
// or if it is muted or closed, which keeps its owner.
func (s *Store) Hand(ctx context.Context, actor identity.Actor, k Key, version int64, owner func(Finding) (organisation, network, rule string)) (changed bool, err error) {
	if err := actor.Authorise(OpReattribute, k.ID()); err != nil {
		return false, err
	}
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		changed = false
		found, err := Select(tx, `WHERE key = $1`, k[:])
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return problem.New(problem.NotFound, "no finding %s", k)
		case found[0].Version != version:
			return problem.New(problem.Conflict, "finding %s has been changed by somebody else: look at it again", k)
		}
		changed, err = s.handSeen(tx, actor, &found[0], owner)
		return err
	})
	return changed, err
}

// handSeen gives a finding that was read in this transaction to its owner.
func (s *Store) handSeen(tx *sqldb.Tx, actor identity.Actor, f *Finding, owner func(Finding) (organisation, network, rule string)) (bool, error) {
	was := owned{f.Organisation, f.Network, f.Rule}
	var is owned
	is.Organisation, is.Network, is.Rule = owner(*f)
	if is == was {
		return false, nil
	}
	now := s.Clock.Now()
	n, err := handOne(tx, now, actor, f, is.Organisation, is.Network, is.Rule)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, problem.New(problem.Conflict, "finding %s is %s: open it again, then its owner can change", f.Key, f.State)
	}
	return true, actor.Audit(tx, now, OpReattribute, f.Key.ID(), was, is)
}

// Check looks at whether a person could ask for a move, whatever the finding. Errors: Invalid.
func (s *Store) Check(m Request) error {
	_, err := s.check(&m)
	return err
}
