package sharing

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The operations that this room asks identity about.
const (
	OpRead     identity.Operation = "sharing.read"     // what was released to somebody, by TAXII: a peer may
	OpGive     identity.Operation = "sharing.give"     // objects into a collection, by TAXII: a peer may
	OpOverview identity.Operation = "sharing.overview" // collections, objects, sources, what was set aside: the team
	OpAdd      identity.Operation = "sharing.add"      // the team's own objects; to take objects out
	OpCollect  identity.Operation = "sharing.collect"  // to open, change and close collections
	OpOrder    identity.Operation = "sharing.order"    // to have a source asked now; to dismiss what was set aside
	OpPoll     identity.Operation = "sharing.poll"     // to ask sources
	OpForget   identity.Operation = "sharing.forget"   // what is old
	OpErase    identity.Operation = "sharing.erase"    // what somebody asks to have erased; to keep something all the same
	OpExport   identity.Operation = "sharing.export"   // a thing of the team's own as STIX, for the team itself
)

// Candidate is what is to stand in a collection: objects of one source under one label, one PAP and one policy.
type Candidate struct {
	Source string // id of the organisation that gave it, "" for the team
	Label  tlp.Label
	PAP    tlp.PAP
	IEP    string // of the policy, as iep.Kept reads it
	Count  int
	Sample string // id of one of them
	Object string // id of the one that it is, if that has a schedule of its own; "" for several
}

// Verdict is the recorded decision about a candidate.
type Verdict struct {
	Allowed  bool
	Decision string // its id
	Reason   string // in words
}

// Standing is whether an organisation may read a group's collections now.
type Standing struct {
	Member bool       // of the group: who is not does not learn of the collection
	May    bool       // it is in the register, and its agreement is in force
	Reason string     // why not, in words
	Cap    *tlp.Label // the strictest label that the group shares; nil: whatever the collection takes
}

// Options are what a Service needs.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	// Decode reads what is given; Plain if nil.
	Decode Decode
	// Decide decides whether the group of a collection may have the candidates, and records it; the verdicts are in their order.
	Decide func(ctx context.Context, actor identity.Actor, c Collection, list []Candidate) ([]Verdict, error)
	// Standing tells whether an organisation is a member of the group of a collection, and may read it. It is asked in the transaction of the reading.
	Standing func(tx *sqldb.Tx, organisation string, c Collection, now time.Time) (Standing, error)
	// Outside tells why an organisation may not send objects of a type under a label, "" if it may: by the agreements with it. nil: there are none.
	Outside func(ctx context.Context, organisation, objectType string, label tlp.Label) (string, error)
	// Search looks through objects that the team itself gives and that nobody decided about by their words, for what hangs on its incidents. It gives, by
	// the id of the object, why one must not go. nil: nothing is looked through.
	Search func(ctx context.Context, actor identity.Actor, c Collection, list []Object) (map[string]string, error)
	// Audience gives the group of a collection as a recipient; the team itself where it has none. nil: nothing comes with a permit.
	Audience func(ctx context.Context, c Collection) (release.Recipient, error)
	// InForce gives, of objects whose label has a schedule, the one in force instead of their own; others are left out. nil: there are no schedules.
	InForce func(ctx context.Context, own map[string]tlp.Label) (map[string]tlp.Label, error)
	// Erased erases, in the transaction in which they go, what else is kept of objects of which no version is left; ids. nil: nothing is.
	Erased func(tx *sqldb.Tx, now time.Time, ids []string) error
	// Needed tells which of some objects something that is going on needs, and why: these stay. nil: none.
	Needed func(tx *sqldb.Tx, ids []string) (map[string]string, error)
	// Ended gives the organisations with whom all agreements are over, and since when. nil: none.
	Ended func(tx *sqldb.Tx, now time.Time) (map[string]time.Time, error)
	// Taken hears of objects that were taken in, after the commit; may be nil.
	Taken func()
}

// Service keeps collections and objects. It is safe for concurrent use.
type Service struct {
	o        Options
	receipts *sqldb.Group
}

// New returns the service over a database.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Decode == nil {
		o.Decode = Plain
	}
	if o.Taken == nil {
		o.Taken = func() {}
	}
	return &Service{o: o, receipts: sqldb.NewGroup(o.DB)}
}

// outsider tells whether an actor is of another organisation.
func outsider(actor identity.Actor) bool { return actor.Organisation != "" }
