package audit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// maxFaults bounds the faults that a report lists; the rest is counted.
const maxFaults = 100

// Report is what Verify found.
type Report struct {
	Entries  int     // sealed entries
	Erased   int     // of those: content erased, with an erasure on record
	Unsealed int     // recorded and waiting for the sealer
	Head     Head    // the end of the chain as computed from its entries
	Faults   []Fault // what is wrong, the first hundred
	More     int     // faults beyond those
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
	switch {
	case f.Entry == "":
		return f.What
	case f.Seq == 0:
		return fmt.Sprintf("entry %s, not sealed yet: %s", f.Entry, f.What)
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

// Verify computes the whole chain again and compares; it reads one entry at a time, so that any number fits in memory. Tampering is no error: it is
// in the report, and so is a database that cannot be read on.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	return l.VerifyAgainst(ctx)
}

// VerifyAgainst is Verify, and also compares with ends of the chain that were kept elsewhere: the chain must pass through each. Only this finds a
// chain built anew, cut at its end or rolled back as a whole.
func (l *Log) VerifyAgainst(ctx context.Context, known ...Known) (Report, error) {
	var v verifier
	err := l.db.Read(ctx, func(tx *sqldb.Tx) error {
		v = verifier{known: inOrder(known)}
		return v.all(tx)
	})
	if err != nil && problem.Is(err, problem.Internal) && ctx.Err() == nil {
		v.fault(link{}, "the record cannot be read on after position %d: %v", v.Head.Seq, err)
		err = nil
	}
	return v.Report, err
}

// Known is an end of the chain that was kept elsewhere.
type Known struct {
	Head
	At time.Time // when it was made; zero if that is not known
}

func (k Known) String() string {
	if k.At.IsZero() {
		return fmt.Sprintf("the checkpoint at position %d", k.Seq)
	}
	return fmt.Sprintf("the checkpoint of %s at position %d", k.At.UTC().Format("2006-01-02 15:04:05 UTC"), k.Seq)
}

func inOrder(known []Known) []Known {
	return slices.SortedStableFunc(slices.Values(known), func(a, b Known) int { return cmp.Compare(a.Seq, b.Seq) })
}

// verifier is one verification.
type verifier struct {
	Report
	known   []Known // by position: those that are not compared yet
	unlike  int     // checkpoints that the chain does not pass through
	skipped int     // checkpoints at positions that the chain lacks
}

func (v *verifier) all(tx *sqldb.Tx) error {
	if err := eachSealed(tx, v.step); err != nil {
		return err
	}
	if err := eachUnsealed(tx, v.waiting); err != nil {
		return err
	}
	if err := v.ends(tx); err != nil {
		return err
	}
	return v.form(tx)
}

// step follows the chain by one entry.
func (v *verifier) step(l sealedLink) error {
	v.Entries++
	if l.seq != v.Head.Seq+1 {
		v.fault(l.link, "positions %d to %d are missing before it", v.Head.Seq+1, l.seq-1)
	}
	before := v.Head
	before.Seq = l.seq - 1
	after := before.next(l.commitment)
	if !bytes.Equal(after.Hash[:], l.hash) {
		v.fault(l.link, "the hash does not follow from the one before: the entry was changed, moved or put in, or one before it was")
	}
	// Go on from the stored hash: one fault, and not one at each later entry.
	v.Head = Head{Seq: l.seq}
	copy(v.Head.Hash[:], l.hash)
	v.content(l)
	v.compare(l)
	return nil
}

// waiting looks at an entry that has no position yet: its content is bound to its commitment all the same.
func (v *verifier) waiting(l sealedLink) error {
	v.Unsealed++
	v.content(l)
	return nil
}

// compare holds the chain against the checkpoints up to this position.
func (v *verifier) compare(l sealedLink) {
	for len(v.known) > 0 && v.known[0].Seq <= l.seq {
		k := v.known[0]
		v.known = v.known[1:]
		switch {
		case k.Seq == l.seq && k.Head != v.Head:
			if v.unlike++; v.unlike == 1 { // later ones differ too, and say no more
				v.fault(l.link, "the hash is not that of %s: the record up to here is another one", k)
			}
		case k.Seq != l.seq && k.Seq != 0:
			v.skipped++ // a gap, which has its fault
		}
	}
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
func (v *verifier) ends(tx *sqldb.Tx) error {
	head, err := loadHead(tx)
	if err != nil {
		return err
	}
	if head != v.Head {
		v.fault(link{}, "the chain ends at position %d, but was sealed up to %d: its end was cut off or changed", v.Head.Seq, head.Seq)
	}
	if n := len(v.known); n > 0 && v.known[n-1].Seq > v.Head.Seq {
		v.fault(link{}, "the chain ends at position %d, but there is %s: its end was cut off, or everything was rolled back to an earlier state",
			v.Head.Seq, v.known[n-1])
	}
	strays, one, err := countStrays(tx)
	if strays > 0 {
		v.fault(link{}, "contents belong to no entry, %d of them, the first %s: their entries were removed", strays, one)
	}
	return err
}

// form asks SQLite whether tables and indexes agree: what is read by an index may differ from what lies in the table.
func (v *verifier) form(tx *sqldb.Tx) error {
	if tx.Engine() != sqldb.SQLite {
		return nil
	}
	for _, table := range []string{"audit_entry", "audit_payload", "audit_head"} {
		err := tx.Each(`PRAGMA integrity_check(`+table+`)`, nil, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			if err == nil && line != "ok" {
				v.fault(link{}, "the file is damaged, or was changed past the database (%s): %s", table, line)
			}
			return err
		})
		if err != nil {
			return err
		}
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
