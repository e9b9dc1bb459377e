package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// decaying is a house with a report that its reporter marked TLP:AMBER+STRICT, and agreed to relax in three years.
type decaying struct {
	*testing.T
	*App
	now  *clock.Fixed
	root identity.Actor
	item release.Item
	ref  string
	mail string
	seen map[string]bool // files of the sink
}

func startDecaying(t *testing.T) *decaying { return startDecayingOn(t, sqldb.SQLite) }

func startDecayingOn(t *testing.T, engine sqldb.Engine) *decaying {
	t.Helper()
	dir, ctx := t.TempDir(), t.Context()
	c := config.Default()
	c.Data.Dir, c.Team.Email, c.Team.Name, c.Mail.Maildir = filepath.Join(dir, "data"), "team@csirt.example", "CSIRT", filepath.Join(dir, "mail")
	if engine == sqldb.Postgres {
		c.Database.URL = sqldbtest.Migrated(t, engine)
	}
	d := &decaying{
		T: t, now: clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), root: identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"},
		mail: c.Mail.Maildir, seen: map[string]bool{},
	}
	seed(t, c)
	a, err := New(ctx, Options{Config: c, Clock: d.now, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.WithoutCancel(ctx)) })
	d.App = a
	for name, address := range map[string]string{"Region North": "soc@region.example", "Nordic Net": "abuse@nordic.example"} {
		o, err := a.Register.AddOrganisation(ctx, d.root, constituency.Organisation{Name: name, Kind: constituency.Constituent})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Register.AddContact(ctx, d.root, constituency.Contact{Organisation: o.ID, Address: address}); err != nil {
			t.Fatal(err)
		}
	}
	done, err := a.Incidents.Accept(ctx, d.root, incident.Draft{
		Door: incident.Phone, Subject: "A server", Text: "192.0.2.7 sends odd things.", TLP: tlp.AmberStrict, Reporter: incident.Reporter{Name: "Ms Berg", Email: "berg@victim.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.ref = done.Ref
	if _, err := a.Incidents.Reply(ctx, d.root, d.ref, "", "We have it, and look at it."); err != nil {
		t.Fatal(err)
	}
	if d.item, err = a.Release.ItemOf(ctx, d.root, d.ref); err != nil {
		t.Fatal(err)
	}
	return d
}

// ask is the same request each time: may they have it, and under which label?
func (d *decaying) ask(to string) (release.Outcome, tlp.Label) {
	d.Helper()
	item, err := d.Release.ItemOf(d.Context(), d.root, d.ref)
	if err != nil {
		d.Fatal(err)
	}
	who, err := d.RecipientOf(d.Context(), d.root, to)
	if err != nil {
		d.Fatal(err)
	}
	if who.As != release.Public {
		who.Chosen = d.root.ID
	}
	got, err := d.Release.Explain(d.Context(), d.root, item, who)
	if err != nil {
		d.Fatal(err)
	}
	return got.Outcome, got.Effective
}

// letters runs the clock's work twice and gives who got what since the last time, as "address: words".
func (d *decaying) letters() (out []string) {
	d.Helper()
	for range 2 { // a second look tells nobody twice
		if err := d.tellOfDecay(d.Context()); err != nil {
			d.Fatal(err)
		}
	}
	if _, err := d.Deliver(d.Context(), d.root, func(delivery.Tally) {}); err != nil {
		d.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(d.mail, "new", "*"))
	for _, f := range files {
		if d.seen[f] {
			continue
		}
		d.seen[f] = true
		text, err := os.ReadFile(f)
		if err != nil {
			d.Fatal(err)
		}
		_, to, _ := strings.Cut(string(text), "\nTo: ")
		to, _, _ = strings.Cut(to, ">")
		_, to, found := strings.Cut(to, "<")
		for _, word := range []string{"New label", "Stricter label", "Recalled", "We have it", "odd things"} {
			if found && strings.Contains(string(text), word) {
				out = append(out, to+": "+word)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (d *decaying) same(when string, got []string, want ...string) {
	d.Helper()
	if !slices.Equal(got, want) {
		d.Errorf("%s: %q, want %q", when, got, want)
	}
}

// The same request yields more as time goes, exactly by the schedule; who holds a copy gets notice; a recall reaches exactly those who had it; and a review
// reminds the team once.
func TestThreeYears(t *testing.T) {
	d := startDecaying(t)
	ctx, begin := t.Context(), d.now.Now()
	d.same("the answer", d.letters(), "berg@victim.example: We have it")
	steps := []release.Stage{{At: begin.AddDate(1, 0, 0), Label: tlp.Amber}, {At: begin.AddDate(2, 0, 0), Label: tlp.Green}, {At: begin.AddDate(3, 0, 0), Label: tlp.Clear}}
	if _, err := d.Release.Relax(ctx, d.root, release.Relaxation{Item: d.item, Stages: steps, Review: begin.AddDate(2, 6, 0), Word: "Ms Berg, by telephone"}); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		at              time.Time
		region, public  release.Outcome
		label           tlp.Label
		letters         []string
		write           bool
		reviews, holder int
	}{
		{begin, release.Refused, release.Refused, tlp.AmberStrict, nil, false, 0, 1},
		{steps[0].At.Add(-time.Millisecond), release.Refused, release.Refused, tlp.AmberStrict, nil, false, 0, 1},
		{steps[0].At, release.AllowedRedacted, release.Refused, tlp.Amber, []string{"berg@victim.example: New label"}, true, 0, 2},
		{steps[1].At.Add(-time.Millisecond), release.AllowedRedacted, release.Refused, tlp.Amber, []string{"soc@region.example: odd things"}, false, 0, 2},
		{steps[1].At, release.AllowedRedacted, release.Refused, tlp.Green, []string{"berg@victim.example: New label", "soc@region.example: New label"}, false, 0, 2},
		{steps[2].At, release.AllowedRedacted, release.AllowedRedacted, tlp.Clear, []string{"berg@victim.example: New label", "soc@region.example: New label"}, false, 1, 2},
	} {
		d.now.Set(tt.at)
		if err := d.forgetMessages(ctx, d.root); err != nil { // what is old goes, and takes nothing along that is promised
			t.Fatal(err)
		}
		if got, label := d.ask("Region North"); got != tt.region || label != tt.label {
			t.Errorf("%d: the region: %s under %s", i, got, label)
		}
		if got, label := d.ask("public"); got != tt.public || label != tt.label {
			t.Errorf("%d: the public: %s under %s", i, got, label)
		}
		d.same(tt.at.String(), d.letters(), tt.letters...)
		if tt.write {
			d.write("Region North", "soc@region.example")
		}
		tasks, err := d.Queue.List(ctx, d.root, true, 0)
		if err != nil {
			t.Fatal(err)
		}
		reviews := 0
		for _, task := range tasks {
			if task.Kind == "release-review" {
				reviews++
			}
		}
		copies, err := d.Release.Holders(ctx, d.root, d.item.Kind, d.item.ID)
		if err != nil || len(copies) != tt.holder || reviews != tt.reviews {
			t.Errorf("%d: %d copies and %d reminders, want %d and %d, %v", i, len(copies), reviews, tt.holder, tt.reviews, err)
		}
	}
	_, err := d.Release.Correct(ctx, d.root, release.Correction{Item: d.item, Words: "It was Ms Berg's server.", Recall: true})
	if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), `names the reporter "Ms Berg"`) { // the region has a copy without names
		t.Errorf("words that name somebody: %v", err)
	}
	d.same("words that name somebody", d.letters())
	for range 2 { // the same words again reach nobody twice
		if _, err := d.Release.Correct(ctx, d.root, release.Correction{Item: d.item, Words: "It was another server.", Recall: true}); err != nil {
			t.Fatal(err)
		}
	}
	d.same("the recall", d.letters(), "berg@victim.example: Recalled", "soc@region.example: Recalled")
}

// write asks a party about the report, without naming anybody.
func (d *decaying) write(name, address string) {
	d.Helper()
	contacts, err := d.Register.ContactsAt(d.Context(), d.root, address)
	if err != nil || len(contacts) != 1 {
		d.Fatal(contacts, err)
	}
	_, err = d.Incidents.Investigate(d.Context(), d.root, incident.InvestigationDraft{
		Report: d.item.ID, Party: incident.Party{Name: name, Email: address, Contact: contacts[0].ID}, Subject: "Question", Text: "Does 192.0.2.7 send odd things to you?",
	})
	if err != nil {
		d.Fatal(err)
	}
}

// Who holds a letter hears that its label was raised, once each time; who holds none, or wrote under a stricter one before, hears nothing.
func TestMailHoldersHearOfARaisedLabel(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			d := startDecayingOn(t, engine)
			d.same("the answer", d.letters(), "berg@victim.example: We have it")
			raise := func(label tlp.Label) {
				t.Helper()
				d.now.Advance(time.Hour)
				if _, err := d.Incidents.Edit(t.Context(), d.root, d.ref, 0, incident.Edit{TLP: &label}); err != nil {
					t.Fatal(err)
				}
			}
			raise(tlp.Amber) // a wider one is nobody's word yet: nobody is told of that
			d.same("made wider by hand", d.letters())
			raise(tlp.AmberStrict)
			d.same("as their copy says", d.letters())
			raise(tlp.Red)
			d.same("raised", d.letters(), "berg@victim.example: Stricter label")
			raise(tlp.Amber)
			raise(tlp.Red)
			d.same("as they were told", d.letters())
			left := 0
			if err := d.DB.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM release_raised`).Scan(&left) }); err != nil || left != 0 {
				t.Errorf("%d are to be told still, %v", left, err)
			}
		})
	}
}
