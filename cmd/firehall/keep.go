package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/event/keep"
	"github.com/firehall/firehall/internal/identity"
)

type keepCmd struct {
	Compact keepCompactCmd `cmd:"" help:"Join small segments to larger ones, in order of address."`
	Expire  keepExpireCmd  `cmd:"" help:"Drop events that are older than they may be kept."`
	Erase   keepEraseCmd   `cmd:"" help:"Erase the events that a query means, for good."`
	Rollup  keepRollupCmd  `cmd:"" help:"Count anew the events for charts, where that is owed, and compare the counts with the segments."`
	Shared  keepSharedCmd  `cmd:"" help:"Erase what is shared with fellow teams for longer than it may be kept, and what they took back."`
	Sweep   keepSweepCmd   `cmd:"" help:"Remove files that nobody needs: of attempts that died, replaced segments."`
}

// keepFlags are what all of them take.
type keepFlags struct {
	DryRun bool `help:"Change nothing, only count."`
	JSON   bool `help:"Print JSON."`
}

// would is how a dry run speaks.
func (f keepFlags) would(did, would string) string {
	if f.DryRun {
		return would
	}
	return did
}

// keeping runs one operation on the installation, and prints what it did; what was done is told even when not all could be.
func keeping[R any](s *session, f keepFlags, do func(*app.App, identity.Actor) (R, error), tell func(R)) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	res, err := do(a, actor)
	if f.JSON && err == nil {
		return json.NewEncoder(s.out).Encode(res)
	}
	if err == nil {
		tell(res)
	}
	return err
}

type keepCompactCmd struct{ keepFlags }

// Run compacts.
func (c *keepCompactCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (keep.Compacted, error) {
		return a.Keeper(true).Compact(s.ctx, actor, c.DryRun)
	}, func(r keep.Compacted) {
		if r.Segments == 0 {
			s.printf("Nothing to join.\n")
			return
		}
		s.printf("%s with %s %s %s", plural(int64(r.Segments), "segment"), plural(r.Rows, "event"), c.would("became", "would become"), grouped(int64(r.Into)))
		if !c.DryRun {
			s.printf(", %s instead of %s", bytesText(r.After), bytesText(r.Before))
		}
		s.printf(".\n")
	})
}

type keepExpireCmd struct{ keepFlags }

// Run expires.
func (c *keepExpireCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (keep.Dropped, error) {
		return a.Keeper(true).Expire(s.ctx, actor, c.DryRun)
	}, func(r keep.Dropped) {
		s.printf("%s: %s in %s (%s), and the raw input of %s. Their time is over.\n", c.would("Dropped", "Would be dropped"), plural(r.Rows, "event"),
			plural(int64(r.Segments), "segment"), bytesText(r.Bytes), plural(int64(r.Intakes), "intake"))
	})
}

type keepSweepCmd struct{ keepFlags }

// Run sweeps.
func (c *keepSweepCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (keep.Swept, error) {
		return a.Keeper(true).Sweep(s.ctx, actor, c.DryRun)
	}, func(r keep.Swept) {
		s.printf("%s (%s together):\n", c.would("Removed", "Would be removed"), bytesText(r.Bytes))
		s.printf("  %s replaced or dropped segments\n  %s files of attempts that died\n", grouped(int64(r.Gone)), grouped(int64(r.Dead)))
		s.printf("  %s inputs that were never accepted\n  %s raw inputs without an intake\n", grouped(int64(r.Spool)), grouped(int64(r.Blobs)))
		if r.Busy > 0 {
			s.printf("%s left, since an intake that is under way may own them: sweep again later.\n", plural(int64(r.Busy), "file"))
		}
	})
}

type keepEraseCmd struct {
	keepFlags
	Query  []string `arg:"" help:"Which events, as for firehall events."`
	Reason string   `help:"Why; it is recorded, so do not name who is to be forgotten." required:""`
	Raw    bool     `help:"Erase the raw input of the intakes concerned too: all of it."`
	Now    bool     `help:"Remove the old files at once; questions that run may fail."`
}

// Run erases.
func (c *keepEraseCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (keep.Erased, error) {
		return a.Erase(s.ctx, actor, strings.Join(c.Query, " "), keep.Erasure{Reason: c.Reason, Raw: c.Raw, Now: c.Now, Dry: c.DryRun})
	}, func(r keep.Erased) { c.tell(s, r) })
}

func (c *keepEraseCmd) tell(s *session, r keep.Erased) {
	s.printf("%s: %s of %s, in %s.\n", c.would("Erased", "Would be erased"), plural(r.Events, "event"), plural(int64(r.Intakes), "intake"),
		plural(int64(r.Segments), "segment"))
	if r.Events == 0 {
		return
	}
	switch {
	case c.DryRun:
	case r.FilesGone:
		s.printf("The old files are off the disk.\n")
	default:
		s.printf("The old files stay until %s for questions that still read them; the first sweep after that removes them: firehall keep sweep.\n",
			r.FilesGoneAfter.Format(time.RFC3339))
	}
	if r.RawErased > 0 {
		s.printf("Erased with them, whole: %s.\n", plural(int64(r.RawErased), "raw input"))
	}
	if r.RawLeft > 0 && c.Raw {
		s.printf("Would be erased with them, whole: %s.\n", plural(int64(r.RawLeft), "raw input"))
	} else if r.RawLeft > 0 {
		s.printf("Warning: these rows are still in %s, which --raw erases whole.\n", plural(int64(r.RawLeft), "raw input"))
	}
	if r.Folds > 0 {
		s.printf("Warning: the same addresses may be in %s, which findings are made from.\n", plural(int64(r.Folds), "fold file"))
	}
}
