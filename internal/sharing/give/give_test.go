package give_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/test/station"
)

// world is a house that tells of one thing, with a collection for two teams and one for itself.
type world struct {
	*testing.T
	s      *station.Station
	give   *give.Service
	c, own sharing.Collection
	thing  give.Thing
	tokens map[string]string // of the teams, by their login
	orgs   map[string]string
}

// second is another person of the team.
var second = identity.Actor{ID: "os:ada", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}

func open(t *testing.T) *world {
	w := &world{T: t, s: station.Open(t, station.Options{Bare: true}), tokens: map[string]string{}, orgs: map[string]string{}}
	a, system := w.s.App, identity.System("test")
	w.peer("north")
	w.peer("south")
	g, err := a.Teams.PutGroup(t.Context(), system, team.Group{Name: "Friends", Cap: tlp.Amber, Members: []string{w.orgs["north"], w.orgs["south"]}})
	w.must(err)
	w.c, err = a.Sharing.Open(t.Context(), system, sharing.Draft{Title: "Community", Alias: "community", Group: g.ID, CanRead: true, Label: tlp.Amber})
	w.must(err)
	w.own, err = a.Sharing.Open(t.Context(), system, sharing.Draft{Title: "Ours", Alias: "ours", CanRead: true, Label: tlp.Green})
	w.must(err)
	w.give = give.New(give.Options{
		DB: a.DB, Clock: w.s.Clock, Sharing: a.Sharing, Release: a.Release, Secret: a.Keys.Secret, Self: convert.Party{ID: release.Team, Name: "CERT-EX"},
		Audience: w.audience, Thing: func(context.Context, identity.Actor, string, release.Recipient) (give.Thing, error) {
			return w.thing, nil
		},
	})
	w.tell("files.exe")
	return w
}

// audience is the group of a collection, as app has it.
func (w *world) audience(_ context.Context, c sharing.Collection) (release.Recipient, error) {
	if us := w.s.App.Config.Team; c.Group == "" {
		return release.Recipient{As: release.Self, Organisation: constituency.Organisation{ID: release.Team, Name: us.Name}, Contact: release.TeamContact(us.Email)}, nil
	}
	return release.Recipient{
		Organisation: constituency.Organisation{ID: c.Group, Name: "Friends", Kind: constituency.Peer},
		Contact:      constituency.Contact{ID: c.ID, Organisation: c.Group, Channel: constituency.Webhook, Address: taxii.Root, Purpose: constituency.Security},
	}, nil
}

// peer makes a team that reads by TAXII.
func (w *world) peer(name string) {
	w.Helper()
	a, system := w.s.App, identity.System("test")
	o, err := a.Register.AddOrganisation(w.Context(), system, constituency.Organisation{Name: "CERT-" + name, Kind: constituency.Peer})
	w.must(err)
	_, err = a.Teams.Put(w.Context(), system, team.Team{Organisation: o.ID, Handling: tlp.AmberStrict})
	w.must(err)
	_, err = a.Register.AddContact(w.Context(), system, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: name + "@cert.example", Purpose: constituency.Security})
	w.must(err)
	now := w.s.Clock.Now()
	_, err = a.Teams.Sign(w.Context(), system, team.Agreement{
		Organisation: o.ID, Kind: team.NDA, Version: "1", Signed: now, SignedUs: "us", SignedThem: "them", From: now.Add(-time.Minute), Out: tlp.Amber, In: tlp.Amber,
	})
	w.must(err)
	who, _, err := a.Accounts.Add(w.Context(), system, account.Draft{Login: name, Roles: []identity.Role{identity.Peer}, Organisation: o.ID})
	w.must(err)
	w.orgs[name] = o.ID
	w.tokens[name], _, err = a.Programs.Make(w.Context(), system, apitoken.Draft{Name: "t", Scopes: []identity.Scope{identity.SharingRead}, For: who.ID})
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// tell makes the thing: an incident at a victim, with a file of that name.
func (w *world) tell(file string) {
	names := leak.NewNames()
	names.Add(leak.Organisation, "Klinikum Nord")
	w.thing = give.Thing{
		Item: release.Item{Kind: "incident", ID: "i1", Version: "1", Terms: release.Terms{Label: tlp.Amber}, Holds: release.Victim | release.Technical, Count: 1},
		Ref:  "I-1", Title: "Trouble", Names: names,
		Fill: func(s *convert.Set, _ tlp.Label) ([]string, int) {
			_, without := s.Incident(convert.Incident{
				ID: "i1", Ref: "I-1", Title: "Trouble at Klinikum Nord", State: "open", Opened: w.s.Clock.Now().Add(-time.Hour), Changed: w.s.Clock.Now().Add(-time.Hour),
				Parties:     []convert.Party{{ID: "v", Name: "Klinikum Nord", Part: convert.Victim, Contact: "it@nord.example"}},
				Observables: []convert.Observable{{ID: "o", Kind: "filename", Value: file}, {ID: "p", Kind: "iban", Value: "x"}},
			})
			return without, 0
		},
	}
}

