package keep

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Swept counts the files that a sweep removed, or would.
type Swept struct {
	Gone  int   `json:"replaced"` // segments replaced or dropped longer ago than the grace
	Dead  int   `json:"dead"`     // files of attempts and keepers that died
	Spool int   `json:"spool"`    // inputs that were never accepted
	Blobs int   `json:"raw"`      // raw inputs to which no intake refers
	Bytes int64 `json:"bytes"`
	// Busy tells that files were left because an intake may be under way that knows them.
	Busy int `json:"left_busy"`
}

func (s Swept) any() bool { return s.Gone+s.Dead+s.Spool+s.Blobs > 0 }

// Files younger than that are left alone, unless nothing else works here; raw inputs have a day.
const (
	youngest   = time.Hour
	orphanTime = 24 * time.Hour
)

// file is one found below the data folder.
type file struct {
	folder, name string // name with slashes
	size         int64
	changed      time.Time
}

// Sweep removes files that nobody needs: what dead attempts left, segments replaced longer ago than the grace, raw inputs without an
// intake. It may run beside intakes and be run again at any time. Errors: Conflict if another keeper works.
func (k *Keeper) Sweep(ctx context.Context, actor identity.Actor, dry bool) (Swept, error) {
	if err := actor.Authorise(OpSweep, "files"); err != nil {
		return Swept{}, err
	}
	ctx, token, release, err := k.hold(ctx)
	if err != nil {
		return Swept{}, err
	}
	defer release()
	w := &sweep{Keeper: k, dry: dry, free: map[string]bool{}}
	err = errors.Join(w.replaced(ctx, token), w.orphans(ctx), w.blobs(ctx))
	if !dry && w.sum.any() {
		err = errors.Join(err, k.change(ctx, token, func(tx *sqldb.Tx) error {
			return actor.Audit(tx, k.Clock.Now(), OpSweep, "files", nil, w.sum)
		}))
	}
	return w.sum, err
}

// sweep is one run.
type sweep struct {
	*Keeper
	dry  bool
	sum  Swept
	free map[string]bool // feeds asked for: whether nothing works on them
}

// take removes a file and counts it.
func (w *sweep) take(f file, count *int) error {
	if !w.dry {
		if err := w.remove(f.folder, f.name); err != nil {
			return problem.Wrap(problem.Unavailable, err, "sweep")
		}
	}
	*count++
	w.sum.Bytes += f.size
	return nil
}

// replaced removes segments whose grace is over, and forgets them.
func (w *sweep) replaced(ctx context.Context, token lease.Token) error {
	gone, err := w.manifest.Gone(ctx, w.Clock.Now().Add(-w.Grace()))
	if err != nil {
		return err
	}
	return w.forget(ctx, token, gone)
}

func (w *sweep) forget(ctx context.Context, token lease.Token, gone []string) error {
	for _, name := range gone {
		f := file{folder: dirEvents, name: name}
		if info, err := w.FS.Stat(w.path(dirEvents, name)); err == nil {
			f.size = info.Size()
		}
		if err := w.take(f, &w.sum.Gone); err != nil {
			return err
		}
	}
	if w.dry || len(gone) == 0 {
		return nil
	}
	return w.change(ctx, token, func(tx *sqldb.Tx) error { return event.Forget(tx, gone) })
}

// list finds the files below a folder that are old enough to be looked at.
func (w *sweep) list(folder, below string, least time.Duration) ([]file, error) {
	entries, err := w.FS.ReadDir(w.path(folder, below))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "sweep")
	}
	var out []file
	for _, e := range entries {
		name := e.Name()
		if below != "" {
			name = below + "/" + name
		}
		if e.IsDir() {
			some, err := w.list(folder, name, least)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !w.Alone && w.Clock.Now().Sub(info.ModTime()) < least {
			continue // gone meanwhile, or too young
		}
		out = append(out, file{folder, name, info.Size(), info.ModTime()})
	}
	return out, nil
}

