package incident

import (
	"slices"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// wholeIncident is an incident with all that hangs on it, and on what was merged into it.
func (s *Service) wholeIncident(tx *sqldb.Tx, v Sight, i *incidentRecord) (out Incident, err error) {
	in, err := s.inside(tx, i)
	if err != nil {
		return out, err
	}
	h, err := s.incidentHead(i)
	if err != nil {
		return out, err
	}
	out = Incident{
		ID: i.ID, Ref: i.Ref, Title: h.Title, Summary: h.Summary, State: i.State, Class: i.Class, Severity: i.Severity, Restricted: i.Restricted,
		TLP: tlp.Label(i.TLP), PAP: in.PAP, Assignee: i.Assignee, Victim: in.Victim, Origin: in.Origin, Transit: in.Transit,
		Opened: i.Opened, OpenedBy: i.OpenedBy, Aware: i.Aware, Classified: i.Classified, Changed: i.Changed, Closed: i.Closed, Version: i.Version,
		Moves: from(incidentMoves, i.State),
	}
	if out.Members, err = members(tx, i.ID); err != nil {
		return out, err
	}
	if out.Campaign, err = s.campaignOf(tx, i.Campaign); err != nil {
		return out, err
	}
	if err := s.relatives(tx, v, i.ID, &out); err != nil {
		return out, err
	}
	return out, s.hanging(tx, v, in, &out)
}

// hanging adds what this room itself keeps beneath an incident.
func (s *Service) hanging(tx *sqldb.Tx, v Sight, in *Inside, out *Incident) (err error) {
	var q query
	cond, args := in.Rows("k.incident", 1)
	q.where, q.args = append(q.where, "r.id IN (SELECT k.report FROM incident_link k WHERE "+cond+" AND k.alert = 0)"), args
	q.seen(v.Reports, "r")
	if out.Reports, err = s.reportList(tx, q, "r.received, r.id"); err != nil {
		return err
	}
	for _, id := range in.IDs {
		if err := s.hangingOn(tx, in, id, out); err != nil {
			return err
		}
	}
	return nil
}

// hangingOn adds what was made for one of the incidents.
func (s *Service) hangingOn(tx *sqldb.Tx, in *Inside, id string, out *Incident) error {
	key := in.keys[id]
	notes, err := notesOf(tx, key, id)
	if err != nil {
		return err
	}
	talks, err := s.investigationsOf(tx, key, "incident", id)
	if err != nil {
		return err
	}
	files, err := s.vault.Of(tx, id)
	if err != nil {
		return err
	}
	out.Notes, out.Investigations, out.Files = append(out.Notes, notes...), append(out.Investigations, talks...), append(out.Files, files...)
	if out.Significance == nil {
		out.Significance, err = significanceOf(tx, key, id)
	}
	return err
}

// allow keeps the moves that the reader may make.
func (i *Incident) allow(actor identity.Actor) {
	if actor.Authorise(OpIncidentMove, i.ID) != nil {
		i.Moves = nil
		return
	}
	i.Moves = slices.DeleteFunc(i.Moves, func(m MoveName) bool { return !slices.Contains(plain, m) })
}
