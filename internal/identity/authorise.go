package identity

import (
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// Operation names something that may be asked or changed: the room, a dot and a
// verb, as in "constituency.import". Rooms declare theirs as constants, and each
// has its line in the table below.
type Operation string

// Who may do an operation: kinds of actors.
var (
	// team is everybody who is here: people who are logged in, who owns the
	// data folder, and Firehall itself. Roles will divide it.
	team = []ActorKind{Person, OSUserKind, SystemKind}
	// machine is who owns the data folder, and Firehall itself: for what makes
	// keys, lets people in, or takes everything away at once.
	machine = []ActorKind{OSUserKind, SystemKind}
	// people is who is logged in.
	people = []ActorKind{Person}
	// doors is who brings events in: the team, and programs that have a token
	// for a feed, who may do nothing else.
	doors = []ActorKind{Person, OSUserKind, SystemKind, TokenKind}
)

// table is who may do what. What is not in it nobody may do. A test holds it to
// the constants of the rooms.
var table = map[Operation][]ActorKind{
	"audit.read": team,
	"audit.seal": machine,

	"backup.make":    machine,
	"backup.restore": machine,
	"backup.verify":  machine,

	"bounce.forget": machine,
	"bounce.take":   machine,

	"constituency.change": team,
	"constituency.check":  team,
	"constituency.export": team,
	"constituency.import": team,
	"constituency.read":   team,
	"constituency.who":    team,

	"delivery.bounce":  team,
	"delivery.cancel":  team,
	"delivery.confirm": team,
	"delivery.expire":  machine,
	"delivery.fail":    machine,
	"delivery.forget":  machine,
	"delivery.read":    team,
	"delivery.recall":  team,
	"delivery.release": team,
	"delivery.resume":  team,
	"delivery.retry":   team,
	"delivery.send":    team,
	"delivery.stop":    team,

	"desk.lookup":   team,
	"desk.overview": team,
	"desk.seen":     team,

	"event.compact": machine,
	"event.erase":   machine,
	"event.expire":  machine,
	"event.query":   team,
	"event.sweep":   machine,

	"feed.fetch":  machine,
	"feed.forget": machine,
	"feed.ingest": doors,
	"feed.read":   team,
	"feed.replay": team,
	"feed.resume": machine,
	"feed.revoke": team,
	"feed.tell":   machine,
	"feed.token":  team,

	"finding.apply":       machine,
	"finding.move":        team,
	"finding.read":        team,
	"finding.reattribute": team,
	"finding.search":      team,
	"finding.wake":        machine,

	"jobs.discard": team,
	"jobs.forget":  machine,
	"jobs.read":    team,
	"jobs.retry":   team,

	"keys.read":    team,
	"keys.webhook": machine,

	"notification.approve": team,
	"notification.correct": team,
	"notification.plan":    team,
	"notification.recall":  team,
	"notification.send":    team,

	"organisation.history": team,

	"queue.done":   team,
	"queue.forget": machine,
	"queue.read":   team,

	"release.decide": team,
	"release.forget": machine,
	"release.grant":  team,
	"release.read":   team,
	"release.revoke": team,

	"saved.forget": team,
	"saved.keep":   team,
	"saved.read":   team,

	"session.end":     team,
	"session.end-all": team,
	"session.link":    machine,
	"session.login":   people,
	"session.read":    team,

	"text.activate": team,
	"text.read":     team,
	"text.write":    team,
}

// Authorise returns nil if the actor may do op to the object, and else a
// problem.Forbidden. It is the first line of every operation; object is the id,
// or the name, of the very thing that is asked or changed.
func (a Actor) Authorise(op Operation, object string) error {
	if a.ID != "" && slices.Contains(table[op], a.Kind) {
		return nil
	}
	if object == "" {
		return problem.New(problem.Forbidden, "%s may not do %s", a, op)
	}
	return problem.New(problem.Forbidden, "%s may not do %s on %s", a, op, object)
}
