package constituency

import "github.com/firehall/firehall/internal/platform/sqldb"

// ContactIn reads a contact inside a transaction: what it is at this moment, for whoever is about to write to it. It is a step of somebody's
// operation, which authorises. Errors: NotFound.
func ContactIn(tx *sqldb.Tx, contact string) (Contact, error) { return contactByID(tx, contact) }
