package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
)

// What lies in a data folder while a restore is under way; nothing opens the folder as long as it is there.
const (
	restoreDir   = "restoring"  // everything is put together here first
	restoreReady = "ready.json" // all of it is there, and verified
	restoreMark  = "attempt"    // names the attempt in the audit record of a database that lies elsewhere
	restoredDir  = "restored"   // what is left of it afterwards, to be removed
	stateFile    = "state.db"
)

// placed are the folders and files that a restore puts in place, in this order: the state comes last.
var placed = []string{backup.Events, backup.Folds, backup.Aside, backup.Blobs, backup.Evidence, "keys", stateFile}

// RestoreOptions say from what.
type RestoreOptions struct {
	File string
	// Keys, if not empty, is the file of the keys, which Passphrase opens.
	Keys, Passphrase string
	Progress         func(text string)
}

// Restored says what a restore brought.
type Restored struct {
	backup.Manifest
	Resumed bool `json:"resumed"` // an earlier restore that was cut off was brought to its end
	Keys    int  `json:"keys"`    // keys restored
}

// Restore puts a backup into an empty data folder, and an empty database if the configuration names one. All or nothing: the archive is read
// to its end and verified, and the state built and compared with the archive's figures, before anything is put in place; whenever it dies, either
// nothing counts or the next Restore brings it to its end, and until then the folder cannot be opened. What is restored sends nothing until a
// person says resume, and nobody is logged in.
//
// Errors: Conflict if the folder or the database is not empty; Invalid if the archive is damaged, with what is.
func Restore(ctx context.Context, o Options, actor identity.Actor, r RestoreOptions) (out Restored, err error) {
	if err := actor.Authorise(OpRestore, r.File); err != nil {
		return out, err
	}
	if r.Progress == nil {
		r.Progress = func(string) {}
	}
	s := &restoring{App: &App{Options: o}, ctx: ctx, actor: actor, o: r}
	s.defaults()
	if err := s.FS.MkdirAll(s.dir()); err != nil {
		return out, problem.Wrap(problem.Unavailable, err, "make the data folder %s", s.dir())
	}
	soon, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	l, err := takeLock(soon, s.dir("lock"), s.Log, false)
	if err != nil {
		return out, err
	}
	defer func() { _ = l.release() }()
	if s.finished(&out) {
		out.Resumed = true
		return out, s.place()
	}
	if err := s.empty(); err != nil {
		return out, err
	}
	if err := s.stage(&out); err != nil {
		if !s.filled {
			err = errors.Join(err, s.clear())
		}
		return out, err
	}
	return out, s.place()
}

// restoring is one restore.
type restoring struct {
	*App
	ctx    context.Context
	actor  identity.Actor
	o      RestoreOptions
	pieces []backup.Piece
	filled bool            // a database that lies elsewhere may have the state already
	mark   string          // names this attempt, and those before it that were cut off
	synced map[string]bool // folders in which files were made
}

func (s *restoring) staged(parts ...string) string {
	return s.dir(append([]string{restoreDir}, parts...)...)
}

// finished tells whether an earlier restore had everything together.
func (s *restoring) finished(out *Restored) bool {
	text, err := os.ReadFile(s.staged(restoreReady))
	return err == nil && json.Unmarshal(text, out) == nil
}

// empty makes sure that there is nothing that would be lost or mixed up. What an unfinished restore left goes.
func (s *restoring) empty() error {
	if text, err := os.ReadFile(s.staged(restoreMark)); err == nil && id.Valid(string(text)) {
		s.mark = string(text)
	}
	if err := s.clear(); err != nil {
		return err
	}
	list, err := s.FS.ReadDir(s.dir())
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "look into %s", s.dir())
	}
	for _, e := range list {
		switch name := e.Name(); {
		case name == "lock" || name == ConfigName || name == "keys" && s.o.Keys == "":
		default:
			return problem.New(problem.Conflict, "%s is not empty (%s): a backup is restored into an empty folder only; move what is there away first", s.dir(), name)
		}
	}
	return nil
}

func (s *restoring) clear() error {
	return problem.Wrap(problem.Unavailable, os.RemoveAll(s.staged()), "remove what an unfinished restore left")
}

