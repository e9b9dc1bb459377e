// Package call keeps what somebody of the team types while a caller talks: one draft a person, encrypted, until it becomes a report.
//
// A draft is nobody's but its writer's. It is no report yet: nothing looks at it, and nothing finds it.
package call

import (
	"context"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpDraft is to keep, read or drop one's own draft.
const OpDraft identity.Operation = "report.draft"

// maxDraft bounds a draft, in bytes.
const maxDraft = 512 << 10

// Drafts keeps the drafts. It is safe for concurrent use.
type Drafts struct {
	db     *sqldb.DB
	clock  clock.Clock
	sealer *seal.Sealer
}

// New returns the drafts of a database; secret is the keyring's for what is sealed.
func New(db *sqldb.DB, c clock.Clock, secret [32]byte) (*Drafts, error) {
	sealer, err := seal.New(secret)
	if err != nil {
		return nil, err
	}
	return &Drafts{db: db, clock: c, sealer: sealer}, nil
}

// Draft is what was typed so far, by field.
type Draft struct {
	Values map[string]string
	Saved  time.Time // zero: there is none
}

// Save keeps a draft in the place of the one before. That one is begun is on record; what it says is not. Errors: Invalid for one that is too long.
func (d *Drafts) Save(ctx context.Context, actor identity.Actor, values map[string]string) error {
	if err := actor.Authorise(OpDraft, actor.ID); err != nil {
		return err
	}
	sealed, err := d.seal(actor, values)
	if err != nil {
		return err
	}
	now := d.clock.Now()
	return d.db.Write(ctx, func(tx *sqldb.Tx) error {
		var had int
		if err := tx.QueryRow(`SELECT count(*) FROM call_draft WHERE actor = $1`, actor.ID).Scan(&had); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO call_draft (actor, saved, body) VALUES ($1, $2, $3)
			ON CONFLICT (actor) DO UPDATE SET saved = excluded.saved, body = excluded.body`, actor.ID, now, sealed)
		if err != nil || had > 0 {
			return err
		}
		return actor.Audit(tx, now, OpDraft, actor.ID, nil, map[string]any{"begun": true})
	})
}

func (d *Drafts) seal(actor identity.Actor, values map[string]string) ([]byte, error) {
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxDraft {
		return nil, problem.New(problem.Invalid, "the draft has %d KiB, and may have %d: put the rest into a file", len(plain)>>10, maxDraft>>10)
	}
	key, err := d.sealer.KeyFor("call/" + actor.ID)
	if err != nil {
		return nil, err
	}
	return key.Seal("draft", plain), nil
}

// Load gives the draft of who asks; an empty one if there is none.
func (d *Drafts) Load(ctx context.Context, actor identity.Actor) (out Draft, err error) {
	if err := actor.Authorise(OpDraft, actor.ID); err != nil {
		return out, err
	}
	var sealed []byte
	var saved int64
	err = d.db.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(`SELECT saved, body FROM call_draft WHERE actor = $1`, actor.ID).Scan(&saved, &sealed)
		if sqldb.NoRows(err) {
			return nil
		}
		return err
	})
	if err != nil || sealed == nil {
		return out, err
	}
	key, err := d.sealer.KeyFor("call/" + actor.ID)
	if err != nil {
		return out, err
	}
	plain, err := key.Open("draft", sealed)
	if err == nil {
		err = json.Unmarshal(plain, &out.Values)
	}
	out.Saved = sqldb.Time(saved)
	return out, err
}

// Drop forgets the draft of who asks, as it became a report or nothing. To drop none is no error.
func (d *Drafts) Drop(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(OpDraft, actor.ID); err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM call_draft WHERE actor = $1`, actor.ID)
		if err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, d.clock.Now(), OpDraft, actor.ID, map[string]any{"dropped": true}, nil)
	})
}
