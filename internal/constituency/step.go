package constituency

import (
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The functions of this file are steps of somebody's operation, which authorises and audits it, inside its transaction. Those that change
// something need Touch before them, and Register.Refresh after the commit.

// ContactIn reads a contact: what it is at this moment, for whoever is about to write to it. Errors: NotFound.
func ContactIn(tx *sqldb.Tx, contact string) (Contact, error) { return contactByID(tx, contact) }

// LanguageIn gives the language (BCP 47) of a contact, by id, or else of one with a mail address; "" where none is known. It is a step of somebody's
// operation.
func LanguageIn(tx *sqldb.Tx, contact, address string) (language string, err error) {
	if contact == "" {
		if _, address, err = ParseAddress(address); err != nil {
			return "", nil //nolint:nilerr // no address: no language
		}
	}
	err = tx.QueryRow(`SELECT language FROM contact WHERE language <> '' AND (id = CAST($1 AS TEXT) OR CAST($1 AS TEXT) = '' AND channel = $2 AND address = $3) ORDER BY id LIMIT 1`,
		contact, string(Mail), address).Scan(&language)
	if sqldb.NoRows(err) {
		return "", nil
	}
	return language, err
}

// OrganisationIn reads an organisation. Errors: NotFound.
func OrganisationIn(tx *sqldb.Tx, organisation string) (Organisation, error) {
	return organisationByID(tx, organisation)
}

// OrganisationNamed finds an organisation by its name, whatever its case. Errors: NotFound.
func OrganisationNamed(tx *sqldb.Tx, name string) (Organisation, error) {
	o, err := scanOrganisation(tx.QueryRow("SELECT "+organisationColumns+" FROM organisation WHERE name_key = $1", nameKey(name)).Scan)
	if sqldb.NoRows(err) {
		return o, problem.New(problem.NotFound, "no organisation %q", clip(name))
	}
	return o, err
}

// ContactsIn reads an organisation's contacts by purpose.
func ContactsIn(tx *sqldb.Tx, organisation string) ([]Contact, error) {
	return contactsOf(tx, organisation)
}

// NetworksIn reads an organisation's networks by rule and value.
func NetworksIn(tx *sqldb.Tx, organisation string) ([]Network, error) {
	return networksOf(tx, organisation)
}

// Touch makes changes of the register wait for each other, and raises its version.
func Touch(tx *sqldb.Tx) error {
	_, err := touch(tx)
	return err
}

// AddOrganisationIn puts an organisation into the register. Errors: Invalid, Conflict when the name is taken.
func AddOrganisationIn(tx *sqldb.Tx, now time.Time, o Organisation) (Organisation, error) {
	o, err := o.normal()
	if err != nil {
		return o, err
	}
	o.ID, o.Version, o.Created, o.Updated = id.NewAt(now), 1, now, now
	if err := checkParent(tx, o); err != nil {
		return o, err
	}
	return o, insertOrganisation(tx, o)
}

// ClaimIn puts a network into the register that nobody approved: it matches nothing until somebody does. Errors: Invalid.
func ClaimIn(tx *sqldb.Tx, now time.Time, organisation, text string) (Network, error) {
	rule, value, err := ParseNetwork(text)
	if err != nil {
		return Network{}, err
	}
	n := Network{ID: id.NewAt(now), Organisation: organisation, Rule: rule, Value: value, Version: 1}
	return n, insertNetwork(tx, n)
}

// CleanContact checks a contact and returns it in canonical form. Errors: Invalid.
func CleanContact(c Contact) (Contact, error) { return c.normal() }

// AddContactIn puts a contact into the register. Errors: Invalid.
func AddContactIn(tx *sqldb.Tx, now time.Time, c Contact) (Contact, error) {
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	c.ID, c.Version = id.NewAt(now), 1
	return c, insertContact(tx, c)
}

// ChangeContactIn replaces a contact's facts; c.Version must be the version that was read. Errors: Invalid, Conflict.
func ChangeContactIn(tx *sqldb.Tx, c Contact) (Contact, error) {
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	return c, updateContact(tx, &c)
}

// RemoveContactIn takes a contact out of the register. Errors: Conflict if it is not at that version.
func RemoveContactIn(tx *sqldb.Tx, contact string, version int64) error {
	n, err := tx.Exec("DELETE FROM contact WHERE id = $1 AND version = $2", contact, version)
	if err != nil || n == 0 {
		return orStale(err, "contact", contact)
	}
	return nil
}

// ApproveIn approves a network, in whoever's name: from now on it matches within its validity. Errors: NotFound.
func ApproveIn(tx *sqldb.Tx, now time.Time, by, network string) (before, after Network, err error) {
	if before, err = networkByID(tx, network); err != nil || before.Approved() {
		return before, before, err
	}
	after = before
	after.ApprovedBy, after.ApprovedAt = by, now
	return before, after, updateNetwork(tx, &after)
}
