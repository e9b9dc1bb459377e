package record

import (
	"context"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
)

// State is how the record is kept.
type State struct {
	Head     audit.Head
	Last     *audit.Kept         // the newest checkpoint; nil: none was ever made
	Verified *audit.Verification // the newest verification; nil: nobody verified yet
	Late     bool                // no checkpoint was made for long
	Kept     bool                // copies of checkpoints leave the machine by themselves
	Unkept   bool                // the newest was to be written to a file, and is not there
}

// lateAfter is how many times the pause may pass without a checkpoint.
const lateAfter = 3

// State tells how the record is kept: for the page, and for the doctor.
func (r *Record) State(ctx context.Context, actor identity.Actor) (s State, err error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return s, err
	}
	if s.Head, err = r.o.Log.Head(ctx); err != nil {
		return s, err
	}
	last, err := r.o.Log.Checkpoints(ctx, page.Request{Limit: 1})
	if err != nil {
		return s, err
	}
	s.Kept = r.o.Mail || r.o.File != ""
	if len(last.Items) > 0 {
		s.Last = &last.Items[0]
		s.Late = r.o.Clock.Now().Sub(s.Last.At) > lateAfter*r.o.Every
	}
	own, err := r.o.Log.LastBy(ctx, maker.ID)
	if err != nil {
		return s, err
	}
	s.Unkept = r.o.File != "" && own != nil && own.Filed.IsZero()
	v, ok, err := r.o.Log.LastVerification(ctx)
	if ok {
		s.Verified = &v
	}
	return s, err
}

// maker makes checkpoints by itself. What people make in between reaches neither the team nor the file, so it puts nothing off.
var maker = identity.System("checkpoint")

// Maker is who makes checkpoints by itself.
func Maker() identity.Actor { return maker }

// Due reports whether the next checkpoint is to be made by itself now, and what the newest of these is; nil for none.
func (r *Record) Due(ctx context.Context, actor identity.Actor) (bool, *audit.Kept, error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return false, nil, err
	}
	last, err := r.o.Log.LastBy(ctx, maker.ID)
	if err != nil || last == nil {
		return err == nil, nil, err
	}
	now := r.o.Clock.Now()
	// A clock that was set back must not stop checkpoints.
	return now.Sub(last.At) >= r.o.Every || now.Before(last.At.Add(-time.Minute)), last, nil
}

// String says the state in one line.
func (s State) String() string {
	if s.Last == nil {
		return "no checkpoint was made yet"
	}
	return fmt.Sprintf("the newest checkpoint is of %s, at position %d", s.Last.At.Format("2006-01-02 15:04 UTC"), s.Last.Seq)
}
