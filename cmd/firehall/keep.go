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

const megabyte = 1e6

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
		s.printf("%d segments with %d events %s %d", r.Segments, r.Rows, c.would("became", "would become"), r.Into)
		if !c.DryRun {
			s.printf(", %.1f MB instead of %.1f MB", float64(r.After)/megabyte, float64(r.Before)/megabyte)
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
		s.printf("%d events in %d segments (%.1f MB) and the raw input of %d intakes %s kept long enough%s.\n", r.Rows, r.Segments,
			float64(r.Bytes)/megabyte, r.Intakes, c.would("were", "have been"), c.would(" and are dropped", " and would be dropped"))
	})
}

type keepSweepCmd struct{ keepFlags }

// Run sweeps.
func (c *keepSweepCmd) Run(s *session) error {
	return keeping(s, c.keepFlags, func(a *app.App, actor identity.Actor) (keep.Swept, error) {
		return a.Keeper(true).Sweep(s.ctx, actor, c.DryRun)
	}, func(r keep.Swept) {
		s.printf("%s: %d replaced segments, %d files of attempts that died, %d inputs never accepted, %d raw inputs without an intake (%.1f MB together).\n",
			c.would("Removed", "Would be removed"), r.Gone, r.Dead, r.Spool, r.Blobs, float64(r.Bytes)/megabyte)
		if r.Busy > 0 {
			s.printf("%d files were left, since an intake that is under way may own them: sweep again later.\n", r.Busy)
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
	s.printf("%d events of %d intakes in %d segments %s erased.\n", r.Events, r.Intakes, r.Segments, c.would("are", "would be"))
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
		s.printf("The raw input of %d deliveries is erased with them.\n", r.RawErased)
	}
	if r.RawLeft > 0 && c.Raw {
		s.printf("%d raw inputs would be erased with them, whole.\n", r.RawLeft)
	} else if r.RawLeft > 0 {
		s.printf("Warning: %d raw inputs still hold these rows; --raw erases them, whole.\n", r.RawLeft)
	}
	if r.Folds > 0 {
		s.printf("Warning: %d files of condensed facts for findings may hold the same addresses.\n", r.Folds)
	}
}
