package identity

import (
	"slices"

	"github.com/firehall/firehall/internal/core/problem"
)

// Operation names something that may be asked or changed: the room, a dot and a
// verb, as in "constituency.import". Rooms declare theirs as constants, and each
// has its line in the table below.
type Operation string

// table is who may do what. What is not in it nobody may do. A test holds it to
// the constants of the rooms. What reads, changes, own, machine and the others
// mean stands in permission.go; each names the scope that an API token needs
// ("" is none: no token may) and the roles beside Owner and Manager, who may do
// all that a person may.
var table = map[Operation]rule{
	"account.accept":    own(),
	"account.add":       changes(""),
	"account.agreement": changes(""),
	"account.change":    changes(""),
	"account.disable":   changes(""),
	"account.enable":    changes(""),
	"account.expiry":    changes(""),
	"account.invite":    changes(""),
	"account.own":       own(),
	"account.read":      reads(AccountsRead, readers...),
	"account.role":      changes(""),

	"audit.read":       reads(AuditRead, Auditor),
	"audit.checkpoint": machine(),
	"audit.seal":       machine(),

	"backup.make":    machine(),
	"backup.restore": machine(),
	"backup.verify":  machine(),

	"bounce.forget": machine(),
	"bounce.take":   machine(),

	"constituency.change": changes(ConstituencyWrite, DutyOfficer, Liaison),
	"constituency.check":  reads(ConstituencyRead, readers...),
	"constituency.export": reads(ConstituencyRead, readers...),
	"constituency.import": changes(ConstituencyWrite, DutyOfficer, Liaison),
	"constituency.read":   reads(ConstituencyRead, all...),
	"constituency.who":    reads(ConstituencyRead, all...),

	"countermeasure.check": changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"countermeasure.edit":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"countermeasure.move":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"countermeasure.open":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"countermeasure.read":  reads(IncidentsRead, all...),
	"countermeasure.run":   machine(),

	"credential.link":     own(),
	"credential.login":    people(),
	"credential.passkey":  own(),
	"credential.password": own(),
	"credential.read":     own(),
	"credential.recovery": own(),
	"credential.refuse":   machine(),
	"credential.remove":   own(),
	"credential.reset":    changes(""),

	"delivery.bounce":   changes(NotificationsWrite, DutyOfficer, Engineer),
	"delivery.cancel":   changes(NotificationsWrite, DutyOfficer),
	"delivery.confirm":  changes(NotificationsWrite, DutyOfficer),
	"delivery.expire":   machine(),
	"delivery.fail":     machine(),
	"delivery.forget":   machine(),
	"delivery.read":     reads(NotificationsRead, all...),
	"delivery.recall":   changes(NotificationsWrite, DutyOfficer),
	"delivery.withhold": changes(NotificationsWrite, DutyOfficer),
	"delivery.release":  changes("", DutyOfficer),
	"delivery.resume":   changes("", DutyOfficer, Engineer),
	"delivery.retry":    changes(NotificationsWrite, DutyOfficer, Engineer),
	"delivery.send":     changes(NotificationsWrite, DutyOfficer),
	"delivery.stop":     changes(NotificationsWrite, DutyOfficer, IncidentHandler, Engineer),

	"desk.lookup":   reads(EventsRead, all...),
	"desk.overview": reads(FindingsRead, all...),
	"desk.seen":     own(),

	"event.compact": machine(),
	"event.erase":   machine(),
	"event.expire":  machine(),
	"event.export":  reads(EventsRead, readers...),
	"event.query":   reads(EventsRead, all...),
	"event.sweep":   machine(),

	"feed.fetch":  machine(),
	"feed.forget": machine(),
	"feed.ingest": door(FeedsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Engineer),
	"feed.read":   reads(FeedsRead, all...),
	"feed.replay": changes(FeedsWrite, DutyOfficer, Engineer),
	"feed.resume": machine(),
	"feed.revoke": changes("", Engineer),
	"feed.tell":   machine(),
	"feed.token":  changes("", Engineer),

	"figure.people": reads("", Auditor, DutyOfficer),
	"figure.read":   reads(IncidentsRead, readers...),

	"finding.apply":       machine(),
	"finding.move":        changes(FindingsWrite, handlers...),
	"finding.read":        reads(FindingsRead, all...),
	"finding.reattribute": changes(FindingsWrite, DutyOfficer, IncidentHandler, Liaison),
	"finding.search":      reads(FindingsRead, all...),
	"finding.wake":        machine(),

	"incident.assign":      changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.attach":      changes(IncidentsWrite, handlers...),
	"incident.campaign":    changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.contain":     changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.draft":       changes("", keepers...),
	"incident.edit":        changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.evidence":    reads(IncidentsRead, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Auditor),
	"incident.export":      changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst),
	"incident.expire":      machine(),
	"incident.glass":       changes("", DutyOfficer, IncidentHandler),
	"incident.hand-out":    changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"incident.investigate": changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"incident.members":     changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.merge":       changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.move":        changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.note":        changes(IncidentsWrite, keepers...),
	"incident.open":        changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.print":       reads(IncidentsRead, readers...),
	"incident.read":        reads(IncidentsRead, all...),

	"incident.relate": changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),
	"incident.split":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),

	"incident.timeline": changes(IncidentsWrite, handlers...),

	"indicator.add":    changes(SharingWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Liaison),
	"indicator.digest": machine(),
	"indicator.read":   reads(SharingRead, readers...),
	"indicator.sight":  changes(SharingWrite, handlers...),
	"indicator.watch":  machine(),

	"jobs.discard": changes(JobsWrite, DutyOfficer, Engineer),
	"jobs.forget":  machine(),
	"jobs.read":    reads(JobsRead, all...),
	"jobs.retry":   changes(JobsWrite, DutyOfficer, Engineer),

	"keys.read":    reads(NotificationsRead, all...),
	"keys.webhook": machine(),

	"lesson.act":    changes(IncidentsWrite, keepers...),
	"lesson.change": changes(IncidentsWrite, handlers...),
	"lesson.read":   reads(IncidentsRead, all...),

	"liaison.handover": changes(IncidentsWrite, DutyOfficer, IncidentHandler, Liaison),
	"liaison.log":      changes(IncidentsWrite, keepers...),
	"liaison.read":     reads(IncidentsRead, readers...),

	"notification.approve": changes("", DutyOfficer),
	"notification.correct": changes("", DutyOfficer),
	"notification.plan":    reads(NotificationsRead, readers...),
	"notification.recall":  changes(NotificationsWrite, DutyOfficer),
	"notification.send":    changes(NotificationsWrite, DutyOfficer),

	"observable.add":    changes(IncidentsWrite, handlers...),
	"observable.edit":   changes(IncidentsWrite, handlers...),
	"observable.export": reads(IncidentsRead, readers...),
	"observable.match":  machine(),
	"observable.read":   reads(IncidentsRead, all...),
	"observable.remove": changes(IncidentsWrite, handlers...),

	"obligation.anchor":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"obligation.decide":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"obligation.export":  reads(IncidentsRead, readers...),
	"obligation.forward": changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"obligation.read":    reads(IncidentsRead, all...),
	"obligation.remind":  machine(),
	"obligation.submit":  changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),

	"organisation.history": reads(ConstituencyRead, all...),

	"playbook.read":  reads(IncidentsRead, all...),
	"playbook.start": changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),

	"queue.done":   changes(NotificationsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison, Engineer),
	"queue.forget": machine(),
	"queue.read":   reads(NotificationsRead, all...),

	"release.ask":        changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.correct":    changes("", DutyOfficer, Liaison),
	"release.hand":       changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison, ArtifactAnalyst),
	"release.correspond": changes(ReportsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.decay":      machine(),
	"release.decide":     changes(NotificationsWrite, DutyOfficer, IncidentHandler),
	"release.forget":     machine(),
	"release.grant":      changes("", DutyOfficer, Liaison),
	"release.holders":    reads(NotificationsRead, readers...),
	"release.leak":       changes(ReportsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.lookup":     changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.mark":       changes(IncidentsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.name":       reads(NotificationsRead, all...), // as an export: that it was told is on record
	"release.read":       reads(NotificationsRead, all...),
	"release.receive":    changes(NotificationsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.revoke":     changes("", DutyOfficer, Liaison),
	"release.schedule":   changes("", DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"release.second":     changes("", DutyOfficer, Liaison),
	"release.take":       reads("", all...), // beside what lets them see it; that it was taken is on record

	"report.accept":       changes(ReportsWrite, keepers...),
	"report.assess":       machine(),
	"report.assign":       changes(ReportsWrite, handlers...),
	"report.call-back":    changes(ReportsWrite, handlers...),
	"report.define":       changes(""),
	"report.draft":        changes("", keepers...),
	"report.edit":         changes(ReportsWrite, handlers...),
	"report.erase":        changes(""),
	"report.forget":       machine(),
	"report.hand-back":    changes(ReportsWrite, handlers...),
	"report.link":         changes(ReportsWrite, handlers...),
	"report.mailbox":      machine(),
	"report.merge":        changes(ReportsWrite, handlers...),
	"report.move":         changes(ReportsWrite, handlers...),
	"report.note":         changes(ReportsWrite, keepers...),
	"report.read":         reads(ReportsRead, all...),
	"report.refer":        changes(ReportsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"report.remind":       machine(),
	"report.reply":        changes(ReportsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, Liaison),
	"report.receive":      machine(),
	"report.significance": changes(ReportsWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler),

	"saved.forget": changes("", keepers...),
	"saved.keep":   changes("", keepers...),
	"saved.read":   reads("", all...),

	"session.end":     changes(""),
	"session.end-all": changes(""),
	"session.link":    machine(),
	"session.login":   people(),
	"session.own":     own(),
	"session.read":    reads("", Auditor, Engineer),

	"sharing.add":      changes(SharingWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Liaison),
	"sharing.collect":  changes("", DutyOfficer, Liaison),
	"sharing.erase":    changes("", DutyOfficer, Liaison),
	"sharing.export":   reads(SharingRead, readers...),
	"sharing.forget":   machine(),
	"sharing.give":     changes(SharingWrite, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Liaison, Peer),
	"sharing.hear":     machine(),
	"sharing.order":    changes(SharingWrite, DutyOfficer, IncidentHandler, Liaison, Engineer),
	"sharing.overview": reads(SharingRead, readers...),
	"sharing.poll":     machine(),
	"sharing.read":     reads(SharingRead, append(slices.Clone(readers), Peer)...),

	"task.change": changes(IncidentsWrite, keepers...),
	"task.read":   reads(IncidentsRead, all...),

	"team.agreement": changes("", DutyOfficer, Liaison),
	"team.approve":   changes("", DutyOfficer, Liaison),
	"team.change":    changes(ConstituencyWrite, DutyOfficer, Liaison),
	"team.confirm":   changes("", DutyOfficer, Liaison),
	"team.export":    reads(ConstituencyRead, readers...),
	"team.group":     changes("", DutyOfficer, Liaison),
	"team.import":    changes(ConstituencyWrite, DutyOfficer, Liaison),
	"team.link":      machine(),
	"team.read":      reads(ConstituencyRead, all...),

	"text.activate": changes("", DutyOfficer),
	"text.read":     reads(NotificationsRead, all...),
	"text.write":    changes("", DutyOfficer, Author, Liaison),

	"token.let-in": changes("", DutyOfficer, Liaison),
	"token.make":   changes("", makers...),
	"token.own":    own(),
	"token.read":   reads("", Auditor, Engineer),
	"token.revoke": changes("", Engineer),
}

// Authorise returns nil if the actor may do op to the object, and else a
// problem.Forbidden. It is the first line of every operation; object is the id,
// or the name, of the very thing that is asked or changed.
func (a Actor) Authorise(op Operation, object string) error {
	if a.May(op) {
		return nil
	}
	what := string(op)
	if object != "" {
		what += " on " + object
	}
	return problem.New(problem.Forbidden, "%s may not do %s%s", a, what, a.lacks(op))
}

// May tells whether the actor may do op at all: for what is shown or left out
// before somebody asks. Operations ask Authorise.
func (a Actor) May(op Operation) bool {
	return a.ID != "" && table[op].lets(a)
}
