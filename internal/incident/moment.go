package incident

import (
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Moment is something that happened to a report or an incident, and from which the team's figures are made.
type Moment struct {
	About   About
	Subject string // id of the report or incident
	Code    MomentCode
	At      time.Time // to the hour, for an anonymous report
	Since   time.Time // when the report was received, or the incident opened
	Actor   string    // of Worked
}

// About is what a moment is about.
type About string

// What moments are about.
const (
	AboutReport   About = "report"
	AboutIncident About = "incident"
)

// MomentCode says what happened.
type MomentCode string

// What happens. Only the first Acknowledged and the first Triaged of a report or an incident count.
const (
	Arrived      MomentCode = "arrived"      // a report was received, an incident opened
	Acknowledged MomentCode = "acknowledged" // a person dealt with it
	Triaged      MomentCode = "triaged"      // a report is new no more, an incident has a class
	Contained    MomentCode = "contained"    // an incident does no more harm; a person says so
	Uncontained  MomentCode = "uncontained"  // it was said too early
	Closed       MomentCode = "closed"
	Reopened     MomentCode = "reopened"
	Untriaged    MomentCode = "untriaged" // with Undone: the report is new again
	Undone       MomentCode = "undone"    // the closing was a mistake, and is as if it had never been
	Worked       MomentCode = "worked"    // a person worked on it
)

// moment tells who keeps figures. A Worked of nobody who is a person is not told.
func (s *Service) moment(tx *sqldb.Tx, m Moment) error {
	if s.o.Moment == nil || m.Code == Worked && m.Actor == "" {
		return nil
	}
	return s.o.Moment(tx, m)
}

// acting is who works, if it is a person.
func acting(actor identity.Actor) string {
	if actor.Kind == identity.Person || actor.Kind == identity.OSUserKind {
		return actor.ID
	}
	return ""
}

// arrived tells of a new report, and that who wrote it down has dealt with it.
func (s *Service) arrived(tx *sqldb.Tx, actor identity.Actor, r *record) error {
	if err := s.moment(tx, Moment{About: AboutReport, Subject: r.ID, Code: Arrived, At: r.Received, Since: r.Received}); err != nil {
		return err
	}
	return s.dealt(tx, actor, r, r.Received)
}

// dealt tells that a person deals with a report.
func (s *Service) dealt(tx *sqldb.Tx, actor identity.Actor, r *record, now time.Time) error {
	if acting(actor) == "" {
		return nil
	}
	m := Moment{About: AboutReport, Subject: r.ID, Code: Acknowledged, At: r.at(now), Since: r.Received}
	if err := s.moment(tx, m); err != nil {
		return err
	}
	m.Code, m.Actor = Worked, actor.ID
	return s.moment(tx, m)
}

// turned tells that a report went from one state to another.
func (s *Service) turned(tx *sqldb.Tx, now time.Time, r *record, from, to State) error {
	m := Moment{About: AboutReport, Subject: r.ID, At: r.at(now), Since: r.Received}
	if from == StateNew && to != StateNew {
		m.Code = Triaged
		if err := s.moment(tx, m); err != nil {
			return err
		}
	}
	return s.ended(tx, m, over(from), over(to))
}

func over(s State) bool { return s == StateResolved || s == StateRejected }

// undone tells that a report has the state again that it had before it became a duplicate.
func (s *Service) undone(tx *sqldb.Tx, r *record) error {
	m := Moment{About: AboutReport, Subject: r.ID, Code: Undone, At: r.at(s.now()), Since: r.Received}
	if err := s.moment(tx, m); err != nil || r.State != StateNew {
		return err
	}
	m.Code = Untriaged
	return s.moment(tx, m)
}

// openedIncident tells of a new incident.
func (s *Service) openedIncident(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord) error {
	if err := s.moment(tx, Moment{About: AboutIncident, Subject: i.ID, Code: Arrived, At: i.Opened, Since: i.Opened}); err != nil {
		return err
	}
	if err := s.worked(tx, actor, i, i.Opened); err != nil {
		return err
	}
	return s.classed(tx, i, i.Opened)
}

// classed tells that an incident has a class. That is not the classification as major or significant, from which laws count.
func (s *Service) classed(tx *sqldb.Tx, i *incidentRecord, now time.Time) error {
	if i.Class == "" {
		return nil
	}
	return s.moment(tx, Moment{About: AboutIncident, Subject: i.ID, Code: Triaged, At: now, Since: i.Opened})
}

// turnedIncident is turned for an incident.
func (s *Service) turnedIncident(tx *sqldb.Tx, now time.Time, i *incidentRecord, from, to Stage) error {
	return s.ended(tx, Moment{About: AboutIncident, Subject: i.ID, At: now, Since: i.Opened}, from != StageOpen, to != StageOpen)
}

func (s *Service) ended(tx *sqldb.Tx, m Moment, before, after bool) error {
	if before == after {
		return nil
	}
	m.Code = Closed
	if before {
		m.Code = Reopened
	}
	return s.moment(tx, m)
}

// worked tells that a person worked on an incident.
func (s *Service) worked(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, now time.Time) error {
	return s.workedIn(tx, actor, i.ID, i.Opened, now)
}

// workedIn is worked for an incident by its id. The first who works on one acknowledges it.
func (s *Service) workedIn(tx *sqldb.Tx, actor identity.Actor, incident string, opened, now time.Time) error {
	m := Moment{About: AboutIncident, Subject: incident, Code: Acknowledged, At: now, Since: opened, Actor: acting(actor)}
	if m.Actor == "" {
		return nil
	}
	if err := s.moment(tx, m); err != nil {
		return err
	}
	m.Code = Worked
	return s.moment(tx, m)
}

// workedOn is worked for several, now.
func (s *Service) workedOn(tx *sqldb.Tx, actor identity.Actor, list ...*incidentRecord) error {
	for _, i := range list {
		if err := s.worked(tx, actor, i, s.now()); err != nil {
			return err
		}
	}
	return nil
}
