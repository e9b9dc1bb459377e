package house

import (
	"os"
	"strings"
	"testing"
)

// proven says, of each sender of senders_test.go by which a field of an incident can leave, under which name TestNoVictimInAnyOutput (internal/app) looks at
// what it sends; or, after a "-", why that test does not.
var proven = map[string]string{
	"internal/app/audit.go":                     "- checkpoints of the record to the team's own mailbox: hashes",
	"internal/app/clocks.go":                    "- what the law wants told, whole, to whom it names (incident.Whole)",
	"internal/app/credential.go":                "- a person's own links",
	"internal/app/feednotice.go":                "- to the team: a feed is quiet",
	"internal/app/lapse.go":                     "- to the team: an agreement ends",
	"internal/app/mailanswer.go":                "- to who reported: TestNoPlantedNameLeaves",
	"internal/app/oncall.go":                    "- to a person of the team: a number",
	"internal/app/release.go":                   "- a person's words to who has a copy already",
	"internal/app/team.go":                      "- to a team about its own entry",
	"internal/incident/tell.go":                 "letter",
	"internal/notification/compose.go":          "notification",
	"internal/notification/correctsend.go":      "- the messages of notification, by their ids and the recipient's own findings",
	"internal/notification/send.go":             "notification",
	"internal/delivery/mail/relay.go":           "letter",
	"internal/delivery/webhook/webhook.go":      "webhook",
	"internal/app/incident.go":                  "- to a person of the team: a number",
	"internal/app/countermeasure.go":            "- it asks a resolver whether the name of the target exists, and says nothing more",
	"internal/incident/countermeasure/post.go":  "abuse API",
	"internal/incident/countermeasure/probe.go": "- it asks the target, and says nothing",
	"internal/api/blocklist/server.go":          "blocklist",
	"internal/api/taxii/media.go":               "TAXII objects",
	"internal/web/printed/printed.go":           "public document",
	"internal/web/evidence/evidence.go":         "evidence",
	"internal/api/filesexport.go":               "evidence",
}

// Whoever adds a way out says which test has looked at what goes by it.
func TestEachSenderIsLookedAt(t *testing.T) {
	raw, err := os.ReadFile("../app/victim_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for file, how := range senders {
		where := proven[file]
		switch {
		case how == asks || how == handed && where == "":
			continue // it takes, or a person of the team takes it for the team
		case where == "":
			t.Errorf("%s lets something leave: look at it in TestNoVictimInAnyOutput, and say here under which name", file)
		case !strings.HasPrefix(where, "- ") && !strings.Contains(string(raw), `"`+where+`"`):
			t.Errorf("%s: TestNoVictimInAnyOutput looks at no %q", file, where)
		}
	}
	for file := range proven {
		if senders[file] == "" {
			t.Errorf("%s is no sender any more: take its line out", file)
		}
	}
}
