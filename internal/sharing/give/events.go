package give

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// Bounds of an export of events.
const (
	MostEvents  = 5000
	UsualEvents = 1000
)

// eventItem is the kind of events among what is released.
const eventItem = "observed-data"

// Event is an event as it is told.
type Event struct {
	Key           string // of all that it says: the same event has the same one
	Sight         pattern.Sight
	Type, Malware string
	Owner         *convert.Party // of the machine observed; nil when nobody knows
	Label         tlp.Label
	PAP           tlp.PAP
	IEP           *iep.Policy // nil: its source said nothing more
}

// Events is a bundle of events.
type Events struct {
	Bundle
	Events  int  // how many are told of in it
	Untimed int  // left out: STIX tells of nothing without a time
	More    bool // there are more that the query means
}

// Events gives the newest events of a query as a bundle for the team itself, n at most (0: UsualEvents): each an observed-data object with its observables,
// and where the machine observed does harm, the indicator and a sighting. Ids follow from what they stand for, so that the same event is the same objects in
// each export. That it was taken is a decision of release, and on record. Errors: Forbidden; Invalid for a query that cannot be read, or for another n.
func (s *Service) Events(ctx context.Context, actor identity.Actor, query string, n int) (out Events, err error) {
	if err := actor.Authorise(sharing.OpExport, "events"); err != nil {
		return out, err
	}
	if n = cmp.Or(n, UsualEvents); n < 0 || n > MostEvents {
		return out, problem.New(problem.Invalid, "an export as STIX has 1 to %d events: narrow the query, or export the events as CSV or JSON", MostEvents)
	}
	list, more, err := s.o.Events(ctx, actor, query, n)
	if err != nil {
		return out, err
	}
	to, err := s.o.Audience(ctx, sharing.Collection{})
	if err != nil {
		return out, err
	}
	out.More = more
	if err := s.told(&out, list); err != nil {
		return out, err
	}
	sum := sha256.Sum256([]byte(strconv.Itoa(n) + " " + query))
	item := release.Item{
		Kind: eventItem, ID: "events/" + hex.EncodeToString(sum[:8]), Version: "1", Owner: release.Team, Terms: release.Terms{Label: out.Label}, Count: int64(out.Events),
	}
	return out, s.taken(ctx, actor, item, to, map[string]any{"kind": item.Kind, "events": out.Events, "objects": len(out.bodies), "label": out.Label})
}

// told makes the objects of events, the oldest first: the first that names something says since when.
func (s *Service) told(out *Events, list []Event) error {
	ids, err := s.o.Secret(Secret)
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	set := convert.New(convert.Options{Secret: ids, Self: s.o.Self, Label: convert.Label{TLP: tlp.Amber}, Now: now})
	slices.SortStableFunc(list, func(a, b Event) int { return cmp.Or(a.Sight.Time.Compare(b.Sight.Time), cmp.Compare(a.Key, b.Key)) })
	for i := range list {
		e := &list[i]
		if e.Sight.Time.IsZero() || e.Sight.Time.After(now.Add(time.Hour)) { // a clock that goes wrong: others would refuse what is to come
			out.Untimed++
			continue
		}
		out.Events++
		set.Seen(e.seen())
	}
	made, err := set.Redact(convert.Reader{Profile: redact.For(string(release.Self)), Names: leak.NewNames()})
	out.Ref, out.bodies = "events-"+now.UTC().Format("20060102-150405"), made.Objects
	out.Label = strictest(made.Objects)
	return err
}

func (e *Event) seen() convert.Seen {
	label := convert.Label{TLP: e.Label, PAP: e.PAP, IEP: e.IEP}
	return convert.Seen{
		ID: "event " + e.Key, First: e.Sight.Time, Last: e.Sight.Time, Count: int64(e.Sight.Count), Sight: e.Sight, Type: e.Type, Malware: e.Malware, Owner: e.Owner, Label: &label,
	}
}
