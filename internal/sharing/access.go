package sharing

import (
	"context"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
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
	c.most = tlp.Red
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
	// What came when the collection took more, or when its group shared more, stays there, and is for nobody outside.
	if c.most = c.Label; st.Cap != nil {
		c.most = min(c.most, *st.Cap)
	}
	c.CanRead = c.CanRead && st.May
	c.CanWrite = c.CanWrite && st.May && actor.May(OpGive)
	return c, nil
}

// Most is the strictest label that who asked may read: what is stricter they do not see.
func (c Collection) Most() tlp.Label { return c.most }

// labelled writes the condition that an object is labelled so strictly at most.
func labelled(most tlp.Label, args []any) (string, []any) {
	if most >= tlp.Red {
		return "", args
	}
	marks := []string{}
	for _, l := range tlp.Labels() {
		if l <= most {
			args = append(args, l.String())
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
	}
	return " AND EXISTS (SELECT 1 FROM sharing_object l WHERE l.num = m.object AND l.label IN (" + strings.Join(marks, ", ") + "))", args
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
