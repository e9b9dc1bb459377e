package feed

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Fetched is how far the fetching of a feed has come.
type Fetched struct {
	Feed     string
	Source   string // the address that the marks are of
	ETag     string
	Modified string    // Last-Modified, as the source wrote it
	Tried    time.Time // last
	Worked   time.Time // last; zero: never
	Due      time.Time // when it is tried next
	Failures int       // in a row
	Failing  time.Time // since when; zero: it works
	Error    string
}

// ListFetched reads how the fetching of a feed, or of all if feed is "", has come. It is a step of a door's operation and does not authorise.
func ListFetched(tx *sqldb.Tx, feed string) (list []Fetched, err error) {
	err = tx.Each(`SELECT feed, source, etag, modified, tried, worked, due, failures, failing, error FROM feed_fetch
		WHERE $1 = '' OR feed = $1 ORDER BY feed`, []any{feed}, func(scan func(...any) error) error {
		var f Fetched
		var tried, worked, due, failing int64
		err := scan(&f.Feed, &f.Source, &f.ETag, &f.Modified, &tried, &worked, &due, &f.Failures, &failing, &f.Error)
		f.Tried, f.Worked, f.Due, f.Failing = sqldb.Time(tried), sqldb.Time(worked), sqldb.Time(due), sqldb.Time(failing)
		list = append(list, f)
		return err
	})
	return list, err
}

// PutFetched writes how far the fetching of a feed has come. It is a step of a door's operation and does not authorise.
func PutFetched(tx *sqldb.Tx, f Fetched) error {
	_, err := tx.Exec(`INSERT INTO feed_fetch (feed, source, etag, modified, tried, worked, due, failures, failing, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (feed) DO UPDATE SET source = excluded.source, etag = excluded.etag,
		modified = excluded.modified, tried = excluded.tried, worked = excluded.worked, due = excluded.due, failures = excluded.failures,
		failing = excluded.failing, error = excluded.error`,
		f.Feed, f.Source, f.ETag, f.Modified, f.Tried, f.Worked, f.Due, f.Failures, f.Failing, plainText(f.Error))
	return err
}