// read reads the collection as a team, by TAXII.
func (w *world) read(name string) string {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.s.URL+"/taxii2/firehall/collections/community/objects/", nil)
	w.must(err)
	req.SetBasicAuth(name, w.tokens[name])
	req.Header.Set("Accept", "application/taxii+json;version=2.1")
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode != http.StatusOK {
		w.Fatalf("%s reads: %s %s", name, res.Status, text)
	}
	return string(text)
}

func (w *world) draft(collection string) give.Draft {
	w.Helper()
	d, err := w.give.Draft(w.Context(), w.s.Actor, "i1", collection)
	w.must(err)
	return d
}

// all is what the objects of a draft say.
func all(d give.Draft) string {
	var b strings.Builder
	for _, o := range d.Objects {
		b.Write(o.Raw)
	}
	return b.String()
}

// A draft says what would go, to whom, and what became of each field of it.
func TestDraft(t *testing.T) {
	w := open(t)
	tests := []struct {
		name, collection string
		change           func(*release.Item)
		outcome          release.Outcome
		rule             string
		tells            bool // of the victim
	}{
		{"to a group", "community", nil, release.AllowedRedacted, "group", false},
		{"to the team, of too strict a label", "ours", nil, release.Refused, give.RuleLabel, false},
		{"to the team", "ours", func(i *release.Item) { i.Terms.Label = tlp.Green }, release.Allowed, "team", true},
		{"restricted, to the team", "ours", func(i *release.Item) { i.Terms.Label, i.Marks = tlp.Green, release.Restricted }, release.Refused, give.RuleRestricted, false},
		{"restricted, to a group", "community", func(i *release.Item) { i.Marks = release.Restricted }, release.Second, "restricted-partner", false},
		{"red, to a group", "community", func(i *release.Item) { i.Terms.Label = tlp.Red }, release.Refused, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.tell("files.exe")
			if tt.change != nil {
				tt.change(&w.thing.Item)
			}
			d := w.draft(tt.collection)
			if d.Outcome != tt.outcome || tt.rule != "" && d.Rule != tt.rule || d.Reason == "" {
				t.Errorf("%s by %s: %s", d.Outcome, d.Rule, d.Reason)
			}
			if strings.Contains(all(d), "Klinikum") != tt.tells || (len(d.Objects) > 0) != (tt.outcome != release.Refused) {
				t.Errorf("%d objects: %s", len(d.Objects), all(d))
			}
			_, err := w.give.Put(t.Context(), w.s.Actor, "i1", tt.collection, d.Stamp)
			if d.Goes() != (err == nil) {
				t.Errorf("it goes: %v, and putting it says %v", d.Goes(), err)
			}
		})
	}
	w.tell("files.exe")
	d := w.draft("community")
	became := map[string]convert.Became{}
	for _, c := range d.Changed {
		became[c.Type+" "+c.Field] = c.Became
	}
	want := map[string]convert.Became{"incident title": convert.Cleaned, "incident ref": convert.Removed, "identity name": convert.Replaced, "identity contact_information": convert.Removed}
	for field, how := range want {
		if became[field] != how {
			t.Errorf("%s was %q", field, became[field])
		}
	}
	if len(d.Without) != 1 || d.Without[0] != "iban" {
		t.Errorf("left out: %v", d.Without)
	}
}

// A copy that names the victim does not go, whatever was decided, until a second person lets exactly this copy go.
func TestLeakStops(t *testing.T) {
	w := open(t)
	w.tell("Klinikum Nord.docx")
	d := w.draft("community")
	if d.Goes() || len(d.Leaks) == 0 || len(d.Found) != len(d.Leaks) {
		t.Fatalf("leaks: %v", d.Leaks)
	}
	if at := d.Found[0].Place[0]; d.Objects[at.Number-1].Type != "file" {
		t.Errorf("the place is said to be %+v", at)
	}
	_, err := w.give.Put(t.Context(), w.s.Actor, "i1", "community", d.Stamp)
	stop, ok := release.Leaks(err)
	if !ok || w.read("north") != "{}" {
		t.Fatalf("%v, and the collection holds %s", err, w.read("north"))
	}
	w.must(w.s.App.Release.AskLeak(t.Context(), w.s.Actor, stop.ID, "they have to know the file"))
	if err := w.s.App.Release.SettleLeak(t.Context(), w.s.Actor, stop.ID, true, "I say so myself"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("who asked agrees: %v", err)
	}
	w.must(w.s.App.Release.SettleLeak(t.Context(), second, stop.ID, true, "I looked at it"))
	if _, err := w.give.Put(t.Context(), w.s.Actor, "i1", "community", d.Stamp); err != nil {
		t.Errorf("after a second person agreed: %v", err)
	}
	w.tell("Klinikum Nord.pdf")
	if _, err := w.give.Put(t.Context(), w.s.Actor, "i1", "community", ""); err == nil {
		t.Error("another copy goes by the same word")
	}
}

