package incident

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// carried is something that a split moved.
type carried struct {
	kind, item, incident, by string
	at                       time.Time
}

// UnsplitIncident undoes the split that made an incident: all that it moved has the links again that it had. What the incident got otherwise stays with it;
// without anything open it is abandoned. Errors: NotFound; Invalid without a reason; Conflict if no split made it or that was undone, the incident is
// merged, what it was split from is closed, or what is restricted would be seen by more.
func (s *Service) UnsplitIncident(ctx context.Context, actor identity.Actor, name, why string) error {
	if err := actor.Authorise(OpIncidentSplit, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		made, err := s.incident(tx, v, name)
		if err != nil {
			return err
		}
		var split, source string
		err = tx.QueryRow(`SELECT id, source FROM incident_split WHERE target = $1 AND undone = 0`, made.ID).Scan(&split, &source)
		if sqldb.NoRows(err) {
			return problem.New(problem.Conflict, "incident %s was not made by a split, or that was undone", made.Ref)
		}
		if err != nil {
			return err
		}
		list, err := carriedBy(tx, split)
		if err != nil {
			return err
		}
		i, err := s.unsplittable(tx, actor, v, &made, source, list)
		if err != nil {
			return err
		}
		return s.unsplit(tx, actor, split, &made, &i, list, why)
	})
}

// unsplittable checks all incidents that something goes back to, and gives the one that was split.
func (s *Service) unsplittable(tx *sqldb.Tx, actor identity.Actor, v Sight, made *incidentRecord, source string, list []carried) (i incidentRecord, err error) {
	homes := []string{source}
	for _, c := range list {
		if !slices.Contains(homes, c.incident) {
			homes = append(homes, c.incident)
		}
	}
	for n, home := range homes {
		to, err := s.survivor(tx, v, home)
		if problem.Is(err, problem.NotFound) {
			return i, problem.New(problem.Conflict, "you do not see all that incident %s was split from", made.Ref)
		}
		if err == nil {
			err = s.receives(tx, actor, made, &to)
		}
		if err != nil {
			return i, err
		}
		if n == 0 {
			i = to
		}
	}
	return i, nil
}

// receives tells whether what was split off can go back to an incident.
func (s *Service) receives(tx *sqldb.Tx, actor identity.Actor, made, i *incidentRecord) error {
	switch {
	case made.Into != "":
		return problem.New(problem.Conflict, "incident %s is merged into another: undo that first", made.Ref)
	case i.State != StageOpen:
		return problem.New(problem.Conflict, "incident %s, which it was split from, is %s: reopen it first", i.Ref, i.State)
	}
	for _, one := range []*incidentRecord{made, i} {
		if err := s.lasting(tx, actor, one); err != nil {
			return err
		}
	}
	return s.hides(tx, made, i)
}

func (s *Service) unsplit(tx *sqldb.Tx, actor identity.Actor, split string, made, i *incidentRecord, list []carried, why string) error {
	if err := s.bringBack(tx, actor, list, made); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE incident_split SET undone = $2, undone_by = $3 WHERE id = $1`, split, s.now(), actor.ID); err != nil {
		return err
	}
	args := map[string]string{"ref": i.Ref, "to": made.Ref, "why": why}
	for _, one := range []*incidentRecord{i, made} {
		if err := s.told(tx, actor, one, Entry{Code: "incident.unsplit", Args: args}); err != nil {
			return err
		}
	}
	if err := s.workedOn(tx, actor, made, i); err != nil {
		return err
	}
	if err := s.emptied(tx, actor, made, why); err != nil {
		return err
	}
	if err := stepIncident(tx, s.now(), i, "closed = closed"); err != nil {
		return err
	}
	if err := actor.AuditReason(tx, s.now(), OpIncidentSplit, made.ID, why, map[string]any{"from": i.ID, "split": split}, nil); err != nil {
		return err
	}
	return actor.AuditReason(tx, s.now(), OpIncidentSplit, i.ID, why, map[string]any{"into": made.ID, "split": split}, nil)
}

func carriedBy(tx *sqldb.Tx, split string) (list []carried, err error) {
	err = tx.Each(`SELECT kind, item, incident, linked_by, linked_at FROM incident_split_item WHERE split = $1 ORDER BY kind, item, incident`, []any{split}, func(scan func(...any) error) error {
		var c carried
		err := scan(&c.kind, &c.item, &c.incident, &c.by, moment{&c.at})
		list = append(list, c)
		return err
	})
	return list, err
}

// origin is where things of a kind go back to.
type origin struct{ kind, home string }

// bringBack gives reports the links that they had, and lets the rooms of the parts carry theirs back.
func (s *Service) bringBack(tx *sqldb.Tx, actor identity.Actor, list []carried, made *incidentRecord) error {
	var origins []origin
	items := map[origin][]string{}
	for _, c := range list {
		if c.kind == kindReport {
			if err := s.relink(tx, actor, c, made); err != nil {
				return err
			}
			continue
		}
		at := origin{c.kind, c.incident}
		if items[at] == nil {
			origins = append(origins, at)
		}
		items[at] = append(items[at], c.item)
	}
	for _, at := range origins {
		if err := s.carryBack(tx, actor, made, at.kind, at.home, items[at]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) relink(tx *sqldb.Tx, actor identity.Actor, c carried, made *incidentRecord) error {
	if _, err := tx.Exec(`DELETE FROM incident_link WHERE incident IN (SELECT id FROM incident WHERE root = $1) AND report = $2 AND alert = 0`, made.ID, c.item); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO incident_link (incident, report, alert, actor, at) VALUES ($1, $2, 0, $3, $4)
		ON CONFLICT (incident, report) DO UPDATE SET alert = 0, actor = excluded.actor, at = excluded.at`, c.incident, c.item, c.by, c.at)
	if err != nil {
		return err
	}
	r, err := s.report(tx, Sight{all: true}, c.item)
	if err != nil {
		return err
	}
	if err := step(tx, s.now(), &r, "lead = lead"); err != nil {
		return err
	}
	if err := s.settle(tx, r.ID); err != nil {
		return err
	}
	return actor.Audit(tx, r.at(s.now()), OpLink, r.ID, map[string]any{"incident": made.ID}, map[string]any{"incident": c.incident})
}

// emptied abandons an incident beneath which nothing is open any more.
func (s *Service) emptied(tx *sqldb.Tx, actor identity.Actor, made *incidentRecord, why string) error {
	in, err := s.inside(tx, made)
	if err != nil {
		return err
	}
	e, err := s.wholeEnding(tx, actor, in)
	if err != nil || made.State != StageOpen || len(e.Active)+len(e.Along)+len(e.Stays)+len(e.Parts) > 0 {
		return err
	}
	m, _ := find(incidentMoves, Abandon)
	return s.moveIncident(tx, actor, made, m, why, Agreed{})
}
