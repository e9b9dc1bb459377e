package liaison

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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
	start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	bob   = identity.Actor{ID: "bob", Name: "bob", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	eve   = identity.Actor{ID: "eve", Name: "eve", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	vol   = identity.Actor{ID: "vol", Name: "vol", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Volunteer}}
)

const hostile = "<script>alert(1)</script>\u202e =cmd\x00 é"

type house struct {
	*Service
	db        *sqldb.DB
	incidents *incident.Service
	release   *release.Service
}

func build(t *testing.T, db *sqldb.DB) *house {
	t.Helper()
	now := clock.At(start)
	told := release.New(release.Options{DB: db, Clock: now})
	rooms, err := incident.New(incident.Options{
		DB: db, Release: told, Argon: incident.Argon{Time: 1, Memory: 64}, Clock: now, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, t.TempDir(), now), TeamName: "CERT",
		InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) { return account == "bob", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &house{New(rooms), db, rooms, told}
}

func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

func (h *house) opened(t *testing.T, restricted bool) string {
	t.Helper()
	i, err := h.incidents.OpenIncident(t.Context(), bob, incident.Opening{Title: "Something", TLP: tlp.Green, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func only[T any](_ T, err error) error { return err }

func TestAHandover(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		item, err := h.incidents.Attach(t.Context(), bob, i, incident.File{Name: "disk.img", MediaType: "application/octet-stream", Body: strings.NewReader("x")})
		if err != nil {
			t.Fatal(err)
		}
		one, err := h.Consider(t.Context(), bob, i, Facts{Agency: hostile, Items: []string{item.ID, item.ID}}, "the victim asks")
		if err != nil || one.State != Considered || len(one.Items) != 1 || strings.ContainsRune(one.Agency, 0) {
			t.Fatalf("%+v, %v", one, err)
		}
		move := func(version int64, name, note string) error {
			return h.Move(t.Context(), bob, i, one.ID, version, name, note)
		}
		if err := move(1, "decide", ""); !problem.Is(err, problem.Conflict) {
			t.Errorf("without a legal basis: %v", err)
		}
		f := Facts{Agency: "Police", Basis: "the victim's consent", What: "a disk", Items: []string{item.ID}}
		if _, err := h.Edit(t.Context(), bob, i, one.ID, 1, f); err != nil {
			t.Fatal(err)
		}
		for n, name := range []string{"decide", "hand-over", "acknowledge"} {
			if err := move(int64(n+2), name, ""); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		h.handed(t, item.ID, "Police")
		f.Reference = "K-2026-1"
		if _, err := h.Edit(t.Context(), bob, i, one.ID, 5, f); err != nil {
			t.Errorf("their reference, after: %v", err)
		}
		f.What = "nothing"
		if _, err := h.Edit(t.Context(), bob, i, one.ID, 6, f); !problem.Is(err, problem.Conflict) {
			t.Errorf("what was handed over changes after: %v", err)
		}
		if err := move(6, "close", " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("closed for nothing: %v", err)
		}
		if err := move(6, "close", "they have all"); err != nil {
			t.Fatal(err)
		}
		b, err := h.Book(t.Context(), bob, i)
		if err != nil || len(b.Handovers) != 1 || len(b.Files) != 1 {
			t.Fatalf("%+v, %v", b, err)
		}
		got := b.Handovers[0]
		if got.State != Closed || len(got.Steps) != 5 || got.Steps[4].Note != "they have all" || got.Reference != "K-2026-1" {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheLogs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		e, err := h.Log(t.Context(), bob, i, EntryDraft{Track: Media, At: start.Add(-time.Hour), Approver: "boss", Said: Said{Who: "A. Writer", Asked: hostile, Said: "Nothing yet."}})
		if err != nil {
			t.Fatal(err)
		}
		d := EntryDraft{At: start, Approver: "boss", Said: Said{Who: "A. Writer", Said: "All is well."}}
		if _, err := h.EditEntry(t.Context(), eve, i, e.ID, 1, d); err != nil {
			t.Fatal(err)
		}
		_, err = h.EditEntry(t.Context(), bob, i, e.ID, 1, d)
		var c *incident.Clash
		if !errors.As(err, &c) || c.By != "eve" {
			t.Errorf("two people: %+v, %v", c, err)
		}
		if _, err := h.Log(t.Context(), bob, i, EntryDraft{Track: Liaison, At: start, Said: Said{Organisation: "Peer CERT", Asked: "Who?"}}); err != nil {
			t.Fatal(err)
		}
		b, err := h.Book(t.Context(), eve, i)
		if err != nil || len(b.On(Media)) != 1 || len(b.On(Liaison)) != 1 || b.On(Media)[0].Said.Said != "All is well." {
			t.Errorf("%+v, %v", b, err)
		}
		if err := h.RemoveEntry(t.Context(), bob, i, e.ID, 2, "another incident"); err != nil {
			t.Fatal(err)
		}
		if b, _ := h.Book(t.Context(), bob, i); len(b.On(Media)) != 0 {
			t.Error("it is still there")
		}
	})
}

func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i, hidden := h.opened(t, false), h.opened(t, true)
		other, err := h.incidents.Attach(t.Context(), bob, hidden, incident.File{Name: "x", MediaType: "text/plain", Body: strings.NewReader("x")})
		if err != nil {
			t.Fatal(err)
		}
		good := EntryDraft{Track: Liaison, At: start, Said: Said{Who: "x", Asked: "x"}}
		log := func(change func(*EntryDraft)) error {
			d := good
			change(&d)
			return only(h.Log(t.Context(), bob, i, d))
		}
		for name, one := range map[string]struct {
			kind problem.Kind
			err  error
		}{
			"no agency":             {problem.Invalid, only(h.Consider(t.Context(), bob, i, Facts{}, ""))},
			"a file of another":     {problem.NotFound, only(h.Consider(t.Context(), bob, i, Facts{Agency: "x", Items: []string{other.ID}}, ""))},
			"no handover":           {problem.NotFound, h.Move(t.Context(), bob, i, "none", 1, "decide", "")},
			"no move":               {problem.Invalid, h.Move(t.Context(), bob, i, "none", 1, "x", "")},
			"a volunteer":           {problem.Forbidden, only(h.Consider(t.Context(), vol, i, Facts{Agency: "x"}, ""))},
			"out of sight":          {problem.NotFound, only(h.Book(t.Context(), eve, hidden))},
			"logged out of sight":   {problem.NotFound, only(h.Log(t.Context(), eve, hidden, good))},
			"no track":              {problem.Invalid, log(func(d *EntryDraft) { d.Track = "x" })},
			"nobody":                {problem.Invalid, log(func(d *EntryDraft) { d.Who = "" })},
			"nothing":               {problem.Invalid, log(func(d *EntryDraft) { d.Asked = "" })},
			"no time":               {problem.Invalid, log(func(d *EntryDraft) { d.At = time.Time{} })},
			"to come":               {problem.Invalid, log(func(d *EntryDraft) { d.At = start.AddDate(1, 0, 0) })},
			"too long":              {problem.Invalid, log(func(d *EntryDraft) { d.Asked = strings.Repeat("x", MaxText+1) })},
			"approved by nobody":    {problem.Invalid, log(func(d *EntryDraft) { d.Track, d.Said.Said = Media, "x" })},
			"taken out for nothing": {problem.Invalid, h.RemoveEntry(t.Context(), bob, i, "none", 1, " ")},
		} {
			if !problem.Is(one.err, one.kind) {
				t.Errorf("%s: %v", name, one.err)
			}
		}
	})
}

// Whatever is tried in whatever order, nothing is handed over without a legal basis, and each change of state is a line of the table.
func TestMovesFollowTheTable(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	i := h.opened(t, false)
	names := []string{"decide", "hand-over", "acknowledge", "close", "reopen"}
	rapid.Check(t, func(r *rapid.T) {
		f := Facts{Agency: "Police", Basis: rapid.SampledFrom([]string{"", "a law"}).Draw(r, "basis"), What: "x"}
		one, err := h.Consider(t.Context(), bob, i, f, "")
		if problem.Is(err, problem.Conflict) {
			r.Skip("there are enough of them")
		}
		if err != nil {
			r.Fatal(err)
		}
		state, version := Considered, int64(1)
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 6).Draw(r, "moves") {
			at := slices.IndexFunc(moves, func(m Move) bool { return m.Name == name })
			may := slices.Contains(moves[at].From, state) && (f.Basis != "" || moves[at].To == Closed || moves[at].To == Considered || moves[at].To == Acknowledged)
			if err := h.Move(t.Context(), bob, i, one.ID, version, name, "why"); (err == nil) != may {
				r.Fatalf("%s from %s: %v", name, state, err)
			} else if err == nil {
				state, version = moves[at].To, version+1
			}
		}
		if (state == HandedOver || state == Acknowledged) && f.Basis == "" {
			r.Fatal("handed over without a legal basis")
		}
	})
}
