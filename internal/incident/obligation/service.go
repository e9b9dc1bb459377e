package obligation

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations.
const (
	OpRead    identity.Operation = "obligation.read"
	OpDecide  identity.Operation = "obligation.decide"
	OpAnchor  identity.Operation = "obligation.anchor"
	OpSubmit  identity.Operation = "obligation.submit"
	OpForward identity.Operation = "obligation.forward"
	OpExport  identity.Operation = "obligation.export"
	OpRemind  identity.Operation = "obligation.remind"
)

// maxText bounds what people write, in bytes.
const maxText = 4000

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Incidents *incident.Service
	Laws      *Laws
	Zone      *time.Location // the team's
	Holidays  []string       // 2006-01-02
	Always    []string       // duties that apply to each new incident, or report, by themselves
	Remind    []time.Duration
	// Moments gives what the team recorded of an incident by working: when it was acknowledged, triaged and contained; nil: nobody records it.
	Moments func(tx *sqldb.Tx, in *incident.Inside) (map[incident.MomentCode]time.Time, error)
	// Worked gives when a report was acknowledged and triaged; nil: nobody records it.
	Worked func(tx *sqldb.Tx, report string) (map[incident.MomentCode]time.Time, error)
	// Tell tells the team, in the transaction, that something is due soon or overdue; nil: only the pages show it.
	Tell func(tx *sqldb.Tx, n Notice) error
	// Send mails a forward about an incident in a dialogue of its own, and gives the dialogue's id; nil: nothing can be mailed.
	Send func(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, to incident.Party, subject, text string) (dialogue string, err error)
}

// Service keeps the clocks of incidents. It is safe for concurrent use.
type Service struct {
	o       Options
	reports []string  // duties of Always that are of reports
	since   time.Time // clocks that were calculated before it may have been by other laws
}

// New makes the room. Errors: Invalid for a duty of Always that no law has.
func New(o Options) (*Service, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	s := &Service{o: o, since: o.Clock.Now()}
	s.o.Always = nil
	for _, duty := range o.Always {
		l, t, err := o.Laws.Duty(duty, o.Clock.Now())
		if err != nil {
			return nil, problem.New(problem.Invalid, "clocks.always in the configuration: %v", err)
		}
		if l.Of == OfReport {
			s.reports = append(s.reports, Duty(l.ID, t.ID))
		} else {
			s.o.Always = append(s.o.Always, Duty(l.ID, t.ID))
		}
	}
	return s, nil
}

// Laws lists the laws that count now.
func (s *Service) Laws() []*Law { return s.o.Laws.All(s.o.Clock.Now()) }

// Zone is where days and months are counted, unless a law says otherwise.
func (s *Service) Zone() *time.Location { return s.o.Zone }

// Of gives the stages of all that applies to an incident, by id or ref, as they stand now. Errors: NotFound.
func (s *Service) Of(ctx context.Context, actor identity.Actor, name string) (list []Stage, err error) {
	v, err := s.View(ctx, actor, name)
	list = []Stage{}
	for _, o := range v.Obligations {
		if o.Applies {
			list = append(list, o.Stages...)
		}
	}
	return list, err
}

// View gives all about the clocks of an incident, by id or ref. Errors: NotFound.
func (s *Service) View(ctx context.Context, actor identity.Actor, name string) (v View, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		v, err = s.view(tx, in)
		return err
	})
	if err != nil {
		return View{}, err
	}
	return v, nil
}

func (s *Service) view(tx *sqldb.Tx, in *incident.Inside) (v View, err error) {
	v = View{ID: in.ID, Ref: in.Ref, Now: in.Now, Inside: in}
	if v.Obligations, err = s.obligations(tx, in); err != nil {
		return v, err
	}
	if v.Records, err = records(tx, in); err != nil {
		return v, err
	}
	if v.Files, err = s.o.Incidents.FilesIn(tx, in); err != nil {
		return v, err
	}
	if v.Moments, err = s.recorded(tx, in); err != nil {
		return v, err
	}
	all, err := anchors(tx, in)
	for _, a := range all {
		if a.Obligation == "" && !withdrawn(in, &a) {
			v.Anchors = append(v.Anchors, a)
		}
	}
	return v, err
}

// withdrawn tells whether the incident itself says, since, that a moment is not known.
func withdrawn(in *incident.Inside, a *Statement) bool {
	return own(in, a) && (a.Anchor == Aware && in.Aware.IsZero() || a.Anchor == Classified && in.Classified.IsZero())
}

// words cleans what people write.
func words(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\r\n", "\n")))
}

// short refuses what is too long, or missing where it is needed.
func short(what, s string, needed bool) (string, error) {
	s = words(s)
	switch {
	case s == "" && needed:
		return "", problem.New(problem.Invalid, "say %s: it goes on record", what)
	case len(s) > maxText:
		return "", problem.New(problem.Invalid, "%s has %d bytes, and may have %d: put the rest into a note", what, len(s), maxText)
	}
	return s, nil
}
