package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// What may be done with the whole of an installation.
const (
	OpBackup  identity.Operation = "backup.make"
	OpRestore identity.Operation = "backup.restore"
	OpVerify  identity.Operation = "backup.verify"
)

// keepLease is the lease of who rewrites or removes files (event/keep): who holds it keeps them as they are.
const keepLease = "keep"

// Vault is an installation opened for backing it up or verifying it, beside whoever works there.
type Vault struct{ app *App }

// OpenVault opens an installation's vault: the state, and nothing that another process may be using.
func OpenVault(ctx context.Context, o Options) (*Vault, error) {
	w, err := OpenSwitch(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Vault{w.app}, nil
}

// Close closes the installation.
func (v *Vault) Close(ctx context.Context) error { return v.app.Stop(ctx) }

// BackupOptions say where to.
type BackupOptions struct {
	File string
	// Keys, if not empty, is a file for the keys, under Passphrase.
	Keys, Passphrase string
	// Progress, if not nil, is told now and then what is being done.
	Progress func(text string)
}

// errMoved says that a file went away between looking and copying: the state has gone on.
var errMoved = errors.New("files were replaced meanwhile")

// backupAttempts is how often a backup begins again because what it was copying was replaced.
const backupAttempts = 5

// Backup writes everything but the keys into one file while others go on working: the state as it is at one moment, and exactly the files that
// it names, which stay until they are copied. What is damaged already is copied as it is, and named in the manifest's faults. Errors: Conflict
// if the file exists; Unavailable if the disk is full, or another process took over the files.
func (v *Vault) Backup(ctx context.Context, actor identity.Actor, o BackupOptions) (m backup.Manifest, err error) {
	if err := actor.Authorise(OpBackup, o.File); err != nil {
		return m, err
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	held, giveBack, err := v.holdFiles(ctx, o.Progress)
	if err != nil {
		return m, err
	}
	defer func() { _ = giveBack() }()
	if o.Keys != "" {
		if err := v.app.backupKeys(o); err != nil {
			return m, err
		}
	}
	for n := 1; ; n++ {
		c := &copying{App: v.app, ctx: held, o: o, last: n == backupAttempts}
		m, err = c.run()
		if !errors.Is(err, errMoved) {
			break
		}
	}
	if cause := context.Cause(held); cause != nil && ctx.Err() == nil {
		return m, problem.Wrap(problem.Unavailable, cause, "the backup was given up, since another process began to replace files: make it again")
	}
	if err != nil {
		return m, err
	}
	return m, v.app.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, v.app.Clock.Now(), OpBackup, m.ID, nil, map[string]any{
			"file": filepath.Base(o.File), "members": len(m.Members), "bytes": m.Bytes(), "faults": len(m.Faults), "figures": m.Figures,
		})
	})
}

