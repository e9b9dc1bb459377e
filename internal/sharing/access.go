package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// access reads a collection as the actor may use it: CanRead and CanWrite are theirs. One of a group that an organisation is not a member of is not
// there for it. Error: NotFound.
func (s *Service) access(tx *sqldb.Tx, actor identity.Actor, name string) (Collection, error) {
	c, err := named(tx, name)
	if err != nil {
		return c, err
	}
	return s.seen(tx, actor, c)
}

func (s *Service) seen(tx *sqldb.Tx, actor identity.Actor, c Collection) (Collection, error) {
	if !outsider(actor) {
		c.CanRead = true
		c.CanWrite = actor.May(OpGive) || actor.May(OpAdd) || actor.May(OpPoll)
		return c, nil
	}
	if c.Group == "" {
		return Collection{}, errCollection(c.ID)
	}
	st, err := s.o.Standing(tx, actor.Organisation, c, s.o.Clock.Now())
	if err != nil {
		return Collection{}, err
	}
	if !st.Member {
		return Collection{}, errCollection(c.ID)
	}
	if !st.May {
		c.why = st.Reason
	}
	c.CanRead = c.CanRead && st.May
	c.CanWrite = c.CanWrite && st.May && actor.May(OpGive)
	return c, nil
}

// Visible lists the collections that the actor may know of, each with what they may do with it. Error: Forbidden.
func (s *Service) Visible(ctx context.Context, actor identity.Actor) (list []Collection, err error) {
	if err := actor.Authorise(OpRead, "collections"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		all, err := collections(tx)
		if err != nil {
			return err
		}
		for _, c := range all {
			mine, err := s.seen(tx, actor, c)
			switch {
			case err == nil:
				list = append(list, mine)
			case !notThere(err):
				return err
			}
		}
		return nil
	})
	return list, err
}

// Seen is one of Visible. Errors: Forbidden; NotFound.
func (s *Service) Seen(ctx context.Context, actor identity.Actor, name string) (c Collection, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return c, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		c, err = s.access(tx, actor, name)
		return err
	})
	return c, err
}
