package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// EditIncident changes an incident's fields. Errors: NotFound, also for the campaign; Invalid; Conflict if it was changed since version, with both texts in a
// Clash where the summary or the title was to be changed, or if a moment is to move from which a submission was counted.
func (s *Service) EditIncident(ctx context.Context, actor identity.Actor, name string, version int64, e Revision) (Incident, error) {
	if err := actor.Authorise(OpIncidentEdit, name); err != nil {
		return Incident{}, err
	}
	if err := e.check(); err != nil {
		return Incident{}, err
	}
	err := s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, _ time.Time) error {
		h, err := s.incidentHead(i)
		if err != nil {
			return err
		}
		if version != i.Version {
			return e.clash(i, h)
		}
		return s.edit(tx, actor, i, h, e)
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Incident(ctx, actor, name)
}

func (s *Service) edit(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, h incidentHead, e Revision) error {
	now, before, was, had := s.now(), i.fields(), *i, h
	if err := e.apply(tx, i, &h); err != nil {
		return err
	}
	if err := h.check(); err != nil {
		return err
	}
	if err := i.moments(now); err != nil {
		return err
	}
	if err := s.saveIncident(tx, now, i, h); err != nil {
		return err
	}
	if err := raisedBounds(tx, now, IncidentItem, i.ID, bounds{was.TLP, was.PAP}, bounds{i.TLP, i.PAP}); err != nil {
		return err
	}
	if err := s.classed(tx, i, now); err != nil {
		return err
	}
	if err := s.moved(tx, &was, i); err != nil {
		return err
	}
	if err := s.toldEdit(tx, actor, &was, i, had, h); err != nil {
		return err
	}
	return actor.Audit(tx, now, OpIncidentEdit, i.ID, before, i.fields())
}

// raisedLabel lets those who hold a message about something hear that its label was raised.
func raisedLabel(tx *sqldb.Tx, now time.Time, kind, id string, before, after int64) error {
	return release.Raise(tx, now, kind, id, tlp.Label(before), tlp.Label(after)) //nolint:gosec // labels
}

// bounds are labels of TLP and PAP, as they are kept.
type bounds struct{ tlp, pap int64 }

// raisedBounds lets those who hold a message about something hear that its label was raised, or its PAP.
func raisedBounds(tx *sqldb.Tx, now time.Time, kind, id string, before, after bounds) error {
	if err := raisedLabel(tx, now, kind, id, before.tlp, after.tlp); err != nil || after.pap <= before.pap {
		return err
	}
	return release.Restrict(tx, now, kind, id)
}

// moved lets what counts from an incident's moments say whether they may move.
func (s *Service) moved(tx *sqldb.Tx, was, i *incidentRecord) error {
	if was.Aware.Equal(i.Aware) && was.Classified.Equal(i.Classified) {
		return nil
	}
	before, err := s.inside(tx, was)
	if err != nil {
		return err
	}
	after, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	for _, p := range s.parts {
		if p.Moved == nil {
			continue
		}
		if err := p.Moved(tx, before, after); err != nil {
			return err
		}
	}
	return nil
}

// saveIncident writes what can be edited, and what it is found by.
func (s *Service) saveIncident(tx *sqldb.Tx, now time.Time, i *incidentRecord, h incidentHead) error {
	key, err := s.incidentKey(i)
	if err != nil {
		return err
	}
	if i.sealedHead, err = put(key, "head", h); err != nil {
		return err
	}
	err = stepIncident(tx, now, i, `class = $4, severity = $5, gravity = $6, tlp = $7, head = $8, pap = $9, assignee = $10, campaign = $11, victim = $12, origin = $13,
		transit = $14, aware = $15, classified = $16`, string(i.Class), string(i.Severity), gravity(i.Severity), i.TLP, i.sealedHead, i.PAP, i.Assignee, i.Campaign,
		i.Victim, i.Origin, i.Transit, i.Aware, i.Classified)
	if err != nil {
		return err
	}
	if err := indexCountries(tx, i); err != nil {
		return err
	}
	return s.indexIncident(tx, i, h)
}

func (e *Revision) apply(tx *sqldb.Tx, i *incidentRecord, h *incidentHead) (err error) {
	setTo(&h.Title, e.Title)
	setTo(&h.Summary, e.Summary)
	setTo(&i.Class, e.Class)
	setTo(&i.Severity, e.Severity)
	setTo(&i.Assignee, e.Assignee)
	setTo(&i.Aware, e.Aware)
	setTo(&i.Classified, e.Classified)
	if e.TLP != nil {
		i.TLP = int64(*e.TLP)
	}
	if e.PAP != nil {
		i.PAP = int64(*e.PAP)
	}
	if e.Campaign != nil {
		if i.Campaign, err = campaignID(tx, *e.Campaign); err != nil {
			return err
		}
	}
	return e.places(i)
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
