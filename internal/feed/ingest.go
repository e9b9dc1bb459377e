package feed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// Source is an input at a door.
type Source struct {
	Feed   string // a feed of the configuration, or the name of a format
	Name   string // file name, from which the kind of report may follow; may be empty
	Size   int64  // bytes, if known; 0 otherwise
	Reader io.Reader
	Door   string // by which it comes, such as push; empty: the command line
	// Progress, if not nil, hears now and then how many rows were decoded.
	Progress func(rows int64)
}

// Result is what became of an input, or of several.
type Result struct {
	Counts
	Seconds float64    `json:"seconds"`
	Intakes []Accounts `json:"intakes,omitempty"`
}

// Accounts is the result for one intake.
type Accounts struct {
	Counts
	Intake string   `json:"intake,omitempty"` // its number; for a known input the number of the first
	Name   string   `json:"name"`
	Report string   `json:"report,omitempty"`
	Known  bool     `json:"known,omitempty"`      // the very same input was taken before
	Undec  string   `json:"undecided,omitempty"`  // why a person must say what it is
	Notes  []string `json:"notes,omitempty"`      // for a person
	Bytes  int64    `json:"bytes,omitempty"`      // decompressed
	Kept   int64    `json:"kept_bytes,omitempty"` // of segments
}

// Partly tells that something was set aside.
func (r Result) Partly() bool {
	for _, a := range r.Intakes {
		if a.Undec != "" {
			return true
		}
	}
	return r.SetAside > 0
}

// add puts one intake's accounts into the sum.
func (r *Result) add(a Accounts) {
	r.Counts.Add(a.Counts)
	r.Intakes = append(r.Intakes, a)
}

// Ingest takes an input in, all the way to visible events. A zip is as many intakes as it has files. Errors: Invalid if the feed is not
// known or the archive is refused; Unavailable if it could not be kept (nothing of it was accepted then, unless the message says so).
func (s *Service) Ingest(ctx context.Context, actor identity.Actor, src Source) (Result, error) {
	if err := actor.Authorise(OpIngest, src.Feed); err != nil {
		return Result{}, err
	}
	if s.Apart {
		return s.acceptAndProcess(ctx, actor, src)
	}
	var out Result
	begun := time.Now()
	fm, terms, err := s.Format(src.Feed)
	if err != nil {
		return out, err
	}
	if err := s.Layout.Room(src.Size); err != nil {
		return out, err
	}
	held, token, release, err := s.holdFeed(ctx, src.Feed, true)
	if err != nil {
		return out, err
	}
	defer release()
	door := openDoor(held, src.Reader)
	defer door.hang(nil)
	src.Reader = door
	one := &admission{Service: s, actor: actor, op: OpIngest, token: token, format: fm, terms: terms, src: src, hangUp: door.hang}
	err = one.members(held, func(a Accounts) { out.add(a) })
	out.Seconds = time.Since(begun).Seconds()
	s.figures.took(src.Feed, out, err)
	return out, err
}

// admission is one input on its way in, under the feed's lease.
type admission struct {
	*Service
	actor  identity.Actor
	op     identity.Operation
	token  lease.Token
	format format.Format
	terms  config.Feed
	src    Source
	hangUp func(error) // nil: what is read is a file of ours

	later bool     // only keep it: a job reads it
	taken []Intake // of later
}

// members admits the input, or each file of a zip.
func (a *admission) members(ctx context.Context, each func(Accounts)) error {
	head := make([]byte, unpack.HeadSize)
	n, err := io.ReadFull(a.src.Reader, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return problem.Wrap(problem.Unavailable, err, "read %s", a.src.Name)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), a.src.Reader)
	kind, err := unpack.Detect(head[:n])
	if err != nil {
		return err
	}
	if kind != unpack.Zip {
		acc, err := a.admit(ctx, unpack.Label(filepath.Base(a.src.Name)), whole)
		if err == nil {
			each(acc)
		}
		return err
	}
	return a.zip(ctx, whole, each)
}

// agreed refuses what who gives the feed was not agreed to send. Errors: Invalid with the reason.
func (a *admission) agreed(ctx context.Context, in Intake) error {
	if a.Outside == nil {
		return nil
	}
	label, err := tlp.Parse(in.Terms.TLP)
	if err != nil {
		label = tlp.Red
	}
	why, err := a.Outside(ctx, in.Feed, label)
	if err == nil && why != "" {
		err = problem.New(problem.Invalid, "%s: make another agreement, or take it in all the same by a replay", why)
	}
	return err
}