// holdFiles waits for the lease under which files are replaced or removed, and keeps it.
func (v *Vault) holdFiles(ctx context.Context, progress func(string)) (held context.Context, giveBack func() error, err error) {
	leases := lease.New(v.app.DB, v.app.Clock)
	for told := false; ; told = true {
		take := leases.Acquire
		if deadBackup(ctx, leases) {
			take = leases.Seize
		}
		token, err := take(ctx, keepLease, fmt.Sprintf("%s%d", backupHolder(), os.Getpid()), time.Minute)
		if err == nil {
			held, giveBack = leases.Keep(ctx, token, time.Minute)
			return held, giveBack, nil
		}
		if problem.KindOf(err) != problem.Conflict {
			return nil, nil, err
		}
		if !told {
			progress("waiting for housekeeping: " + err.Error())
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// backupHolder is what a backup made on this machine calls itself in the lease, before the number of its process.
func backupHolder() string {
	host, _ := os.Hostname()
	return "backup " + host + "/"
}

// deadBackup tells whether the lease is held by a backup whose process died on this machine: nobody has to wait for that one.
func deadBackup(ctx context.Context, leases *lease.Leases) bool {
	list, err := leases.Held(ctx)
	if err != nil {
		return false
	}
	for _, h := range list {
		text, ours := strings.CutPrefix(h.Holder, backupHolder())
		pid, err := strconv.Atoi(text)
		if h.Name == keepLease && ours && err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}

// copying is one attempt at a backup.
type copying struct {
	*App
	ctx    context.Context
	o      BackupOptions
	last   bool // what is missing now will not come back
	w      *backup.Writer
	faults []backup.Fault
}

func (c *copying) run() (m backup.Manifest, err error) {
	schema, _, err := c.DB.Schema(c.ctx)
	if err != nil {
		return m, err
	}
	now := c.Clock.Now()
	c.w, err = backup.Create(c.FS, c.o.File, backup.Head{ID: id.NewAt(now), Made: now, Program: c.Version, Engine: string(c.DB.Engine()), Schema: schema})
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			c.w.Abandon()
		}
	}()
	figures, later, err := c.state()
	if err != nil {
		return m, err
	}
	for i, f := range later {
		if i%1000 == 0 {
			c.o.Progress(fmt.Sprintf("files: %d of %d", i, len(later)))
		}
		if err := c.copy(f); err != nil {
			return m, err
		}
	}
	return c.w.Finish(figures, c.faults)
}

// state copies the state as it is at one moment, after the files that may go away soonest; the others are held by the lease.
func (c *copying) state() (figures map[string]int64, later []backup.File, err error) {
	err = c.DB.Read(c.ctx, func(tx *sqldb.Tx) error {
		files, err := backup.Files(tx)
		if err != nil {
			return err
		}
		for i, f := range files {
			if f.Folder != backup.Folds && f.Folder != backup.Aside {
				later = files[i:]
				break
			}
			if err := c.copy(f); err != nil {
				return err
			}
		}
		if figures, err = backup.Figures(tx); err != nil {
			return err
		}
		c.o.Progress("the state")
		return backup.Export(tx, func(name string, packed []byte) error {
			_, err := c.w.Add(name, int64(len(packed)), bytes.NewReader(packed))
			return err
		})
	})
	return figures, later, err
}

// copy adds a file as it is.
func (c *copying) copy(f backup.File) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	path := c.dir(f.Folder, filepath.FromSlash(f.Path))
	info, err := c.FS.Stat(path)
	var in io.ReadCloser
	if err == nil {
		in, err = c.FS.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return c.missing(f)
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "back up %s", f.Name())
	}
	sum, err := c.w.Add(f.Name(), info.Size(), in)
	if err := errors.Join(err, in.Close()); err != nil {
		return err
	}
	if what := f.Fault(info.Size(), sum); what != "" {
		c.faults = append(c.faults, backup.Fault{Name: f.Name(), What: what})
	}
	return nil
}

// missing decides about a file that is not there: facts and set-aside rows may have been replaced since we looked, and evidence erased.
func (c *copying) missing(f backup.File) error {
	if !c.last && (f.Folder == backup.Folds || f.Folder == backup.Aside || f.Folder == backup.Evidence) {
		return errMoved
	}
	c.faults = append(c.faults, backup.Fault{Name: f.Name(), What: "the file is missing"})
	return nil
}

// backupKeys writes the keys' own file.
func (a *App) backupKeys(o BackupOptions) error {
	if _, err := a.FS.Stat(o.Keys); !errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.Conflict, "%s is there already: name another file for the keys", o.Keys)
	}
	part := o.Keys + ".part"
	if err := a.FS.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, err, "save the keys")
	}
	f, err := a.FS.Create(part)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "save the keys")
	}
	_, err = backup.WriteKeys(f, a.FS, a.dir("keys"), o.Passphrase)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = errors.Join(a.FS.Rename(part, o.Keys), a.FS.SyncDir(filepath.Dir(o.Keys)))
	}
	if err != nil {
		_ = a.FS.Remove(part)
	}
	return problem.Wrap(problem.Unavailable, err, "save the keys in %s", o.Keys)
}

// noteSums notes what files hold that were written since the last time.
func (a *App) noteSums(ctx context.Context) error {
	_, err := backup.Note(ctx, a.DB, a.FS, a.dir(), a.Clock.Now())
	return err
}
