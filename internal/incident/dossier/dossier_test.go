package dossier

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

var (
	start = time.Date(2026, 11, 22, 9, 17, 31, 0, time.UTC)
	ada   = somebody("ada", identity.DutyOfficer)
	eve   = somebody("eve", identity.IncidentHandler) // no agreement in force
	aud   = somebody("aud", identity.Auditor)
	vol   = somebody("vol", identity.Volunteer)
)

func somebody(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// planted are the names that no outsider may read, in whatever field they stand.
var planted = []string{
	"Zelda", "Quickthorn", "zelda@victim.example", "+32 470 55 66 77", "Victim Mills", "Otherbank", "Grace Handler", "Handler", "i-am-red.example", "i-am-green.example",
	"an internal note", "a lesson of ours", "a duty of ours", "argument-of-ours", "what we wrote",
}

// house is the room with what is around it.
type house struct {
	*Service
	db        *sqldb.DB
	incidents *incident.Service
	release   *release.Service
}

var keys = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "dossier")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(keys())
	os.Exit(code)
}

func build(t *testing.T, db *sqldb.DB) *house {
	t.Helper()
	c := clock.At(start)
	told := release.New(release.Options{DB: db, Clock: c})
	s, err := incident.New(incident.Options{
		DB: db, Release: told, Clock: c, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, keys(), c), TeamName: "CERT",
		Argon:   incident.Argon{Time: 1, Memory: 64},
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) { return account == "ada", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &house{db: db, incidents: s, release: told, Service: New(Options{
		DB: db, Clock: c, Incidents: s, Team: "CERT", Sources: sources(),
		Names: func(context.Context, identity.Actor) (map[string]string, error) {
			return map[string]string{"mills": "Victim Mills", "bank": "Otherbank", "we": "City Hospital"}, nil
		},
		People: func(context.Context) (map[string]string, error) {
			return map[string]string{"ada": "Grace Handler"}, nil
		},
		Contained: func(context.Context, identity.Actor, string) (time.Time, error) { return start.Add(time.Hour), nil },
		Concerned: func(context.Context, identity.Actor, string) ([]string, error) {
			return []string{"we", "bank", "mills"}, nil
		},
	})}
}

// sources plant a name in all that other rooms tell.
func sources() []Source {
	red, green, clear := tlp.Red, tlp.Green, tlp.Clear
	of := func(kind string, items ...Item) Source {
		return Source{kind, func(context.Context, identity.Actor, string) ([]Item, int, error) { return items, 0, nil }}
	}
	return []Source{
		of(KindObservables, Item{Cells: []string{"domain", "i-am-red.example"}, Label: &red}, Item{Cells: []string{"domain", "i-am-green.example"}, Label: &green},
			Item{Cells: []string{"email", "zelda@victim.example"}, Label: &clear}, Item{Cells: []string{"domain", "i-am-clear.example"}, Label: &clear}),
		of(KindCountermeasures, Item{At: start, Cells: []string{"take-down", "asked of Otherbank", "gone"}}),
		of(KindLessons, Item{Cells: []string{"well", "a lesson of ours"}}),
		of(KindClocks, Item{Cells: []string{"nis2", "a duty of ours"}}),
		of(KindTimeline, Item{At: start, Code: "countermeasure.asked", Args: map[string]string{"party": "argument-of-ours"}}),
	}
}

const everything = "Zelda QUICKTHORN of Victim Mills (zelda@victim.example, +32 470 55 66 77) told Grace Handler, and Otherbank. The page was fetched."

// plant opens an incident with a name in every field.
func (h *house) plant(t *testing.T, label tlp.Label, restricted bool) string {
	t.Helper()
	return h.plantOf(t, label, restricted, incident.Answers{})
}

// plantOf does so with what the reporter answered.
func (h *house) plantOf(t *testing.T, label tlp.Label, restricted bool, answers incident.Answers) string {
	t.Helper()
	r, err := h.incidents.Accept(t.Context(), ada, incident.Draft{
		Door: incident.API, Subject: everything, Text: everything, Answers: answers,
		Reporter: incident.Reporter{Name: "Zelda Quickthorn", Email: "zelda@victim.example", Phone: "+32 470 55 66 77", Organisation: "Victim Mills"},
	})
	if err != nil {
		t.Fatal(err)
	}
	pap := tlp.PAPAmber
	if label == tlp.Clear { // else nothing of it is made public
		pap = tlp.PAPClear
	}
	i, err := h.incidents.OpenIncident(t.Context(), ada, incident.Opening{
		Title: "A page that steals, says Zelda", Summary: everything, TLP: label, PAP: &pap, Restricted: restricted, Reports: []string{r.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.incidents.Attach(t.Context(), ada, i.ID, incident.File{Name: "face of zelda.png", Body: strings.NewReader("a picture")}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.incidents.AddNote(t.Context(), ada, i.ID, "an internal note on Zelda"); err != nil {
		t.Fatal(err)
	}
	if err := h.incidents.Work(t.Context(), ada, i.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		for _, e := range []incident.Entry{
			{World: true, Text: everything},
			{Text: "what we wrote of Zelda"},
			{Code: "task.done", Args: map[string]string{"title": "argument-of-ours"}},
			{Code: "incident.contained"},
			{Code: "incident.resolved", Text: "what we wrote"},
		} {
			if err := h.incidents.Tell(tx, ada, in, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func (h *house) draft(t *testing.T, id string, o Order) (Document, string) {
	t.Helper()
	d, err := h.Draft(t.Context(), ada, id, o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return d, string(text)
}

func has(text, name string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(name))
}

func TestTheTeamSeesAll(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	d, text := h.draft(t, h.plant(t, tlp.Red, false), Order{Audience: Team})
	for _, name := range planted {
		if !has(text, name) {
			t.Errorf("the team is not told %q", name)
		}
	}
	if d.Label != tlp.Red || d.Blanked != 0 || len(d.Organisations) != 3 {
		t.Errorf("%+v", d)
	}
}

// No name that was planted leaves, whatever the label and whoever the outsider is.
func TestNothingPlantedLeaves(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		for _, label := range tlp.Labels() {
			id := h.plant(t, label, false)
			for _, o := range []Order{
				{Audience: Public, Statement: everything},
				{Audience: Constituent, Statement: everything},
				{Audience: Constituent, Organisation: "we", Statement: everything},
				{Audience: Authority, To: "Police", Statement: everything},
			} {
				d, text := h.draft(t, id, o)
				for _, name := range planted {
					if name == "i-am-green.example" && o.Audience != Public {
						continue // it may have that
					}
					if has(text, name) {
						t.Errorf("%s, %s: %q left", label, o.Audience, name)
					}
				}
				if d.Label > o.Audience.ceiling() {
					t.Errorf("%s, %s: labelled %s", label, o.Audience, d.Label)
				}
			}
		}
	})
}

func TestWhatIsLeftOutIsSaid(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	id := h.plant(t, tlp.Clear, false)
	d, text := h.draft(t, id, Order{Audience: Public})
	want := map[string][2]int{
		KindTimeline: {5, -1}, KindObservables: {2, 2}, KindCountermeasures: {1, 0}, KindReports: {0, 1}, KindClocks: {0, 1}, KindLessons: {0, 1}, KindNotes: {0, 1},
		KindEvidence: {0, 1},
	}
	for _, s := range d.Sections {
		if w, ok := want[s.Kind]; !ok || len(s.Rows) != w[0] || w[1] >= 0 && s.LeftOut != w[1] {
			t.Errorf("%s: %d rows, %d left out, want %v: %+v", s.Kind, len(s.Rows), s.LeftOut, w, s.Rows)
		}
	}
	if !has(text, "The page was fetched.") || !has(text, "i-am-clear.example") || d.Blanked == 0 || d.Others != 3 || d.Untold {
		t.Errorf("too much was left out: %s", text)
	}
	d, _ = h.draft(t, h.plant(t, tlp.Amber, false), Order{Audience: Public})
	if !d.Untold || d.Title != "" || d.Summary != "" || d.Label != tlp.Clear {
		t.Errorf("an amber incident is told to the public: %+v", d)
	}
	if d.Severity != "" || d.Others != 0 || len(d.Organisations)+len(d.Sections) > 0 {
		t.Errorf("how much there is of it is told to the public: %+v", d)
	}
}

func TestAConstituentIsNamedToItself(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	id := h.plant(t, tlp.Amber, false)
	d, text := h.draft(t, id, Order{Audience: Constituent, Organisation: "mills"})
	if !has(text, "Victim Mills") || has(text, "Otherbank") || has(text, "City Hospital") || len(d.Organisations) != 1 || d.Others != 2 {
		t.Errorf("%s", text)
	}
	if _, err := h.Draft(t.Context(), ada, id, Order{Audience: Constituent, Organisation: "nobody"}); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
}

// The chain of custody of each file stands in what the team prints, and in nothing else.
func TestCustodyIsPrintedForTheTeam(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	id := h.plant(t, tlp.Clear, false)
	list, _, err := h.incidents.Chains(t.Context(), ada, id, 1000)
	if err != nil || len(list) != 1 || !list[0].Verdict.Holds {
		t.Fatalf("%+v, %v", list, err)
	}
	_, body, err := h.incidents.Evidence(t.Context(), ada, list[0].ID, "to look at it")
	if err != nil {
		t.Fatal(err)
	}
	_ = body.Close()
	rows := custodyRows(t, h, Order{Audience: Team}, id)
	if len(rows) != 2 || rows[1].By != "Grace Handler" || rows[1].Cells[CustodyWhy] != "to look at it" || rows[1].Args[CustodyWrong] != "" {
		t.Fatalf("%+v", rows)
	}
	for _, a := range []Audience{Constituent, Public} {
		if got := custodyRows(t, h, Order{Audience: a}, id); got != nil {
			t.Errorf("%s is told %+v", a, got)
		}
	}
	if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE evidence_custody SET reason = 'another' WHERE step = 2`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if rows = custodyRows(t, h, Order{Audience: Team}, id); rows[1].Args[CustodyWrong] != "entry" || rows[1].Args[CustodyBroken] != "2" {
		t.Errorf("a chain that was tampered with: %+v", rows[1].Args)
	}
	if list, more, err := h.incidents.Chains(t.Context(), ada, id, 0); err != nil || len(list) != 0 || more != 1 {
		t.Errorf("beyond the bound: %d, %d, %v", len(list), more, err)
	}
}

func custodyRows(t *testing.T, h *house, o Order, id string) []Row {
	t.Helper()
	d, _ := h.draft(t, id, o)
	for _, s := range d.Sections {
		if s.Kind == KindCustody {
			return s.Rows
		}
	}
	return nil
}
