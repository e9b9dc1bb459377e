package constituency

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The writing half of the store: one statement a function. The bulk half, which
// an import uses, shares the row builders.

var (
	organisationInto = sqldb.Upsert{
		Table:   "organisation",
		Columns: []string{"id", "name", "name_key", "kind", "sector", "country", "parent", "criticality", "version", "created", "updated"},
		Key:     []string{"id"},
		Set: []string{
			"kind = excluded.kind", "sector = excluded.sector", "country = excluded.country", "parent = excluded.parent",
			"criticality = excluded.criticality", "version = t.version + 1", "updated = excluded.updated",
		},
	}
	networkInto = sqldb.Upsert{
		Table:   "network",
		Columns: []string{"id", "organisation", "rule", "value", "low", "valid_from", "valid_until", "approved_by", "approved_at", "version"},
		Key:     []string{"id"},
		Set: []string{
			"valid_from = excluded.valid_from", "valid_until = excluded.valid_until", "approved_by = excluded.approved_by",
			"approved_at = excluded.approved_at", "version = t.version + 1",
		},
	}
	contactInto = sqldb.Upsert{
		Table: "contact",
		Columns: []string{
			"id", "organisation", "channel", "address", "purpose", "language", "pgp_key", "pgp_fingerprint", "pgp_expires",
			"encryption", "health", "version",
		},
		Key: []string{"id"},
		Set: []string{
			"language = excluded.language", "pgp_key = excluded.pgp_key", "pgp_fingerprint = excluded.pgp_fingerprint",
			"pgp_expires = excluded.pgp_expires", "encryption = excluded.encryption", "health = excluded.health", "version = t.version + 1",
		},
	}
)

func organisationRow(o Organisation) []any {
	var parent any
	if o.Parent != "" {
		parent = o.Parent
	}
	return []any{
		o.ID, o.Name, nameKey(o.Name), string(o.Kind), string(o.Sector), string(o.Country), parent, string(o.Criticality),
		o.Version, sqldb.Millis(o.Created), sqldb.Millis(o.Updated),
	}
}

func networkRow(n Network) []any {
	low := ""
	if p := n.Prefix(); p.IsValid() {
		low = lowKey(p.Addr())
	}
	return []any{
		n.ID, n.Organisation, string(n.Rule), n.Value, low, sqldb.Millis(n.From), sqldb.Millis(n.Until),
		n.ApprovedBy, sqldb.Millis(n.ApprovedAt), n.Version,
	}
}

func contactRow(c Contact) []any {
	return []any{
		c.ID, c.Organisation, string(c.Channel), c.Address, string(c.Purpose), c.Language, c.Key, c.KeyFingerprint,
		sqldb.Millis(c.KeyExpires), c.Encryption, string(c.Health), c.Version,
	}
}

func insertOrganisation(tx *sqldb.Tx, o Organisation) error {
	_, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, sector, country, parent, criticality, version, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, organisationRow(o)...)
	return err
}

// updateOrganisation moves o to its next version, if it is still at the one given.
func updateOrganisation(tx *sqldb.Tx, o *Organisation) error {
	row := organisationRow(*o)
	n, err := tx.Exec(`UPDATE organisation SET name = $2, name_key = $3, kind = $4, sector = $5, country = $6, parent = $7, criticality = $8,
		updated = $9, version = version + 1 WHERE id = $1 AND version = $10`, append(row[:8:8], row[10], o.Version)...)
	if err != nil || n == 0 {
		return orStale(err, "organisation", o.ID)
	}
	o.Version++
	return nil
}

func insertNetwork(tx *sqldb.Tx, n Network) error {
	_, err := tx.Exec(`INSERT INTO network (id, organisation, rule, value, low, valid_from, valid_until, approved_by, approved_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, networkRow(n)...)
	return err
}

func networkByID(tx *sqldb.Tx, id string) (Network, error) {
	n, err := scanNetwork(tx.QueryRow("SELECT "+networkColumns+" FROM network WHERE id = $1", id).Scan)
	if sqldb.NoRows(err) {
		return n, problem.New(problem.NotFound, "no network %s", clip(id))
	}
	return n, err
}

func updateNetwork(tx *sqldb.Tx, n *Network) error {
	rows, err := tx.Exec(`UPDATE network SET valid_from = $2, valid_until = $3, approved_by = $4, approved_at = $5, version = version + 1
		WHERE id = $1 AND version = $6`, n.ID, n.From, n.Until, n.ApprovedBy, n.ApprovedAt, n.Version)
	if err != nil || rows == 0 {
		return orStale(err, "network", n.ID)
	}
	n.Version++
	return nil
}

func insertContact(tx *sqldb.Tx, c Contact) error {
	_, err := tx.Exec(`INSERT INTO contact (id, organisation, channel, address, purpose, language, pgp_key, pgp_fingerprint, pgp_expires,
		encryption, health, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, contactRow(c)...)
	return err
}

func contactByID(tx *sqldb.Tx, id string) (Contact, error) {
	c, err := scanContact(tx.QueryRow("SELECT "+contactColumns+" FROM contact WHERE id = $1", id).Scan)
	if sqldb.NoRows(err) {
		return c, problem.New(problem.NotFound, "no contact %s", clip(id))
	}
	return c, err
}

func updateContact(tx *sqldb.Tx, c *Contact) error {
	row := contactRow(*c)
	args := append([]any{row[0]}, append(row[2:11:11], c.Version)...)
	n, err := tx.Exec(`UPDATE contact SET channel = $2, address = $3, purpose = $4, language = $5, pgp_key = $6, pgp_fingerprint = $7,
		pgp_expires = $8, encryption = $9, health = $10, version = version + 1 WHERE id = $1 AND version = $11`, args...)
	if err != nil || n == 0 {
		return orStale(err, "contact", c.ID)
	}
	c.Version++
	return nil
}
