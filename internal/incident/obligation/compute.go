package obligation

import (
	"maps"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// obligations reads what was decided for an incident, with its stages as they stand.
func (s *Service) obligations(tx *sqldb.Tx, in *incident.Inside) ([]Obligation, error) {
	list, err := decisions(tx, in)
	if err != nil || len(list) == 0 {
		return list, err
	}
	stated, err := anchors(tx, in)
	if err != nil {
		return nil, err
	}
	recorded, err := s.recorded(tx, in)
	if err != nil {
		return nil, err
	}
	sent, err := submissions(tx, in)
	if err != nil {
		return nil, err
	}
	passed, err := forwards(tx, in)
	if err != nil {
		return nil, err
	}
	for i := range list {
		o := &list[i]
		o.Anchors, o.Submissions, o.Forwards = of(stated, o.ID), of(sent, o.ID), of(passed, o.ID)
		s.compute(in, o, stated, recorded)
	}
	return list, nil
}

// belongs is what hangs on an obligation.
type belongs interface{ to() string }

func (a Statement) to() string  { return a.Obligation }
func (s Submission) to() string { return s.Obligation }
func (f Forward) to() string    { return f.Obligation }

func of[T belongs](all []T, id string) (list []T) {
	for _, one := range all {
		if one.to() == id {
			list = append(list, one)
		}
	}
	return list
}

// recorded are the moments that an incident has by itself.
func (s *Service) recorded(tx *sqldb.Tx, in *incident.Inside) (m Moments, err error) {
	m = Moments{Opened: in.Opened, Closed: in.Closed, Aware: in.Aware, Classified: in.Classified}
	if s.o.Moments != nil {
		worked, err := s.o.Moments(tx, in)
		if err != nil {
			return nil, err
		}
		m[Acknowledged], m[Triaged], m[Contained] = worked[incident.Acknowledged], worked[incident.Triaged], worked[incident.Contained]
	}
	maps.DeleteFunc(m, func(_ Anchor, at time.Time) bool { return at.IsZero() })
	return m, nil
}

// compute calculates an obligation's stages.
func (s *Service) compute(in *incident.Inside, o *Obligation, stated []Statement, recorded Moments) {
	c := s.caseOf(in, o, stated, recorded)
	when := c.Anchors[Aware]
	if when.IsZero() {
		when = in.Opened
	}
	law, track, err := s.o.Laws.Duty(o.Duty, when)
	if err != nil {
		o.Law, o.Unknown = o.Duty, true
		return
	}
	o.Law, o.Track, o.French, o.InForce = law.Name, track.Name, track.French, law.Binds(when)
	o.Stages = law.Stages(track.ID, c)
	for i := range o.Stages {
		o.Stages[i].Obligation, o.Stages[i].InForce = o.ID, o.InForce
	}
}

// caseOf is what an obligation's stages are calculated by: its own anchors go before those of the incident.
func (s *Service) caseOf(in *incident.Inside, o *Obligation, stated []Statement, recorded Moments) Case {
	c := Case{Now: in.Now, Zone: s.o.Zone, Facts: o.Facts, Holidays: s.o.Holidays, Submitted: map[string][]time.Time{}, Anchors: maps.Clone(map[Anchor]time.Time(recorded))}
	for _, owner := range []string{"", o.ID} {
		said := map[Anchor]bool{}
		for _, a := range stated {
			if a.Obligation == owner && !said[a.Anchor] && !(owner == "" && own(in, &a)) {
				c.Anchors[a.Anchor], said[a.Anchor] = a.At, true
			}
		}
	}
	for _, sent := range o.Submissions {
		if sent.Withdrawn.IsZero() {
			c.Submitted[sent.Stage] = append(c.Submitted[sent.Stage], sent.At)
		}
	}
	return c
}

// own tells whether an incident says itself when it was, or that it is not known: a statement then only tells who said so. What was stated for an
// incident that was merged into it counts while it says nothing itself.
func own(in *incident.Inside, a *Statement) bool {
	switch a.Anchor {
	case Aware:
		return !in.Aware.IsZero() || a.incident == in.ID
	case Classified:
		return !in.Classified.IsZero() || a.incident == in.ID
	}
	return false
}

// renew writes the clocks of an incident as they stand, for lists and for telling.
func (s *Service) renew(tx *sqldb.Tx, in *incident.Inside) error {
	list, err := s.obligations(tx, in)
	for i := range list {
		if err == nil {
			err = s.renewOne(tx, in, &list[i])
		}
	}
	return err
}

func (s *Service) renewOne(tx *sqldb.Tx, in *incident.Inside, o *Obligation) error {
	if _, err := tx.Exec(`UPDATE obligation SET computed = $2 WHERE id = $1`, o.ID, in.Now); err != nil {
		return err
	}
	if o.Unknown {
		return nil // what was known of it stays
	}
	kept := map[string]bool{}
	for _, one := range o.Stages {
		if !o.Applies {
			break
		}
		kept[one.ID] = true
		if err := tick(tx, in, o, &one); err != nil {
			return err
		}
	}
	var stale []string
	err := tx.Each(`SELECT stage FROM obligation_clock WHERE obligation = $1`, []any{o.ID}, func(scan func(...any) error) error {
		var stage string
		err := scan(&stage)
		if !kept[stage] {
			stale = append(stale, stage)
		}
		return err
	})
	for _, stage := range stale {
		if err == nil {
			_, err = tx.Exec(`DELETE FROM obligation_clock WHERE obligation = $1 AND stage = $2`, o.ID, stage)
		}
	}
	return err
}

// tick writes one clock. A due time that moved ahead is reminded of, and escalated, anew.
func tick(tx *sqldb.Tx, in *incident.Inside, o *Obligation, one *Stage) error {
	_, err := tx.Exec(`INSERT INTO obligation_clock AS c (obligation, stage, incident, duty, side, begun, due, done, reminded, escalated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)
		ON CONFLICT (obligation, stage) DO UPDATE SET side = excluded.side, begun = excluded.begun, due = excluded.due, done = excluded.done,
		reminded = CASE WHEN excluded.due > c.due THEN 0 ELSE c.reminded END,
		escalated = CASE WHEN excluded.due > CAST($9 AS BIGINT) THEN 0 ELSE c.escalated END`,
		o.ID, one.ID, o.Incident, o.Duty, string(one.By), one.FromAt, one.Due, one.Submitted, in.Now)
	return err
}
