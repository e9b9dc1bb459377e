package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity/record"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// openRecord makes the record as people ask for it. Whoever may write makes its key: a copy of the data folder from before there was a key could not tell
// a checkpoint of its own from a stranger's.
func (a *App) openRecord() {
	c := a.Config.Audit
	a.Record = record.New(record.Options{
		Log: a.Audit, Clock: a.Clock, Key: a.Keys.Audit, Public: a.Keys.AuditPublic, Every: c.Every, File: c.CheckpointFile, Mail: c.CheckpointMail,
	})
	if !a.Write {
		return
	}
	if _, err := a.Keys.Audit(); err != nil {
		a.Log.Error("no checkpoint of the audit record can be signed", "error", err)
	}
}

// The pauses of checkpoints: how often is looked whether one is due, and how long a process that makes one may take.
const (
	checkpointPause = time.Minute
	checkpointTime  = 5 * time.Minute
	checkpointLease = "audit.checkpoint"
)

// checkpoint makes a checkpoint if one is due, and sees to it that its copies leave. Of several processes one does.
func (a *App) checkpoint(ctx context.Context) (err error) {
	leases := lease.New(a.DB, a.Clock)
	token, err := leases.Acquire(ctx, checkpointLease, "checkpoint "+id.New(), checkpointTime)
	if err != nil {
		return err // Conflict: another process does it
	}
	defer func() { err = errors.Join(err, leases.Release(context.WithoutCancel(ctx), token)) }()
	actor := record.Maker()
	due, last, err := a.Record.Due(ctx, actor)
	if err != nil {
		return err
	}
	if due {
		k, err := a.Record.Checkpoint(ctx, actor, func(tx *sqldb.Tx, k *audit.Kept) error {
			if err := lease.Check(tx, token); err != nil {
				return err
			}
			return a.mailCheckpoint(ctx, tx, k)
		})
		if err != nil {
			return err
		}
		last = &k
	}
	return a.fileCheckpoint(ctx, last)
}

// mailsCheckpoints tells whether checkpoints go to the team, and can.
func (a *App) mailsCheckpoints() bool {
	m := a.Config.Mail
	return a.Config.Audit.CheckpointMail && a.Config.Team.Email != "" && a.mailFault == nil && (m.Relay != "" || m.Maildir != "")
}

// mailCheckpoint hands a checkpoint to the outbox, in the transaction that keeps it.
func (a *App) mailCheckpoint(ctx context.Context, tx *sqldb.Tx, k *audit.Kept) error {
	if !a.mailsCheckpoints() {
		return nil
	}
	permit, to, err := a.Release.ForTeam(tx, record.Maker(), "audit checkpoint")
	if err != nil {
		return err
	}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	k.Mailed = a.Clock.Now()
	subject := "Checkpoint of the audit record, " + stamp(k.At, zone)
	ready, err := a.Delivery.Compose(ctx, permit, delivery.Draft{
		ID: id.NewAt(k.Mailed), To: to, ToName: a.Config.Team.Name, Subject: subject, Generic: subject, Text: checkpointText(k.Checkpoint),
		Label: permit.Label(), Language: "en", Date: k.Mailed,
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}

// checkpointText is the mail. Programs that wrap long lines break none of it for good: the parts of a checkpoint have no spaces.
func checkpointText(c audit.Checkpoint) string {
	return fmt.Sprintf(`The record of who did what had %d entries. Keep this message: the line below proves later that none of them was changed or taken out.

%s

To look: put the line into a file, and run firehall audit verify --checkpoint FILE.
`, c.Seq, c)
}

// fileCheckpoint appends a checkpoint to the file, once. One that could not be written is tried again by the next round.
func (a *App) fileCheckpoint(ctx context.Context, k *audit.Kept) error {
	file := a.Config.Audit.CheckpointFile
	if file == "" || k == nil || !k.Filed.IsZero() {
		return nil
	}
	if err := appendLine(file, k.String()); err != nil {
		return problem.Wrap(problem.Unavailable, err, "write a checkpoint to %s (audit.checkpoint_file)", file)
	}
	return a.Audit.Filed(ctx, k.ID)
}

// appendLine adds a line to a file, durably. Behind a line that a power failure cut off it begins a new one.
func appendLine(path, line string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return problem.New(problem.Invalid, "%s is no plain file", path)
	case !endsLine(path, info.Size()):
		line = "\n" + line
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600) // append only: a file that lets nothing else be done will do
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// endsLine tells whether a file is empty or ends with a line feed; one that may not be read is taken to.
func endsLine(path string, size int64) bool {
	f, err := os.Open(path)
	if err != nil || size == 0 {
		return true
	}
	defer func() { _ = f.Close() }()
	last := make([]byte, 1)
	_, err = f.ReadAt(last, size-1)
	return err != nil || last[0] == '\n'
}

// checkpoints tells the doctor how the record is kept.
func (e *examination) checkpoints() {
	const check = "audit checkpoints"
	e.openRecord()
	s, err := e.Record.State(e.ctx, e.actor)
	switch {
	case err != nil:
		e.bad(check, "", "%v", err)
	case s.Unkept:
		e.warn(check, "see that this user may write to "+e.Config.Audit.CheckpointFile, "the newest checkpoint is not in the file that it belongs into")
	case s.Late:
		e.warn(check, "start firehall serve, which makes them; firehall audit checkpoint makes one now", "%s: long ago", s)
	case e.Config.Audit.CheckpointMail && e.Config.Team.Email == "":
		e.warn(check, "set team.email", "checkpoints are to be mailed to the team, which has no mailbox")
	case !s.Kept:
		e.good(check, "%s; no copy leaves this machine by itself, see [audit] of the configuration", s)
	default:
		e.good(check, "%s", s)
	}
}
