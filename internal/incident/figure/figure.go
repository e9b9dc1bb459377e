package figure

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations.
const (
	OpRead    identity.Operation = "figure.read"
	OpPeople  identity.Operation = "figure.people" // the work of each person, and not the actor's own alone
	OpContain identity.Operation = "incident.contain"
)

// Counts are how many there were in a period.
type Counts struct {
	New      int `json:"new"`
	Closed   int `json:"closed"`
	Reopened int `json:"reopened"`
	Open     int `json:"open"` // at the end of the period
}

// Lapse is how long something took: of how many, and the 50th and the 90th percentile (nearest rank).
type Lapse struct {
	N      int           `json:"n"`
	Median time.Duration `json:"median_ns"`
	P90    time.Duration `json:"p90_ns"`
}

// Lapses are the times of what happened in a period, from when a report was received or an incident opened. Of closings only those count that still
// stand.
type Lapses struct {
	Acknowledge Lapse `json:"acknowledge"` // until a person first dealt with it
	Triage      Lapse `json:"triage"`      // until a report was new no more, or an incident had a class
	Contain     Lapse `json:"contain"`     // incidents
	Close       Lapse `json:"close"`
}

// Part are the figures of reports, or of incidents.
type Part struct {
	Counts
	Lapses Lapses `json:"lapses"`
}

// Period are the figures of one period.
type Period struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"` // not included
	Reports   Part      `json:"reports"`
	Incidents Part      `json:"incidents"`
}

// OfClass are the counts of one class; "" is that of what has none.
type OfClass struct {
	Class     rsit.Class `json:"class"`
	Reports   int        `json:"reports"` // that came
	Incidents int        `json:"incidents"`
}

// Person is what somebody worked on.
type Person struct {
	Account   string `json:"account"`
	Reports   int    `json:"reports"`   // that they worked on
	Incidents int    `json:"incidents"` // that they worked on
	Hours     int    `json:"hours"`     // in which they worked on something
	Assigned  int    `json:"assigned"`  // reports and incidents that are theirs now and not done
}

// Stint is what somebody worked on in one hour of the week, in the team's zone.
type Stint struct {
	Account string `json:"account"`
	Weekday int    `json:"weekday"` // 1 is Monday
	Hour    int    `json:"hour"`    // 0 to 23
	Things  int    `json:"things"`  // reports and incidents, each counted in each hour in which it was worked on
}

// Hour is an hour of the week in the team's zone.
type Hour struct {
	Arrived int `json:"arrived"` // reports that came
	Worked  int `json:"worked"`  // things that were worked on, each person by itself
}

// Clock are the duties of one kind that fell due in the time asked of.
type Clock struct {
	Duty   string `json:"duty"` // "nis2/incident"
	Law    string `json:"law"`  // name
	Stage  string `json:"stage"`
	Name   string `json:"name"` // of the stage
	French string `json:"fr,omitempty"`
	By     string `json:"by"` // who owes it: constituent, team
	Kept   int    `json:"kept"`
	Missed int    `json:"missed"` // done too late, or overdue
	Open   int    `json:"open"`   // not due yet
}

// Figures are the answer to a question.
type Figures struct {
	Step      Step        `json:"step"`
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"` // not included
	Periods   []Period    `json:"periods"`
	Reports   Part        `json:"reports"`
	Incidents Part        `json:"incidents"`
	Classes   []OfClass   `json:"classes"` // the most frequent first
	People    []Person    `json:"people"`
	Others    bool        `json:"others"`           // People holds all who worked, and not the reader alone
	Hours     [7][24]Hour `json:"hours"`            // from Monday
	Workload  []Stint     `json:"workload"`         // of each of People, by person, day and hour
	Clocks    []Clock     `json:"clocks,omitempty"` // nil: nobody keeps clocks
}

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Zone      *time.Location // in which days and weeks begin
	Incidents *incident.Service
	// Clocks counts the duties that fell due in a time, of the incidents that the actor may see and that q is about; nil: nobody keeps clocks. None that
	// it may tell of is nil too.
	Clocks func(ctx context.Context, actor identity.Actor, q Question, from, to time.Time) ([]Clock, error)
}

// Service is the room. It is safe for concurrent use.
type Service struct{ o Options }

// New makes the room.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Service{o}
}

// Ask answers a question from what the actor may see. Errors: Invalid.
func (s *Service) Ask(ctx context.Context, actor identity.Actor, q Question) (out Figures, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	if err := q.check(s.o.Clock.Now()); err != nil {
		return out, err
	}
	a := answer{q: q, actor: actor, bounds: q.bounds(s.o.Zone), zone: s.o.Zone}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if a.sight, err = s.o.Incidents.SightOf(tx, actor); err != nil {
			return err
		}
		out, err = a.figures(tx)
		return err
	})
	if err != nil || s.o.Clocks == nil {
		return out, err
	}
	out.Clocks, err = s.o.Clocks(ctx, actor, q, out.From, out.To)
	return out, err
}
