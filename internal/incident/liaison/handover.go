package liaison

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

func (f *Facts) check() error {
	f.Agency, f.Contact, f.Reference, f.Basis, f.What = line(f.Agency), line(f.Contact), line(f.Reference), line(f.Basis), clean(f.What)
	switch {
	case f.Agency == "":
		return problem.New(problem.Invalid, "say which agency it is for")
	case max(len(f.Agency), len(f.Contact), len(f.Reference), len(f.Basis)) > MaxName:
		return problem.New(problem.Invalid, "agency, contact, reference and legal basis have %d bytes at most", MaxName)
	case len(f.What) > MaxText || len(f.Items) > MaxItems:
		return problem.New(problem.Invalid, "what is handed over is said in %d KiB at most, with %d files", MaxText>>10, MaxItems)
	}
	slices.Sort(f.Items)
	f.Items = slices.Compact(f.Items)
	return nil
}

// ordered checks what is said of an order, if there is one.
func (f *Facts) ordered(now time.Time) error {
	if f.Order == nil {
		return nil
	}
	order := *f.Order
	f.Order = &order
	return f.Order.Check(now)
}

// same tells whether what is handed over, and why, is as it was.
func (f *Facts) same(was *Facts) bool {
	ordered := f.Order == nil && was.Order == nil || f.Order != nil && was.Order != nil && *f.Order == *was.Order
	return ordered && f.Agency == was.Agency && f.Basis == was.Basis && f.What == was.What && slices.Equal(f.Items, was.Items)
}

// ready refuses a step for which something is missing.
func (f *Facts) ready(to State) error {
	switch {
	case (to == Decided || to == HandedOver) && f.Basis == "":
		return problem.New(problem.Conflict, "write down the legal basis first: by which law is it handed over?")
	case to == HandedOver && f.What == "" && len(f.Items) == 0:
		return problem.New(problem.Conflict, "say first what is handed over: in words, or by its files")
	}
	return nil
}

func clean(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", ""), "\r\n", "\n"))
}

func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// Consider begins a handover. Errors: NotFound for the incident or a file; Invalid; Conflict if there are too many.
func (s *Service) Consider(ctx context.Context, actor identity.Actor, name string, f Facts, note string) (h Handover, err error) {
	if err := actor.Authorise(OpHandover, name); err != nil {
		return h, err
	}
	if err := f.check(); err != nil {
		return h, err
	}
	err = s.incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := room(tx, in, "handover"); err != nil {
			return err
		}
		if err := f.ordered(in.Now); err != nil {
			return err
		}
		if err := s.belong(tx, in, f.Items); err != nil {
			return err
		}
		h = Handover{ID: id.NewAt(in.Now), Incident: in.ID, State: Considered, Facts: f, By: actor.ID, Created: in.Now, Changed: in.Now, Version: 1}
		if err := insertHandover(tx, in, &h); err != nil {
			return err
		}
		return s.step(tx, actor, in, &h, note)
	})
	return h, err
}

// step notes and tells that a handover came to its state.
func (s *Service) step(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, h *Handover, note string) error {
	if note = clean(note); len(note) > MaxText {
		return problem.New(problem.Invalid, "the note has %d KiB, and may have %d", len(note)>>10, MaxText>>10)
	}
	step := Step{State: h.State, By: actor.ID, At: in.Now, Note: note}
	if err := insertStep(tx, in, h, step); err != nil {
		return err
	}
	h.Steps = append(h.Steps, step)
	err := s.incidents.Tell(tx, actor, in, incident.Entry{
		Code: "handover." + string(h.State), Args: map[string]string{"agency": h.Agency, "reference": h.Reference}, Link: "/incidents/" + in.ID + "/liaison",
	})
	if err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpHandover, in.ID, nil, h.told())
}

// told is what the record says: none of it is text.
func (h *Handover) told() map[string]any {
	out := map[string]any{"handover": h.ID, "state": h.State, "items": h.Items, "ordered": h.Order != nil}
	if h.Order != nil {
		out["silent"] = h.Order.Silent
	}
	if h.State == HandedOver && h.Given != nil {
		out["decision"], out["checked_by"], out["unread"] = h.Given.Decision, h.Given.Checked, len(h.Given.Unread)
	}
	return out
}

// Edit changes what a handover says. What was handed over stays as it was: then only contact and reference change. Errors: NotFound, Invalid; Conflict if
// it was changed since version.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name, handover string, version int64, f Facts) (h Handover, err error) {
	if err := actor.Authorise(OpHandover, name); err != nil {
		return h, err
	}
	if err := f.check(); err != nil {
		return h, err
	}
	err = s.work(ctx, actor, name, handover, version, func(tx *sqldb.Tx, in *incident.Inside, now *Handover) error {
		if err := f.ordered(in.Now); err != nil {
			return err
		}
		if now.State == HandedOver || now.State == Acknowledged || now.State == Closed {
			if !f.same(&now.Facts) {
				return problem.New(problem.Conflict, "it was handed over as it stands: only the contact and the reference can change")
			}
		}
		if err := s.belong(tx, in, f.Items); err != nil {
			return err
		}
		now.Facts = f
		h = *now
		return actor.Audit(tx, in.Now, OpHandover, in.ID, nil, map[string]any{"handover": h.ID, "version": h.Version, "items": h.Items})
	})
	return h, err
}

