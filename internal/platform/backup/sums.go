package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// File is a file of the data folder that the state names.
type File struct {
	Folder string
	Path   string // below it, with slashes
	Bytes  int64  // as the state says; -1: it does not
	Sum    []byte // SHA-256 as noted; nil if it was not yet
}

// Name is the file's name as a member.
func (f File) Name() string { return f.Folder + "/" + f.Path }

// Files lists what the state names, in the order in which it may go away: facts first, which are removed once they are applied.
func Files(tx *sqldb.Tx) ([]File, error) { return files(tx, "") }

// evidencePath is where the vault keeps what it knows by an address.
const evidencePath = `substr(address, 1, 2) || '/' || address || '.age'`

func files(tx *sqldb.Tx, where string) ([]File, error) {
	var out []File
	err := tx.Each(`SELECT n.folder, n.path, n.bytes, s.sum FROM (
			SELECT 1 AS turn, 'folds' AS folder, path, CAST(-1 AS BIGINT) AS bytes, position FROM fold WHERE done_rows < row_count
			UNION ALL SELECT 2, 'aside', aside, -1, 0 FROM intake WHERE aside <> '' GROUP BY aside
			UNION ALL SELECT 3, 'events', path, bytes, position FROM segment WHERE gone_at IS NULL
			UNION ALL SELECT 4, 'blobs', blob, max(blob_bytes), 0 FROM intake WHERE blob <> '' GROUP BY blob
			UNION ALL SELECT 5, 'evidence', `+evidencePath+`, -1, 0 FROM evidence_item WHERE address <> '' GROUP BY address
		) AS n LEFT JOIN file_sum s ON s.folder = n.folder AND s.path = n.path
		`+where+` ORDER BY n.turn, n.position, n.path`, nil, func(scan func(...any) error) error {
		var f File
		err := scan(&f.Folder, &f.Path, &f.Bytes, &f.Sum)
		out = append(out, f)
		return err
	})
	return out, err
}

// Fault compares what a file holds with what it should; empty if nothing is wrong.
func (f File) Fault(size int64, sum [sha256.Size]byte) string {
	switch {
	case f.Bytes >= 0 && size != f.Bytes:
		return sprintf("it has %d bytes, and had %d", size, f.Bytes)
	case f.Sum != nil && !bytes.Equal(f.Sum, sum[:]):
		return "its content was changed since it was written"
	}
	return ""
}

// Digest reads a file and gives its size and SHA-256.
func (f File) Digest(fsys disk.FS, dir string) (size int64, sum [sha256.Size]byte, err error) {
	in, err := fsys.Open(filepath.Join(dir, f.Folder, filepath.FromSlash(f.Path)))
	if err != nil {
		return 0, sum, err
	}
	h := sha256.New()
	size, err = io.Copy(h, in)
	h.Sum(sum[:0])
	return size, sum, errors.Join(err, in.Close())
}

// noteBatch is how many sums are noted in one transaction.
const noteBatch = 500

// Note notes the sums of files that have none yet, soon after they were written. It tells how many it noted. A file that goes away meanwhile
// is left out.
func Note(ctx context.Context, db *sqldb.DB, fsys disk.FS, dir string, now time.Time) (noted int, err error) {
	var fresh []File
	err = db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		fresh, err = files(tx, "WHERE s.sum IS NULL")
		return err
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(fresh, noteBatch) {
		var batch []noting
		for _, f := range some {
			size, sum, err := f.Digest(fsys, dir)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err := errors.Join(err, ctx.Err()); err != nil {
				return noted, err
			}
			batch = append(batch, noting{f, size, sum})
		}
		if err := note(ctx, db, now, batch); err != nil {
			return noted, err
		}
		noted += len(batch)
	}
	return noted, nil
}

type noting struct {
	File
	size int64
	sum  [sha256.Size]byte
}

func note(ctx context.Context, db *sqldb.DB, now time.Time, batch []noting) error {
	if len(batch) == 0 {
		return nil
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, n := range batch {
			_, err := tx.Exec(`INSERT INTO file_sum (folder, path, bytes, sum, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (folder, path) DO NOTHING`,
				n.Folder, n.Path, n.size, n.sum[:], now)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget forgets the sums of files that the state names no more.
func Forget(ctx context.Context, db *sqldb.DB) error {
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM file_sum WHERE (folder = 'folds' AND path NOT IN (SELECT path FROM fold))
			OR (folder = 'events' AND path NOT IN (SELECT path FROM segment WHERE gone_at IS NULL))
			OR (folder = 'aside' AND path NOT IN (SELECT aside FROM intake)) OR (folder = 'blobs' AND path NOT IN (SELECT blob FROM intake))
			OR (folder = 'evidence' AND path NOT IN (SELECT ` + evidencePath + ` FROM evidence_item WHERE address <> ''))`)
		return err
	})
}

// figures are what is counted, to be compared afterwards; of each a statement that gives one number.
var figures = []struct{ name, table, query string }{
	{"events", "segment", `SELECT coalesce(sum(row_count), 0) FROM segment WHERE gone_at IS NULL`},
	{"segments", "segment", `SELECT count(*) FROM segment WHERE gone_at IS NULL`},
	{"intakes", "intake", `SELECT count(*) FROM intake`},
	{"findings", "finding_row", `SELECT count(*) FROM finding_row`},
	{"findings told", "finding_row", `SELECT count(*) FROM finding_row WHERE told > 0`},
	{"facts to be applied", "fold", `SELECT coalesce(sum(row_count - done_rows), 0) FROM fold`},
	{"organisations", "organisation", `SELECT count(*) FROM organisation`},
	{"contacts", "contact", `SELECT count(*) FROM contact`},
	{"messages", "delivery", `SELECT count(*) FROM delivery`},
	{"messages that wait", "delivery", `SELECT count(*) FROM delivery WHERE settled_at = 0`},
	{"accounts", "account", `SELECT count(*) FROM account`},
	{"reports", "report", `SELECT count(*) FROM report`},
	{"incidents", "incident", `SELECT count(*) FROM incident`},
	{"files of evidence", "evidence_item", `SELECT count(*) FROM evidence_item WHERE address <> ''`},
	{"mails to be read", "mail_in", `SELECT count(*) FROM mail_in`},
	{"audit entries", "audit_entry", `SELECT count(*) FROM audit_entry`},
}

// Figures counts what there is. What the schema does not have yet is left out.
func Figures(tx *sqldb.Tx) (map[string]int64, error) {
	list, err := tables(tx)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, t := range list {
		have[t.name] = true
	}
	out := map[string]int64{}
	for _, f := range figures {
		if !have[f.table] {
			continue
		}
		var n int64
		if err := tx.QueryRow(`SELECT CAST((` + f.query + `) AS BIGINT)`).Scan(&n); err != nil {
			return nil, err
		}
		out[f.name] = n
	}
	return out, nil
}
