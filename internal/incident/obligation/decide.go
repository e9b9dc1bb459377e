package obligation

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Decision is whether a duty applies, and to whom.
type Decision struct {
	Obligation   string   `json:"obligation,omitempty"` // that it changes; empty: a new one
	Version      int64    `json:"version,omitempty"`    // of the one that it changes
	Duty         string   `json:"duty,omitempty"`       // of a new one: "nis2/incident"
	Organisation string   `json:"organisation,omitempty"`
	Who          string   `json:"who,omitempty"`
	Applies      bool     `json:"applies"`
	Facts        []string `json:"facts,omitempty"`
	Kind         Kind     `json:"kind,omitempty"`
	Entity       Entity   `json:"entity,omitempty"`
	Crossing     Answer   `json:"cross_border,omitempty"`
	Crime        Answer   `json:"suspected_crime,omitempty"`
	Reason       string   `json:"reason"`
}

func (d *Decision) check() (err error) {
	if d.Reason, err = short("why it applies, or does not", d.Reason, true); err != nil {
		return err
	}
	if d.Who, err = short("who owes it", d.Who, false); err != nil {
		return err
	}
	if len(d.Organisation) > 100 {
		return problem.New(problem.Invalid, "the organisation is none")
	}
	switch {
	case d.Kind != "" && !slices.Contains(Kinds(), d.Kind):
		return problem.New(problem.Invalid, "the kind is one of %v, and not %q", Kinds(), d.Kind)
	case d.Entity != "" && !slices.Contains(Entities(), d.Entity):
		return problem.New(problem.Invalid, "the entity is one of %v, and not %q", Entities(), d.Entity)
	case d.Crossing != "" && !slices.Contains(Answers(), d.Crossing) || d.Crime != "" && !slices.Contains(Answers(), d.Crime):
		return problem.New(problem.Invalid, "cross-border effect and suspected crime are yes or no, or empty while nobody knows")
	}
	return nil
}

// Decide records whether a duty applies to an incident, with the reason and who decided; what was decided before stays on record. One incident may bring
// one duty to several organisations. Errors: NotFound; Invalid; Conflict if it was changed since Version, or decided already for that organisation.
func (s *Service) Decide(ctx context.Context, actor identity.Actor, name string, d Decision) (out Obligation, err error) {
	if err := actor.Authorise(OpDecide, name); err != nil {
		return out, err
	}
	if err := d.check(); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		o, err := s.decide(tx, actor, in, &d)
		if err == nil {
			out, err = s.one(tx, in, o)
		}
		return err
	})
	return out, err
}

// one gives an obligation as it stands, after its clocks were renewed.
func (s *Service) one(tx *sqldb.Tx, in *incident.Inside, name string) (Obligation, error) {
	list, err := s.obligations(tx, in)
	if err != nil {
		return Obligation{}, err
	}
	i := slices.IndexFunc(list, func(o Obligation) bool { return o.ID == name })
	if i < 0 {
		return Obligation{}, gone("obligation", name)
	}
	return list[i], s.renewOne(tx, in, &list[i])
}

func (s *Service) decide(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, d *Decision) (string, error) {
	list, err := decisions(tx, in)
	if err != nil {
		return "", err
	}
	o, before, err := s.decided(in, list, d)
	if err != nil {
		return "", err
	}
	o.Applies, o.Facts, o.Kind, o.Entity, o.Crossing, o.Crime = d.Applies, sorted(d.Facts), d.Kind, d.Entity, d.Crossing, d.Crime
	o.Organisation, o.Who, o.Reason, o.By, o.At = d.Organisation, d.Who, d.Reason, actor.ID, in.Now
	o.Version++
	if err := save(tx, in, &o, o.Version-1); err != nil {
		return "", err
	}
	if err := record(tx, actor, in, Record{Obligation: o.ID, What: "decided", Object: o.Duty, Before: before, After: o.codes(), Reason: o.Reason}); err != nil {
		return "", err
	}
	if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock." + o.word(), Args: map[string]string{"law": o.Law}, Link: link(in)}); err != nil {
		return "", err
	}
	return o.ID, actor.Audit(tx, in.Now, OpDecide, in.ID, nil, map[string]any{"obligation": o.ID, "duty": o.Duty, "applies": o.Applies, "facts": o.Facts, "version": o.Version})
}

// decided finds what a decision changes, or begins a new one; before is what it was, in codes.
func (s *Service) decided(in *incident.Inside, list []Obligation, d *Decision) (o Obligation, before string, err error) {
	if d.Obligation == "" {
		o = Obligation{ID: id.NewAt(in.Now), Incident: in.ID, Duty: d.Duty}
	} else {
		i := slices.IndexFunc(list, func(o Obligation) bool { return o.ID == d.Obligation })
		if i < 0 {
			return o, "", gone("obligation", d.Obligation)
		}
		if o = list[i]; d.Version != o.Version {
			return o, "", problem.New(problem.Conflict, "that decision was changed by somebody else meanwhile (version %d, not %d): look at it again", o.Version, d.Version)
		}
		before = o.codes()
	}
	law, track, err := s.o.Laws.Duty(o.Duty, in.Opened)
	if problem.Is(err, problem.NotFound) {
		return o, "", problem.New(problem.Invalid, "%v", err)
	}
	if err != nil {
		return o, "", err
	}
	if law.Of != OfIncident {
		return o, "", problem.New(problem.Invalid, "%s is of reports, to which it applies by itself: name it in clocks.always", law.Name)
	}
	o.Duty, o.Law = Duty(law.ID, track.ID), law.Name
	for _, other := range list {
		if other.ID != o.ID && other.Duty == o.Duty && other.Organisation == d.Organisation && other.Who == d.Who {
			return o, "", problem.New(problem.Conflict, "it is decided already whether %s applies here: change that decision, or say who else owes it", law.Name)
		}
	}
	return o, before, law.Knows("", d.Facts, nil)
}

// word is what a decision is in the timeline.
func (o *Obligation) word() string {
	if o.Applies {
		return "applies"
	}
	return "not"
}

// codes writes a decision down as it goes on record.
func (o *Obligation) codes() string {
	list := []string{o.word()}
	for _, s := range append([]string{string(o.Kind), string(o.Entity), o.Who}, o.Facts...) {
		if s != "" {
			list = append(list, s)
		}
	}
	if o.Crossing != "" {
		list = append(list, "cross-border: "+string(o.Crossing))
	}
	if o.Crime != "" {
		list = append(list, "suspected crime: "+string(o.Crime))
	}
	return strings.Join(list, ", ")
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// link is the path of the page of an incident's clocks.
func link(in *incident.Inside) string { return "/incidents/" + in.ID + "/clocks" }
