package constituency

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Format is the form of an import or export file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	YAML Format = "yaml"
)

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	if strings.EqualFold(s, "yml") {
		return YAML, nil
	}
	return oneOf("format", s, []Format{CSV, YAML})
}

// FormatOf tells the format by a file's name, CSV when it does not say.
func FormatOf(name string) Format {
	if f, err := ParseFormat(strings.TrimPrefix(filepath.Ext(name), ".")); err == nil {
		return f
	}
	return CSV
}

// maxImport bounds an import file; two million rows fit.
const maxImport = 256 << 20

// ImportOptions says how to import.
type ImportOptions struct {
	Name   string // of the file, for the audit record
	Format Format // by Name if empty
	DryRun bool   // report what would change, change nothing
	Stamp  string // of the report that was looked at before: anything else to change is a Conflict; "" for whatever the file changes
}

// Difference is one thing that an import changes.
type Difference struct {
	Op           string `json:"op"`   // add, change
	What         string `json:"what"` // organisation, network, contact
	Organisation string `json:"organisation"`
	Value        string `json:"value,omitempty"`  // the network, or the contact's address
	Detail       string `json:"detail,omitempty"` // what exactly, in words
}

func (d Difference) String() string {
	s := d.Op + " " + d.What + " " + d.Organisation
	if d.Value != "" {
		s += " " + d.Value
	}
	if d.Detail != "" {
		s += " (" + d.Detail + ")"
	}
	return s
}

// Report is the result of an import.
type Report struct {
	Rows          int          `json:"rows"` // rows of the file that say something
	Accepted      int          `json:"accepted"`
	Rejected      []Rejected   `json:"rejected"` // by line
	Organisations int          `json:"organisations"`
	Networks      int          `json:"networks"` // how many of each were added or changed
	Contacts      int          `json:"contacts"`
	Changes       []Difference `json:"changes"`
	DryRun        bool         `json:"dry_run"`
	Stamp         string       `json:"-"` // names exactly these changes of the register as it was; see ImportOptions
}

// Partly reports whether some rows were set aside.
func (r Report) Partly() bool { return len(r.Rejected) > 0 }

// Import reads a file into the register, approved by the actor. Good rows go in
// together, in one transaction; bad rows are reported and stop nothing. What a
// file does not say stays as it is, so importing a file again changes nothing.
// Errors: Invalid when no row of the file can be read, Forbidden.
func (r *Register) Import(ctx context.Context, actor identity.Actor, file io.Reader, opts ImportOptions) (Report, error) {
	if err := actor.Authorise(OpImport, "register"); err != nil {
		return Report{}, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err != nil {
		return Report{}, problem.Wrap(problem.Unavailable, err, "read %s", opts.Name)
	}
	if len(data) > maxImport {
		return Report{}, problem.New(problem.Invalid, "%s is larger than %d MiB: split it", opts.Name, maxImport>>20)
	}
	entries, rejected, err := readFile(data, opts)
	if err != nil {
		return Report{}, err
	}
	if opts.DryRun {
		return r.preview(ctx, actor, entries, rejected)
	}
	return r.apply(ctx, actor, entries, rejected, data, opts)
}

// preview plans and writes nothing.
func (r *Register) preview(ctx context.Context, actor identity.Actor, entries []entry, rejected []Rejected) (Report, error) {
	var rep Report
	err := r.db.Read(ctx, func(tx *sqldb.Tx) error {
		state, err := readState(tx)
		if err != nil {
			return err
		}
		p, err := makePlan(tx, actor, r.opts.Clock.Now(), entries, r.opts.Guard)
		rep = report(p, rejected, true)
		rep.Stamp = stamp(state, p)
		return err
	})
	return rep, err
}

func readFile(data []byte, opts ImportOptions) ([]entry, []Rejected, error) {
	if opts.Format == "" {
		opts.Format = FormatOf(opts.Name)
	}
	if opts.Format == YAML {
		return readYAML(data)
	}
	return readCSV(data)
}

// apply plans and writes in one transaction, so that nobody comes between.
func (r *Register) apply(ctx context.Context, actor identity.Actor, entries []entry, rejected []Rejected, data []byte, opts ImportOptions) (Report, error) {
	var p *plan
	err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
		now := r.opts.Clock.Now()
		err := hold(tx)
		if err != nil {
			return err
		}
		before, err := readState(tx)
		if err != nil {
			return err
		}
		if p, err = makePlan(tx, actor, now, entries, r.opts.Guard); err != nil {
			return err
		}
		if opts.Stamp != "" && opts.Stamp != stamp(before, p) {
			return problem.New(problem.Conflict, "the register was changed after the preview of %s: look at the difference again", clip(opts.Name))
		}
		if p.empty() {
			return nil
		}
		if _, err := touch(tx); err != nil {
			return err
		}
		if err := p.write(tx); err != nil {
			return err
		}
		return p.audit(tx, actor, now, data, opts.Name)
	})
	if err != nil {
		return Report{}, err
	}
	return report(p, rejected, false), r.Refresh(ctx)
}

