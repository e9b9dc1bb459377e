package sharing

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Collection holds objects for one sharing group.
type Collection struct {
	ID          string    `json:"id"` // a UUID
	Alias       string    `json:"alias,omitempty"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Group       string    `json:"group,omitempty"` // id of the sharing group; "" for the team alone
	CanRead     bool      `json:"can_read"`        // by members of the group
	CanWrite    bool      `json:"can_write"`       // by members of the group
	Label       tlp.Label `json:"label"`           // the strictest that it takes
	Created     time.Time `json:"created"`
	Closed      time.Time `json:"closed,omitzero"` // since when nobody reads it or writes to it
	Version     int64     `json:"version"`
	Objects     int64     `json:"objects"` // newest versions only; filled by List and Get

	why  string    // why who asks may not read, in words; set by visible
	most tlp.Label // the strictest label that who asks may read; set by visible
}

// Draft is a collection to be, or as it is to be.
type Draft struct {
	Alias       string    `json:"alias,omitempty" maxLength:"60" doc:"A name for addresses: small letters, digits, - and _."`
	Title       string    `json:"title" minLength:"1" maxLength:"200"`
	Description string    `json:"description,omitempty" maxLength:"2000"`
	Group       string    `json:"group,omitempty" maxLength:"60" doc:"Id of the sharing group that it is for; none: the team alone."`
	CanRead     bool      `json:"can_read" doc:"Whether members of the group may read."`
	CanWrite    bool      `json:"can_write" doc:"Whether members of the group may write."`
	Label       tlp.Label `json:"label" doc:"The strictest label that it takes."`
}

var aliasShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}$`)

func (d Draft) tidy() (Draft, error) {
	d.Alias, d.Title, d.Description = strings.TrimSpace(d.Alias), strings.TrimSpace(d.Title), strings.TrimSpace(d.Description)
	d.Group = strings.TrimSpace(d.Group)
	switch {
	case d.Title == "" || len(d.Title) > 200 || short(d.Title, 200) != d.Title:
		return d, problem.New(problem.Invalid, "a collection has a title of 200 bytes at most")
	case d.Alias != "" && !aliasShape.MatchString(d.Alias):
		return d, problem.New(problem.Invalid, "an alias is made of small letters, digits, - and _, and has 60 characters at most")
	case len(d.Description) > 2000 || short(d.Description, 2000) != d.Description:
		return d, problem.New(problem.Invalid, "a description has 2,000 bytes at most")
	case d.Label >= tlp.Red:
		return d, problem.New(problem.Invalid, "what is TLP:RED is for persons, and stands in no collection")
	}
	return d, nil
}

// uuid makes a random UUID (RFC 9562 §5.4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Open makes a collection. Errors: Forbidden; Invalid; Conflict for an alias that another has.
func (s *Service) Open(ctx context.Context, actor identity.Actor, d Draft) (c Collection, err error) {
	if err := actor.Authorise(OpCollect, d.Title); err != nil {
		return c, err
	}
	if d, err = d.tidy(); err != nil {
		return c, err
	}
	c = d.over(Collection{ID: uuid(), Created: s.o.Clock.Now(), Version: 1})
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := free(tx, c); err != nil {
			return err
		}
		if err := insertCollection(tx, c); err != nil {
			return err
		}
		return actor.Audit(tx, c.Created, OpCollect, c.ID, nil, c)
	})
	if err != nil {
		return Collection{}, err
	}
	return c, nil
}

// over writes a draft over a collection.
func (d Draft) over(c Collection) Collection {
	c.Alias, c.Title, c.Description, c.Group = d.Alias, d.Title, d.Description, d.Group
	c.CanRead, c.CanWrite, c.Label = d.CanRead, d.CanWrite, d.Label
	return c
}

// Change changes a collection but for its group, which what is in it was decided for. version names what was seen, 0 whatever is there. Errors:
// Forbidden; NotFound; Invalid; Conflict for another version, another group, or an alias that another has.
func (s *Service) Change(ctx context.Context, actor identity.Actor, name string, version int64, d Draft) (c Collection, err error) {
	if err := actor.Authorise(OpCollect, name); err != nil {
		return c, err
	}
	if d, err = d.tidy(); err != nil {
		return c, err
	}
	return s.revise(ctx, actor, name, version, func(c *Collection) error {
		if d.Group != c.Group {
			return problem.New(problem.Conflict, "what is in a collection was decided for its group: open another one for another group")
		}
		*c = d.over(*c)
		return nil
	})
}

// Close ends a collection: nobody reads it or writes to it any more. What was in it stays on record. Errors: Forbidden; NotFound; Conflict.
func (s *Service) Close(ctx context.Context, actor identity.Actor, name string) (Collection, error) {
	if err := actor.Authorise(OpCollect, name); err != nil {
		return Collection{}, err
	}
	return s.revise(ctx, actor, name, 0, func(c *Collection) error {
		if !c.Closed.IsZero() {
			return problem.New(problem.Conflict, "the collection is closed already")
		}
		c.Closed, c.Alias = s.o.Clock.Now(), ""
		return nil
	})
}

// revise changes a collection, audited.
func (s *Service) revise(ctx context.Context, actor identity.Actor, name string, version int64, do func(*Collection) error) (c Collection, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := named(tx, name)
		if err != nil {
			return err
		}
		if version != 0 && version != before.Version {
			return problem.New(problem.Conflict, "somebody else changed this collection meanwhile: look at it again, then change it")
		}
		c = before
		if err := do(&c); err != nil {
			return err
		}
		if err := free(tx, c); err != nil {
			return err
		}
		if c, err = updateCollection(tx, c); err != nil {
			return err
		}
		return actor.Audit(tx, s.o.Clock.Now(), OpCollect, c.ID, before, c)
	})
	if err != nil {
		return Collection{}, err
	}
	return c, nil
}

// free refuses an alias that another collection has.
func free(tx *sqldb.Tx, c Collection) error {
	if c.Alias == "" {
		return nil
	}
	other, err := named(tx, c.Alias)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err == nil && other.ID != c.ID {
		err = problem.New(problem.Conflict, "there is a collection %q already", c.Alias)
	}
	return err
}

// List lists the collections that are open, for the team. Errors: Forbidden.
func (s *Service) List(ctx context.Context, actor identity.Actor) (list []Collection, err error) {
	if err := actor.Authorise(OpOverview, "collections"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if list, err = collections(tx); err != nil {
			return err
		}
		return counts(tx, list)
	})
	return list, err
}

// Get gives a collection by its id or alias, for the team. Errors: Forbidden; NotFound.
func (s *Service) Get(ctx context.Context, actor identity.Actor, name string) (c Collection, err error) {
	if err := actor.Authorise(OpOverview, name); err != nil {
		return c, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if c, err = named(tx, name); err != nil {
			return err
		}
		one := []Collection{c}
		err = counts(tx, one)
		c = one[0]
		return err
	})
	return c, err
}
