package constituency

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// NewRDAPCache returns a cache of RDAP answers in the state store.
func NewRDAPCache(db *sqldb.DB) rdap.Cache { return rdapCache{db} }

type rdapCache struct{ db *sqldb.DB }

func (c rdapCache) Get(ctx context.Context, question string, now time.Time) (answer []byte, ok bool, err error) {
	err = c.db.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow("SELECT answer FROM rdap_cache WHERE question = $1 AND expires > $2", question, sqldb.Millis(now)).Scan(&answer)
		if sqldb.NoRows(err) {
			return nil
		}
		ok = err == nil
		return err
	})
	return answer, ok, err
}

// Put also drops what has expired, so that the table stays small by itself.
func (c rdapCache) Put(ctx context.Context, question string, answer []byte, now, expires time.Time) error {
	return c.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec("DELETE FROM rdap_cache WHERE expires <= $1", sqldb.Millis(now)); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO rdap_cache (question, answer, fetched, expires) VALUES ($1, $2, $3, $4)
			ON CONFLICT (question) DO UPDATE SET answer = excluded.answer, fetched = excluded.fetched, expires = excluded.expires`,
			question, string(answer), sqldb.Millis(now), sqldb.Millis(expires))
		return err
	})
}
