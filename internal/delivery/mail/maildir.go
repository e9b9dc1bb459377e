package mail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/platform/disk"
)

// maildir is a folder of messages, one file each, as mail programs read it (cur, new and tmp in it). The name of a file follows from the
// delivery's id, so a message that is put there again is the same file.
type maildir struct {
	fs   disk.FS
	dir  string
	made bool // the folders, as far as this process knows
}

// put stores a message durably.
func (m *maildir) put(ctx context.Context, item delivery.Item) delivery.Result {
	name, err := fileOf(item.ID)
	if err != nil {
		return delivery.Result{Outcome: delivery.Refused, Detail: err.Error()}
	}
	there, err := m.prepare(name, item.Attempt > 1)
	if err == nil && !there {
		if ctx.Err() != nil {
			return *stopped()
		}
		err = m.write(name, item.Bytes)
	}
	if err != nil {
		m.made = false
		return delivery.Result{Outcome: delivery.Down, Detail: oneLine(fmt.Sprintf("the maildir %s: %v: see that this user may write there, and that the disk is not full", m.dir, err), 500)}
	}
	return delivery.Result{Outcome: delivery.Accepted, Detail: "stored as " + name}
}

// fileOf is the name of a delivery's file: seconds, what makes it unique, and a host, as maildirs have it.
func fileOf(delivery string) (string, error) {
	at, ok := id.Time(delivery)
	if !ok {
		return "", fmt.Errorf("%q is no id of a delivery", oneLine(delivery, 40))
	}
	return fmt.Sprintf("%d.%s.firehall", at.Unix(), delivery), nil
}

// prepare makes the folders, and tells whether the message is there already: as new, or taken into cur by a mail program, which adds flags.
// For the flags a whole folder has to be read, so only where the message may have been put there before.
func (m *maildir) prepare(name string, again bool) (there bool, err error) {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := m.mkdir(sub); err != nil {
			return false, err
		}
	}
	m.made = true
	if !again {
		return false, nil
	}
	if _, err := m.fs.Stat(filepath.Join(m.dir, "new", name)); err == nil {
		return true, nil
	}
	if _, err := m.fs.Stat(filepath.Join(m.dir, "cur", name)); err == nil {
		return true, nil
	}
	flagged, err := filepath.Glob(filepath.Join(escape(m.dir), "cur", name+":2,*"))
	return len(flagged) > 0, err
}

func (m *maildir) mkdir(sub string) error {
	if m.made {
		return nil
	}
	return m.fs.MkdirAll(filepath.Join(m.dir, sub))
}

// escape keeps the folder's own name from being read as a pattern.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// write makes the content durable in tmp before the file appears in new.
func (m *maildir) write(name string, message []byte) error {
	tmp := filepath.Join(m.dir, "tmp", name)
	if err := m.fs.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := m.fs.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(message)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = m.fs.Remove(tmp)
		return err
	}
	if err := m.fs.Rename(tmp, filepath.Join(m.dir, "new", name)); err != nil {
		return err
	}
	return m.fs.SyncDir(filepath.Join(m.dir, "new"))
}
