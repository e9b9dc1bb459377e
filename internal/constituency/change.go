package constituency

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// change authorises, runs one change in a transaction that also raises the
// register's version, and brings the matcher up to date when it has committed.
// What belongs to an organisation is authorised by fn once more, as what the
// store says it belongs to: the caller's word for that is not taken.
func (r *Register) change(ctx context.Context, actor identity.Actor, object string, fn func(tx *sqldb.Tx, now time.Time) error) error {
	if err := actor.Authorise(OpChange, object); err != nil {
		return err
	}
	now := r.opts.Clock.Now()
	err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := touch(tx); err != nil {
			return err
		}
		return fn(tx, now)
	})
	if err != nil {
		return err
	}
	return r.Refresh(ctx)
}

// stale is the answer to a change that was made from an old version.
func stale(what, id string) error {
	return problem.New(problem.Conflict, "%s %s has been changed or removed by somebody else: read it again", what, clip(id))
}

// AddOrganisation puts a new organisation into the register and returns it with
// its id. Errors: Invalid, Conflict when the name is taken.
func (r *Register) AddOrganisation(ctx context.Context, actor identity.Actor, o Organisation) (Organisation, error) {
	o, err := o.normal()
	if err != nil {
		return o, err
	}
	o.ID, o.Version = id.New(), 1
	err = r.change(ctx, actor, o.ID, func(tx *sqldb.Tx, now time.Time) error {
		o.Created, o.Updated = now, now
		if err := checkParent(tx, o); err != nil {
			return err
		}
		if err := insertOrganisation(tx, o); err != nil {
			return problem.Wrap(problem.KindOf(err), err, "organisation %q", o.Name)
		}
		return actor.Audit(tx, now, OpChange, o.ID, nil, o)
	})
	return o, err
}

// ChangeOrganisation replaces an organisation's facts; o.Version must be the
// version that was read. Errors: NotFound, Invalid, Conflict.
func (r *Register) ChangeOrganisation(ctx context.Context, actor identity.Actor, o Organisation) (Organisation, error) {
	o, err := o.normal()
	if err != nil {
		return o, err
	}
	err = r.change(ctx, actor, o.ID, func(tx *sqldb.Tx, now time.Time) error {
		before, err := organisationByID(tx, o.ID)
		if err != nil {
			return err
		}
		o.Created, o.Updated = before.Created, now
		if err := checkParent(tx, o); err != nil {
			return err
		}
		if err := updateOrganisation(tx, &o); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpChange, o.ID, before, o)
	})
	return o, err
}

// checkParent refuses a parent that is not there or that would close a cycle.
func checkParent(tx *sqldb.Tx, o Organisation) error {
	at := o.Parent
	for range maxDepth {
		if at == "" {
			return nil
		}
		if at == o.ID {
			return problem.New(problem.Invalid, "organisation %q would be its own parent", o.Name)
		}
		up, err := organisationByID(tx, at)
		if problem.Is(err, problem.NotFound) {
			return problem.New(problem.Invalid, "the parent of %q is not in the register", o.Name)
		}
		if err != nil {
			return err
		}
		at = up.Parent
	}
	if at == "" {
		return nil
	}
	return problem.New(problem.Invalid, "organisation %q would have more than %d parents above it", o.Name, maxDepth)
}

// AddNetwork puts a network into the register, approved by the actor. n.Value
// may be in any form that ParseNetwork reads.
func (r *Register) AddNetwork(ctx context.Context, actor identity.Actor, n Network) (Network, error) {
	rule, value, err := ParseNetwork(n.Value)
	if err != nil {
		return n, err
	}
	if !n.Until.IsZero() && !n.From.Before(n.Until) {
		return n, problem.New(problem.Invalid, "the validity of %s ends before it begins", value)
	}
	n.ID, n.Rule, n.Value, n.Version = id.New(), rule, value, 1
	err = r.change(ctx, actor, n.Organisation, func(tx *sqldb.Tx, now time.Time) error {
		if _, err := organisationByID(tx, n.Organisation); err != nil {
			return err
		}
		n.ApprovedBy, n.ApprovedAt = actor.Name, now
		if err := insertNetwork(tx, n); err != nil {
			return problem.Wrap(problem.KindOf(err), err, "network %s", n.Value)
		}
		return actor.Audit(tx, now, OpChange, n.ID, nil, n)
	})
	return n, err
}

