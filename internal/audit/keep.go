package audit

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OperationCheckpoint is the operation of entries that tell that a checkpoint was asked for.
const OperationCheckpoint = "audit.checkpoint"

// Kept is a checkpoint that was made here, and where its copies went.
type Kept struct {
	Checkpoint
	ID     string
	Actor  string
	Mailed time.Time // when it was handed to the outbox; zero: it was not
	Filed  time.Time // when it was written to the file; zero: it was not
}

// Sign makes a checkpoint that covers everything recorded until now: by, who asks, is recorded first, so that the entry that tells of the checkpoint lies
// beneath it, and everything is sealed. with, which may be nil, runs in the transaction that keeps the checkpoint.
func (l *Log) Sign(ctx context.Context, key ed25519.PrivateKey, by Entry, with func(tx *sqldb.Tx, k *Kept) error) (k Kept, err error) {
	by.Operation, by.Object = OperationCheckpoint, "audit"
	if err := l.db.Write(ctx, func(tx *sqldb.Tx) error { return Record(tx, l.clock.Now(), by) }); err != nil {
		return k, err
	}
	if err := l.SealAll(ctx); err != nil {
		return k, err
	}
	err = l.db.Write(ctx, func(tx *sqldb.Tx) error {
		head, err := loadHead(tx)
		if err != nil {
			return err
		}
		if head.Seq <= 0 {
			return problem.New(problem.Conflict, "the record's end is gone: firehall audit verify says more")
		}
		installation, err := loadInstallation(tx)
		if err != nil {
			return err
		}
		now := l.clock.Now()
		k = Kept{ID: id.NewAt(now), Actor: by.Actor, Checkpoint: sign(key, installation, now, head)}
		if with != nil {
			if err := with(tx, &k); err != nil {
				return err
			}
		}
		return insertKept(tx, k)
	})
	return k, err
}

// Installation returns the name by which checkpoints tell installations apart.
func (l *Log) Installation(ctx context.Context) (name string, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		name, err = loadInstallation(tx)
		return err
	})
	return name, err
}

// Checkpoints lists those that were made here, the newest first.
func (l *Log) Checkpoints(ctx context.Context, ask page.Request) (page.Page[Kept], error) {
	at, last := latest, "~"
	if _, err := ask.After.Into(&at, &last); err != nil {
		return page.Page[Kept]{}, err
	}
	limit := ask.Rows()
	var list []Kept
	err := l.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = loadKept(tx, "", at, last, limit+1)
		return err
	})
	if err != nil {
		return page.Page[Kept]{}, err
	}
	return page.Cut(list, limit, func(k Kept) []any { return []any{sqldb.Millis(k.At), k.ID} }), nil
}

// LastBy returns the newest checkpoint that an actor made; nil for none.
func (l *Log) LastBy(ctx context.Context, actor string) (last *Kept, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := loadKept(tx, actor, latest, "~", 1)
		if len(list) > 0 {
			last = &list[0]
		}
		return err
	})
	return last, err
}

// Filed notes that a checkpoint was written to the file.
func (l *Log) Filed(ctx context.Context, checkpoint string) error {
	return l.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE audit_checkpoint SET filed = $2 WHERE id = $1`, checkpoint, l.clock.Now())
		return err
	})
}

// Verification is what somebody's verification found.
type Verification struct {
	At          time.Time `json:"at"`
	Actor       string    `json:"actor"`
	Via         string    `json:"via,omitempty"`
	Faults      int       `json:"faults"`
	Entries     int       `json:"entries"`
	Checkpoints int       `json:"checkpoints"` // with how many it was compared
	First       string    `json:"first,omitempty"`
}

// NoteVerification keeps that somebody verified, so that people see when that was done last. It is no entry of the record: a verification changes
// nothing in what it looks at.
func (l *Log) NoteVerification(ctx context.Context, v Verification) error {
	now := l.clock.Now()
	return l.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit_verification (id, at, actor, via, faults, entries, checkpoints, first)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, id.NewAt(now), now, v.Actor, v.Via, v.Faults, v.Entries, v.Checkpoints, v.First)
		return err
	})
}

// LastVerification returns the newest; false if nobody verified yet.
func (l *Log) LastVerification(ctx context.Context) (v Verification, ok bool, err error) {
	var at int64
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT at, actor, via, faults, entries, checkpoints, first FROM audit_verification ORDER BY at DESC, id DESC LIMIT 1`).
			Scan(&at, &v.Actor, &v.Via, &v.Faults, &v.Entries, &v.Checkpoints, &v.First)
	})
	if sqldb.NoRows(err) {
		return v, false, nil
	}
	v.At = sqldb.Time(at)
	return v, err == nil, err
}

func loadInstallation(tx *sqldb.Tx) (name string, err error) {
	err = tx.QueryRow(`SELECT id FROM installation WHERE one = 1`).Scan(&name)
	if sqldb.NoRows(err) {
		return "", problem.New(problem.Conflict, "the installation's name is gone from the database: restore it from the backup")
	}
	return name, err
}

func insertKept(tx *sqldb.Tx, k Kept) error {
	_, err := tx.Exec(`INSERT INTO audit_checkpoint (id, at, seq, hash, installation, key, signature, actor, mailed, filed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		k.ID, k.At, k.Seq, k.Hash[:], k.Installation, []byte(k.Key), k.Signature, k.Actor, millisOr0(k.Mailed), millisOr0(k.Filed))
	return err
}

// loadKept returns those of an actor, or of all, that are older than (at, last).
func loadKept(tx *sqldb.Tx, actor string, at int64, last string, limit int) (list []Kept, err error) {
	err = tx.Each(`SELECT id, at, seq, hash, installation, key, signature, actor, mailed, filed FROM audit_checkpoint
		WHERE (at, id) < (CAST($1 AS BIGINT), CAST($2 AS TEXT)) AND (CAST($4 AS TEXT) = '' OR actor = $4) ORDER BY at DESC, id DESC LIMIT $3`, []any{at, last, limit, actor},
		func(scan func(...any) error) error {
			var k Kept
			var at, mailed, filed int64
			var hash, key []byte
			if err := scan(&k.ID, &at, &k.Seq, &hash, &k.Installation, &key, &k.Signature, &k.Actor, &mailed, &filed); err != nil {
				return err
			}
			copy(k.Hash[:], hash)
			k.At, k.Key, k.Mailed, k.Filed = sqldb.Time(at), key, timeOr0(mailed), timeOr0(filed)
			list = append(list, k)
			return nil
		})
	return list, err
}

func millisOr0(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return sqldb.Millis(t)
}

func timeOr0(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}
