package abuse

import (
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// inBlock reads what is kept about the addresses of a block and still holds.
func inBlock(tx *sqldb.Tx, block string, now time.Time) (list []Contact, err error) {
	err = tx.Each(`SELECT asked, range_from, range_to, outcome, mail, name, source, decision, reason, at, expires FROM registry_contact
		WHERE block = $1 AND expires > $2 ORDER BY asked`, []any{block, now}, func(scan func(...any) error) error {
		var c Contact
		var asked, from, to string
		var at, expires int64
		err := scan(&asked, &from, &to, &c.Outcome, &c.Mail, &c.Name, &c.Source, &c.Decision, &c.Reason, &at, &expires)
		c.Asked, c.From, c.To = parse(asked), parse(from), parse(to)
		c.At, c.Expires = sqldb.Time(at), sqldb.Time(expires)
		list = append(list, c)
		return err
	})
	return list, err
}

// upsert keeps what came of a question, and drops what does not hold any more, so that the table stays small by itself.
func upsert(tx *sqldb.Tx, block string, c Contact) error {
	if _, err := tx.Exec(`DELETE FROM registry_contact WHERE expires <= $1`, c.At); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO registry_contact (asked, block, range_from, range_to, outcome, mail, name, source, decision, reason, at, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (asked) DO UPDATE SET block = excluded.block,
		range_from = excluded.range_from, range_to = excluded.range_to, outcome = excluded.outcome, mail = excluded.mail, name = excluded.name,
		source = excluded.source, decision = excluded.decision, reason = excluded.reason, at = excluded.at, expires = excluded.expires`,
		c.Asked.String(), block, format(c.From), format(c.To), string(c.Outcome), c.Mail, c.Name, c.Source, c.Decision, c.Reason, c.At, c.Expires)
	return err
}

// format writes an address, an invalid one as nothing.
func format(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func parse(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}
