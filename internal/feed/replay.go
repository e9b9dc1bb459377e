package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

// Resume finishes what was accepted but not made visible, because a process died. It gives how many intakes that were; the error joins
// those of the intakes that could not be finished.
func (s *Service) Resume(ctx context.Context, actor identity.Actor) (Result, error) {
	var out Result
	if err := actor.Authorise(OpResume, "feed"); err != nil {
		return out, err
	}
	begun := time.Now()
	var open []Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		open, err = listIntakes(tx, `state = 'accepted' ORDER BY arrived_at, id`)
		return err
	})
	if err != nil {
		return out, err
	}
	var failed []error
	for _, in := range open {
		if ctx.Err() != nil {
			break
		}
		acc, err := s.onIntake(ctx, actor, in, func(ctx context.Context, a *admission) (Accounts, error) { return a.resume(ctx, in) })
		if err != nil { // one that cannot be finished holds up no other
			failed = append(failed, err)
			continue
		}
		out.add(acc)
	}
	out.Seconds = time.Since(begun).Seconds()
	return out, errors.Join(failed...)
}

// onIntake does something to an intake under its feed's lease.
func (s *Service) onIntake(ctx context.Context, actor identity.Actor, in Intake, do func(context.Context, *admission) (Accounts, error)) (Accounts, error) {
	fm, terms, err := s.Format(in.Feed)
	if err != nil {
		return Accounts{}, err
	}
	held, token, release, err := s.holdFeed(ctx, in.Feed)
	if err != nil {
		return Accounts{}, err
	}
	defer release()
	return do(held, &admission{Service: s, actor: actor, token: token, format: fm, terms: terms, src: Source{Feed: in.Feed, Name: in.Name}})
}

// resume runs a new attempt at an accepted intake, from its kept input.
func (a *admission) resume(ctx context.Context, in Intake) (Accounts, error) {
	return a.again(ctx, in, in.Name)
}

// again reads an intake's kept input anew, under a name from which the kind of report follows.
func (a *admission) again(ctx context.Context, in Intake, name string) (Accounts, error) {
	opened, head, err := a.reopen(in, name)
	if err != nil {
		return Accounts{}, err
	}
	from := in.State
	in.Report, in.Notes = opened.Report, opened.Notes
	if err := a.next(ctx, &in); err != nil {
		return Accounts{}, err
	}
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer func() { _ = r.Close() }()
	at := &attempt{admission: a, intake: &in, opened: opened, header: head}
	defer at.drop()
	err = at.run(ctx, a.splitter(opened, r, false), func() error { return nil })
	if errors.Is(err, errMisaligned) {
		at.drop()
		return a.exactly(ctx, in, opened)
	}
	if fault := (*decoderFault)(nil); errors.As(err, &fault) {
		at.drop()
		return a.giveUp(ctx, in, from, fault)
	}
	if err != nil {
		return Accounts{}, acceptedNotVisible(in, err)
	}
	return at.publish(ctx, from)
}

// giveUp leaves an accepted intake that no decoder can read to a person.
func (a *admission) giveUp(ctx context.Context, in Intake, from State, why error) (Accounts, error) {
	in.State, in.Error = Undecided, why.Error()
	err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, a.token); err != nil {
			return err
		}
		if err := settle(tx, in, from); err != nil {
			return err
		}
		return a.actor.Audit(tx, a.Clock.Now(), OpResume, in.ID, map[string]any{"state": from}, map[string]any{"state": in.State, "error": in.Error})
	})
	return Accounts{Intake: in.ID, Name: in.Name, Report: in.Report, Undec: in.Error}, err
}

// reopen finds the decoder of a kept input; header is what stands before the rows.
func (a *admission) reopen(in Intake, name string) (format.Opened, []byte, error) {
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return format.Opened{}, nil, err
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, format.HeadSize)
	n, _ := io.ReadFull(r, head) // damage shows again when the rows are read
	opened, err := a.format.Open(format.Input{Name: name, Feed: in.Feed, Head: head[:n]})
	return opened, head[:min(opened.Skip, n)], err
}

// Replay reads the rows of an intake that were set aside once more, after a fix; rows that succeed become events, the others stay aside.
// An undecided intake is read whole, as the report named. Errors: NotFound, Invalid if there is nothing to replay.
func (s *Service) Replay(ctx context.Context, actor identity.Actor, intake, report string) (Accounts, error) {
	if err := actor.Authorise(OpReplay, intake); err != nil {
		return Accounts{}, err
	}
	var in Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		in, err = getIntake(tx, intake)
		return err
	})
	if err != nil {
		return Accounts{}, err
	}
	switch {
	case in.State == Undecided:
		return s.onIntake(ctx, actor, in, func(ctx context.Context, a *admission) (Accounts, error) { return a.decide(ctx, in, report) })
	case in.State == Accepted:
		return s.onIntake(ctx, actor, in, func(ctx context.Context, a *admission) (Accounts, error) { return a.resume(ctx, in) })
	case in.Aside == "":
		return Accounts{}, problem.New(problem.Invalid, "no row of intake %s is set aside", in.ID)
	}
	return s.onIntake(ctx, actor, in, func(ctx context.Context, a *admission) (Accounts, error) { return a.replay(ctx, in) })
}