// Who asked cannot be the second person; once another one agreed it goes, stays, and is taken out when it would need to be asked about something else.
func TestSecondPerson(t *testing.T) {
	w := open(t)
	_, err := w.give.Put(t.Context(), w.s.Actor, "i1", "community", "")
	w.must(err)
	w.thing.Item.Marks = release.Restricted
	system := identity.System("sharing")
	if n, err := w.give.Review(t.Context(), system); n != 1 || err != nil {
		t.Errorf("what nobody agreed to was left there: %d, %v", n, err)
	}
	d := w.draft("community")
	_, err = w.give.Put(t.Context(), w.s.Actor, "i1", "community", d.Stamp)
	asked, ok := release.Stopped(err)
	if d.Goes() || !ok || asked.Outcome != release.Second {
		t.Fatalf("%s, %v", d.Outcome, err)
	}
	if d = w.draft("community"); d.Waits != asked.ID {
		t.Errorf("it waits for %q, not %q", d.Waits, asked.ID)
	}
	if _, err := w.s.App.Release.Approve(t.Context(), w.s.Actor, asked.ID, "I agree with myself"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("who asked agrees: %v", err)
	}
	_, err = w.s.App.Release.Approve(t.Context(), second, asked.ID, "they have to know")
	w.must(err)
	if d = w.draft("community"); !d.Goes() || d.Rule != give.RuleSecond || d.Reason != "they have to know" || d.Waits != "" {
		t.Errorf("%s by %s: %s", d.Outcome, d.Rule, d.Reason)
	}
	_, err = w.give.Put(t.Context(), w.s.Actor, "i1", "community", d.Stamp)
	w.must(err)
	if n, err := w.give.Review(t.Context(), system); n != 0 || err != nil {
		t.Errorf("what a person agreed to was taken out: %d, %v", n, err)
	}
}

// A withdrawal takes all of it out and nothing else; who read it is known, and they alone.
func TestWithdrawal(t *testing.T) {
	w := open(t)
	_, err := w.give.Put(t.Context(), w.s.Actor, "i1", "community", "")
	w.must(err)
	if text := w.read("north"); !strings.Contains(text, "files.exe") || strings.Contains(text, "Klinikum") {
		t.Fatalf("north reads %s", text)
	}
	for reason, kind := range map[string]problem.Kind{"": problem.Invalid, " \n\x00": problem.Invalid, strings.Repeat("é", give.MaxReason+1): problem.Invalid} {
		if _, err := w.give.Withdraw(t.Context(), w.s.Actor, "i1", "community", reason); !problem.Is(err, kind) {
			t.Errorf("for %.20q: %v", reason, err)
		}
	}
	n, err := w.give.Withdraw(t.Context(), w.s.Actor, "i1", "community", "=cmd() it was\nwrong")
	if err != nil || n == 0 || w.read("south") != "{}" {
		t.Errorf("%d objects, %v, and south reads %s", n, err, w.read("south"))
	}
	if _, err := w.give.Withdraw(t.Context(), w.s.Actor, "i1", "community", "again"); !problem.Is(err, problem.NotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
	copies, err := w.s.App.Release.Holders(t.Context(), w.s.Actor, "incident", "i1")
	if err != nil || len(copies) != 1 || copies[0].Organisation != w.orgs["north"] {
		t.Fatalf("holders: %+v, %v", copies, err)
	}
	reached, err := w.s.App.Release.Correct(t.Context(), w.s.Actor, release.Correction{Item: w.thing.Item, Words: "It was another file.", Recall: true})
	if err != nil || len(reached) != 1 || reached[0].Address != "north@cert.example" || reached[0].Letter == "" {
		t.Errorf("recalled from %+v, %v", reached, err)
	}
	var reason string
	w.must(w.s.App.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT reason FROM audit_payload WHERE operation = $1 AND reason <> ''`, string(sharing.OpAdd)).Scan(&reason)
	}))
	if reason != "=cmd() it was wrong" {
		t.Errorf("on record stands %q", reason)
	}
}
