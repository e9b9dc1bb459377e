package incident

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// UnmergeIncident undoes MergeIncident for the merged one: it has its stage, its links and its own members again, and so has what was merged into it
// before. Was it closed, and something beneath it was opened meanwhile, it is open. What was done since stays with the incident that it was merged
// into, which has its label and PAP again, if nobody changed them. Errors: NotFound; Conflict if it is not merged; Invalid without a reason.
func (s *Service) UnmergeIncident(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpIncidentMerge, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := inTurn(tx); err != nil {
			return err
		}
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		i, err := s.incident(tx, v, name)
		if err != nil {
			return err
		}
		if i.Into == "" {
			return problem.New(problem.Conflict, "incident %s is merged into nothing", i.Ref)
		}
		last, err := s.incident(tx, v, i.Root)
		if err != nil {
			return err
		}
		if err := s.lasting(tx, actor, &last); err != nil {
			return err
		}
		return s.unmerge(tx, actor, &i, why)
	})
}

func (s *Service) unmerge(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, why string) error {
	now, target, root, before := s.now(), i.Into, i.Root, map[string]any{"into": i.Into, "restricted": i.Restricted}
	if err := stepIncident(tx, now, i, "state = before, before = '', merged_into = ''"); err != nil {
		return err
	}
	if i.Before == StageOpen {
		if err := s.moment(tx, Moment{About: AboutIncident, Subject: i.ID, Code: Undone, At: now, Since: i.Opened}); err != nil {
			return err
		}
	}
	if err := s.release(tx, i); err != nil {
		return err
	}
	t, err := s.incident(tx, Sight{all: true}, target)
	if err != nil {
		return err
	}
	if err := s.workedOn(tx, actor, i, &t); err != nil {
		return err
	}
	if err := s.relabel(tx, actor, i, &t); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE incident_merge SET undone = $2, undone_by = $3 WHERE incident = $1 AND undone = 0`, i.ID, now, actor.ID); err != nil {
		return err
	}
	if err := s.settleRoot(tx, root, why, actor, "incident.unmerged", i.Ref); err != nil {
		return err
	}
	own, err := s.incident(tx, Sight{all: true}, i.ID)
	if err != nil {
		return err
	}
	if err := s.settleRoot(tx, own.ID, why, actor, "incident.unmerged", own.Ref); err != nil {
		return err
	}
	if err := s.wakeClosed(tx, actor, &own); err != nil {
		return err
	}
	after := map[string]any{"state": own.State, "restricted": own.Restricted}
	if err := actor.AuditReason(tx, now, OpIncidentMerge, target, why, map[string]any{"merged": i.ID}, nil); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpIncidentMerge, i.ID, why, before, after)
}

// release lets an incident, with what was merged into it, stand for itself again: seen by its own members, if it has some, and else by the team.
func (s *Service) release(tx *sqldb.Tx, i *incidentRecord) error {
	var own bool
	if err := tx.QueryRow(`SELECT CASE WHEN EXISTS (SELECT 1 FROM incident_member WHERE incident = $1) THEN 1 ELSE 0 END`, i.ID).Scan(&own); err != nil {
		return err
	}
	tree, err := below(tx, i.ID)
	if err != nil {
		return err
	}
	return s.root(tx, tree, i.ID, own)
}

// relabel gives the target of a merge the label and PAP that it had, as far as the merge raised them and nothing else that is merged into it asks for them.
func (s *Service) relabel(tx *sqldb.Tx, actor identity.Actor, i, t *incidentRecord) error {
	var was struct{ tlp, pap int64 }
	err := tx.QueryRow(`SELECT tlp, pap FROM incident_merge WHERE incident = $1 AND undone = 0 ORDER BY at DESC LIMIT 1`, i.ID).Scan(&was.tlp, &was.pap)
	if err != nil {
		return err
	}
	var least struct{ tlp, pap int64 }
	if err := tx.QueryRow(`SELECT coalesce(max(tlp), 0), coalesce(max(pap), 0) FROM incident WHERE merged_into = $1 AND merged_into <> ''`, t.ID).Scan(&least.tlp, &least.pap); err != nil {
		return err
	}
	label, pap := back(t.TLP, i.TLP, was.tlp, least.tlp), back(t.PAP, i.PAP, was.pap, least.pap)
	if label == t.TLP && pap == t.PAP {
		return nil
	}
	if err := stepIncident(tx, s.now(), t, "tlp = $4, pap = $5", label, pap); err != nil {
		return err
	}
	return actor.Audit(tx, s.now(), OpIncidentEdit, t.ID, t.fields(), map[string]any{"tlp": label, "pap": pap})
}

// back is a label after a merge is undone: what it was, unless it is another than the merge made it, or something else that is merged asks for more.
func back(now, merged, was, least int64) int64 {
	if now != max(was, merged) {
		return now
	}
	return max(was, least)
}

// wakeClosed opens an incident if it is closed and something is open beneath it that closing would have ended: what belongs to another open one too, and
// what was left on purpose, does not count.
func (s *Service) wakeClosed(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord) error {
	in, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	ending, err := s.endingOf(tx, in)
	if err != nil || !slices.ContainsFunc(append(ending.Along, ending.Active...), func(h Hanging) bool { return !h.Left }) {
		return err
	}
	return s.wakeOne(tx, actor, i)
}