// stage puts everything together beside its place.
func (s *restoring) stage(out *Restored) error {
	if err := s.FS.MkdirAll(s.staged()); err != nil {
		return problem.Wrap(problem.Unavailable, err, "restore")
	}
	s.synced = map[string]bool{s.staged(): true}
	if s.mark == "" {
		s.mark = id.NewAt(s.Clock.Now())
	}
	if err := errors.Join(s.write(s.staged(restoreMark), strings.NewReader(s.mark)), s.FS.SyncDir(s.staged())); err != nil {
		return err
	}
	m, faults, err := backup.Read(s.ctx, s.o.File, s.take)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return problem.New(problem.Invalid, "%s is damaged, and nothing was restored: %s", s.o.File, summary(faults))
	}
	out.Manifest = m
	if out.Keys, err = s.stageKeys(); err != nil {
		return err
	}
	if err := s.stageState(m); err != nil {
		return err
	}
	for dir := range s.synced {
		if err := s.FS.SyncDir(dir); err != nil {
			return problem.Wrap(problem.Unavailable, err, "restore")
		}
	}
	small := *out
	small.Members = nil
	text, err := json.Marshal(small)
	if err != nil {
		return err
	}
	if err := s.write(s.staged(restoreReady+".new"), strings.NewReader(string(text))); err != nil {
		return err
	}
	return errors.Join(s.FS.Rename(s.staged(restoreReady+".new"), s.staged(restoreReady)), s.FS.SyncDir(s.staged()))
}

func summary(faults []backup.Fault) string {
	var b strings.Builder
	for i, f := range faults[:min(len(faults), 5)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.String())
	}
	if len(faults) > 5 {
		fmt.Fprintf(&b, "; and %d more", len(faults)-5)
	}
	return b.String()
}

// take writes a member below the staging folder; backup.Read has made sure that its name leads nowhere else.
func (s *restoring) take(m backup.Member, r io.Reader) error {
	path := s.staged(filepath.FromSlash(m.Name))
	if dir := filepath.Dir(path); !s.synced[dir] {
		if err := s.FS.MkdirAll(dir); err != nil {
			return problem.Wrap(problem.Unavailable, err, "restore %s", m.Name)
		}
		s.synced[dir] = true
	}
	if table, ok := strings.CutPrefix(m.Name, backup.State+"/"); ok {
		table, _, _ = strings.Cut(table, "/")
		s.pieces = append(s.pieces, backup.Piece{Table: table, Packed: func() ([]byte, error) { return os.ReadFile(path) }})
	}
	return s.write(path, r)
}

// write writes a file and makes its content durable.
func (s *restoring) write(path string, r io.Reader) error {
	f, err := s.FS.Create(path)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "restore")
	}
	_, err = io.Copy(f, r)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Join(err, f.Close()) // the archive is cut off: its reader says so
	}
	return problem.Wrap(problem.Unavailable, errors.Join(err, f.Sync(), f.Close()), "write %s: see that the disk is not full", path)
}

func (s *restoring) stageKeys() (int, error) {
	if s.o.Keys == "" {
		return 0, nil
	}
	f, err := os.Open(s.o.Keys)
	if err != nil {
		return 0, problem.Wrap(problem.Unavailable, err, "open the file of keys")
	}
	defer func() { _ = f.Close() }()
	keys, err := backup.ReadKeys(f, s.o.Passphrase)
	if err != nil {
		return 0, err
	}
	if err := s.FS.MkdirAll(s.staged("keys")); err != nil {
		return 0, err
	}
	s.synced[s.staged("keys")] = true
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		if err := s.write(s.staged("keys", name), strings.NewReader(string(keys[name]))); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

// place moves everything to its place. It can be cut off anywhere and begun again.
func (s *restoring) place() error {
	for _, name := range placed {
		err := s.FS.Rename(s.staged(name), s.dir(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return problem.Wrap(problem.Unavailable, err, "put %s in place: run firehall restore again when that is mended", name)
		}
	}
	if err := s.FS.SyncDir(s.dir()); err != nil {
		return problem.Wrap(problem.Unavailable, err, "restore")
	}
	// From this rename on it is an installation; what is left of the staging goes in its own time.
	if err := errors.Join(s.FS.Rename(s.staged(), s.dir(restoredDir)), s.FS.SyncDir(s.dir())); err != nil {
		return problem.Wrap(problem.Unavailable, err, "restore")
	}
	_ = os.RemoveAll(s.dir(restoredDir))
	return nil
}

// refuseUnfinished keeps everybody out of a folder in which a restore was cut off.
func (a *App) refuseUnfinished() error {
	if _, err := a.FS.Stat(a.dir(restoreDir)); err == nil {
		return problem.New(problem.Conflict, "a restore into %s is under way, or was cut off: run firehall restore again, which ends it", a.dir())
	}
	_ = os.RemoveAll(a.dir(restoredDir)) // if a restore died while it did so; nobody needs it
	return nil
}
