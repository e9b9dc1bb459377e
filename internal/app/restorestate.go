package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/session"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/backup"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// stopSchema is the first version of the tables in which sending can be stopped; before it nothing was sent.
const stopSchema = 6

// stageState fills the database: the one of SQLite beside its place, another one where it is.
func (s *restoring) stageState(m backup.Manifest) error {
	s.o.Progress("the state")
	url := s.Config.Database.URL
	if url == "" || strings.HasPrefix(url, "sqlite:") {
		if path := strings.TrimPrefix(url, "sqlite:"); url != "" && path != s.dir(stateFile) {
			return problem.New(problem.Invalid, "database.url names the file %s: a restore puts the state into the data folder; leave database.url empty", path)
		}
		url = "sqlite:" + s.staged(stateFile)
	}
	db, err := sqldb.Open(s.ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(s.fill(db, m), db.Close())
}

func (s *restoring) fill(db *sqldb.DB, m backup.Manifest) error {
	done, begun, err := s.before(db, m)
	if err != nil || done {
		return err
	}
	if !begun {
		if err := db.MigrateTo(s.ctx, m.Schema); err != nil {
			return err
		}
		if err := s.fresh(db); err != nil {
			return err
		}
		s.filled = db.Engine() == sqldb.Postgres
		err := backup.Import(s.ctx, db, s.pieces, func(tx *sqldb.Tx) error { return s.compare(tx, m) })
		if err != nil {
			return err
		}
	}
	if err := db.Migrate(s.ctx); err != nil {
		return err
	}
	return db.Write(s.ctx, func(tx *sqldb.Tx) error { return s.quarantine(tx, m) })
}

// before tells how far an attempt at this restore came that was cut off: the database was filled (begun), and quarantined (done).
func (s *restoring) before(db *sqldb.DB, m backup.Manifest) (done, begun bool, err error) {
	have, _, err := db.Schema(s.ctx)
	if err != nil || have < stopSchema {
		return false, false, err
	}
	err = db.Read(s.ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(`SELECT count(*) > 0 FROM audit_payload WHERE operation = $1 AND object = $2 AND reason = $3`,
			string(OpRestore), m.ID, s.mark).Scan(&done)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT count(*) > 0 FROM stop_order WHERE scope = 'all' AND reason LIKE $1
			AND NOT EXISTS (SELECT 1 FROM audit_payload WHERE operation = $2 AND object = $3)`, quarantineReason(m)+"%", string(OpRestore), m.ID).Scan(&begun)
	})
	return done, begun, err
}

// fresh refuses a database that somebody has worked with.
func (s *restoring) fresh(db *sqldb.DB) error {
	var empty bool
	err := db.Read(s.ctx, func(tx *sqldb.Tx) (err error) {
		empty, err = backup.Empty(tx)
		return err
	})
	if err == nil && !empty {
		return problem.New(problem.Conflict, "the %s is not empty: a backup is restored into an empty database only; name another one in database.url", db)
	}
	return err
}

// compare holds what was loaded against the archive's figures, and stops all sending in the same transaction.
func (s *restoring) compare(tx *sqldb.Tx, m backup.Manifest) error {
	got, err := backup.Figures(tx)
	if err != nil {
		return err
	}
	for name, want := range m.Figures {
		if n, ok := got[name]; ok && n != want {
			return problem.New(problem.Invalid, "the restored state has %d %s, and the backup says %d", n, name, want)
		}
	}
	if m.Schema < stopSchema {
		return nil
	}
	return delivery.Quarantine(tx, s.Clock.Now(), identity.System("restore"), quarantineReason(m))
}

func quarantineReason(m backup.Manifest) string {
	return fmt.Sprintf("This was restored from the backup %s of %s UTC. What waits here may have been sent since: look before you let it go.",
		m.ID, m.Made.UTC().Format(time.DateTime))
}

// quarantine makes the restored state harmless until a person takes it over: nothing is sent, nobody is logged in, no token of old is good.
func (s *restoring) quarantine(tx *sqldb.Tx, m backup.Manifest) error {
	now, system := s.Clock.Now(), identity.System("restore")
	if m.Schema < stopSchema {
		if err := delivery.Quarantine(tx, now, system, quarantineReason(m)); err != nil {
			return err
		}
	}
	sessions, err := session.EndAll(tx, now, system)
	if err != nil {
		return err
	}
	tokens, err := token.RevokeAll(tx, now, system)
	if err != nil {
		return err
	}
	programs, err := apitoken.RevokeAll(tx, now, system)
	if err != nil {
		return err
	}
	invited, err := account.TakeBackAll(tx, now, system)
	if err != nil {
		return err
	}
	// Of segments replaced before the backup it has no files; and whoever held a lease is not here.
	for _, q := range []string{`DELETE FROM segment WHERE gone_at IS NOT NULL`, `UPDATE lease SET expires = 0, holder = '' WHERE expires > 0`} {
		if _, err := tx.Exec(q); err != nil {
			return err
		}
	}
	if err := finding.Recount(tx); err != nil {
		return err
	}
	return s.actor.AuditReason(tx, now, OpRestore, m.ID, s.mark, nil, map[string]any{
		"made": m.Made, "program": m.Program, "engine": m.Engine, "schema": m.Schema, "figures": m.Figures, "sessions_ended": sessions, "tokens_revoked": tokens + programs,
		"invitations_taken_back": invited,
	})
}
