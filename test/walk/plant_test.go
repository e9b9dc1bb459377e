package walk

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

// machine is who owns the data folder.
var machine = identity.Actor{ID: "os:1000", Name: "duty", Kind: identity.OSUserKind, Via: "cli"}

// The marks: each stands in one planted text, behind a word that is searched for.
const (
	restrictedMark   = "kiwirestricted" // in all that belongs to the restricted incident
	confidentialMark = "kiwiconfident"  // in a confidential report
	anonymousMark    = "kiwianonymous"  // in an anonymous report's text
	reporterMark     = "kiwiwhoitwas"   // in what an anonymous reporter let slip about themselves: kept nowhere
	quarantinedMark  = "kiwishutaway"   // in a file that nobody may open
)

// words are what is searched for: beginnings of what is planted, which no answer to them may complete.
var words = []string{"kiwirestri", "kiwiconfid", "kiwianonym", "kiwiwhoit", "kiwishut"}

// town is an installation with things in it that not everybody may see, and the people.
type town struct {
	*testing.T
	*station.Station
	people  map[string]*walker
	streams map[string]bool   // the paths of event streams
	ids     []string          // of what is restricted: ids and refs
	things  map[string]string // of what hangs on the restricted incident: ids by the names of paths
	seen    map[string]bool   // the routes that the member was shown
	schemas huma.Registry     // of the API's bodies
	file    string            // id of a file in quarantine
	closed  string            // id of its report
}

// walker is somebody who asks.
type walker struct {
	name   string
	client *http.Client
	token  string // of a program
	id     string
	asked  int
}

func (w *town) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// actor is somebody as the rooms know them.
func (w *town) actor(name string) identity.Actor {
	w.Helper()
	a, err := w.App.Accounts.Actor(w.Context(), w.people[name].id)
	w.must(err)
	return a
}

// join makes somebody of the team, who may have signed.
func (w *town) join(name string, signed bool, roles ...identity.Role) {
	w.Helper()
	p := &walker{name: name, client: w.LoginAs(w.T, name, roles...)}
	who, err := w.App.Accounts.ByLogin(w.Context(), name)
	w.must(err)
	p.id = who.ID
	if signed {
		_, err = w.App.Accounts.Sign(w.Context(), machine, account.Agreement{Account: p.id, Kind: account.NDA})
		w.must(err)
	}
	w.people[name] = p
}

// program makes a token of somebody.
func (w *town) program(name, of string, scopes ...identity.Scope) {
	w.Helper()
	text, _, err := w.App.Programs.Make(w.Context(), w.actor(of), apitoken.Draft{Name: name, Scopes: scopes})
	w.must(err)
	w.people[name] = &walker{name: name, client: w.Stranger(w.T), token: text}
}

// build makes the town, in which nothing happened yet.
func build(t *testing.T) *town {
	w := &town{T: t, Station: station.Open(t, station.Options{Bare: true}), people: map[string]*walker{}, streams: map[string]bool{}, seen: map[string]bool{}}
	for _, r := range identity.Roles() {
		w.join(string(r), true, r)
	}
	w.join("member", true, identity.IncidentHandler)
	w.join("glass", true, identity.IncidentHandler)
	w.join("former", true, identity.IncidentHandler)
	w.join("unsigned", true, identity.IncidentHandler)
	w.join("disabled", true, identity.Manager)
	w.people["owner"] = &walker{name: "owner", client: w.Client}
	w.people["stranger"] = &walker{name: "stranger", client: w.Stranger(t)}
	for _, s := range identity.Scopes() {
		w.program("program "+string(s), string(identity.Manager), s)
	}
	w.program("program of a member", "member", identity.ReportsRead, identity.IncidentsRead, identity.NotificationsRead)
	text, _, err := w.App.Tokens.New(t.Context(), machine, "sensor", "honeynet")
	w.must(err)
	w.people["feed"] = &walker{name: "feed", client: w.Stranger(t), token: text}
	return w
}

// planted is the town with what not everybody may see.
func planted(t *testing.T) *town {
	w := build(t)
	w.plant()
	w.plantOpen()
	w.end()
	w.counted()
	return w
}

// counted waits until the overview has counted everything once: what is still being counted is no difference.
func (w *town) counted() {
	w.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		o, err := w.App.Board.Overview(w.Context(), w.actor(string(identity.Manager)))
		w.must(err)
		if !o.Critical.Pending && !o.Health.Pending && !o.Approvals.Pending && !o.Today.Pending && !o.Open.Pending && !o.Sent.Pending && !o.First.Pending {
			return
		}
		if time.Now().After(end) {
			w.Fatal("the overview does not count")
		}
	}
}