// ChangeNetwork sets a network's validity and whether it is approved (any
// ApprovedAt means yes); what it is and whose it is never change. n.Version must be the version that was read.
func (r *Register) ChangeNetwork(ctx context.Context, actor identity.Actor, n Network) (Network, error) {
	if !n.Until.IsZero() && !n.From.Before(n.Until) {
		return n, problem.New(problem.Invalid, "the validity of %s ends before it begins", n.Value)
	}
	err := r.change(ctx, actor, n.ID, func(tx *sqldb.Tx, now time.Time) error {
		before, err := networkByID(tx, n.ID)
		if err != nil {
			return err
		}
		if err := actor.Authorise(OpChange, before.Organisation); err != nil {
			return err
		}
		n.Organisation, n.Rule, n.Value = before.Organisation, before.Rule, before.Value
		n.approve(before, actor.Name, now)
		if err := updateNetwork(tx, &n); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpChange, n.ID, before, n)
	})
	return n, err
}

// approve settles who approved a changed network, for which the caller's word is
// not taken: whoever approved it before, else the one who does so now.
func (n *Network) approve(before Network, by string, now time.Time) {
	switch {
	case !n.Approved():
		n.ApprovedBy = ""
	case before.Approved():
		n.ApprovedBy, n.ApprovedAt = before.ApprovedBy, before.ApprovedAt
	default:
		n.ApprovedBy, n.ApprovedAt = by, now
	}
}

// RemoveNetwork takes a network out of the register; version must be the one
// that was read.
func (r *Register) RemoveNetwork(ctx context.Context, actor identity.Actor, network string, version int64) error {
	return r.change(ctx, actor, network, func(tx *sqldb.Tx, now time.Time) error {
		before, err := networkByID(tx, network)
		if err != nil {
			return err
		}
		if err := actor.Authorise(OpChange, before.Organisation); err != nil {
			return err
		}
		if n, err := tx.Exec("DELETE FROM network WHERE id = $1 AND version = $2", network, version); err != nil || n == 0 {
			return orStale(err, "network", network)
		}
		return actor.Audit(tx, now, OpChange, network, before, nil)
	})
}

// AddContact puts a contact into the register. c.Address may be in any form that
// ParseAddress reads; the key's fingerprint and expiry are read from the key.
func (r *Register) AddContact(ctx context.Context, actor identity.Actor, c Contact) (Contact, error) {
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	c.ID, c.Version = id.New(), 1
	err = r.change(ctx, actor, c.Organisation, func(tx *sqldb.Tx, now time.Time) error {
		if _, err := organisationByID(tx, c.Organisation); err != nil {
			return err
		}
		if err := r.unguarded(tx, c.Organisation); err != nil {
			return err
		}
		if err := insertContact(tx, c); err != nil {
			return problem.Wrap(problem.KindOf(err), err, "contact %s", c.Address)
		}
		return actor.Audit(tx, now, OpChange, c.ID, nil, c)
	})
	return c, err
}

// ChangeContact replaces a contact's facts; c.Version must be the version that
// was read. It stays with its organisation.
func (r *Register) ChangeContact(ctx context.Context, actor identity.Actor, c Contact) (Contact, error) {
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	err = r.change(ctx, actor, c.ID, func(tx *sqldb.Tx, now time.Time) error {
		before, err := contactByID(tx, c.ID)
		if err != nil {
			return err
		}
		if err := actor.Authorise(OpChange, before.Organisation); err != nil {
			return err
		}
		c.Organisation = before.Organisation
		if !sameChannel(before, c) {
			if err := r.unguarded(tx, c.Organisation); err != nil {
				return err
			}
		}
		if err := updateContact(tx, &c); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpChange, c.ID, before, c)
	})
	return c, err
}

// RemoveContact takes a contact out of the register; version must be the one
// that was read.
func (r *Register) RemoveContact(ctx context.Context, actor identity.Actor, contact string, version int64) error {
	return r.change(ctx, actor, contact, func(tx *sqldb.Tx, now time.Time) error {
		before, err := contactByID(tx, contact)
		if err != nil {
			return err
		}
		if err := actor.Authorise(OpChange, before.Organisation); err != nil {
			return err
		}
		if err := r.unguarded(tx, before.Organisation); err != nil {
			return err
		}
		if err := RemoveContactIn(tx, contact, version); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpChange, contact, before, nil)
	})
}

// orStale returns err, or that the row was not as the caller had seen it.
func orStale(err error, what, id string) error {
	if err != nil {
		return err
	}
	return stale(what, id)
}
