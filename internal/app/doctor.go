package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Good    Level = "ok"
	Warning Level = "warning" // deserves a look
	Broken  Level = "error"   // must be mended
)

// Finding is one thing that the doctor looked at.
type Finding struct {
	Check   string `json:"check"`
	Level   Level  `json:"level"`
	Message string `json:"message"`      // how it is
	Do      string `json:"do,omitempty"` // what to do about it
}

// What the doctor holds to be too old or too little.
const (
	OldEnrichment = 35 * 24 * time.Hour // makers of such tables publish once a week to once a month
	littleSpace   = 2 << 30             // bytes
	noSpace       = 128 << 20           // bytes: ingest refuses at half of it
	manyUnsealed  = 10_000
)

// Examine looks at everything that an installation stands on. It changes nothing, takes no lock, and goes on after what is broken as far
// as that is possible.
func Examine(ctx context.Context, actor identity.Actor, o Options) []Finding {
	o.Write = false
	e := &examination{App: &App{Options: o}, ctx: ctx, actor: actor}
	e.defaults()
	defer e.end()
	if !e.folder() {
		return e.found
	}
	e.space()
	e.key()
	e.enrichment()
	e.takedowns()
	if e.database() {
		e.register()
		e.feeds()
		e.sending()
		e.incoming()
		e.sources()
		e.leases()
		e.chain()
		e.checkpoints()
		e.segments()
	}
	e.engine()
	return e.found
}

// examination is one run of the doctor.
type examination struct {
	*App
	ctx   context.Context
	actor identity.Actor
	found []Finding
	busy  bool // another process works in the folder
}

func (e *examination) good(check, format string, args ...any) {
	e.found = append(e.found, Finding{Check: check, Level: Good, Message: fmt.Sprintf(format, args...)})
}

func (e *examination) warn(check, do, format string, args ...any) {
	e.found = append(e.found, Finding{Check: check, Level: Warning, Message: fmt.Sprintf(format, args...), Do: do})
}

func (e *examination) bad(check, do, format string, args ...any) {
	e.found = append(e.found, Finding{Check: check, Level: Broken, Message: fmt.Sprintf(format, args...), Do: do})
}

func (e *examination) end() {
	if err := e.Stop(context.WithoutCancel(e.ctx)); err != nil {
		e.warn("end", "", "closing what was opened: %v", err)
	}
}

// folder looks at the data folder; false if there is none.
func (e *examination) folder() bool {
	const check = "data folder"
	dir := e.dir()
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.bad(check, "is --data right? The first import or ingest makes the folder.", "%s is not there", dir)
		return false
	case err != nil:
		e.bad(check, "see that this user may read it", "%v", err)
		return false
	case !info.IsDir():
		e.bad(check, "name a folder with --data", "%s is a file", dir)
		return false
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		e.bad(check, "chmod 700 "+dir, "%s can be entered by others (mode %04o): it holds personal data", dir, info.Mode().Perm())
	} else if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		e.bad(check, "run firehall as the user who owns the folder", "this user may not write to %s", dir)
	} else {
		e.good(check, "%s, this user's alone", dir)
	}
	if holder, busy := lockedBy(e.dir("lock")); busy {
		e.busy = true
		e.good("lock", "process %s is working here", holder)
	}
	return true
}

// lockedBy tells whether a process holds the data folder's lock, and which.
func lockedBy(path string) (pid string, busy bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil { //nolint:gosec // a file descriptor
		return holder(path), true
	}
	return "", false
}

func (e *examination) space() {
	const check = "disk space"
	free, err := e.FS.Free(e.dir())
	switch {
	case err != nil:
		e.bad(check, "", "%v", err)
	case free < noSpace:
		e.bad(check, "free some space: nothing is taken in now", "%d MB are free", free>>20)
	case free < littleSpace:
		e.warn(check, "free some space, or shorten [retention]", "%d MB are free", free>>20)
	default:
		e.good(check, "%.1f GB are free", float64(free)/1e9)
	}
}

// key looks at the installation's keys. It makes none.
func (e *examination) key() {
	const check = "keys"
	path := e.dir("keys", dedupeSecret+".key")
	faults := e.Keys.Check()
	for _, f := range faults {
		e.bad(check, f.Do, "%s", f.Problem)
	}
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	_, err = os.Stat(e.dir("blobs"))
	switch {
	case missing && err == nil:
		e.bad(check, "restore it from the backup: without it rows that were seen before count as new", "%s is gone", path)
	case len(faults) > 0:
	case missing:
		e.good(check, "none yet: the first ingest makes one")
	default:
		e.good(check, "those that were needed so far are there; keep them in the backup")
	}
}

func (e *examination) enrichment() {
	const check = "enrichment"
	if err := e.openEnrichment(e.ctx); err != nil {
		e.bad(check, "mend [enrich] of the configuration, or fetch the file again", "%v", err)
		return
	}
	files := e.Enrich.Files()
	old := 0
	for _, f := range files {
		if age := f.Age(e.Clock.Now()); age > OldEnrichment {
			old++
			e.warn(check, "fetch a new one: networks move", "%s is %d days old", f.Path, int(age.Hours()/24))
		}
		if f.Bad > 0 {
			e.warn(check, "look at the file", "%d rows of %s were left out, the first: %s", f.Bad, f.Path, f.FirstBad)
		}
	}
	if old == 0 && len(files) > 0 {
		e.good(check, "%s, %d ranges of addresses", plenty(len(files), "file"), e.Enrich.Size())
	}
	if len(files) == 0 {
		e.good(check, "no files are configured: events have the AS number and country that their feed gives")
	}
}

