package audit

import (
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const payloadColumns = `p.id, p.salt, p.at, p.actor, p.actor_kind, p.via, p.operation, p.object, p.reason, p.before_value, p.after_value`

// into lists where the payloadColumns of a row go.
func (p *payload) into() []any {
	return []any{&p.ID, &p.Salt, &p.At, &p.Actor, &p.ActorKind, &p.Via, &p.Operation, &p.Object, &p.Reason, &p.Before, &p.After}
}

func insert(tx *sqldb.Tx, p payload) error {
	if _, err := tx.Exec(`INSERT INTO audit_entry (id, commitment) VALUES ($1, $2)`, p.ID, p.commitment()); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO audit_payload
		(id, salt, at, actor, actor_kind, via, operation, object, reason, before_value, after_value)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Salt, p.At, p.Actor, p.ActorKind, p.Via, p.Operation, p.Object, p.Reason, p.Before, p.After)
	return err
}

func load(tx *sqldb.Tx, entry string) (p payload, err error) {
	err = tx.QueryRow(`SELECT `+payloadColumns+` FROM audit_payload p WHERE p.id = $1`, entry).Scan(p.into()...)
	return p, err
}

func remove(tx *sqldb.Tx, entry string) error {
	_, err := tx.Exec(`DELETE FROM audit_payload WHERE id = $1`, entry)
	return err
}

// loadHead returns the newest sealed position; the empty chain has none.
func loadHead(tx *sqldb.Tx) (Checkpoint, error) {
	var c Checkpoint
	var hash []byte
	err := tx.QueryRow(`SELECT seq, hash FROM audit_head WHERE one = 1`).Scan(&c.Seq, &hash)
	if sqldb.NoRows(err) {
		return c, nil
	}
	copy(c.Hash[:], hash)
	return c, err
}

func storeHead(tx *sqldb.Tx, c Checkpoint) error {
	_, err := tx.Exec(`INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)
		ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, c.Seq, c.Hash[:])
	return err
}

// link is an entry's part in the chain.
type link struct {
	id         string
	commitment []byte
	seq        int64
	hash       []byte
}

// loadUnsealed returns up to limit entries that have no position yet. Their
// order is that of their ids, which is nearly that of time.
func loadUnsealed(tx *sqldb.Tx, limit int) (out []link, err error) {
	err = tx.Each(`SELECT id, commitment FROM audit_entry WHERE seq IS NULL ORDER BY id LIMIT $1`, []any{limit},
		func(scan func(...any) error) error {
			var l link
			defer func() { out = append(out, l) }()
			return scan(&l.id, &l.commitment)
		})
	return out, err
}

func storeLink(tx *sqldb.Tx, l link) (bool, error) {
	n, err := tx.Exec(`UPDATE audit_entry SET seq = $2, hash = $3 WHERE id = $1 AND seq IS NULL`, l.id, l.seq, l.hash)
	return n == 1, err
}

// sealedLink is a link with its payload, if that is still there.
type sealedLink struct {
	link
	payload *payload
	erased  bool // an erasure of it is on record
}

// eachSealed calls fn for the sealed entries by position.
func eachSealed(tx *sqldb.Tx, fn func(sealedLink) error) error {
	return tx.Each(`SELECT e.id, e.commitment, e.seq, e.hash,
			p.id IS NOT NULL, coalesce(p.salt, e.hash), coalesce(p.at, 0), coalesce(p.actor, ''), coalesce(p.actor_kind, ''), coalesce(p.via, ''),
			coalesce(p.operation, ''), coalesce(p.object, ''), coalesce(p.reason, ''), coalesce(p.before_value, ''), coalesce(p.after_value, ''),
			EXISTS (SELECT 1 FROM audit_payload x WHERE x.object = e.id AND x.operation = $1)
		FROM audit_entry e LEFT JOIN audit_payload p ON p.id = e.id
		WHERE e.seq IS NOT NULL ORDER BY e.seq`, []any{OperationErase}, func(scan func(...any) error) error {
		var l sealedLink
		var p payload
		var present bool
		dst := append([]any{&l.id, &l.commitment, &l.seq, &l.hash, &present}, p.into()[1:]...)
		if err := scan(append(dst, &l.erased)...); err != nil {
			return err
		}
		if p.ID = l.id; present {
			l.payload = &p
		}
		return fn(l)
	})
}

// countUnsealed returns how many entries wait for the sealer, and how many
// payloads belong to no entry.
func countUnsealed(tx *sqldb.Tx) (unsealed, strays int, err error) {
	err = tx.QueryRow(`SELECT
		(SELECT count(*) FROM audit_entry WHERE seq IS NULL),
		(SELECT count(*) FROM audit_payload p WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = p.id))`).Scan(&unsealed, &strays)
	return unsealed, strays, err
}
