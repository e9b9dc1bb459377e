// Package record is the audit record as somebody asks for it: each reading and each checkpoint is authorised here, since the record itself lies beneath
// identity and cannot ask who is asking.
package record

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What may be done with the audit record.
const (
	OpRead       identity.Operation = "audit.read"
	OpSeal       identity.Operation = "audit.seal"
	OpCheckpoint identity.Operation = "audit.checkpoint" // audit.OperationCheckpoint, written out for the table of rights
)

// Options is what the record stands on.
type Options struct {
	Log   *audit.Log
	Clock clock.Clock
	// Key signs checkpoints; it may be made by asking.
	Key func() (ed25519.PrivateKey, error)
	// Public is its public side; nil, and no error, where there is no key yet.
	Public func() (ed25519.PublicKey, error)
	Every  time.Duration // between two checkpoints that are made by themselves
	File   string        // where they are appended; empty: nowhere
	Mail   bool          // whether they go to the team
}

// Record answers actors.
type Record struct{ o Options }

// New returns the record.
func New(o Options) *Record { return &Record{o} }

// List returns entries, the newest first.
func (r *Record) List(ctx context.Context, actor identity.Actor, q audit.Query) (page.Page[audit.Line], error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return page.Page[audit.Line]{}, err
	}
	return r.o.Log.List(ctx, q)
}

// One returns an entry; erased tells of the erasure of its content, if there was one. Errors: NotFound.
func (r *Record) One(ctx context.Context, actor identity.Actor, id string) (line audit.Line, erased *audit.Line, err error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return line, nil, err
	}
	return r.o.Log.One(ctx, id)
}

// Operations lists the names of what was ever recorded.
func (r *Record) Operations(ctx context.Context, actor identity.Actor) ([]string, error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return nil, err
	}
	return r.o.Log.Operations(ctx)
}

// Seal chains what was recorded since the last time.
func (r *Record) Seal(ctx context.Context, actor identity.Actor) (int, audit.Head, error) {
	if err := actor.Authorise(OpSeal, "audit"); err != nil {
		return 0, audit.Head{}, err
	}
	n, err := r.o.Log.Seal(ctx)
	if err != nil {
		return n, audit.Head{}, err
	}
	head, err := r.o.Log.Head(ctx)
	return n, head, err
}

// Checkpoint makes one that covers everything recorded until now. with, which may be nil, runs in the transaction that keeps it.
func (r *Record) Checkpoint(ctx context.Context, actor identity.Actor, with func(tx *sqldb.Tx, k *audit.Kept) error) (audit.Kept, error) {
	if err := actor.Authorise(OpCheckpoint, "audit"); err != nil {
		return audit.Kept{}, err
	}
	key, err := r.o.Key()
	if err != nil {
		return audit.Kept{}, err
	}
	return r.o.Log.Sign(ctx, key, audit.Entry{Actor: actor.ID, ActorKind: actor.Kind.String(), Via: actor.Via}, with)
}

// Checkpoints lists those that were made here, the newest first.
func (r *Record) Checkpoints(ctx context.Context, actor identity.Actor, ask page.Request) (page.Page[audit.Kept], error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return page.Page[audit.Kept]{}, err
	}
	return r.o.Log.Checkpoints(ctx, ask)
}

// Against is what a verification compares the chain with; its zero value is nothing.
type Against struct {
	Heads []audit.Known // as text, without a signature
	Lines io.Reader     // checkpoints, one a line; may be nil
}

// Verified is what a verification found: about the chain, and about the checkpoints.
type Verified struct {
	audit.Report
	Checkpoints int      // that the chain was compared with
	Strange     []string // what is wrong with checkpoints: another installation's, another key's, altered
	More        int      // strange ones beyond the first hundred
}

// Whole reports whether nothing is wrong.
func (v Verified) Whole() bool { return v.Report.Whole() && len(v.Strange) == 0 }

// Faults lists what is wrong, in words; the first entry that is bad comes first.
func (v Verified) Faults() []string {
	out := make([]string, 0, len(v.Report.Faults)+len(v.Strange))
	for _, f := range v.Report.Faults {
		out = append(out, f.String())
	}
	if v.Report.More > 0 {
		out = append(out, fmt.Sprintf("and %d more", v.Report.More))
	}
	out = append(out, v.Strange...)
	if v.More > 0 {
		out = append(out, fmt.Sprintf("and %d more checkpoints", v.More))
	}
	return out
}

// Verify computes the chain again and compares. Tampering is no error: it is in the result. Errors: Invalid where no checkpoint can be read.
func (r *Record) Verify(ctx context.Context, actor identity.Actor, against Against) (v Verified, err error) {
	if err := actor.Authorise(OpRead, "audit"); err != nil {
		return v, err
	}
	known := against.Heads
	if against.Lines != nil {
		more, err := r.known(ctx, against.Lines, &v)
		if err != nil {
			return v, err
		}
		known = append(known, more...)
	}
	v.Checkpoints = len(known)
	if v.Report, err = r.o.Log.VerifyAgainst(ctx, known...); err != nil {
		return v, err
	}
	faults := v.Faults()
	return v, r.o.Log.NoteVerification(ctx, audit.Verification{
		Actor: actor.ID, Via: actor.Via, Faults: len(faults), Entries: v.Entries, Checkpoints: v.Checkpoints, First: cmp.Or(append(faults, "")...),
	})
}

// known reads checkpoints and judges whose they are. The chain is held against one of another key too: what it says of the chain is of use to who reads
// the fault. One of another installation, or one that was altered, says nothing.
func (r *Record) known(ctx context.Context, lines io.Reader, v *Verified) (out []audit.Known, err error) {
	here, err := r.o.Log.Installation(ctx)
	if err != nil {
		return nil, err
	}
	public, err := r.o.Public()
	if err != nil {
		return nil, err
	}
	all, err := audit.ReadCheckpoints(lines, func(line int, err error) { v.strange("line %d of the checkpoints: %v", line, err) })
	for _, c := range all {
		what := c.At.Format("2006-01-02 15:04:05 UTC")
		switch {
		case !c.Signed():
			v.strange("the checkpoint of %s was altered: its signature does not fit what it says", what)
			continue
		case c.Installation != here:
			v.strange("the checkpoint of %s is of another installation (%s; this one is %s)", what, c.Installation, here)
			continue
		case public == nil:
			v.strange("the checkpoint of %s is signed, but this installation has no key (keys/audit.key): it was removed, or everything was rolled back to before it", what)
		case !public.Equal(c.Key):
			v.strange("the checkpoint of %s was signed by another key (%s; this installation's is %s)", what, short(c.Key), short(public))
		}
		out = append(out, audit.Known{Head: c.Head, At: c.At})
	}
	return out, err
}

// maxStrange bounds what is listed of checkpoints.
const maxStrange = 100

func (v *Verified) strange(format string, args ...any) {
	if len(v.Strange) == maxStrange {
		v.More++
		return
	}
	v.Strange = append(v.Strange, fmt.Sprintf(format, args...))
}

func short(key ed25519.PublicKey) string { return hex.EncodeToString(key[:min(len(key), 8)]) + "…" }