// admit takes one file in.
func (a *admission) admit(ctx context.Context, name string, r io.Reader) (Accounts, error) {
	in := Intake{
		ID: id.NewAt(a.Clock.Now()), Feed: a.src.Feed, Format: a.format.Name(), Name: plainText(name), State: Accepted, Attempt: 1, Actor: a.actor.ID,
		Arrived: a.Clock.Now().UTC().Truncate(time.Millisecond), Terms: termsOf(a.terms), Door: a.src.Door,
	}
	sp, err := newSpool(a.Layout, in.ID, r, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer sp.discard()
	head := make([]byte, format.HeadSize)
	n, err := io.ReadFull(sp, head)
	if sp.failed != nil || errors.Is(err, unpack.ErrRefused) {
		return Accounts{}, errors.Join(sp.failed, err)
	}
	if cause := context.Cause(ctx); cause != nil {
		return Accounts{}, cause
	}
	head = head[:n]
	opened, err := a.format.Open(format.Input{Name: in.Name, Feed: in.Feed, Head: head})
	if err != nil && problem.KindOf(err) != problem.Invalid {
		return Accounts{}, err
	}
	if err == nil {
		in.Report, in.Notes = opened.Report, opened.Notes
	}
	if err == nil {
		if err = a.agreed(ctx, in); err != nil && problem.KindOf(err) != problem.Invalid {
			return Accounts{}, err
		}
	}
	switch {
	case a.later:
		return Accounts{}, a.keep(ctx, in, sp, err)
	case err != nil:
		return a.undecided(ctx, in, sp, err)
	}
	return a.stream(ctx, in, sp, head, opened)
}

// plainText makes a text from outside fit for the state store: no NUL, nothing that is no UTF-8, not without end.
func plainText(s string) string {
	const most = 2000
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// undecided keeps an input that cannot be read yet: a person must say what it is.
func (a *admission) undecided(ctx context.Context, in Intake, sp *spool, why error) (Accounts, error) {
	if err := sp.drain(); err != nil {
		return Accounts{}, err
	}
	in.State, in.Error = Undecided, plainText(why.Error())
	first, known, err := a.accept(ctx, &in, sp)
	if err != nil {
		return Accounts{}, err
	}
	switch {
	case known && first.State == Accepted: // an attempt died and was not resumed yet
		return a.resume(ctx, first)
	case known && first.State == Done: // a person said what it is when it came before
		n := first.Counts.Rows
		return Accounts{Counts: Counts{Rows: n, Duplicates: n}, Intake: first.ID, Name: in.Name, Report: first.Report, Known: true, Bytes: in.Bytes}, nil
	case known:
		return Accounts{Intake: first.ID, Name: in.Name, Known: true, Undec: in.Error, Bytes: in.Bytes}, nil
	}
	return Accounts{Intake: in.ID, Name: in.Name, Undec: in.Error, Bytes: in.Bytes}, nil
}

// stream decodes the input while it is being received, accepts it, and makes its events visible.
func (a *admission) stream(ctx context.Context, in Intake, sp *spool, head []byte, opened format.Opened) (Accounts, error) {
	at := &attempt{admission: a, intake: &in, opened: opened, header: head[:min(opened.Skip, len(head))]}
	defer at.drop()
	rest := io.MultiReader(bytes.NewReader(head), sp)
	err := at.run(ctx, a.splitter(opened, rest, false), sp.receive)
	again := errors.Is(err, errMisaligned)
	if fault := (*decoderFault)(nil); errors.As(err, &fault) {
		at.drop()
		return a.undecided(ctx, in, sp, fault)
	}
	if err != nil && !again {
		return Accounts{}, err
	}
	if again {
		at.drop()
		if err := sp.drain(); err != nil {
			return Accounts{}, err
		}
	}
	first, known, err := a.accept(ctx, &in, sp)
	if err != nil {
		return Accounts{}, err
	}
	if known {
		return a.known(ctx, first, in, at, again)
	}
	if again {
		return a.exactly(ctx, in, opened)
	}
	return at.publish(ctx, Accepted)
}

// exactly runs a new attempt at an accepted intake, cutting between records without guessing.
func (a *admission) exactly(ctx context.Context, in Intake, opened format.Opened) (Accounts, error) {
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer func() { _ = r.Close() }()
	if err := a.next(ctx, &in); err != nil {
		return Accounts{}, err
	}
	head := make([]byte, opened.Skip)
	n, _ := io.ReadFull(r, head)
	at := &attempt{admission: a, intake: &in, opened: opened, header: head[:n]}
	defer at.drop()
	whole := io.MultiReader(bytes.NewReader(head[:n]), r)
	err = at.run(ctx, a.splitter(opened, whole, true), func() error { return nil })
	if fault := (*decoderFault)(nil); errors.As(err, &fault) {
		at.drop()
		return a.giveUp(ctx, in, in.State, fault)
	}
	if err != nil {
		return Accounts{}, acceptedNotVisible(in, err)
	}
	return at.publish(ctx, in.State)
}

func acceptedNotVisible(in Intake, err error) error {
	return problem.Wrap(problem.KindOf(err), err, "%s was accepted as intake %s, but its events are not visible yet; the next ingest, or firehall feed resume, goes on with it",
		in.Name, in.ID)
}

func (a *admission) next(ctx context.Context, in *Intake) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if err := lease.Check(tx, a.token); err != nil {
			return err
		}
		in.Attempt, err = nextAttempt(tx, in.ID)
		return err
	})
}

