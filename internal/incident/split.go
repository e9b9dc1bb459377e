package incident

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Splitting is what becomes an incident of its own.
type Splitting struct {
	Title   string              `json:"title"`
	Reports []string            `json:"reports"`         // ids or refs
	Parts   map[string][]string `json:"parts,omitempty"` // ids by the name of a Part that can carry
	Why     string              `json:"reason"`
}

// Split is a split as it stands in the record.
type Split struct {
	Source   Ref       `json:"source,omitzero"`
	Target   Ref       `json:"target,omitzero"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Undone   time.Time `json:"undone,omitzero"`
	UndoneBy string    `json:"undone_by,omitempty"`
}

// kindReport names reports among what a split moves.
const kindReport = "report"

// SplitIncident moves reports, and what of the parts can be carried, into a new incident with the same class, severity, label, and members; it gives
// that one. UnsplitIncident brings all back. Errors: NotFound for the incident or a report that is not in it; Invalid; Conflict for a closed one.
func (s *Service) SplitIncident(ctx context.Context, actor identity.Actor, name string, d Splitting) (out Incident, err error) {
	if err := actor.Authorise(OpIncidentSplit, name); err != nil {
		return out, err
	}
	h := incidentHead{Title: d.Title}
	if err := h.check(); err != nil {
		return out, err
	}
	if d.Why, err = reason(d.Why); err != nil {
		return out, err
	}
	if err := s.splittable(d); err != nil {
		return out, err
	}
	err = s.changeIncident(ctx, actor, name, 0, func(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
		if i.State != StageOpen {
			return problem.New(problem.Conflict, "incident %s is %s: reopen it first", i.Ref, i.State)
		}
		if err := s.lasting(tx, actor, i); err != nil {
			return err
		}
		made, err := s.beside(tx, actor, i, h, d.Why)
		if err != nil {
			return err
		}
		if err := s.split(tx, actor, i, &made, d); err != nil {
			return err
		}
		out, err = s.wholeIncident(tx, Sight{all: true}, &made)
		out.allow(actor)
		return err
	})
	if err != nil {
		return Incident{}, err
	}
	return out, nil
}

// splittable refuses what names nothing, too much, or what cannot be moved.
func (s *Service) splittable(d Splitting) error {
	n := len(d.Reports)
	for kind, ids := range d.Parts {
		n += len(ids)
		if p := s.partNamed(kind); p == nil || p.Carry == nil {
			return problem.New(problem.Invalid, "what is of the kind %q stays with its incident", kind)
		}
	}
	if n == 0 || n > MaxBulk {
		return problem.New(problem.Invalid, "name between 1 and %d reports or other things that become the new incident, and not %d", MaxBulk, n)
	}
	return nil
}

func (s *Service) partNamed(name string) *Part {
	i := slices.IndexFunc(s.parts, func(p Part) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &s.parts[i]
}

// beside opens an incident like another.
func (s *Service) beside(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, h incidentHead, why string) (made incidentRecord, err error) {
	d := Opening{Title: h.Title, Class: i.Class, Severity: i.Severity, Reason: why}
	if made, err = s.openQuietly(tx, actor, d, h); err != nil {
		return made, err
	}
	made.TLP, made.PAP, made.Campaign, made.Assignee, made.Restricted = i.TLP, i.PAP, i.Campaign, i.Assignee, i.Restricted
	if err := stepIncident(tx, made.Opened, &made, "tlp = $4, pap = $5, campaign = $6, assignee = $7, restricted = $8", made.TLP, made.PAP, made.Campaign, made.Assignee, made.Restricted); err != nil {
		return made, err
	}
	if _, err := tx.Exec(`INSERT INTO incident_member (incident, account, ad_hoc, glass, until, since, actor, reason)
		SELECT CAST($1 AS TEXT), account, ad_hoc, glass, until, since, actor, reason FROM incident_member WHERE incident = $2`, made.ID, i.ID); err != nil {
		return made, err
	}
	if err := s.indexIncident(tx, &made, h); err != nil {
		return made, err
	}
	return made, s.recordOpening(tx, actor, &made, d)
}

// split moves what is named, and records it.
func (s *Service) split(tx *sqldb.Tx, actor identity.Actor, i, made *incidentRecord, d Splitting) error {
	now, split := s.now(), id.NewAt(s.now())
	_, err := tx.Exec(`INSERT INTO incident_split (id, source, target, actor, at, undone, undone_by) VALUES ($1, $2, $3, $4, $5, 0, '')`, split, i.ID, made.ID, actor.ID, now)
	if err != nil {
		return err
	}
	for _, name := range d.Reports {
		if err := s.splitReport(tx, actor, split, i, made, name); err != nil {
			return err
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.Parts)) {
		if err := s.splitPart(tx, actor, split, i, made, kind, d.Parts[kind]); err != nil {
			return err
		}
	}
	args := map[string]string{"ref": i.Ref, "to": made.Ref, "why": d.Why}
	for _, one := range []*incidentRecord{i, made} {
		if err := s.told(tx, actor, one, Entry{Code: "incident.split", Args: args}); err != nil {
			return err
		}
	}
	if err := stepIncident(tx, now, i, "closed = closed"); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, OpIncidentSplit, i.ID, d.Why, nil, map[string]any{"into": made.ID, "reports": len(d.Reports), "split": split})
}

// splitReport moves a report's links, as they were made for the incident or for what was merged into it.
func (s *Service) splitReport(tx *sqldb.Tx, actor identity.Actor, split string, i, made *incidentRecord, name string) error {
	r, err := s.report(tx, Sight{all: true}, name)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO incident_split_item (split, kind, item, incident, linked_by, linked_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), l.report, l.incident, l.actor, l.at FROM incident_link l JOIN incident k ON k.id = l.incident
		WHERE k.root = $3 AND l.report = $4 AND l.alert = 0 ON CONFLICT DO NOTHING`, split, kindReport, i.ID, r.ID)
	if err == nil && n == 0 {
		return gone("report in "+i.Ref, name)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM incident_link WHERE report = $1 AND alert = 0 AND incident IN (SELECT id FROM incident WHERE root = $2)`, r.ID, i.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO incident_link (incident, report, alert, actor, at) VALUES ($1, $2, 0, $3, $4) ON CONFLICT DO NOTHING`, made.ID, r.ID, actor.ID, r.at(s.now())); err != nil {
		return err
	}
	if err := step(tx, s.now(), &r, "lead = lead"); err != nil {
		return err
	}
	if err := s.settle(tx, r.ID); err != nil {
		return err
	}
	return actor.Audit(tx, r.at(s.now()), OpLink, r.ID, map[string]any{"incident": i.ID}, map[string]any{"incident": made.ID, "split": split})
}

