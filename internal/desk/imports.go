package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The kinds of jobs for large files.
const (
	KindPreview = "register.preview"
	KindApply   = "register.apply"
)

// The bounds of uploads.
const (
	MaxUpload     = 256 << 20      // bytes of one file, as constituency reads them
	mostUploads   = 1 << 30        // bytes of all files
	uploadTime    = 24 * time.Hour // how long a file is kept
	atOnceUpload  = 1 << 20        // bytes up to which somebody waits for the preview
	shownChanges  = 2000           // of a difference
	shownRejected = 2000
)

// Upload is a file for the register that waits to be applied, and what it would change.
type Upload struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"` // as the person's machine calls it
	Format  constituency.Format `json:"format"`
	Size    int64               `json:"size"`
	By      identity.Actor      `json:"by"`
	At      time.Time           `json:"at"`
	State   UploadState         `json:"state"`
	Job     string              `json:"-"` // that works on it; "" for none
	Fault   string              `json:"fault,omitempty"`
	Report  constituency.Report `json:"report"` // the first so many changes and rejected rows
	Tally   Tally               `json:"tally"`  // of all of them
	Stamp   string              `json:"stamp"`  // see constituency.ImportOptions
	Applied time.Time           `json:"applied,omitzero"`
}

// Tally counts what a file changes: "add network" and so on.
type Tally struct {
	Changes  map[string]int `json:"changes"`
	All      int            `json:"all"`
	Rejected int            `json:"rejected"`
}

// UploadState is how far an upload has come.
type UploadState string

// The states of an upload.
const (
	Reading  UploadState = "reading"  // the difference is being made
	Ready    UploadState = "ready"    // the difference can be looked at
	Applying UploadState = "applying" // it is being written into the register
	Applied  UploadState = "applied"
	Failed   UploadState = "failed" // Fault says why; nothing was changed
)

// Expires is when the file is forgotten.
func (u Upload) Expires() time.Time { return u.At.Add(uploadTime) }

// Imports takes files for the register in: first it shows exactly what one would change, then it changes that, or nothing.
type Imports struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	FS       disk.FS
	Dir      string // where files wait
	Register *constituency.Register
	Queue    *jobs.Queue
}

// Put takes a file in and makes the difference: at once if the file is small, else by a job. Errors: Invalid if it is too large, or if nothing
// of it can be read; Unavailable if too many files wait.
func (m *Imports) Put(ctx context.Context, actor identity.Actor, name string, format constituency.Format, file io.Reader) (Upload, error) {
	if err := actor.Authorise(constituency.OpImport, "register"); err != nil {
		return Upload{}, err
	}
	if err := m.sweep(); err != nil {
		return Upload{}, err
	}
	u := Upload{ID: id.NewAt(m.Clock.Now()), Name: clipped(strings.ToValidUTF8(name, "\uFFFD"), 200), Format: format, By: actor, At: m.Clock.Now(), State: Reading}
	if u.Format == "" {
		u.Format = constituency.FormatOf(name)
	}
	if err := m.keep(&u, file); err != nil {
		return u, err
	}
	if u.Size > atOnceUpload {
		return u, m.post(ctx, &u, KindPreview)
	}
	if err := m.preview(ctx, &u); err != nil {
		m.drop(u.ID)
		return u, err
	}
	return u, m.save(u)
}

// Get gives an upload. Errors: NotFound if there is none, or not any more.
func (m *Imports) Get(ctx context.Context, actor identity.Actor, name string) (Upload, error) {
	if err := actor.Authorise(constituency.OpImport, "register"); err != nil {
		return Upload{}, err
	}
	u, err := m.load(name)
	if err != nil || u.State != Reading && u.State != Applying {
		return u, err
	}
	found, err := m.Queue.List(ctx, jobs.Filter{Subject: name, Request: page.Request{Limit: 1}})
	if err != nil || len(found.Items) == 0 {
		return u, err
	}
	switch j := found.Items[0]; j.State {
	case jobs.Done: // between the two looks
		return m.load(name)
	case jobs.Dead:
		u.Job, u.State, u.Fault = j.ID, Failed, j.Error
	default:
		u.Job = j.ID
	}
	return u, nil
}

// Apply changes the register exactly as the upload's difference says. Errors: Conflict if the register changed since, or if it was applied.
func (m *Imports) Apply(ctx context.Context, actor identity.Actor, name string) (Upload, error) {
	if err := actor.Authorise(constituency.OpImport, "register"); err != nil {
		return Upload{}, err
	}
	u, err := m.load(name)
	if err != nil {
		return u, err
	}
	if u.State != Ready {
		return u, problem.New(problem.Conflict, "%s is %s: upload it again to see what it would change now", u.Name, u.State)
	}
	u.By = actor
	if u.Size > atOnceUpload {
		u.State = Applying
		return u, m.post(ctx, &u, KindApply)
	}
	if err := m.apply(ctx, &u); err != nil {
		return u, err
	}
	return u, m.save(u)
}

// Again makes the difference of an upload anew, after the register changed.
func (m *Imports) Again(ctx context.Context, actor identity.Actor, name string) (Upload, error) {
	if err := actor.Authorise(constituency.OpImport, "register"); err != nil {
		return Upload{}, err
	}
	u, err := m.load(name)
	if err != nil {
		return u, err
	}
	if u.State == Reading || u.State == Applying {
		return u, problem.New(problem.Conflict, "%s is being worked on: wait until that has ended", u.Name)
	}
	u.State, u.Fault, u.At = Reading, "", m.Clock.Now()
	if u.Size > atOnceUpload {
		return u, m.post(ctx, &u, KindPreview)
	}
	if err := m.preview(ctx, &u); err != nil {
		return u, err
	}
	return u, m.save(u)
}

