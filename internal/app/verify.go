package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Verified is what Verify found.
type Verified struct {
	Figures map[string]int64 `json:"figures"`
	Files   int              `json:"files"`
	Bytes   int64            `json:"bytes"`
	// New are files that were written within the last minute, so that nobody had noted yet what they hold; it is noted now.
	New    int            `json:"new"`
	Audit  string         `json:"audit"` // the end of the chain: a checkpoint
	Faults []backup.Fault `json:"faults"`
}

// maxVerifyFaults bounds the faults that are listed.
const maxVerifyFaults = 1000

func (r *Verified) fault(name, format string, args ...any) {
	if len(r.Faults) < maxVerifyFaults {
		r.Faults = append(r.Faults, backup.Fault{Name: name, What: fmt.Sprintf(format, args...)})
	}
}

// Verify reads the whole installation: the database's own form, the chain of the audit record, and each file that the state names against what
// it held when it was written. Damage is no error: it is in the faults.
func (v *Vault) Verify(ctx context.Context, actor identity.Actor, progress func(string)) (r Verified, err error) {
	if err := actor.Authorise(OpVerify, "installation"); err != nil {
		return r, err
	}
	a := v.app
	if r.New, err = backup.Note(ctx, a.DB, a.FS, a.dir(), a.Clock.Now()); err != nil {
		return r, err
	}
	var files []backup.File
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if files, err = backup.Files(tx); err != nil {
			return err
		}
		if r.Figures, err = backup.Figures(tx); err != nil {
			return err
		}
		return sound(tx, &r)
	})
	if err != nil {
		return r, err
	}
	chain, err := a.Audit.Verify(ctx)
	if err != nil {
		return r, err
	}
	r.chain(chain)
	return r, a.verifyFiles(ctx, files, &r, progress)
}

// sound asks SQLite to look over its file.
func sound(tx *sqldb.Tx, r *Verified) error {
	if tx.Engine() != sqldb.SQLite {
		return nil
	}
	return tx.Each(`PRAGMA integrity_check(20)`, nil, func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		if err == nil && line != "ok" {
			r.fault("state.db", "%s", line)
		}
		return err
	})
}

func (r *Verified) chain(c audit.Report) {
	r.Audit = c.Head.String()
	for _, f := range c.Faults {
		r.fault("audit record", "%s", f)
	}
	if c.More > 0 {
		r.fault("audit record", "%d more faults", c.More)
	}
}

func (a *App) verifyFiles(ctx context.Context, files []backup.File, r *Verified, progress func(string)) error {
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i%1000 == 0 && progress != nil {
			progress(fmt.Sprintf("files: %d of %d", i, len(files)))
		}
		size, sum, err := f.Digest(a.FS, a.dir())
		if errors.Is(err, fs.ErrNotExist) {
			still, err := a.stillNamed(ctx, f)
			if err != nil {
				return err
			}
			if still {
				r.fault(f.Name(), "the file is missing")
			}
			continue
		}
		if err != nil {
			r.fault(f.Name(), "it cannot be read: %v", err)
			continue
		}
		r.Files, r.Bytes = r.Files+1, r.Bytes+size
		if what := f.Fault(size, sum); what != "" {
			r.fault(f.Name(), "%s", what)
		}
	}
	return nil
}

// stillNamed tells whether the state names a file now, that it named a while ago.
func (a *App) stillNamed(ctx context.Context, f backup.File) (still bool, err error) {
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		files, err := backup.Files(tx)
		for _, x := range files {
			still = still || x.Folder == f.Folder && x.Path == f.Path
		}
		return err
	})
	return still, err
}
