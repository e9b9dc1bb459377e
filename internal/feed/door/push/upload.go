package push

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// upload is a push that may be resumed.
type upload struct {
	ID      string
	Feed    string
	Token   string // only who began it goes on with it
	Name    string
	Length  int64 // of the whole; -1: not known yet
	Got     int64 // durable
	State   string
	Intakes []string // once it is done
	Created time.Time
	Expires time.Time
}

const stateDone = "done"

func (u upload) done() bool { return u.State == stateDone }

// piece is a stretch of an upload, in a file of its own.
type piece struct {
	Begins, Bytes int64
	File          string // below the uploads folder
}

const uploadColumns = `id, feed, token, name, length, got, state, intakes, created, expires`

func scanUpload(scan func(...any) error) (u upload, err error) {
	var intakes string
	var created, expires int64
	err = scan(&u.ID, &u.Feed, &u.Token, &u.Name, &u.Length, &u.Got, &u.State, &intakes, &created, &expires)
	if err != nil {
		return u, err
	}
	u.Created, u.Expires = sqldb.Time(created), sqldb.Time(expires)
	return u, json.Unmarshal([]byte(intakes), &u.Intakes)
}

// insertUpload begins an upload, unless the token has so many open already.
func insertUpload(tx *sqldb.Tx, u upload, most int) (bool, error) {
	var open int
	if err := tx.QueryRow(`SELECT count(*) FROM feed_upload WHERE token = $1 AND state = 'open'`, u.Token).Scan(&open); err != nil || open >= most {
		return false, err
	}
	_, err := tx.Exec(`INSERT INTO feed_upload (`+uploadColumns+`) VALUES ($1, $2, $3, $4, $5, 0, 'open', '[]', $6, $7)`,
		u.ID, u.Feed, u.Token, u.Name, u.Length, u.Created, u.Expires)
	return true, err
}

// getUpload finds an upload of a token; problem.NotFound also if it is another's.
func getUpload(tx *sqldb.Tx, name, feed, token string) (upload, error) {
	if !id.Valid(name) {
		name = ""
	}
	u, err := scanUpload(tx.QueryRow(`SELECT `+uploadColumns+` FROM feed_upload WHERE id = $1 AND feed = $2 AND token = $3`, name, feed, token).Scan)
	if sqldb.NoRows(err) {
		return u, problem.New(problem.NotFound, "there is no such push: it was given up, or nobody went on with it for too long")
	}
	return u, err
}

var errMoved = errors.New("the push has moved on")

// addPiece makes a stretch count; errMoved if another request was faster.
func addPiece(tx *sqldb.Tx, u upload, p piece, expires time.Time) error {
	n, err := tx.Exec(`UPDATE feed_upload SET got = $1, length = $2, expires = $3 WHERE id = $4 AND got = $5 AND state = 'open'`,
		p.Begins+p.Bytes, u.Length, expires, u.ID, p.Begins)
	if err != nil {
		return err
	}
	if n == 0 {
		return errMoved
	}
	if p.Bytes == 0 {
		return nil
	}
	_, err = tx.Exec(`INSERT INTO feed_upload_piece (upload, begins, bytes, file) VALUES ($1, $2, $3, $4)`, u.ID, p.Begins, p.Bytes, p.File)
	return err
}

func listPieces(tx *sqldb.Tx, upload string) (list []piece, err error) {
	err = tx.Each(`SELECT begins, bytes, file FROM feed_upload_piece WHERE upload = $1 ORDER BY begins`, []any{upload}, func(scan func(...any) error) error {
		var p piece
		err := scan(&p.Begins, &p.Bytes, &p.File)
		list = append(list, p)
		return err
	})
	return list, err
}

// settleUpload notes what became of a whole push, and gives the files that nobody needs any more.
func settleUpload(tx *sqldb.Tx, name string, intakes []string) (files []string, err error) {
	text, err := json.Marshal(intakes)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`UPDATE feed_upload SET state = 'done', intakes = $1 WHERE id = $2`, string(text), name); err != nil {
		return nil, err
	}
	return dropPieces(tx, name)
}

func dropPieces(tx *sqldb.Tx, upload string) (files []string, err error) {
	err = tx.Each(`DELETE FROM feed_upload_piece WHERE upload = $1 RETURNING file`, []any{upload}, func(scan func(...any) error) error {
		var file string
		err := scan(&file)
		files = append(files, file)
		return err
	})
	return files, err
}

// deleteUpload forgets an upload, and gives its files.
func deleteUpload(tx *sqldb.Tx, name string) (files []string, err error) {
	if files, err = dropPieces(tx, name); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`DELETE FROM feed_upload WHERE id = $1`, name)
	return files, err
}

// expired lists the uploads whose time is over.
func expired(tx *sqldb.Tx, now time.Time) (names []string, err error) {
	err = tx.Each(`SELECT id FROM feed_upload WHERE expires <= $1 ORDER BY expires LIMIT 1000`, []any{now}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// knownFiles are the files that uploads need.
func knownFiles(tx *sqldb.Tx) (map[string]bool, error) {
	known := map[string]bool{}
	err := tx.Each(`SELECT file FROM feed_upload_piece`, nil, func(scan func(...any) error) error {
		var file string
		err := scan(&file)
		known[file] = true
		return err
	})
	return known, err
}
