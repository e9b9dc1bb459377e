package incident

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// Recorded lets what a person recorded about a report or an incident count for the incidents that it is part of: their PAP rises to what its source allows, so
// that nothing of them is looked up that it forbids. It is a step of release's operation, which authorises.
func (s *Service) Recorded(tx *sqldb.Tx, actor identity.Actor, w release.Wish) error {
	switch w.Kind {
	case ReportItem:
		r, err := s.report(tx, Sight{all: true}, w.ID)
		if err != nil {
			return err
		}
		into, err := incidentsOf(tx, r.ID)
		for i := range into {
			if err = s.raiseTo(tx, actor, &into[i], &r); err != nil {
				return err
			}
		}
		return err
	case IncidentItem:
		i, err := s.survivor(tx, Sight{all: true}, w.ID)
		if err != nil {
			return err
		}
		item, err := release.Wished(tx, release.Item{Kind: IncidentItem, ID: i.ID, PAP: tlp.PAP(i.PAP)}) //nolint:gosec // a label
		if err != nil {
			return err
		}
		return s.raise(tx, actor, &i, item)
	}
	return nil
}

// incidentsOf reads the incidents that a report is part of, as they are after merging.
func incidentsOf(tx *sqldb.Tx, report string) (list []incidentRecord, err error) {
	err = tx.Each("SELECT "+incidentColumns+` FROM incident i WHERE i.id IN (SELECT k.root FROM incident_link l JOIN incident k ON k.id = l.incident
		WHERE l.report = $1 AND l.alert = 0)`, []any{report}, func(scan func(...any) error) error {
		var i incidentRecord
		err := scan(i.into()...)
		list = append(list, i)
		return err
	})
	return list, err
}

// raiseTo lets the PAP of an incident rise to that of a report.
func (s *Service) raiseTo(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, r *record) error {
	f, err := s.full(r)
	if problem.Is(err, problem.NotFound) { // erased: nobody's word is left of it
		return nil
	}
	if err != nil {
		return err
	}
	item, err := release.Wished(tx, f.item())
	if err != nil {
		return err
	}
	return s.raise(tx, actor, i, item)
}

func (s *Service) raise(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, item release.Item) error {
	now := s.now()
	policy := item.Terms.IEP.At(now)
	if policy != nil || item.PAP > tlp.PAPClear { // or that less may be done with it: if they know that, they are told nothing
		if err := release.Restrict(tx, now, IncidentItem, i.ID); err != nil {
			return err
		}
	}
	if policy != nil { // who holds a message about the incident hears that it is stricter than its own label
		if err := raisedLabel(tx, now, IncidentItem, i.ID, i.TLP, int64(policy.TLP)); err != nil {
			return err
		}
	}
	to := int64(max(item.PAP, policy.PAP()))
	if to <= i.PAP {
		return nil
	}
	before, was := i.fields(), *i
	i.PAP = to
	if err := stepIncident(tx, now, i, "pap = $4", i.PAP); err != nil {
		return err
	}
	h, err := s.incidentHead(i)
	if err != nil {
		return err
	}
	if err := s.toldEdit(tx, actor, &was, i, h, h); err != nil {
		return err
	}
	return actor.Audit(tx, now, OpIncidentEdit, i.ID, before, i.fields())
}