// database opens the state without changing its schema.
func (e *examination) database() bool {
	const check = "database"
	if e.Config.Database.URL == "" {
		if _, err := os.Stat(e.dir("state.db")); errors.Is(err, fs.ErrNotExist) {
			e.bad(check, "is --data right? The first import or ingest makes the state.", "there is no state.db in %s", e.dir())
			return false
		}
	}
	do := "start the database, or mend [database] of the configuration"
	if e.Config.Database.URL == "" {
		do = "restore the data folder from the backup"
	}
	db, err := sqldb.Open(e.ctx, e.databaseURL())
	if err != nil {
		e.bad(check, do, "%v", err)
		return false
	}
	e.DB = db
	have, want, err := db.Schema(e.ctx)
	switch {
	case err != nil:
		e.bad(check, do, "%v", err)
		return false
	case have > want:
		e.bad(check, "run the newer Firehall", "its schema has version %d, this program knows %d", have, want)
		return false
	case have < want:
		e.warn(check, "make a backup; the next command that works on it brings it up to date", "its schema has version %d, this program brings %d", have, want)
		return false
	}
	e.good(check, "%s answers, schema version %d", db.Engine(), have)
	e.Audit, e.Manifest = audit.New(db, e.Clock), event.NewManifest(db)
	return true
}

func (e *examination) register() {
	const check = "register"
	if e.Enrich == nil {
		e.Enrich = new(enrich.Table)
	}
	if err := e.openRegister(e.ctx); err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	counts, err := e.registerFaults()
	orgs, networks, contacts, err2 := e.Register.Size(e.ctx, e.actor)
	switch {
	case errors.Join(err, err2) != nil:
		e.bad(check, "", "%v", errors.Join(err, err2))
	case orgs == 0:
		e.warn(check, "import your constituency: firehall constituency import FILE", "nobody is in it: every event will be nobody's")
	case counts["error"] > 0:
		e.warn(check, "firehall constituency check names them", "%d organisations, but %s", orgs, plenty(counts["error"], "fault by which somebody is not told"))
	default:
		e.good(check, "%d organisations, %d networks, %d contacts; %s", orgs, networks, contacts, plenty(counts["warning"], "warning"))
	}
}

func plenty(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	first, rest, _ := strings.Cut(what, " ")
	return strings.TrimSpace(fmt.Sprintf("%d %ss %s", n, first, rest))
}

// feeds looks at what was taken in, and when.
func (e *examination) feeds() {
	service := feed.New(feed.Options{DB: e.DB, Layout: e.layout, Clock: e.Clock, Config: e.Config.Ingest, Log: e.Log, Feeds: e.Config.Feeds})
	st, err := service.Standing(e.ctx)
	if err != nil {
		e.bad("feeds", "", "%v", err)
		return
	}
	health, err := service.Health(e.ctx, e.actor)
	if err != nil {
		e.bad("feeds", "", "%v", err)
		return
	}
	well := 0
	for _, c := range health {
		if c.State == feed.Well {
			well++
			continue
		}
		e.warn("feeds", c.Do, "%s: %s: %s", c.Feed, c.State, c.Reason)
	}
	if well == len(health) {
		e.good("feeds", "%s in time", plenty(len(st.Last), "feed"))
	}
	e.intakes(st)
	e.clock(st.Last)
}

func (e *examination) intakes(st feed.Standing) {
	const check = "intakes"
	for _, in := range st.Unfinished {
		if _, err := os.Stat(e.dir("blobs", filepath.FromSlash(in.Blob))); err != nil {
			e.bad(check, "restore the blobs folder from the backup", "the input of intake %s (%s) is not on disk: %v", in.ID, in.Name, err)
		}
	}
	if n := len(st.Unfinished); n > 0 && !e.busy {
		e.warn(check, "firehall feed resume goes on with them; so does the next ingest", "%s accepted but not finished: a process died", plenty(n, "intake"))
	}
	if n := len(st.Undecided); n > 0 {
		e.warn(check, "firehall feed set-aside lists them; firehall feed replay INTAKE --report NAME reads one", "%s set aside whole: a person must say what they are", plenty(n, "intake"))
	}
	if len(st.Undecided) == 0 && (len(st.Unfinished) == 0 || e.busy) {
		e.good(check, "none waits for anybody")
	}
}

// clock compares the machine's time with the newest of what it wrote.
func (e *examination) clock(last []feed.Intake) {
	var newest time.Time
	for _, in := range last {
		newest = later(newest, later(in.Arrived, in.Done))
	}
	if list, err := e.Audit.List(e.ctx, audit.Query{}); err == nil && len(list.Items) > 0 {
		newest = later(newest, list.Items[0].At)
	}
	now := e.Clock.Now().UTC()
	switch {
	case now.Before(newest.Add(-time.Second)):
		e.bad("clock", "set the clock; see that it follows a time server", "the machine says %s, but something was recorded at %s",
			now.Format(time.DateTime), newest.Format(time.DateTime))
	case now.Year() < 2026:
		e.bad("clock", "set the clock; see that it follows a time server", "the machine says %s, before this program was made", now.Format(time.DateTime))
	default:
		e.good("clock", "%s UTC, later than all that was recorded", now.Format(time.DateTime))
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