func (a *admission) splitter(opened format.Opened, r io.Reader, exact bool) cutter {
	limit := int(a.Options.Config.MaxRecord)
	if opened.Split == format.Whole {
		limit = 0
	}
	return single{format.NewSplitter(r, format.SplitOptions{
		Split: opened.Split, PartSize: int(a.Options.Config.PartSize), RecordLimit: limit, Exact: exact,
		Skip: opened.Skip, HeaderLines: opened.HeaderLines, Comma: opened.Comma,
	})}
}

// known answers for an input that was taken before: all of its rows are duplicates. One that is not visible yet is finished now.
func (a *admission) known(ctx context.Context, first, in Intake, at *attempt, again bool) (Accounts, error) {
	rows := first.Counts.Rows
	switch first.State {
	case Accepted: // an attempt died and was not resumed yet
		at.drop() // or the next attempt waits for this one
		return a.resume(ctx, first)
	case Undecided: // nobody could read it then
		at.drop()
		return a.again(ctx, first, in.Name)
	case Done:
	}
	if !again {
		rows = at.counts.Rows
	}
	return Accounts{
		Counts: Counts{Rows: rows, Duplicates: rows}, Intake: first.ID, Name: in.Name, Report: in.Report, Known: true, Bytes: in.Bytes,
	}, nil
}

// accept makes the input durable and names it in the state store. From its commit on it is not lost. If the same content of the feed is
// known already, that intake comes back and nothing is kept.
func (a *admission) accept(ctx context.Context, in *Intake, sp *spool) (first Intake, known bool, err error) {
	in.Hash, in.Bytes, in.BlobBytes = sp.digest(), sp.good, sp.kept
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		first, known, err = findContent(tx, *in)
		return err
	})
	if err == nil && known {
		err = a.cameAgain(ctx, *in, first)
	}
	if err != nil || known {
		return first, known, err
	}
	if err := sp.sync(); err != nil {
		return first, false, err
	}
	if in.Blob, err = sp.place(); err != nil {
		return first, false, problem.Wrap(problem.Unavailable, err, "keep the input")
	}
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		first, known, err = a.register(tx, *in)
		return err
	})
	return first, known, err
}

// register names a durable input in the state store, by which it is accepted. Several inputs may be accepted at once, so another one of the
// same content may have been faster: that one comes back then.
func (a *admission) register(tx *sqldb.Tx, in Intake) (first Intake, known bool, err error) {
	if !a.later {
		if err := lease.Check(tx, a.token); err != nil {
			return first, false, err
		}
	}
	fresh, err := insertIntake(tx, in)
	if err != nil {
		return first, false, err
	}
	if !fresh {
		if first, known, err = findContent(tx, in); err == nil {
			err = insertRun(tx, runOf(in, first, RunKnown))
		}
		return first, known, err
	}
	if in.State == Accepted { // the same content may wait for a person's word, which has come now by the file's name
		if err := a.supersede(tx, in); err != nil {
			return first, false, err
		}
		if err := a.order(tx, in); err != nil {
			return first, false, err
		}
	}
	if err := insertRun(tx, runOf(in, in, RunNew)); err != nil {
		return first, false, err
	}
	return first, false, a.actor.Audit(tx, a.Clock.Now(), a.op, in.ID, nil, map[string]any{
		"feed": in.Feed, "name": in.Name, "report": in.Report, "sha256": in.Hash, "bytes": in.Bytes, "state": in.State, "door": in.Door,
	})
}

// supersede settles the undecided intakes of the same content.
func (a *admission) supersede(tx *sqldb.Tx, in Intake) error {
	old, err := supersede(tx, in)
	for _, id := range old {
		err = errors.Join(err, a.actor.Audit(tx, a.Clock.Now(), a.op, id, map[string]any{"state": Undecided}, map[string]any{"state": Done, "taken_as": in.ID}))
	}
	return err
}
