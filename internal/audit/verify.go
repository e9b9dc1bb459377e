package audit

import (
	"bytes"
	"context"
	"fmt"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// maxFaults bounds the faults that a report lists; the rest is counted.
const maxFaults = 100

// Report is what Verify found.
type Report struct {
	Entries  int        // sealed entries
	Erased   int        // of those: content erased, with an erasure on record
	Unsealed int        // recorded and waiting for the sealer
	Head     Checkpoint // the end of the chain as computed from its entries
	Faults   []Fault    // what is wrong, the first hundred
	More     int        // faults beyond those
}

// Whole reports whether nothing is wrong.
func (r Report) Whole() bool { return len(r.Faults) == 0 }

// Fault is one thing wrong with the chain.
type Fault struct {
	Seq   int64  // the position; 0 if it concerns the chain as a whole
	Entry string // the entry's id, if there is one
	What  string // in words
}

// String puts a fault in one line.
func (f Fault) String() string {
	if f.Seq == 0 {
		return f.What
	}
	return fmt.Sprintf("position %d (entry %s): %s", f.Seq, f.Entry, f.What)
}

func (r *Report) fault(l link, format string, args ...any) {
	if len(r.Faults) == maxFaults {
		r.More++
		return
	}
	r.Faults = append(r.Faults, Fault{Seq: l.seq, Entry: l.id, What: fmt.Sprintf(format, args...)})
}

// Verify computes the whole chain again and compares. Tampering is no error:
// it is in the report.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	return l.VerifyAgainst(ctx, Checkpoint{})
}

// VerifyAgainst is Verify, and also compares with a checkpoint kept elsewhere:
// the chain must pass through it. Only this finds a chain built anew or rolled
// back as a whole.
func (l *Log) VerifyAgainst(ctx context.Context, known Checkpoint) (Report, error) {
	var r Report
	err := l.db.Read(ctx, func(tx *sqldb.Tx) error {
		r = Report{}
		if err := r.walk(tx, known); err != nil {
			return err
		}
		return r.ends(tx, known)
	})
	return r, err
}

// walk follows the chain from its beginning.
func (r *Report) walk(tx *sqldb.Tx, known Checkpoint) error {
	return eachSealed(tx, func(l sealedLink) error {
		r.Entries++
		if l.seq != r.Head.Seq+1 {
			r.fault(l.link, "positions %d to %d are missing", r.Head.Seq+1, l.seq-1)
		}
		before := r.Head
		before.Seq = l.seq - 1
		after := before.next(l.commitment)
		if !bytes.Equal(after.Hash[:], l.hash) {
			r.fault(l.link, "the hash does not follow from the one before: the entry was changed, moved or put in, or one before it was")
		}
		// Go on from the stored hash: one fault, and not one at each later entry.
		r.Head.Seq = l.seq
		copy(r.Head.Hash[:], l.hash)
		r.content(l)
		if l.seq == known.Seq && r.Head != known {
			r.fault(l.link, "the hash is not that of the checkpoint: the chain up to here is another one")
		}
		return nil
	})
}

// content compares an entry's payload with its commitment.
func (r *Report) content(l sealedLink) {
	switch {
	case l.payload != nil && !bytes.Equal(l.payload.commitment(), l.commitment):
		r.fault(l.link, "the content was changed: it is not what was committed to")
	case l.payload == nil && l.erased:
		r.Erased++
	case l.payload == nil:
		r.fault(l.link, "the content is missing, and no erasure of it is on record")
	}
}

// ends checks what lies behind the last entry.
func (r *Report) ends(tx *sqldb.Tx, known Checkpoint) error {
	head, err := loadHead(tx)
	if err != nil {
		return err
	}
	if head != r.Head {
		r.fault(link{}, "the chain ends at position %d, but was sealed up to %d: its end was cut off or changed", r.Head.Seq, head.Seq)
	}
	if known.Seq > r.Head.Seq {
		r.fault(link{}, "the chain ends at position %d, but the checkpoint is at %d: the record was rolled back", r.Head.Seq, known.Seq)
	}
	var strays int
	if r.Unsealed, strays, err = countUnsealed(tx); err != nil {
		return err
	}
	if strays > 0 {
		r.fault(link{}, "%d contents belong to no entry: their entries were removed", strays)
	}
	return nil
}

// Err returns nil for a whole chain, and else a problem.Conflict with the first
// fault.
func (r Report) Err() error {
	if r.Whole() {
		return nil
	}
	return problem.New(problem.Conflict, "the audit record was tampered with or is damaged, %d faults; first: %s",
		len(r.Faults)+r.More, r.Faults[0])
}
