package delivery

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Quarantine stops everything in the transaction that brings a state back from elsewhere: nothing leaves before a person has looked and says
// Resume. Unlike Stop it takes the place of an order that stands, whose reason it keeps behind its own.
func Quarantine(tx *sqldb.Tx, now time.Time, actor identity.Actor, reason string) error {
	if err := actor.Authorise(OpStop, string(All)); err != nil {
		return err
	}
	var before string
	err := tx.QueryRow(`SELECT reason FROM stop_order WHERE scope = $1`, string(All)).Scan(&before)
	if err != nil && !sqldb.NoRows(err) {
		return err
	}
	if before != "" && !strings.HasPrefix(before, reason) {
		reason += " Before that it was stopped too: " + before
	}
	reason = lineOf(reason, maxWords)
	_, err = tx.Exec(`INSERT INTO stop_order (scope, ordered_by, reason, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (scope) DO UPDATE SET ordered_by = excluded.ordered_by, reason = excluded.reason, at = excluded.at`,
		string(All), actor.String(), reason, now)
	if err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpStop, string(All), reason, nil, nil)
}
