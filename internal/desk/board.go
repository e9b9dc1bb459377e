package desk

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
)

// OpOverview is looking at how everything stands.
const OpOverview identity.Operation = "desk.overview"

// Level says how bad a condition is.
type Level string

// The levels.
const (
	Warns  Level = "warning" // deserves a look
	Broken Level = "error"   // must be mended
)

// Condition is something that is not as it should be with Firehall itself, or with what it depends on.
type Condition struct {
	Check   string // what was looked at, a short word: "feed", "disk", "messages"
	Object  string // which one, where there are several: the feed's name
	Level   Level
	Message string // how it is, in words
	Do      string // what to do about it; may be empty
	Since   time.Time
	Page    string // the path of the page that shows more; empty for none
}

// HealthFunc looks at one kind of thing and tells what is not as it should be. It is asked every few seconds.
type HealthFunc func(ctx context.Context, actor identity.Actor) ([]Condition, error)

// Approvals is how much waits for a person's word.
type Approvals struct {
	Messages int      // that would go
	Findings int64    // in them
	Waits    []string // what nobody approved yet, in words: "feed shadowserver", "organisation City Hospital"; at most mostWaits
}

// BoardOptions is what the overview asks. Without a remark, it is needed.
type BoardOptions struct {
	Desk     *Desk
	Delivery *delivery.Service
	Tasks    *queue.Queue
	// Approvals says what waits for a person's word; nil: nothing is known of it.
	Approvals func(ctx context.Context, actor identity.Actor) (Approvals, error)
	Health    []HealthFunc
	// Hours counts events; nil: nothing is known of what is usual.
	Hours HoursFunc
	// Intakes is how many deliveries of feeds came ever, for the first steps; nil: not known.
	Intakes func(ctx context.Context) (int64, error)
	// Patience is how long a page waits for an answer that is not there yet; 0: defaultPatience.
	Patience time.Duration
}

// defaultPatience leaves a page within its 300 ms.
const defaultPatience = 200 * time.Millisecond

// Board answers the overview's questions for all readers together: each is asked once for everybody, in the background, not more often than
// it can be afforded. Everybody who may look sees the same; when readers come to see different things, the answers must be kept apart.
// Safe for concurrent use.
type Board struct {
	o     BoardOptions
	still *still

	critical  keeper[Critical]
	health    keeper[[]Condition]
	approvals keeper[Approvals]
	today     keeper[Today]
	open      keeper[Open]
	sent      keeper[Sent]
	first     keeper[First]
}

// NewBoard makes a board. It asks nothing until somebody looks.
func NewBoard(o BoardOptions) *Board {
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	b := &Board{o: o, still: newStill()}
	b.critical = keeper[Critical]{ask: b.askCritical, rest: time.Second}
	b.health = keeper[[]Condition]{ask: b.askHealth, rest: time.Second}
	b.approvals = keeper[Approvals]{ask: b.askApprovals, rest: 2 * time.Second}
	b.today = keeper[Today]{ask: b.askToday, rest: 2 * time.Second}
	b.open = keeper[Open]{ask: b.askOpen, rest: time.Second}
	b.sent = keeper[Sent]{ask: b.askSent, rest: time.Second}
	b.first = keeper[First]{ask: b.askFirst, rest: time.Second}
	return b
}

// Stop ends what the board is asking and waits for that; afterwards it gives what it knows.
func (b *Board) Stop() { b.still.stop() }

// asker is who asks for everybody.
var asker = identity.System("overview")

// Overview is how everything stands, in the order in which it matters at three in the morning.
type Overview struct {
	At        time.Time
	Critical  Part[Critical]
	Health    Part[[]Condition] // the worst first; none: all is well
	Approvals Part[Approvals]
	Today     Part[Today]
	Open      Part[Open]
	Sent      Part[Sent]
	First     Part[First]
	Seen      time.Time // when this reader last said that the critical findings are seen; zero: never
}

// Overview gives what is known of everything, and waits for what is not no longer than its patience. Parts fail by themselves.
func (b *Board) Overview(ctx context.Context, actor identity.Actor) (Overview, error) {
	if err := actor.Authorise(OpOverview, "overview"); err != nil {
		return Overview{}, err
	}
	o := Overview{At: b.o.Desk.o.Clock.Now()}
	until := time.Now().Add(b.o.Patience)
	b.begin(o.At)
	o.Critical = b.critical.get(b.still, o.At, time.Until(until))
	o.Health = b.health.get(b.still, o.At, time.Until(until))
	o.Approvals = b.approvals.get(b.still, o.At, time.Until(until))
	o.Today = b.today.get(b.still, o.At, time.Until(until))
	o.Open = b.open.get(b.still, o.At, time.Until(until))
	o.Sent = b.sent.get(b.still, o.At, time.Until(until))
	o.First = b.first.get(b.still, o.At, time.Until(until))
	seen, err := b.Seen(ctx, actor)
	o.Seen = seen
	return o, err
}

// begin sets all questions going at once.
func (b *Board) begin(now time.Time) {
	b.critical.get(b.still, now, 0)
	b.health.get(b.still, now, 0)
	b.approvals.get(b.still, now, 0)
	b.today.get(b.still, now, 0)
	b.open.get(b.still, now, 0)
	b.sent.get(b.still, now, 0)
	b.first.get(b.still, now, 0)
}

// First is what an installation has so far: the first steps are those that have nothing yet.
type First struct {
	Organisations int
	Intakes       int64
	Findings      bool
	Messages      bool
}

// Begun tells that nothing needs to be taught any more.
func (f First) Begun() bool { return f.Organisations > 0 && f.Intakes > 0 }

func (b *Board) askFirst(ctx context.Context) (f First, err error) {
	if f.Organisations, _, _, err = b.o.Desk.o.Register.Size(ctx, asker); err != nil {
		return f, err
	}
	if b.o.Intakes != nil {
		if f.Intakes, err = b.o.Intakes(ctx); err != nil {
			return f, err
		}
	}
	some, err := b.o.Desk.ListFindings(ctx, asker, FindingQuery{ByAddress: true, Request: one})
	f.Findings = len(some.Items) > 0
	if err != nil {
		return f, err
	}
	messages, err := b.o.Delivery.List(ctx, asker, delivery.Query{Request: one})
	f.Messages = len(messages.Items) > 0
	return f, err
}
