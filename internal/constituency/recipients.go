package constituency

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Recipients is who of an organisation gets messages about its networks.
type Recipients struct {
	Organisation Organisation
	Contacts     []Contact // mail and webhooks, as choose picks them; empty when a person has to act
	Reason       string    // in words: which contacts these are, or why there is none
	Next         string    // without contacts: the name of the organisation that a person's word could have told instead, "" for none
}

// Recipients finds who gets messages of many organisations at once, by
// organisation id; unknown ids are left out of the result. Telephones and legal
// contacts are no recipients. For an organisation without recipients Next names
// who of the chain could be told by a person's word: nobody is told by itself.
func (r *Register) Recipients(ctx context.Context, actor identity.Actor, organisations []string) (map[string]Recipients, error) {
	for _, id := range organisations {
		if err := actor.Authorise(OpRead, id); err != nil {
			return nil, err
		}
	}
	p := &post{now: r.opts.Clock.Now(), locate: r.opts.Locate, found: make(map[string]Recipients, len(organisations))}
	err := r.db.Read(ctx, func(tx *sqldb.Tx) error {
		p.tx = tx
		return p.run(organisations)
	})
	return p.found, err
}

// post finds recipients.
type post struct {
	tx     *sqldb.Tx
	now    time.Time
	locate Locator
	found  map[string]Recipients
}

func (p *post) run(organisations []string) error {
	list, err := organisationsByID(p.tx, organisations)
	if err != nil {
		return err
	}
	contacts, err := contactsOfAll(p.tx, organisations)
	if err != nil {
		return err
	}
	var without []Organisation
	for _, o := range list {
		chosen, reason := choose(contacts[o.ID], p.now)
		chosen = slices.DeleteFunc(chosen, func(c Contact) bool { return c.Channel == Phone })
		p.found[o.ID] = Recipients{Organisation: o, Contacts: chosen, Reason: reason}
		if len(chosen) == 0 {
			without = append(without, o)
		}
	}
	return p.next(without)
}

// chunk is how many values one query asks for.
const chunk = 500

// eachIn runs a query for values in chunks. The query ends with the IN before
// the list of values, which is followed by tail; fixed are its arguments before the list.
func eachIn(tx *sqldb.Tx, query string, values []string, tail string, scan func(scan func(...any) error) error, fixed ...any) error {
	for part := range slices.Chunk(values, chunk) {
		args, marks := slices.Clone(fixed), make([]string, len(part))
		for i, v := range part {
			args = append(args, v)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		if err := tx.Each(query+" ("+strings.Join(marks, ", ")+") "+tail, args, scan); err != nil {
			return err
		}
	}
	return nil
}

func organisationsByID(tx *sqldb.Tx, ids []string) (list []Organisation, err error) {
	err = eachIn(tx, "SELECT "+organisationColumns+" FROM organisation WHERE id IN", distinct(ids), "", func(scan func(...any) error) error {
		o, err := scanOrganisation(scan)
		list = append(list, o)
		return err
	})
	return list, err
}

// contactsOfAll reads the contacts of many organisations, each one's in the order of contactsOf.
func contactsOfAll(tx *sqldb.Tx, organisations []string) (map[string][]Contact, error) {
	of := make(map[string][]Contact, len(organisations))
	err := eachIn(tx, "SELECT "+contactColumns+" FROM contact WHERE organisation IN", distinct(organisations),
		"ORDER BY organisation, purpose, channel, address", func(scan func(...any) error) error {
			c, err := scanContact(scan)
			of[c.Organisation] = append(of[c.Organisation], c)
			return err
		})
	return of, err
}

func distinct(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// SetHealth sets what is known of a contact's reachability, and raises the
// contact's version if that is news. It is a step of somebody's operation, which
// authorises and audits it. It returns the health before and the id of the
// contact's organisation. Errors: NotFound.
func SetHealth(tx *sqldb.Tx, _ time.Time, contact string, h Health) (before Health, organisation string, err error) {
	if h, err = ParseHealth(string(h)); err != nil {
		return "", "", err
	}
	// An import must not write over it what it read before. The matcher knows no
	// health, so the register's version stays, which spares every reader a rebuild.
	if err := hold(tx); err != nil {
		return "", "", err
	}
	err = tx.QueryRow("SELECT health, organisation FROM contact WHERE id = $1", contact).Scan(&before, &organisation)
	if sqldb.NoRows(err) {
		return "", "", problem.New(problem.NotFound, "no contact %s", clip(contact))
	}
	if err != nil || before == h {
		return before, organisation, err
	}
	_, err = tx.Exec("UPDATE contact SET health = $2, version = version + 1 WHERE id = $1", contact, string(h))
	return before, organisation, err
}