// decide reads an undecided intake as the report that a person named.
func (a *admission) decide(ctx context.Context, in Intake, report string) (Accounts, error) {
	name := in.Name
	if report != "" {
		name = report
	}
	opened, _, err := a.reopen(in, name)
	if err != nil {
		return Accounts{}, err
	}
	var first Intake
	known := false
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		first, known, err = findContent(tx, Intake{Feed: in.Feed, Report: opened.Report, Hash: in.Hash})
		return err
	})
	if err != nil || known && first.ID != in.ID {
		if known {
			err = problem.New(problem.Conflict, "the same content was taken as %s already: intake %s", opened.Report, first.ID)
		}
		return Accounts{}, err
	}
	return a.again(ctx, in, name)
}

// replay decodes only the rows set aside.
func (a *admission) replay(ctx context.Context, in Intake) (Accounts, error) {
	places, err := a.Aside(in)
	if err != nil {
		return Accounts{}, err
	}
	name := in.Name
	opened, head, err := a.reopen(in, name)
	if err != nil {
		return Accounts{}, err
	}
	r, err := openBlob(a.Layout, in, a.limits())
	if err != nil {
		return Accounts{}, err
	}
	defer func() { _ = r.Close() }()
	before := in.Aside
	if err := a.next(ctx, &in); err != nil {
		return Accounts{}, err
	}
	at := &attempt{admission: a, intake: &in, opened: opened, header: head, only: true}
	defer at.drop()
	picks := &picker{in: r, places: places}
	if err := at.run(ctx, picks, func() error { return nil }); err != nil {
		return Accounts{}, err
	}
	acc, err := at.publish(ctx, Done)
	if err == nil {
		_ = a.Layout.remove(dirAside, before)
	}
	return acc, err
}

// Aside reads the places and reasons of an intake's rows that were set aside.
func (s *Service) Aside(in Intake) ([]event.Reject, error) {
	if in.Aside == "" {
		return nil, nil
	}
	f, err := s.Layout.FS.Open(s.Layout.path(dirAside, in.Aside))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "rows set aside of intake %s", in.ID)
	}
	defer func() { _ = f.Close() }()
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []event.Reject
	for dec := json.NewDecoder(z); ; {
		var r event.Reject
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, problem.Wrap(problem.Internal, err, "rows set aside of intake %s", in.ID)
		}
		out = append(out, r)
	}
}

// picker gives single records of a decompressed input as parts; places ascend.
type picker struct {
	in     io.Reader
	places []event.Reject
	at     int64
	index  int
}

// longestPick bounds what is read into memory for one row; a longer one stays aside.
const longestPick = 64 << 20

// Next implements cutter.
func (p *picker) Next() (format.Part, error) {
	if p.index >= len(p.places) {
		return format.Part{}, io.EOF
	}
	r := p.places[p.index]
	part := format.Part{Offset: r.Offset, Line: r.Line, Index: p.index, Last: true, Exact: true}
	p.index++
	if _, err := io.CopyN(io.Discard, p.in, r.Offset-p.at); err != nil || r.Length > longestPick || r.Code == event.RejectTruncated {
		p.at = max(p.at, r.Offset)
		part.Rejects = []event.Reject{r}
		return part, nil
	}
	part.Data = make([]byte, r.Length)
	n, _ := io.ReadFull(p.in, part.Data)
	p.at = r.Offset + int64(n)
	part.Data = append(bytes.TrimRight(part.Data[:n], "\r\n"), '\n')
	return part, nil
}

// List lists intakes, newest first, at most so many.
func (s *Service) List(ctx context.Context, feed string, limit int) ([]Intake, error) {
	var out []Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if feed == "" {
			out, err = listIntakes(tx, `true ORDER BY arrived_at DESC, id DESC LIMIT $1`, limit)
		} else {
			out, err = listIntakes(tx, `feed = $1 ORDER BY arrived_at DESC, id DESC LIMIT $2`, feed, limit)
		}
		return err
	})
	return out, err
}

// WithAside lists the intakes that have rows set aside or are undecided, newest first.
func (s *Service) WithAside(ctx context.Context, limit int) ([]Intake, error) {
	var out []Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = listIntakes(tx, `(set_aside > 0 OR state = 'undecided') ORDER BY arrived_at DESC, id DESC LIMIT $1`, limit)
		return err
	})
	return out, err
}

// Get gives one intake.
func (s *Service) Get(ctx context.Context, intake string) (Intake, error) {
	var in Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		in, err = getIntake(tx, intake)
		return err
	})
	return in, err
}
