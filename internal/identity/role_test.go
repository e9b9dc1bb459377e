package identity

import (
	"slices"
	"strings"
	"testing"
)

// before is what anybody could do who was logged in before there were roles.
var before = []Operation{
	"audit.read", "constituency.change", "constituency.check", "constituency.export", "constituency.import", "constituency.read",
	"constituency.who", "delivery.bounce", "delivery.cancel", "delivery.confirm", "delivery.read", "delivery.recall",
	"delivery.release", "delivery.resume", "delivery.retry", "delivery.send", "delivery.stop", "desk.lookup", "desk.overview",
	"desk.seen", "event.query", "feed.ingest", "feed.read", "feed.replay", "feed.revoke", "feed.token", "finding.move",
	"finding.read", "finding.reattribute", "finding.search", "jobs.discard", "jobs.read", "jobs.retry", "keys.read",
	"notification.approve", "notification.correct", "notification.plan", "notification.recall", "notification.send",
	"organisation.history", "queue.done", "queue.read", "release.decide", "release.grant", "release.read", "release.revoke",
	"saved.forget", "saved.keep", "saved.read", "session.end", "session.end-all", "session.login", "session.read", "text.activate",
	"text.read", "text.write",
}

// operationsOf is what a role may.
func operationsOf(r Role) map[Operation]bool {
	may := map[Operation]bool{}
	for op := range table {
		if (Actor{ID: "x", Kind: Person, Roles: []Role{r}}).May(op) {
			may[op] = true
		}
	}
	return may
}

func TestNothingIsLostToOwnerAndManager(t *testing.T) {
	for _, r := range []Role{Owner, Manager} {
		may := operationsOf(r)
		for _, op := range before {
			if !may[op] {
				t.Errorf("the %s may not do %s", r, op)
			}
		}
		for op, row := range table {
			if row.effect != Machine && !may[op] {
				t.Errorf("the %s may not do %s, which some person may", r, op)
			}
		}
	}
}

// order says which roles lie directly above which: who is above may all that who is below may.
var order = map[Role][]Role{
	Owner:                {Manager},
	Manager:              {DutyOfficer, Engineer, Auditor},
	DutyOfficer:          {IncidentHandler, Liaison},
	IncidentHandler:      {VulnerabilityHandler},
	VulnerabilityHandler: {ArtifactAnalyst},
	ArtifactAnalyst:      {Volunteer, Trainer},
	Liaison:              {Author},
	Author:               {Trainer},
}

func TestRolesAreOrdered(t *testing.T) {
	for above, list := range order {
		high := operationsOf(above)
		for _, below := range list {
			for op := range operationsOf(below) {
				if !high[op] {
					t.Errorf("the %s may do %s and the %s above may not", below, op, above)
				}
			}
		}
	}
	list := Roles()
	for i, a := range list {
		for _, b := range list[i+1:] {
			if x, y := operationsOf(a), operationsOf(b); len(x) == len(y) && !differ(x, y) {
				t.Errorf("%s and %s are one role under two names", a, b)
			}
		}
	}
}

func differ(x, y map[Operation]bool) bool {
	for op := range x {
		if !y[op] {
			return true
		}
	}
	return false
}

// readings are the verbs that read. A new one is added here by somebody who has looked that it changes nothing.
var readings = []string{
	"check", "checkpoint", "evidence", "export", "history", "holders", "lookup", "name", "overview", "people", "plan", "print", "query", "read", "search", "take", "verify", "who",
}

// owns are the rooms' own things of a person: what is done there is about nobody else.
var owns = []Operation{"account.accept", "account.own", "desk.seen", "session.login", "session.own", "token.own"}

func TestAuditorChangesNothing(t *testing.T) {
	for op := range operationsOf(Auditor) {
		_, verb, _ := strings.Cut(string(op), ".")
		own := table[op].effect == Own && (slices.Contains(owns, op) || strings.HasPrefix(string(op), "credential."))
		if !own && (table[op].effect != Reads || !slices.Contains(readings, verb)) {
			t.Errorf("the auditor may do %s, which %s", op, table[op].effect)
		}
	}
	for op, row := range table {
		if row.effect == Reads && !operationsOf(Auditor)[op] {
			t.Errorf("the auditor may not do %s", op)
		}
	}
}

func TestVolunteerHasNoSay(t *testing.T) {
	may := operationsOf(Volunteer)
	for _, op := range []Operation{
		"notification.approve", "notification.send", "notification.correct", "delivery.stop", "delivery.resume", "delivery.release", "constituency.export", "event.export",
		"constituency.change", "release.grant", "text.activate", "account.read", "audit.read", "token.make", "feed.token", "jobs.discard",
	} {
		if may[op] {
			t.Errorf("a volunteer may do %s", op)
		}
	}
	for _, op := range []Operation{"finding.read", "finding.move", "event.query", "constituency.who", "report.read", "session.own"} {
		if !may[op] {
			t.Errorf("a volunteer may not do %s", op)
		}
	}
}

func TestRoles(t *testing.T) {
	tests := []struct {
		name string
		role Role
		op   Operation
		may  bool
	}{
		{"the duty officer approves", DutyOfficer, "notification.approve", true},
		{"a handler does not", IncidentHandler, "notification.approve", false},
		{"a handler stops", IncidentHandler, "delivery.stop", true},
		{"a handler does not let go again", IncidentHandler, "delivery.resume", false},
		{"the engineer makes tokens of feeds", Engineer, "feed.token", true},
		{"the engineer does not approve", Engineer, "notification.approve", false},
		{"the engineer makes no accounts", Engineer, "account.add", false},
		{"the liaison keeps the register", Liaison, "constituency.change", true},
		{"an author writes texts", Author, "text.write", true},
		{"an author lets no text be used", Author, "text.activate", false},
		{"a trainer reads", Trainer, "finding.read", true},
		{"a trainer moves nothing", Trainer, "finding.move", false},
		{"the auditor reads the record", Auditor, "audit.read", true},
		{"the duty officer does not", DutyOfficer, "audit.read", false},
		{"a manager makes accounts", Manager, "account.role", true},
		{"a manager makes no links", Manager, "session.link", false},
		{"a constituent does nothing yet", Constituent, "finding.read", false},
		{"a peer logs in nowhere", Peer, "session.own", false},
		{"a peer reads what is shared", Peer, "sharing.read", true},
		{"a peer sees no page of it", Peer, "sharing.overview", false},
		{"a peer opens no collection", Peer, "sharing.collect", false},
		{"a role that is none", "king", "finding.read", false},
	}
	for _, tt := range tests {
		if got := (Actor{ID: "x", Kind: Person, Roles: []Role{tt.role}}).May(tt.op); got != tt.may {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	both := Actor{ID: "x", Kind: Person, Roles: []Role{Auditor, Author}}
	if !both.May("audit.read") || !both.May("text.write") || both.May("finding.move") {
		t.Error("two roles are not what both may")
	}
	if (Actor{Kind: Person, Roles: []Role{Manager}}).May("finding.read") {
		t.Error("nobody is a manager")
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range Roles() {
		if got, err := ParseRole(" " + strings.ToUpper(string(r))); err != nil || got != r {
			t.Errorf("%s: %s, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "owner", "constituent", "king"} {
		if r, err := ParseRole(name); err == nil {
			t.Errorf("%q is %s", name, r)
		}
	}
}