// Discard forgets an upload.
func (m *Imports) Discard(_ context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(constituency.OpImport, "register"); err != nil {
		return err
	}
	if _, err := m.load(name); err != nil {
		return err
	}
	m.drop(name)
	return nil
}

// Do does the jobs of both kinds.
func (m *Imports) Do(ctx context.Context, t *jobs.Task) error {
	u, err := m.load(t.Subject)
	if err != nil {
		return jobs.Final(err)
	}
	work := m.preview
	if t.Kind == KindApply {
		work = m.apply
	}
	if err := work(ctx, &u); err != nil {
		if ctx.Err() != nil {
			return err
		}
		u.State, u.Fault = Failed, err.Error()
	}
	return m.save(u)
}

func (m *Imports) post(ctx context.Context, u *Upload, kind string) error {
	if err := m.save(*u); err != nil {
		return err
	}
	err := m.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		u.Job, err = jobs.Enqueue(tx, m.Clock.Now(), jobs.Post{Kind: kind, Subject: u.ID, Unique: true})
		return err
	})
	m.Queue.Wake()
	return err
}

func (m *Imports) preview(ctx context.Context, u *Upload) error {
	rep, err := m.run(ctx, u, constituency.ImportOptions{Name: u.Name, Format: u.Format, DryRun: true})
	if err != nil {
		return err
	}
	u.take(rep)
	u.State, u.Stamp = Ready, rep.Stamp
	return nil
}

func (m *Imports) apply(ctx context.Context, u *Upload) error {
	rep, err := m.run(ctx, u, constituency.ImportOptions{Name: u.Name, Format: u.Format, Stamp: u.Stamp})
	if err != nil {
		return err
	}
	u.take(rep)
	u.State, u.Applied = Applied, m.Clock.Now()
	return nil
}

// take keeps of a report as much as people look at.
func (u *Upload) take(rep constituency.Report) {
	u.Tally = Tally{Changes: map[string]int{}, All: len(rep.Changes), Rejected: len(rep.Rejected)}
	for _, c := range rep.Changes {
		u.Tally.Changes[c.Op+" "+c.What]++
	}
	rep.Changes, rep.Rejected = rep.Changes[:min(shownChanges, len(rep.Changes))], rep.Rejected[:min(shownRejected, len(rep.Rejected))]
	u.Report = rep
}

func (m *Imports) run(ctx context.Context, u *Upload, o constituency.ImportOptions) (constituency.Report, error) {
	f, err := m.FS.Open(m.path(u.ID, ".data"))
	if err != nil {
		return constituency.Report{}, problem.Wrap(problem.NotFound, err, "the file %s is gone: upload it again", u.Name)
	}
	defer func() { _ = f.Close() }()
	return m.Register.Import(ctx, u.By, f, o)
}

func (m *Imports) path(name, ending string) string { return filepath.Join(m.Dir, name+ending) }

// keep writes the file.
func (m *Imports) keep(u *Upload, file io.Reader) error {
	if err := m.FS.MkdirAll(m.Dir); err != nil {
		return problem.Wrap(problem.Unavailable, err, "keep the file")
	}
	f, err := m.FS.Create(m.path(u.ID, ".data"))
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "keep the file")
	}
	u.Size, err = io.Copy(f, io.LimitReader(file, MaxUpload+1))
	err = errors.Join(err, f.Close())
	switch {
	case err != nil:
		m.drop(u.ID)
		return problem.Wrap(problem.Unavailable, err, "keep the file")
	case u.Size > MaxUpload:
		m.drop(u.ID)
		return problem.New(problem.Invalid, "%s is larger than %d MiB: split it", u.Name, MaxUpload>>20)
	}
	return nil
}

// save writes what is known of an upload, whole or not at all.
func (m *Imports) save(u Upload) error {
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	temporary := m.path(u.ID, "."+id.New()+".tmp")
	f, err := m.FS.Create(temporary)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "keep what is known of the file")
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = m.FS.Rename(temporary, m.path(u.ID, ".json"))
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "keep what is known of the file")
	}
	return nil
}

func (m *Imports) load(name string) (u Upload, err error) {
	gone := problem.New(problem.NotFound, "this file is not here any more: files are kept for %d hours; upload it again", int(uploadTime.Hours()))
	if !id.Valid(name) {
		return u, gone
	}
	f, err := m.FS.Open(m.path(name, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return u, gone
	}
	if err != nil {
		return u, problem.Wrap(problem.Unavailable, err, "read what is known of the file")
	}
	defer func() { _ = f.Close() }()
	err = json.NewDecoder(f).Decode(&u)
	if err == nil && m.Clock.Now().After(u.Expires()) {
		return u, gone
	}
	return u, err
}

func (m *Imports) drop(name string) {
	for _, ending := range []string{".data", ".json"} {
		_ = m.FS.Remove(m.path(name, ending)) // what stays is swept later
	}
}

// sweep drops the files that have waited too long, and refuses a further one where too much waits.
func (m *Imports) sweep() error {
	list, err := m.FS.ReadDir(m.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var all int64
	for _, e := range list {
		made, ok := id.Time(e.Name()[:min(id.Size, len(e.Name()))])
		if ok && m.Clock.Now().Sub(made) > 2*uploadTime { // a difference that was made again lives longer than its name
			_ = m.FS.Remove(filepath.Join(m.Dir, e.Name()))
			continue
		}
		if info, err := e.Info(); err == nil {
			all += info.Size()
		}
	}
	if all > mostUploads {
		return problem.New(problem.Unavailable, "too many files wait to be applied: apply or discard some, or wait a day")
	}
	return err
}
