package incident

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of an incident's text, in bytes.
const (
	MaxTitle   = 300
	MaxSummary = 50 << 10
)

func (h *incidentHead) check() error {
	h.Title, h.Summary = line(h.Title), strings.TrimSpace(text(h.Summary))
	switch {
	case h.Title == "":
		return problem.New(problem.Invalid, "the incident needs a title: what happened, in one line")
	case len(h.Title) > MaxTitle:
		return problem.New(problem.Invalid, "the title has %d bytes, and may have %d: put the rest into the summary", len(h.Title), MaxTitle)
	case len(h.Summary) > MaxSummary:
		return problem.New(problem.Invalid, "the summary has %d KiB, and may have %d: attach the rest as a file", len(h.Summary)>>10, MaxSummary>>10)
	}
	return nil
}

// OpenIncident opens an incident, of reports or of none. A restricted one needs a member with an agreement in force; who opens it is one if theirs is.
// Errors: Invalid; NotFound for a report; Conflict for one that cannot be linked, or a member without an agreement.
func (s *Service) OpenIncident(ctx context.Context, actor identity.Actor, d Opening) (out Incident, err error) {
	if err := actor.Authorise(OpIncidentOpen, ""); err != nil {
		return out, err
	}
	h := incidentHead{d.Title, d.Summary}
	if err := h.check(); err != nil {
		return out, err
	}
	if err := checkFields(&d.Class, &d.Severity, &d.TLP); err != nil {
		return out, err
	}
	if len(d.Reports) > MaxBulk {
		return out, problem.New(problem.Invalid, "an incident is opened of %d reports at most: link the others after", MaxBulk)
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		i, err := s.open(tx, actor, d, h)
		if err != nil {
			return err
		}
		out, err = s.wholeIncident(tx, Sight{all: true}, &i)
		return err
	})
	if err != nil {
		return Incident{}, err
	}
	return out, nil
}

func (s *Service) open(tx *sqldb.Tx, actor identity.Actor, d Opening, h incidentHead) (i incidentRecord, err error) {
	now := s.now()
	i = incidentRecord{
		ID: id.NewAt(now), State: StageOpen, Restricted: d.Restricted, Class: d.Class, Severity: d.Severity, TLP: int64(d.TLP), PAP: int64(tlp.PAPAmber),
		Opened: now, Changed: now, OpenedBy: actor.ID, Version: 1,
	}
	key, wrapped, err := s.sealer.NewKey(i.ID)
	if err != nil {
		return i, err
	}
	i.wrapped = wrapped
	if i.Ref, err = newRef(tx, "I", "incident"); err != nil {
		return i, err
	}
	if i.sealedHead, err = put(key, "head", h); err != nil {
		return i, err
	}
	if err := insertIncident(tx, &i); err != nil {
		return i, err
	}
	if err := s.openedIncident(tx, actor, &i); err != nil {
		return i, err
	}
	if err := s.indexIncident(tx, &i, h); err != nil {
		return i, err
	}
	if d.Restricted {
		if err := s.firstMembers(tx, now, actor, &i, d.Members); err != nil {
			return i, err
		}
	}
	if err := s.linkAll(tx, actor, &i, d.Reports); err != nil {
		return i, err
	}
	return i, actor.AuditReason(tx, now, OpIncidentOpen, i.ID, line(d.Reason), nil, i.fields())
}

// linkAll links the reports that an incident is opened of: all, or it is not opened.
func (s *Service) linkAll(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, reports []string) error {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return err
	}
	for _, name := range reports {
		r, err := s.report(tx, v, name)
		if err != nil {
			return err
		}
		switch err := s.link(tx, actor, i, &r); {
		case errors.Is(err, errState):
			return problem.New(problem.Conflict, "report %s is %s, or a duplicate, and belongs to no incident so", r.Ref, r.State)
		case err != nil:
			return err
		}
	}
	return nil
}

// Incident gives one incident by its id or ref. That a restricted one was read is on record before it is given. Errors: NotFound.
func (s *Service) Incident(ctx context.Context, actor identity.Actor, name string) (out Incident, err error) {
	if err := actor.Authorise(OpIncidentRead, name); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.incident(tx, v, name)
		if err != nil {
			return err
		}
		out, err = s.wholeIncident(tx, v, &i)
		return err
	})
	if err == nil && out.Restricted {
		err = s.recordReading(ctx, actor, OpIncidentRead, []string{out.ID})
	}
	if err != nil {
		return Incident{}, err
	}
	return out, nil
}

// wholeIncident is an incident with all that hangs on it.
func (s *Service) wholeIncident(tx *sqldb.Tx, v Sight, i *incidentRecord) (out Incident, err error) {
	row, err := s.incidentRow(i)
	if err != nil {
		return out, err
	}
	key, err := s.incidentKey(i)
	if err != nil {
		return out, err
	}
	h, err := get[incidentHead](key, "head", i.sealedHead)
	if err != nil {
		return out, err
	}
	out = Incident{
		ID: i.ID, Ref: i.Ref, Title: h.Title, Summary: h.Summary, State: i.State, Class: i.Class, Severity: i.Severity, Restricted: i.Restricted,
		TLP: row.TLP, Opened: i.Opened, OpenedBy: i.OpenedBy, Changed: i.Changed, Closed: i.Closed, Version: i.Version, Moves: from(incidentMoves, i.State),
	}
	var q query
	q.and("r.id IN (SELECT report FROM incident_link WHERE incident = ? AND alert = 0)", i.ID)
	q.seen(v.Reports, "r")
	if out.Reports, err = s.reportList(tx, q, "r.received, r.id"); err != nil {
		return out, err
	}
	if out.Members, err = members(tx, i.ID); err != nil {
		return out, err
	}
	if out.Notes, err = notesOf(tx, key, i.ID); err != nil {
		return out, err
	}
	if out.Investigations, err = s.investigationsOf(tx, key, "incident", i.ID); err != nil {
		return out, err
	}
	if out.Files, err = s.vault.Of(tx, i.ID); err != nil {
		return out, err
	}
	out.Significance, err = significanceOf(tx, key, i.ID)
	return out, err
}

