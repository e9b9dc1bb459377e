package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MergeIncident merges an incident into another, and gives that one. Nothing is moved or sealed anew: the merged one points to the other, its name leads
// there, and what hangs on it is shown there, so that UnmergeIncident gives everything back. The label and PAP of the other rise to those of the
// merged one; a merged one that the team saw is seen by the members of a restricted other alone. Errors: NotFound; Invalid for itself or without a
// reason; Conflict for one that is merged already, into one that is closed or would form a circle of parents and children, or where what is
// restricted would be seen by more.
func (s *Service) MergeIncident(ctx context.Context, actor identity.Actor, name, into, why string) (out Incident, err error) {
	if err := actor.Authorise(OpIncidentMerge, name); err != nil {
		return out, err
	}
	if why, err = reason(why); err != nil {
		return out, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
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
		target, err := s.survivor(tx, v, into)
		if err != nil {
			return err
		}
		if err := s.mergeable(tx, actor, &i, &target); err != nil {
			return err
		}
		return s.mergeIncident(tx, actor, &i, &target, why)
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Incident(ctx, actor, into)
}

// mergeable refuses what cannot be merged, or not by this person.
func (s *Service) mergeable(tx *sqldb.Tx, actor identity.Actor, i, target *incidentRecord) error {
	switch {
	case i.Into != "":
		return problem.New(problem.Conflict, "incident %s is merged into another already: undo that first", i.Ref)
	case i.ID == target.ID:
		return problem.New(problem.Invalid, "incident %s cannot be merged into itself, nor into what was merged into it", i.Ref)
	case target.State != StageOpen:
		return problem.New(problem.Conflict, "incident %s is %s: reopen it first, and merge then", target.Ref, target.State)
	}
	for _, one := range []*incidentRecord{i, target} {
		if err := s.lasting(tx, actor, one); err != nil {
			return err
		}
	}
	if err := s.hides(tx, i, target); err != nil {
		return err
	}
	return s.uncircled(tx, i, target)
}

// hides refuses that what is restricted in one incident is seen in another by somebody who does not see it there.
func (s *Service) hides(tx *sqldb.Tx, from, to *incidentRecord) error {
	if !from.Restricted {
		return nil
	}
	if !to.Restricted {
		return problem.New(problem.Conflict, "incident %s is restricted, and %s is open to the team, who would see it: restrict %s first", from.Ref, to.Ref, to.Ref)
	}
	var account string
	err := tx.QueryRow(`SELECT m.account FROM incident_member m WHERE m.incident = $1 AND (m.until = 0 OR m.until > $3) AND NOT EXISTS
		(SELECT 1 FROM incident_member o WHERE o.incident = $2 AND o.account = m.account AND (o.until = 0 OR m.until > 0 AND o.until >= m.until))
		ORDER BY m.account LIMIT 1`, to.ID, from.ID, s.now()).Scan(&account)
	if sqldb.NoRows(err) {
		return nil
	}
	if err == nil {
		err = problem.New(problem.Conflict, "%s is a member of %s and not, or not as long, of %s, and would see it: make the members the same first", account, to.Ref, from.Ref)
	}
	return err
}

func (s *Service) mergeIncident(tx *sqldb.Tx, actor identity.Actor, i, target *incidentRecord, why string) error {
	now := s.now()
	_, err := tx.Exec(`INSERT INTO incident_merge (id, incident, target, actor, at, before, tlp, pap, undone, undone_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`,
		id.NewAt(now), i.ID, target.ID, actor.ID, now, string(i.State), target.TLP, target.PAP)
	if err != nil {
		return err
	}
	if err := stepIncident(tx, now, i, "state = $4, before = state, merged_into = $5", string(StageMerged), target.ID); err != nil {
		return err
	}
	if err := s.turnedIncident(tx, now, i, i.State, StageMerged); err != nil {
		return err
	}
	both := bounds{max(i.TLP, target.TLP), max(i.PAP, target.PAP)}
	if err := stepIncident(tx, now, target, "tlp = $4, pap = $5", both.tlp, both.pap); err != nil {
		return err
	}
	for _, one := range []*incidentRecord{target, i} {
		if err := raisedBounds(tx, now, IncidentItem, one.ID, bounds{one.TLP, one.PAP}, both); err != nil {
			return err
		}
	}
	tree, err := below(tx, i.ID)
	if err != nil {
		return err
	}
	if err := s.root(tx, tree, target.ID, target.Restricted); err != nil {
		return err
	}
	if err := s.settleRoot(tx, target.ID, why, actor, "incident.merged", i.Ref); err != nil {
		return err
	}
	if err := s.workedOn(tx, actor, i, target); err != nil {
		return err
	}
	if err := actor.AuditReason(tx, now, OpIncidentMerge, target.ID, why, nil, map[string]any{"merged": i.ID}); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpIncidentMerge, i.ID, why, map[string]any{"state": i.State, "restricted": i.Restricted}, map[string]any{"into": target.ID, "restricted": target.Restricted})
}

// below lists an incident and what was merged into it, by whatever way.
func below(tx *sqldb.Tx, id string) (list []string, err error) {
	err = tx.Each(`WITH RECURSIVE tree (id) AS (SELECT id FROM incident WHERE id = $1 UNION SELECT i.id FROM incident i JOIN tree t ON i.merged_into = t.id AND i.merged_into <> '')
		SELECT id FROM tree ORDER BY id`, []any{id}, func(scan func(...any) error) error {
		var one string
		err := scan(&one)
		list = append(list, one)
		return err
	})
	return list, err
}

// root lets incidents lead to one, and be seen as that one is; the words and reports of each follow.
func (s *Service) root(tx *sqldb.Tx, ids []string, root string, restricted bool) error {
	for _, id := range ids {
		if _, err := tx.Exec(`UPDATE incident SET root = $2, restricted = $3 WHERE id = $1`, id, root, restricted); err != nil {
			return err
		}
		i, err := s.incident(tx, Sight{all: true}, id)
		if err != nil {
			return err
		}
		if err := s.reindexIncident(tx, &i); err != nil {
			return err
		}
	}
	return nil
}

// reindexIncident lets an incident's words and reports follow whether it is restricted.
func (s *Service) reindexIncident(tx *sqldb.Tx, i *incidentRecord) error {
	h, err := s.incidentHead(i)
	if err != nil {
		return err
	}
	if err := s.indexIncident(tx, i, h); err != nil {
		return err
	}
	return s.settleAll(tx, i.ID)
}

// settleRoot tells, in the timeline of an incident that others lead to, of a change among those, and lets what hangs on it follow.
func (s *Service) settleRoot(tx *sqldb.Tx, id, why string, actor identity.Actor, code, ref string) error {
	i, err := s.incident(tx, Sight{all: true}, id)
	if err != nil {
		return err
	}
	in, err := s.inside(tx, &i)
	if err != nil {
		return err
	}
	if err := s.Tell(tx, actor, in, Entry{Code: code, Args: map[string]string{"ref": ref, "why": why}}); err != nil {
		return err
	}
	return s.settleParts(tx, &i)
}