func (s *Service) splitPart(tx *sqldb.Tx, actor identity.Actor, split string, i, made *incidentRecord, kind string, ids []string) error {
	from, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	to, err := s.inside(tx, made)
	if err != nil {
		return err
	}
	p := s.partNamed(kind)
	for _, item := range ids {
		home := i.ID
		if p.Home != nil {
			if home, err = p.Home(tx, from, item); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO incident_split_item (split, kind, item, incident, linked_by, linked_at) VALUES ($1, $2, $3, $4, '', 0) ON CONFLICT DO NOTHING`, split, kind, item, home)
		if err != nil {
			return err
		}
	}
	return p.Carry(tx, actor, from, to, ids)
}

// carryBack lets the room of a kind bring things back to the incident that they were made for, or what it was merged into since.
func (s *Service) carryBack(tx *sqldb.Tx, actor identity.Actor, made *incidentRecord, kind, home string, ids []string) error {
	p := s.partNamed(kind)
	if p == nil || p.Carry == nil {
		return problem.New(problem.Unavailable, "the room of the kind %q is not there: what was carried cannot be carried back", kind)
	}
	from, err := s.inside(tx, made)
	if err != nil {
		return err
	}
	i, err := s.survivor(tx, Sight{all: true}, home)
	if err != nil {
		return err
	}
	to, err := s.inside(tx, &i)
	if err != nil {
		return err
	}
	to.ID = home // what was made for it is under its key, and parts with it if a merge is undone
	return p.Carry(tx, actor, from, to, ids)
}

// Carriable lists what of an incident, beside its reports, a person may take along with a split. Errors: NotFound.
func (s *Service) Carriable(ctx context.Context, actor identity.Actor, name string) (out []Hanging, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		out = nil
		for _, p := range s.parts {
			if p.Carry == nil || p.Carriable == nil {
				continue
			}
			list, err := p.Carriable(tx, in)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}