// write stores the plan. Organisations go parents first: the engine checks each
// row's parent as it comes.
func (p *plan) write(tx *sqldb.Tx) error {
	slices.SortStableFunc(p.organisations, func(a, b Organisation) int { return cmp.Compare(p.depth(a), p.depth(b)) })
	err := store(tx, organisationInto, p.organisations, organisationRow, func(o Organisation) bool { return p.fresh[o.ID] })
	if err != nil {
		return err
	}
	if err := store(tx, networkInto, p.networks, networkRow, func(n Network) bool { return p.fresh[n.ID] }); err != nil {
		return err
	}
	return store(tx, contactInto, p.contacts, contactRow, func(c Contact) bool { return p.fresh[c.ID] })
}

// store inserts the fresh rows and then changes the others. Apart, since SQLite
// spends a third of an import on reading a statement that says what to change.
func store[T any](tx *sqldb.Tx, into sqldb.Upsert, list []T, row func(T) []any, fresh func(T) bool) error {
	insert := into
	insert.Set = nil
	if err := tx.BulkUpsert(insert, rowsOf(list, row, fresh)); err != nil {
		return err
	}
	return tx.BulkUpsert(into, rowsOf(list, row, func(v T) bool { return !fresh(v) }))
}

func rowsOf[T any](list []T, row func(T) []any, wanted func(T) bool) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, v := range list {
			if wanted(v) && !yield(row(v)) {
				return
			}
		}
	}
}

// auditPart is how many differences one audit entry lists.
const auditPart = 1000

// audit records every difference, a thousand to an entry: one entry each would
// make the record of a large import slower than the import.
func (p *plan) audit(tx *sqldb.Tx, actor identity.Actor, now time.Time, data []byte, name string) error {
	sum := sha256.Sum256(data)
	parts := (len(p.changes) + auditPart - 1) / auditPart
	for i := range parts {
		after := map[string]any{
			"file": clip(name), "sha256": hex.EncodeToString(sum[:]), "part": fmt.Sprintf("%d of %d", i+1, parts),
			"changes": p.changes[i*auditPart : min(len(p.changes), (i+1)*auditPart)],
		}
		if err := actor.Audit(tx, now, OpImport, "register", nil, after); err != nil {
			return err
		}
	}
	return nil
}

// report puts the result together; rejected rows by line.
func report(p *plan, rejected []Rejected, dry bool) Report {
	r := Report{DryRun: dry, Rejected: rejected}
	if p != nil {
		r.Rejected = append(r.Rejected, p.rejected...)
		r.Accepted = p.accepted
		r.Changes = p.changes
		r.Organisations, r.Networks, r.Contacts = len(p.organisations), len(p.networks), len(p.contacts)
	}
	slices.SortStableFunc(r.Rejected, func(a, b Rejected) int { return cmp.Compare(a.Line, b.Line) })
	r.Rows = r.Accepted + len(r.Rejected)
	return r
}
