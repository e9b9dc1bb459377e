package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/platform/disk"
)

// DemoRows is how many rows the largest file of a demonstration has if nobody says.
const DemoRows = 100_000

// The files of a demonstration's folder, besides those of any data folder.
const (
	demoMark     = "demonstration.json" // says what was made; a folder without it is never cleared
	demoRegister = "register.csv"
	demoPrefixes = "prefixes.csv"
	demoFeeds    = "feeds"
	demoMail     = "mail"
	demoReports  = "reports"
)

// ConfigName is the configuration file that a data folder may hold; it counts when no other is named.
const ConfigName = "firehall.toml"

// DemoOptions say where and how large.
type DemoOptions struct {
	Dir   string
	Rows  int  // of the largest file; 0 for DemoRows, or for what is there
	Fresh bool // clear what an earlier demonstration left
	Now   time.Time
	Log   *slog.Logger
	// Making, if not nil, is called before files are made, which may take a while.
	Making func()
}

// Demo is a folder that holds the demonstration nation's register, configuration and feed files, and room for their events.
type Demo struct {
	Dir   string      `json:"-"`
	Made  time.Time   `json:"made"`
	Rows  int         `json:"rows"`
	Files []demo.File `json:"files"` // paths below the feeds folder; empty until all are written
	Found bool        `json:"-"`     // it was there before
}

// Config is the path of the configuration.
func (d Demo) Config() string { return filepath.Join(d.Dir, ConfigName) }

// Register is the path of the register to be imported.
func (d Demo) Register() string { return filepath.Join(d.Dir, demoRegister) }

// Mail is the maildir that messages go into.
func (d Demo) Mail() string { return filepath.Join(d.Dir, demoMail) }

// Peers is the path of the register of teams abroad.
func (d Demo) Peers() string { return filepath.Join(d.Dir, demoReports, demo.PeersName) }

// ReportMail is where the mail of an arrival lies.
func (d Demo) ReportMail(a demo.Arrival) string {
	return filepath.Join(d.Dir, demoReports, a.MailName())
}

// Path is where a file lies.
func (d Demo) Path(f demo.File) string { return filepath.Join(d.Dir, demoFeeds, f.Path) }

// PrepareDemo makes the files of a demonstration, or finds them. One that was left half made is made again as it would have been. Errors:
// Conflict if the folder holds something else, or a demonstration of another size.
func PrepareDemo(ctx context.Context, o DemoOptions) (Demo, error) {
	d, err := findDemo(o.Dir)
	if err != nil {
		return d, err
	}
	if d.Found && o.Fresh {
		if err := clearDemo(ctx, o); err != nil {
			return d, err
		}
		d = Demo{Dir: o.Dir}
	}
	if d.Found && o.Rows != 0 && o.Rows != d.Rows {
		return d, problem.New(problem.Conflict, "%s holds a demonstration whose largest file has %d rows: add --fresh to make it anew with %d", o.Dir, d.Rows, o.Rows)
	}
	if !d.Found {
		d.Made, d.Rows = o.Now.UTC().Truncate(time.Second), o.Rows
		if d.Rows == 0 {
			d.Rows = DemoRows
		}
	}
	if len(d.Files) > 0 {
		return d, nil
	}
	if o.Making != nil {
		o.Making()
	}
	return d, d.make()
}

// findDemo looks what a folder holds.
func findDemo(dir string) (Demo, error) {
	d := Demo{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, demoMark))
	if err == nil {
		d.Found = true
		if err := json.Unmarshal(text, &d); err != nil {
			return d, problem.Wrap(problem.Conflict, err, "%s cannot be read: take another folder", filepath.Join(dir, demoMark))
		}
		return d, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return d, problem.Wrap(problem.Unavailable, err, "look into %s", dir)
	}
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d, problem.Wrap(problem.Unavailable, err, "look into %s", dir)
	}
	if len(list) > 0 {
		return d, problem.New(problem.Conflict, "%s holds something that is no demonstration, and stays as it is: name an empty or a new folder with --dir", dir)
	}
	return d, nil
}

// clearDemo empties a demonstration's folder, once nobody works in it. The mark goes last, so that a clearing that is cut off can be
// taken up again.
func clearDemo(ctx context.Context, o DemoOptions) error {
	l, err := takeLock(ctx, filepath.Join(o.Dir, "lock"), o.Log, false)
	if err != nil {
		return err
	}
	defer func() { _ = l.release() }()
	list, err := os.ReadDir(o.Dir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "clear %s", o.Dir)
	}
	for _, e := range list {
		if e.Name() == demoMark || e.Name() == "lock" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(o.Dir, e.Name())); err != nil {
			return problem.Wrap(problem.Unavailable, err, "clear %s", o.Dir)
		}
	}
	return os.Remove(filepath.Join(o.Dir, demoMark))
}

// make writes the files. The mark comes first without them, and once more when all are there.
func (d *Demo) make() error {
	if err := (disk.OS{}).MkdirAll(d.Dir); err != nil {
		return problem.Wrap(problem.Unavailable, err, "make the folder %s", d.Dir)
	}
	if err := d.mark(); err != nil {
		return err
	}
	dir, err := filepath.Abs(d.Dir)
	if err != nil {
		return err
	}
	prefixes := filepath.Join(dir, demoPrefixes)
	err = errors.Join(
		writeFile(d.Register(), demo.Nation),
		writeFile(prefixes, demo.Prefixes),
		writeFile(d.Config(), func(w io.Writer) error { return demo.Configuration(w, prefixes, filepath.Join(dir, demoMail)) }),
		demo.Mails(filepath.Join(d.Dir, demoReports), d.Made),
	)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "write the demonstration")
	}
	files, err := demo.Feeds(filepath.Join(d.Dir, demoFeeds), demo.FeedOptions{Rows: d.Rows, Seed: 1, Now: d.Made})
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "write the demonstration's feeds")
	}
	for i := range files {
		files[i].Path = filepath.Base(files[i].Path)
	}
	d.Files = files
	return d.mark()
}

func (d *Demo) mark() error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(d.Dir, demoMark)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return problem.Wrap(problem.Unavailable, err, "write the demonstration")
	}
	return os.Rename(path+".new", path)
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