// Move brings a handover on. Before it is handed over release decides whether the agency may have it, and what can be is looked through for names: see
// incident.Service.CarryOver. That its files were handed over is written into the chain of custody of each. Errors: NotFound, Invalid; Conflict if from its state
// there is no such move, something is missing, it was changed since version, or release does not let it go: then a second person can be asked where
// release.Stopped or release.Leaks says so.
func (s *Service) Move(ctx context.Context, actor identity.Actor, name, handover string, version int64, move, note string) error {
	if err := actor.Authorise(OpHandover, name); err != nil {
		return err
	}
	i := slices.IndexFunc(moves, func(m Move) bool { return m.Name == move })
	if i < 0 {
		return problem.New(problem.Invalid, "%q is no move of a handover", move)
	}
	if to := moves[i].To; clean(note) == "" && (to == Closed || moves[i].Name == "reopen") {
		return problem.New(problem.Invalid, "say why")
	}
	var over incident.Carried
	if moves[i].To == HandedOver {
		var err error
		if over, err = s.carried(ctx, actor, name, handover); err != nil {
			return err
		}
	}
	return s.work(ctx, actor, name, handover, version, func(tx *sqldb.Tx, in *incident.Inside, h *Handover) error {
		if !slices.Contains(moves[i].From, h.State) {
			return problem.New(problem.Conflict, "the handover is %s: from there one cannot %s it", string(h.State), move)
		}
		if err := h.ready(moves[i].To); err != nil {
			return err
		}
		h.State = moves[i].To
		if h.State == HandedOver {
			if err := s.handOver(tx, actor, in, h, &over); err != nil {
				return err
			}
		}
		return s.step(tx, actor, in, h, note)
	})
}

// carried is what is handed over as it stands now, with what can be looked into.
func (s *Service) carried(ctx context.Context, actor identity.Actor, name, handover string) (c incident.Carried, err error) {
	err = s.incidents.Look(ctx, actor, OpHandover, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		h, err := handoverOf(tx, in, handover)
		c = incident.Carried{Items: h.Items}
		return err
	})
	if err != nil {
		return c, err
	}
	return c, s.incidents.LookInto(ctx, actor, &c)
}

// handOver has release decide, and remembers what it said.
func (s *Service) handOver(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, h *Handover, over *incident.Carried) error {
	to := incident.Taker{As: release.Authority, Name: h.Agency}
	if h.Order != nil {
		to.Order = &h.Order.Order
	}
	over.Thing, over.Words, over.Items, over.Why = h.ID, h.What, h.Items, h.Basis
	d, unread, err := s.incidents.CarryOver(tx, actor, OpHandover, in, to, over)
	if err != nil {
		return err
	}
	h.Given = &Given{Decision: d.ID, Checked: d.Seconder, Unread: unread}
	return nil
}

// work changes a handover, and raises its version.
func (s *Service) work(ctx context.Context, actor identity.Actor, name, handover string, version int64, do func(tx *sqldb.Tx, in *incident.Inside, h *Handover) error) error {
	return s.incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		h, err := handoverOf(tx, in, handover)
		if err != nil {
			return err
		}
		if h.Version != version {
			return problem.New(problem.Conflict, "somebody else changed the handover meanwhile: look at it again")
		}
		h.Version++
		h.Changed = in.Now
		if err := do(tx, in, &h); err != nil {
			return err
		}
		return updateHandover(tx, in, &h)
	})
}

// belong refuses files of other incidents.
func (s *Service) belong(tx *sqldb.Tx, in *incident.Inside, items []string) error {
	if len(items) == 0 {
		return nil
	}
	files, err := s.incidents.FilesIn(tx, in)
	if err != nil {
		return err
	}
	for _, name := range items {
		if !slices.ContainsFunc(files, func(f incident.FileRef) bool { return f.ID == name }) {
			return problem.New(problem.NotFound, "there is no file %q in incident %s", name, in.Ref)
		}
	}
	return nil
}

// room refuses more of a kind than one incident may have.
func room(tx *sqldb.Tx, in *incident.Inside, table string) error {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE incident = $1`, in.ID).Scan(&n)
	if err == nil && n >= MaxEach {
		return problem.New(problem.Conflict, "incident %s has %d of them already", in.Ref, n)
	}
	return err
}
