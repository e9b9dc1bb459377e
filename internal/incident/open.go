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
	if err := (&Revision{Class: &d.Class, Severity: &d.Severity, TLP: &d.TLP, PAP: d.PAP, Assignee: &d.Assignee}).check(); err != nil {
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
		out.allow(actor)
		return err
	})
	if err != nil {
		return Incident{}, err
	}
	return out, nil
}

func (d *Opening) pap() tlp.PAP {
	if d.PAP == nil {
		return tlp.PAPAmber
	}
	return *d.PAP
}

func (s *Service) open(tx *sqldb.Tx, actor identity.Actor, d Opening, h incidentHead) (i incidentRecord, err error) {
	if i, err = s.openQuietly(tx, actor, d, h); err != nil {
		return i, err
	}
	return i, s.recordOpening(tx, actor, &i, d)
}

// recordOpening puts on record that an incident was opened, as it then was.
func (s *Service) recordOpening(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, d Opening) error {
	return actor.AuditReason(tx, i.Opened, OpIncidentOpen, i.ID, line(d.Reason), nil, i.fields())
}

// openQuietly is open without its line on record, for who changes the incident further before it is seen.
func (s *Service) openQuietly(tx *sqldb.Tx, actor identity.Actor, d Opening, h incidentHead) (i incidentRecord, err error) {
	now := s.now()
	i = incidentRecord{
		ID: id.NewAt(now), State: StageOpen, Restricted: d.Restricted, Class: d.Class, Severity: d.Severity, TLP: int64(d.TLP), PAP: int64(d.pap()),
		Opened: now, Changed: now, OpenedBy: actor.ID, Version: 1, Assignee: d.Assignee,
	}
	if i.Campaign, err = campaignID(tx, d.Campaign); err != nil {
		return i, err
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
	if err := s.told(tx, actor, &i, Entry{Code: "incident.opened"}); err != nil {
		return i, err
	}
	return i, s.linkAll(tx, actor, &i, d.Reports)
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
		i, err := s.survivor(tx, v, name)
		if err != nil {
			return err
		}
		if out, err = s.wholeIncident(tx, v, &i); err != nil {
			return err
		}
		out.allow(actor)
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

// changeIncident does something with an incident within the actor's sight. Errors: NotFound, Conflict if version is not its version (0: whatever).
func (s *Service) changeIncident(ctx context.Context, actor identity.Actor, name string, version int64, do func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.survivor(tx, v, name)
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
