package audit

import (
	"fmt"
	"slices"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

const payloadColumns = `p.id, p.salt, p.at, p.actor, p.actor_kind, p.via, p.operation, p.object, p.reason, p.before_value, p.after_value`

// into lists where the payloadColumns of a row go.
func (p *payload) into() []any {
	return []any{&p.ID, &p.Salt, &p.At, &p.Actor, &p.ActorKind, &p.Via, &p.Operation, &p.Object, &p.Reason, &p.Before, &p.After}
}

const (
	intoEntry   = `INSERT INTO audit_entry (id, commitment)`
	intoPayload = `INSERT INTO audit_payload (id, salt, at, actor, actor_kind, via, operation, object, reason, before_value, after_value)`
)

// columns are what the two parts of an entry consist of: in its place in the chain, and in what it says.
func (p *payload) columns() (entry, content []any) {
	return []any{p.ID, p.commitment()}, []any{p.ID, p.Salt, p.At, p.Actor, p.ActorKind, p.Via, p.Operation, p.Object, p.Reason, p.Before, p.After}
}

func insert(tx *sqldb.Tx, p payload) error {
	entry, content := p.columns()
	if tx.Engine() == sqldb.Postgres { // one way to the server; the foreign key is looked at when the statement has ended
		_, err := tx.Exec(`WITH entry AS (`+intoEntry+` VALUES ($1, $2)) `+intoPayload+` VALUES ($1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			slices.Concat(entry, content[1:])...)
		return err
	}
	if _, err := tx.Exec(intoEntry+` VALUES ($1, $2)`, entry...); err != nil {
		return err
	}
	_, err := tx.Exec(intoPayload+` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, content...)
	return err
}

// insertIf runs a statement that changes one row or none, and inserts what tells of it if it changed one.
func insertIf(tx *sqldb.Tx, p payload, statement string, args []any) (changed int64, err error) {
	if tx.Engine() == sqldb.Postgres { // one way to the server for all
		entry, content := p.columns()
		first := len(args) + 1
		return tx.Exec(fmt.Sprintf(`WITH changed AS (%s RETURNING 1), entry AS (%s SELECT CAST($%d AS TEXT), CAST($%d AS BYTEA) FROM changed)
			%s SELECT CAST($%[3]d AS TEXT), CAST($%[6]d AS BYTEA), CAST($%[7]d AS BIGINT), $%[8]d, $%[9]d, $%[10]d, $%[11]d, $%[12]d, $%[13]d, $%[14]d, $%[15]d FROM changed`,
			statement, intoEntry, first, first+1, intoPayload, first+2, first+3, first+4, first+5, first+6, first+7, first+8, first+9, first+10, first+11),
			slices.Concat(args, entry, content[1:])...)
	}
	if changed, err = tx.Exec(statement, args...); err == nil && changed == 1 {
		err = insert(tx, p)
	}
	return changed, err
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
func loadHead(tx *sqldb.Tx) (Head, error) {
	var c Head
	var hash []byte
	err := tx.QueryRow(`SELECT seq, hash FROM audit_head WHERE one = 1`).Scan(&c.Seq, &hash)
	if sqldb.NoRows(err) {
		return c, nil
	}
	if err == nil && len(hash) != len(c.Hash) {
		return Head{Seq: -1}, nil // it fits no chain: Verify says so
	}
	copy(c.Hash[:], hash)
	return c, err
}

func storeHead(tx *sqldb.Tx, c Head) error {
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

const linkColumns = `e.id, e.commitment, coalesce(e.seq, 0), coalesce(e.hash, e.commitment),
	p.id IS NOT NULL, coalesce(p.salt, e.commitment), coalesce(p.at, 0), coalesce(p.actor, ''), coalesce(p.actor_kind, ''), coalesce(p.via, ''),
	coalesce(p.operation, ''), coalesce(p.object, ''), coalesce(p.reason, ''), coalesce(p.before_value, ''), coalesce(p.after_value, ''),
	CASE WHEN p.id IS NULL THEN EXISTS (SELECT 1 FROM audit_payload x WHERE x.object = e.id AND x.operation = $1) ELSE FALSE END`

// eachSealed calls fn for the sealed entries by position, one row in memory at a time.
func eachSealed(tx *sqldb.Tx, fn func(sealedLink) error) error {
	return eachLink(tx, `WHERE e.seq IS NOT NULL ORDER BY e.seq`, fn)
}

// eachUnsealed calls fn for the entries that wait for the sealer.
func eachUnsealed(tx *sqldb.Tx, fn func(sealedLink) error) error {
	return eachLink(tx, `WHERE e.seq IS NULL ORDER BY e.id`, fn)
}

func eachLink(tx *sqldb.Tx, which string, fn func(sealedLink) error) error {
	return tx.Each(`SELECT `+linkColumns+` FROM audit_entry e LEFT JOIN audit_payload p ON p.id = e.id `+which, []any{OperationErase},
		func(scan func(...any) error) error {
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

// countStrays returns how many payloads belong to no entry, and one of them.
func countStrays(tx *sqldb.Tx) (n int, one string, err error) {
	err = tx.QueryRow(`SELECT count(*), coalesce(min(p.id), '') FROM audit_payload p WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = p.id)`).Scan(&n, &one)
	return n, one, err
}