// plant puts in what is looked for. It is done by a member, and everything that hangs on the incident has the mark.
func (w *town) plant() {
	ctx, rooms, by := w.Context(), w.App.Incidents, w.actor("member")
	r, err := rooms.Accept(ctx, by, incident.Draft{
		Door: incident.Mail, Subject: mark("subject"), Text: mark("text at 192.0.2.7"), TLP: tlp.Amber, Answers: incident.Answers{Peers: true, Police: true},
		// One word of its own: a letter to a party under a name that holds the reporter's would be stopped.
		Reporter: incident.Reporter{Name: restrictedMark + "name", Email: restrictedMark + "@party.example"},
		Files:    []incident.File{{Name: restrictedMark + ".txt", Body: strings.NewReader("x")}},
	})
	w.must(err)
	out, err := rooms.Reply(ctx, by, r.ID, mark("answer"), mark("we answer"))
	w.must(err)
	i, err := rooms.OpenIncident(ctx, by, incident.Opening{
		Title: mark("title"), Summary: mark("summary"), Restricted: true, Reports: []string{r.ID}, TLP: tlp.Amber,
		Members: []incident.Member{
			{Account: w.people["former"].id, AdHoc: true, Until: w.Clock.Now().Add(5 * time.Minute), Reason: "needed"},
			{Account: w.people["unsigned"].id, Reason: "needed"},
			{Account: w.people["disabled"].id},
		},
	})
	w.must(err)
	note, err := rooms.AddNote(ctx, by, i.ID, mark("note"))
	w.must(err)
	_, err = rooms.AddNote(ctx, by, r.ID, mark("note"))
	w.must(err)
	item, err := rooms.Attach(ctx, by, i.ID, incident.File{Name: restrictedMark + ".bin", Body: strings.NewReader(restrictedMark)})
	w.must(err)
	v, err := rooms.Investigate(ctx, by, incident.InvestigationDraft{
		Incident: i.ID, Party: incident.Party{Name: mark("party"), Email: "p." + restrictedMark + "@party.example"}, Subject: mark("question"), Text: mark("who was it?"),
	})
	w.must(err)
	over := incident.ReferralDraft{
		To: incident.Party{Name: mark("police"), Email: "q." + restrictedMark + "@party.example"}, Text: mark("over to you"), Reason: "theirs", Due: w.Clock.Now().Add(48 * time.Hour),
	}
	ref, err := rooms.Refer(ctx, by, r.ID, over)
	if stop, ok := release.Stopped(err); ok && stop.Outcome == release.Second { // it leaves the members: two have to want that
		w.must(second(w.App.Release.Approve(ctx, w.actor("disabled"), stop.ID, "they have to know")))
		ref, err = rooms.Refer(ctx, by, r.ID, over)
	}
	w.must(err)
	w.must(second(w.App.AssessReports(ctx)))
	whole, err := rooms.Report(ctx, by, r.ID)
	w.must(err)
	w.ids = []string{i.ID, i.Ref, r.ID, r.Ref, note.ID, item.ID, whole.Files[0].ID, v.ID, v.Ref, ref.ID, out.Delivery, v.Messages[0].Delivery}
	w.beneath(i.ID)
	w.things["item"], w.things["note"], w.things["message"], w.things["report"] = item.ID, note.ID, v.Messages[0].ID, r.ID
}

// plantOpen puts in what the team may see, and nobody else, and what nobody may.
func (w *town) plantOpen() {
	ctx, rooms := w.Context(), w.App.Incidents
	for _, d := range []incident.Draft{
		{Door: incident.Form, Subject: "s " + confidentialMark, Text: "t " + confidentialMark, Confidential: true, Reporter: incident.Reporter{Name: "n " + confidentialMark}},
		{
			Door: incident.Form, Text: "t " + anonymousMark, Anonymous: true, Files: []incident.File{{Name: reporterMark + ".pdf", Body: strings.NewReader("x")}},
			Reporter: incident.Reporter{Name: reporterMark, Email: reporterMark + "@home.example", Phone: reporterMark}, Thread: incident.Thread{MessageID: reporterMark},
			Trust: incident.Trust{Signer: reporterMark}, Raw: strings.NewReader(reporterMark),
		},
		{
			Door: incident.API, Subject: "content", Text: "a place", Machine: &incident.Machine{Format: "xarf", Type: "content/csam"},
			Files: []incident.File{{Name: "one.bin", Body: strings.NewReader(quarantinedMark)}},
		},
	} {
		d.TLP = tlp.Amber
		r, err := rooms.Accept(ctx, identity.System("form"), d)
		w.must(err)
		if d.Machine == nil {
			continue
		}
		whole, err := rooms.Report(ctx, machine, r.ID)
		w.must(err)
		w.closed, w.file = r.ID, whole.Files[0].ID
	}
	w.must(second(w.App.AssessReports(ctx)))
}

func second[T any](_ T, err error) error { return err }

// end lets the time of some people be over.
func (w *town) end() {
	ctx := w.Context()
	w.Clock.Advance(6 * time.Minute) // the former member's
	list, err := w.App.Accounts.Agreements(ctx, machine, w.people["unsigned"].id)
	w.must(err)
	for _, g := range list {
		w.must(w.App.Accounts.End(ctx, machine, g.ID, "a test"))
	}
	w.must(second(w.App.Accounts.Disable(ctx, machine, w.people["disabled"].id, "a test")))
	w.must(w.App.Incidents.BreakGlass(ctx, w.actor("glass"), w.ids[0], "a test"))
}

// sees tells whether somebody may see the restricted incident.
func (p *walker) sees() bool { return p.name == "member" || p.name == "glass" }

// outside tells whether nobody knows them.
func (p *walker) outside() bool {
	return p.name == "stranger" || p.name == "disabled" || p.name == "feed"
}

func (p *walker) String() string { return fmt.Sprintf("the %s", p.name) }