// orphans removes what attempts and keepers left that died. The order is what makes it safe: first the files are listed, then it is
// made sure that nothing works on their feeds (see idle), then it is asked which files are known. Whatever worked before has made its
// files known by then or never will; whatever begins later gives its files other names.
func (w *sweep) orphans(ctx context.Context) error {
	var found []file
	for _, folder := range []string{dirSpool, dirEvents, dirFolds, dirAside} {
		some, err := w.list(folder, "", youngest)
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	unknown, err := w.unknown(ctx, found)
	if err != nil || len(unknown) == 0 {
		return err
	}
	verdicts, err := w.judge(ctx, unknown)
	if err != nil {
		return err
	}
	return w.execute(ctx, unknown, verdicts)
}

// judge tells of each unknown file whether it will never be known, unless it is by now.
func (w *sweep) judge(ctx context.Context, unknown []file) ([]bool, error) {
	owners, err := w.owners(ctx, unknown)
	if err != nil {
		return nil, err
	}
	verdicts := make([]bool, len(unknown))
	for i, f := range unknown {
		if verdicts[i], err = w.dead(ctx, f, owners); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// execute removes the files judged dead that are still unknown.
func (w *sweep) execute(ctx context.Context, judged []file, dead []bool) error {
	unknown, err := w.unknown(ctx, judged)
	if err != nil {
		return err
	}
	still := map[file]bool{}
	for _, f := range unknown {
		still[f] = true
	}
	for i, f := range judged {
		switch {
		case !still[f]: // became known
		case !dead[i]:
			w.sum.Busy++
		case f.folder == dirSpool:
			err = errors.Join(err, w.take(f, &w.sum.Spool))
		default:
			err = errors.Join(err, w.take(f, &w.sum.Dead))
		}
	}
	return err
}

// unknown gives the files that neither the manifest nor an intake names.
func (w *sweep) unknown(ctx context.Context, found []file) ([]file, error) {
	known, err := w.manifest.Known(ctx)
	if err != nil {
		return nil, err
	}
	var aside map[string]bool
	err = w.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		aside, err = references(tx, "aside")
		return err
	})
	var out []file
	for _, f := range found {
		named := f.folder != dirSpool && known[f.name] || f.folder == dirAside && aside[f.name]
		if !named {
			out = append(out, f)
		}
	}
	return out, err
}

// attemptOf reads intake and attempt from a file's name, `<intake>-<attempt>...`.
func attemptOf(name string) (intake string, attempt int64, ok bool) {
	base := name[strings.LastIndex(name, "/")+1:]
	intake, rest, _ := strings.Cut(base, "-")
	number := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	attempt, err := strconv.ParseInt(number, 10, 64)
	return intake, attempt, err == nil && id.Valid(intake)
}

// owners finds the intakes of files.
func (w *sweep) owners(ctx context.Context, files []file) (map[string]intake, error) {
	var ids []string
	for _, f := range files {
		if in, _, ok := attemptOf(f.name); ok {
			ids = append(ids, in)
		}
	}
	out := map[string]intake{}
	err := w.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := byColumn(tx, "id", ids)
		for _, in := range list {
			out[in.id] = in
		}
		return err
	})
	return out, err
}

// dead tells that an unknown file will never be known.
func (w *sweep) dead(ctx context.Context, f file, owners map[string]intake) (bool, error) {
	if f.folder == dirEvents && strings.HasSuffix(f.name, suffix) {
		return true, nil // we hold the keeper's lease: who wrote it has lost it
	}
	name, attempt, ok := attemptOf(f.name)
	owner, accepted := owners[name]
	switch {
	case ok && accepted && attempt < owner.attempt:
		return true, nil
	case ok && accepted:
		return w.idle(ctx, owner.feed)
	case ok || f.folder == dirSpool:
		return w.allIdle(ctx)
	}
	return w.Alone, nil // no name of ours
}

// idle makes sure that no attempt works on a feed, and that none which stands still will ever publish: taking the feed's lease fences
// it off. The lease is given back at once.
func (w *sweep) idle(ctx context.Context, feed string) (bool, error) {
	if w.Alone || w.dry {
		return true, nil
	}
	if free, asked := w.free[feed]; asked {
		return free, nil
	}
	token, err := w.leases.Acquire(ctx, "feed:"+feed, w.Holder, leaseTime)
	if problem.KindOf(err) == problem.Conflict {
		w.free[feed] = false
		return false, nil
	}
	if err == nil {
		err = w.leases.Release(ctx, token)
	}
	w.free[feed] = err == nil
	return err == nil, err
}

// allIdle is idle for all feeds: where a file's feed is not known.
func (w *sweep) allIdle(ctx context.Context) (bool, error) {
	if w.Alone || w.dry {
		return true, nil
	}
	var feeds []string
	err := w.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		feeds, err = leasedFeeds(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, f := range feeds {
		if free, err := w.idle(ctx, f); !free || err != nil {
			return false, err
		}
	}
	return true, nil
}
