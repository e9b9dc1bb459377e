package constituency

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// read authorises and runs fn on one consistent state.
func (r *Register) read(ctx context.Context, actor identity.Actor, op identity.Operation, object string, fn func(tx *sqldb.Tx) error) error {
	if err := actor.Authorise(op, object); err != nil {
		return err
	}
	return r.db.Read(ctx, fn)
}

// Organisation returns one organisation. Errors: NotFound.
func (r *Register) Organisation(ctx context.Context, actor identity.Actor, id string) (o Organisation, err error) {
	err = r.read(ctx, actor, OpRead, id, func(tx *sqldb.Tx) error {
		o, err = organisationByID(tx, id)
		return err
	})
	return o, err
}

// OrganisationByName returns the organisation of that name, whatever its case.
// Errors: Invalid for what can be no name, NotFound.
func (r *Register) OrganisationByName(ctx context.Context, actor identity.Actor, name string) (o Organisation, err error) {
	clean, err := CleanName(name)
	if err != nil {
		return o, err
	}
	err = r.read(ctx, actor, OpRead, clean, func(tx *sqldb.Tx) error {
		o, err = scanOrganisation(tx.QueryRow("SELECT "+organisationColumns+" FROM organisation WHERE name_key = $1", nameKey(clean)).Scan)
		return err
	})
	return o, err
}

// Networks returns an organisation's networks by rule and value.
func (r *Register) Networks(ctx context.Context, actor identity.Actor, organisation string) (list []Network, err error) {
	err = r.read(ctx, actor, OpRead, organisation, func(tx *sqldb.Tx) error {
		list, err = networksOf(tx, organisation)
		return err
	})
	return list, err
}

// Contacts returns an organisation's contacts by purpose.
func (r *Register) Contacts(ctx context.Context, actor identity.Actor, organisation string) (list []Contact, err error) {
	err = r.read(ctx, actor, OpRead, organisation, func(tx *sqldb.Tx) error {
		list, err = contactsOf(tx, organisation)
		return err
	})
	return list, err
}

// Names returns the names of all organisations by id, for showing results that
// hold ids. The map is shared with others: it is only to be read.
func (r *Register) Names(ctx context.Context, actor identity.Actor) (map[string]string, error) {
	var known *namesAt
	err := r.read(ctx, actor, OpRead, "*", func(tx *sqldb.Tx) error {
		state, err := readState(tx)
		if known = r.names.Load(); err != nil || known != nil && known.state == state {
			return err
		}
		known = &namesAt{state, map[string]string{}}
		return tx.Each("SELECT id, name FROM organisation", nil, func(scan func(...any) error) error {
			var id, name string
			err := scan(&id, &name)
			known.names[id] = name
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	r.names.Store(known)
	return known.names, nil
}

// namesAt is the names of all organisations at a version of the register. Each page needs them, and they rarely change.
type namesAt struct {
	state registerState
	names map[string]string
}

// Size returns how many organisations, networks and contacts there are.
func (r *Register) Size(ctx context.Context, actor identity.Actor) (organisations, networks, contacts int, err error) {
	err = r.read(ctx, actor, OpRead, "*", func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT (SELECT count(*) FROM organisation), (SELECT count(*) FROM network), (SELECT count(*) FROM contact)`).
			Scan(&organisations, &networks, &contacts)
	})
	return organisations, networks, contacts, err
}
