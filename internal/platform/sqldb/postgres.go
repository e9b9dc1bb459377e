package sqldb

import (
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxConns bounds the connections of one process, both pools together.
const maxConns = 16

// frozenAfter ends the session of a process that stands still in the middle of a transaction, and with it the locks that others wait for.
const frozenAfter = "60s"

func openPostgres(dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the database URL cannot be understood")
	}
	cfg.RuntimeParams["application_name"] = "firehall"
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = frozenAfter
	cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {} // "relation exists, skipping" of staging tables
	pool := stdlib.OpenDB(*cfg)
	setPool(pool)
	return &DB{engine: Postgres, name: cfg.Host + "/" + cfg.Database, write: pool, read: pool}, nil
}

func setPool(pool *sql.DB) {
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns / 2)
	pool.SetConnMaxIdleTime(5 * time.Minute)
}
