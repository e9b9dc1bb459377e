package app

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// registerFaults counts what constituency check finds, by severity.
func (e *examination) registerFaults() (map[string]int, error) {
	list, err := e.Register.Check(e.ctx, e.actor, constituency.CheckOptions{})
	counts := map[string]int{}
	for _, f := range list {
		counts[string(f.Severity)]++
	}
	return counts, err
}

// leases tells who holds what; one that outlives its process ends by itself.
func (e *examination) leases() {
	const check = "leases"
	held, err := lease.New(e.DB, e.Clock).Held(e.ctx)
	if err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	for _, h := range held {
		e.good(check, "%s is held by %s until %s", h.Name, h.Holder, h.Expires.Format(time.TimeOnly))
	}
	if len(held) == 0 {
		e.good(check, "none is held")
	}
}

// chain verifies the audit record.
func (e *examination) chain() {
	const check = "audit"
	rep, err := e.Audit.Verify(e.ctx)
	switch {
	case err != nil:
		e.bad(check, "", "%v", err)
	case !rep.Whole():
		e.bad(check, "firehall audit verify says more; keep a copy of the database as it is, and find out who could write to it",
			"the record is not as it was written: %s", rep.Faults[0])
	case rep.Unsealed > manyUnsealed || rep.Unsealed > 0 && !e.busy:
		e.warn(check, "firehall audit seal", "the record is whole, but %s not sealed yet and protected by nothing", plenty(rep.Unsealed, "line"))
	default:
		e.good(check, "the record is whole: %d entries", rep.Entries)
	}
}

// segments compares the manifest with the disk.
func (e *examination) segments() {
	const check = "segments"
	list, err := e.Manifest.Segments(e.ctx, event.Filter{})
	if err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	var rows, bytes int64
	missing := 0
	for _, s := range list {
		rows, bytes = rows+s.Rows, bytes+s.Bytes
		info, err := e.FS.Stat(filepath.Join(e.layout.Events(), filepath.FromSlash(s.Path)))
		if err != nil || info.Size() != s.Bytes {
			if missing++; missing <= 3 {
				e.bad(check, "restore it from the backup", "%s is in the manifest and is %s on disk", s.Path, missingOrDamaged(err))
			}
		}
	}
	if missing > 3 {
		e.bad(check, "restore the events folder from the backup", "%d of %d segments are missing or damaged", missing, len(list))
	}
	if missing == 0 {
		e.good(check, "%s, %d events, %.1f MB, all on disk", plenty(len(list), "segment"), rows, float64(bytes)/1e6)
	}
	e.folds()
	e.orphans()
}

func missingOrDamaged(err error) string {
	if err != nil {
		return "missing"
	}
	return "of another size"
}

func (e *examination) folds() {
	list, err := e.Manifest.Folds(e.ctx)
	if err != nil {
		e.bad("folds", "", "%v", err)
		return
	}
	for _, f := range list {
		if _, err := e.FS.Stat(e.dir("folds", filepath.FromSlash(f.Path))); err != nil {
			e.bad("folds", "restore it from the backup", "%s is to be applied to findings and is missing on disk", f.Path)
		}
	}
}

// orphans finds files that no manifest names: an attempt that died left them, or one that is under way makes them.
func (e *examination) orphans() {
	known, err := e.Manifest.Known(e.ctx)
	if err != nil {
		e.bad("orphans", "", "%v", err)
		return
	}
	var list []string
	for _, folder := range []string{"events", "folds"} {
		top := e.dir(folder)
		err = errors.Join(err, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			rel, _ := filepath.Rel(top, path)
			if !d.IsDir() && strings.HasSuffix(path, ".parquet") && !known[filepath.ToSlash(rel)] {
				list = append(list, rel)
			}
			return nil
		}))
	}
	switch {
	case err != nil:
		e.bad("orphans", "", "%v", err)
	case len(list) > 0 && !e.busy:
		e.warn("orphans", "harmless, since no query reads them: firehall keep sweep removes them", "%s that the manifest does not name, such as %s: an attempt died",
			plenty(len(list), "file"), list[0])
	}
}

// engine asks the query engine something that needs no segment.
func (e *examination) engine() {
	const check = "query engine"
	if err := e.openDuck(); err != nil {
		e.bad(check, "", "%v", err)
		return
	}
	p := plan.Plan{SQL: "SELECT CAST(1 AS BIGINT) AS one", Columns: []plan.Column{{Name: "one", Kind: event.Int}}}
	var got int64
	sum, err := e.Duck.Query(e.ctx, p, func(b *answer.Batch) error {
		got = b.Columns[0].Ints[0]
		return nil
	})
	switch {
	case err != nil:
		e.bad(check, "see the message; memory and processes may be limited for this user (ulimit -a)", "%v", err)
	case got != 1:
		e.bad(check, "this is a defect: report it", "it answered %d for 1", got)
	default:
		e.good(check, "it starts in %d ms and answers", sum.Started.Milliseconds())
	}
}