// changeIncident does something with an incident within the actor's sight. Errors: NotFound, Conflict if version is not its version (0: whatever).
func (s *Service) changeIncident(ctx context.Context, actor identity.Actor, name string, version int64, do func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.incident(tx, v, name)
		if err != nil {
			return err
		}
		if version != 0 && version != i.Version {
			return problem.New(problem.Conflict, "incident %s was changed by somebody else meanwhile (version %d, not %d): look at it again", i.Ref, i.Version, version)
		}
		if err := s.worked(tx, actor, &i, s.now()); err != nil {
			return err
		}
		return do(tx, &i, s.now())
	})
}

// EditIncident changes an incident's title, summary, class, severity or label. Errors: NotFound, Invalid; Conflict if it was changed since version, with
// both texts in a Clash where the summary or the title was to be changed.
func (s *Service) EditIncident(ctx context.Context, actor identity.Actor, name string, version int64, e Revision) (Incident, error) {
	if err := actor.Authorise(OpIncidentEdit, name); err != nil {
		return Incident{}, err
	}
	if err := checkFields(e.Class, e.Severity, e.TLP); err != nil {
		return Incident{}, err
	}
	err := s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		key, err := s.incidentKey(i)
		if err != nil {
			return err
		}
		h, err := get[incidentHead](key, "head", i.sealedHead)
		if err != nil {
			return err
		}
		if version != i.Version {
			return e.clash(i, h)
		}
		before := i.fields()
		e.apply(i, &h)
		if err := h.check(); err != nil {
			return err
		}
		if i.sealedHead, err = put(key, "head", h); err != nil {
			return err
		}
		if err := stepIncident(tx, now, i, "class = $4, severity = $5, tlp = $6, head = $7", string(i.Class), string(i.Severity), i.TLP, i.sealedHead); err != nil {
			return err
		}
		if err := s.indexIncident(tx, i, h); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpIncidentEdit, i.ID, before, i.fields())
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Incident(ctx, actor, name)
}

func (e *Revision) apply(i *incidentRecord, h *incidentHead) {
	setTo(&h.Title, e.Title)
	setTo(&h.Summary, e.Summary)
	setTo(&i.Class, e.Class)
	setTo(&i.Severity, e.Severity)
	if e.TLP != nil {
		i.TLP = int64(*e.TLP)
	}
}

// clash is the conflict of an edit of an older version.
func (e *Revision) clash(i *incidentRecord, h incidentHead) error {
	c := Clash{By: "somebody", At: i.Changed, Version: i.Version}
	switch {
	case e.Summary != nil && *e.Summary != h.Summary:
		c.Field, c.Yours, c.Theirs = "summary", *e.Summary, h.Summary
	case e.Title != nil && *e.Title != h.Title:
		c.Field, c.Yours, c.Theirs = "title", *e.Title, h.Title
	default:
		return problem.New(problem.Conflict, "incident %s was changed by somebody else meanwhile: look at it again", i.Ref)
	}
	return conflict(&c)
}

// MoveIncident resolves, abandons or reopens an incident. Errors: NotFound, Invalid; Conflict if from its state there is no such move, or reports or
// investigations of it are still open: they come first.
func (s *Service) MoveIncident(ctx context.Context, actor identity.Actor, name string, move MoveName, why string) (Incident, error) {
	if err := actor.Authorise(OpIncidentMove, name); err != nil {
		return Incident{}, err
	}
	m, ok := find(incidentMoves, move)
	if !ok {
		return Incident{}, problem.New(problem.Invalid, "%q is no move of an incident: resolve, abandon and reopen are", move)
	}
	why, err := reason(why)
	if err != nil {
		return Incident{}, err
	}
	err = s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		if err := m.possible(i.State, "incident "+i.Ref); err != nil {
			return err
		}
		closed := time.Time{}
		if m.To != StageOpen {
			closed = now
			if err := childless(tx, i); err != nil {
				return err
			}
		}
		if err := stepIncident(tx, now, i, "state = $4, closed = $5", string(m.To), closed); err != nil {
			return err
		}
		if err := s.turnedIncident(tx, now, i, i.State, m.To); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpIncidentMove, i.ID, why, map[string]any{"state": i.State}, map[string]any{"state": m.To})
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Incident(ctx, actor, name)
}

// childless refuses to close an incident over what is open beneath it.
func childless(tx *sqldb.Tx, i *incidentRecord) error {
	var reports, dialogues int
	err := tx.QueryRow(`SELECT (SELECT count(*) FROM incident_link l JOIN report r ON r.id = l.report WHERE l.incident = $1 AND l.alert = 0 AND r.state IN ('new', 'open')),
		(SELECT count(*) FROM investigation WHERE incident = $1 AND incident <> '' AND state = 'open')`, i.ID).Scan(&reports, &dialogues)
	if err == nil && reports+dialogues > 0 {
		return problem.New(problem.Conflict, "incident %s has %d open reports and %d open investigations: resolve them first", i.Ref, reports, dialogues)
	}
	return err
}

// possible refuses a move that the table does not have from a state.
func (m Move[S]) possible(state S, what string) error {
	for _, s := range m.From {
		if s == state {
			return nil
		}
	}
	return problem.New(problem.Conflict, "%s is %s: from there one cannot %s it", what, state, m.Name)
}
