package evidence

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// claimTime is how long a claim of somebody who died before the file was gone keeps others from storing the same content.
const claimTime = time.Minute

// uses notes that an item refers to a stored file. It excludes whoever removes that file, in whatever process: the row is both's. Errors: Unavailable
// if the file is being removed, or was since it was put: put it again.
func (v *Vault) uses(tx *sqldb.Tx, now time.Time, address string) error {
	var gone int64
	err := tx.QueryRow(`INSERT INTO evidence_file AS f (address, gone) VALUES ($1, 0)
		ON CONFLICT (address) DO UPDATE SET gone = CASE WHEN f.gone < $2 THEN 0 ELSE f.gone END RETURNING gone`, address, now.Add(-claimTime)).Scan(&gone)
	if err != nil {
		return err
	}
	if _, err := v.fs.Stat(v.path(address)); err != nil || gone > 0 {
		return problem.New(problem.Unavailable, "a file of the same content was being removed: send it again")
	}
	return nil
}

// Claim takes hold of a file that nothing refers to, so that it can be removed once that is committed; false if something refers to it.
func Claim(tx *sqldb.Tx, now time.Time, address string) (free bool, err error) {
	if _, err := tx.Exec(`INSERT INTO evidence_file AS f (address, gone) VALUES ($1, $2) ON CONFLICT (address) DO UPDATE SET gone = excluded.gone`, address, now); err != nil {
		return false, err
	}
	used, err := Used(tx, address) // after the row is ours: what others noted meanwhile is seen
	if err != nil || !used {
		return err == nil, err
	}
	_, err = tx.Exec(`UPDATE evidence_file SET gone = 0 WHERE address = $1`, address)
	return false, err
}

// Gone ends a claim: the file is removed.
func Gone(tx *sqldb.Tx, address string) error {
	n, err := tx.Exec(`DELETE FROM evidence_file WHERE address = $1 AND gone > 0`, address)
	if err == nil && n > 0 {
		_, err = tx.Exec(`DELETE FROM evidence_sum WHERE address = $1`, address)
	}
	return err
}

// Claimed lists what was claimed before a time and, it seems, never removed.
func Claimed(tx *sqldb.Tx, before time.Time) (list []string, err error) {
	err = tx.Each(`SELECT address FROM evidence_file WHERE gone > 0 AND gone < $1 ORDER BY address`, []any{before}, func(scan func(...any) error) error {
		var address string
		err := scan(&address)
		list = append(list, address)
		return err
	})
	return list, err
}

// Old lists the stored files that were written before a time, of the folders whose number is part of parts: whoever looks through them does so bit by
// bit. What was left in the spool is removed.
func (v *Vault) Old(before time.Time, part, parts int) (list []string, err error) {
	folders, err := v.fs.ReadDir(v.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "list the evidence")
	}
	for i, f := range folders {
		if f.Name() != "spool" && i%parts != part {
			continue
		}
		names, err := v.oldIn(f.Name(), before)
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
	}
	return list, nil
}

func (v *Vault) oldIn(folder string, before time.Time) (list []string, err error) {
	files, err := v.fs.ReadDir(filepath.Join(v.dir, folder))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "list the evidence")
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // one that is gone already is no fault
		}
		if folder == "spool" {
			if err := v.gone(filepath.Join(v.dir, folder, f.Name())); err != nil {
				return nil, err
			}
			continue
		}
		if address, ok := strings.CutSuffix(f.Name(), ".age"); ok {
			list = append(list, address)
		}
	}
	return list, nil
}
