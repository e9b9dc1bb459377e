package delivery

import (
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// seen gives the condition that deliveries, as d, meet that an actor may know of, and appends its arguments. It stands in every question of a person,
// before counting and paging. What is counted for everybody alike is asked as nobody: then it says the same to all.
func (s *Service) seen(tx *sqldb.Tx, actor identity.Actor, args []any) (string, []any, error) {
	if s.Unseen == nil || actor.Kind == identity.SystemKind {
		return "true", args, nil
	}
	condition, more, err := s.Unseen(tx, actor, "d", len(args)+1)
	return "NOT (" + condition + ")", append(args, more...), err
}

// load reads a delivery that an actor may know of. Errors: NotFound, the same for one that there is not.
func (s *Service) load(tx *sqldb.Tx, actor identity.Actor, name string) (Delivery, error) {
	condition, args, err := s.seen(tx, actor, []any{name})
	if err != nil {
		return Delivery{}, err
	}
	var known int
	if err := tx.QueryRow(`SELECT count(*) FROM delivery d WHERE d.id = $1 AND `+condition, args...).Scan(&known); err != nil {
		return Delivery{}, err
	}
	if known == 0 {
		return Delivery{}, missing(name)
	}
	return load(tx, name)
}

// Private tells whether not everybody who reads deliveries may know of one: then a task, which everybody reads, names nobody and says nothing of
// it. It is a step of somebody's operation and does not authorise.
func (s *Service) Private(tx *sqldb.Tx, name string) (bool, error) {
	condition, args, err := s.seen(tx, identity.Actor{}, []any{name})
	if err != nil {
		return true, err
	}
	var open int
	err = tx.QueryRow(`SELECT count(*) FROM delivery d WHERE d.id = $1 AND `+condition, args...).Scan(&open)
	return open == 0, err
}
