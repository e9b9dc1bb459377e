package evidence

import "github.com/firehall/firehall/internal/platform/sqldb"

// Lengths of hashes in hexadecimal.
const (
	md5Length    = 32
	sha1Length   = 40
	sha256Length = 64
)

// findable lets an item be found by the hashes that others know it by: keyed digests of them are kept, which tell nobody anything without the key.
func (v *Vault) findable(tx *sqldb.Tx, i *Item) error {
	for _, hash := range []string{i.SHA1, i.MD5} {
		if hash == "" || i.address == "" {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO evidence_sum (sum, address) VALUES ($1, $2) ON CONFLICT DO NOTHING`, v.sealer.Digest("sum", hash), i.address); err != nil {
			return err
		}
	}
	return nil
}

// Holding lists the reports and incidents that hold a file with a SHA-256, SHA-1 or MD5 (hexadecimal, small letters), each once; none for what is in
// quarantine, nor for what is no such hash.
func (v *Vault) Holding(tx *sqldb.Tx, hash string) (list []string, err error) {
	switch len(hash) {
	case sha256Length:
		return holding(tx, v.sealer.Digest("address", hash))
	case sha1Length, md5Length:
	default:
		return nil, nil
	}
	err = tx.Each(`SELECT DISTINCT i.parent FROM evidence_sum s JOIN evidence_item i ON i.address = s.address WHERE s.sum = $1 AND i.address <> '' AND i.quarantined = 0
		ORDER BY i.parent LIMIT $2`, []any{v.sealer.Digest("sum", hash), mostSame}, func(scan func(...any) error) error {
		var parent string
		err := scan(&parent)
		list = append(list, parent)
		return err
	})
	return list, err
}
