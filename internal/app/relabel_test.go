package app

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// cutting is a clock that ends a context when it was asked so many times, as a kill would.
type cutting struct {
	*clock.Fixed
	left int
	cut  func()
}

// Now gives the time, and maybe ends the context.
func (c *cutting) Now() time.Time {
	if c.left--; c.left == 0 {
		c.cut()
	}
	return c.Fixed.Now()
}

// followed is a house with a fellow team that reads by TAXII, and to which mail goes.
type followed struct {
	*shared
	now   *cutting
	sink  *decaying // that counts letters
	after string    // of the last place that the team has read
}

func openFollowed(t *testing.T, engine sqldb.Engine) *followed {
	t.Helper()
	dir := t.TempDir()
	c := config.Default()
	c.Data.Dir, c.Team.Email, c.Team.Name, c.Mail.Maildir = filepath.Join(dir, "data"), "team@csirt.example", "CSIRT", filepath.Join(dir, "mail")
	if engine == sqldb.Postgres {
		c.Database.URL = sqldbtest.Migrated(t, engine)
	}
	f := &followed{now: &cutting{Fixed: clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}}
	a, err := New(t.Context(), Options{Config: c, Clock: f.now, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.WithoutCancel(t.Context())) })
	f.shared = shareIn(t, a)
	f.agree()
	f.sink = &decaying{T: t, App: a, now: f.now.Fixed, root: handler, mail: c.Mail.Maildir, seen: map[string]bool{}}
	return f
}

// follow does what the clock does, again and again, each time cut off a moment later, until it was done whole.
func (f *followed) follow() {
	f.Helper()
	for n := 1; n < 4000; n += 1 + n/3 {
		ctx, cut := context.WithCancel(f.Context())
		f.now.left, f.now.cut = n, cut
		err := f.a.followLabels(ctx)
		if also := f.a.tellOfDecay(ctx); err == nil {
			err = also
		}
		left := f.now.left
		cut()
		f.now.left = 0
		if left > 0 {
			f.must(err)
			return
		}
	}
	f.Fatal("it never ends")
}

// poll reads what is new to the team, as "type label".
func (f *followed) poll() (out []string) {
	f.Helper()
	since := ""
	if f.after != "" {
		since = "&added_after=" + f.after
	}
	w := f.ask("GET", "/taxii2/firehall/collections/community/objects/?match[version]=all"+since, "")
	if w.Code != 200 {
		f.Fatal(w.Code, w.Body)
	}
	if last := w.Header().Get("X-TAXII-Date-Added-Last"); last != "" {
		f.after = last
	}
	var page struct {
		Objects []struct {
			Type, Modified string
			Markings       []string `json:"object_marking_refs"`
		}
	}
	f.must(json.Unmarshal(w.Body.Bytes(), &page))
	for _, o := range page.Objects {
		for label := tlp.Clear; label <= tlp.Red; label++ {
			if slices.Contains(o.Markings, stix.RefTLP(label)) {
				out = append(out, o.Type+" "+label.Short())
			}
		}
	}
	slices.Sort(out)
	return out
}

func (f *followed) same(when string, got []string, want ...string) {
	f.Helper()
	if !slices.Equal(got, want) {
		f.Errorf("%s: %q, want %q", when, got, want)
	}
}

// letters gives to whom letters of labels went since the last time.
func (f *followed) letters() (out []string) {
	f.Helper()
	_, err := f.a.Deliver(f.Context(), handler, func(delivery.Tally) {})
	f.must(err)
	for _, l := range f.sink.letters() {
		if strings.Contains(l, "label") {
			out = append(out, l)
		}
	}
	return out
}

// With the clock moved three years the team reads by TAXII what was shared under its new labels, exactly by the schedule, each once, and hears of it once.
func TestSharedObjectsStepDown(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			f := openFollowed(t, engine)
			i, begin := f.incidentAbout("Klinikum Nord"), f.now.Fixed.Now()
			_, err := f.a.Give.Put(t.Context(), handler, i.ID, "community", "")
			f.must(err)
			first := f.poll()
			if !slices.Contains(first, "incident amber") {
				t.Fatal(first)
			}
			item, err := f.a.Release.ItemOf(t.Context(), handler, i.ID)
			f.must(err)
			_, err = f.a.Release.Relax(t.Context(), handler, release.Relaxation{Item: item, Word: "Zelda, by telephone", Stages: []release.Stage{
				{At: begin.AddDate(1, 0, 0), Label: tlp.Green}, {At: begin.AddDate(3, 0, 0), Label: tlp.Clear},
			}})
			f.must(err)
			for _, tt := range []struct {
				at      time.Time
				label   string
				letters []string
			}{
				{begin.AddDate(1, 0, 0).Add(-time.Millisecond), "", nil},
				{begin.AddDate(1, 0, 0), "green", []string{"cert@cert-nl.example: New label"}},
				{begin.AddDate(2, 0, 0), "", nil},
				{begin.AddDate(3, 0, 0).Add(-time.Millisecond), "", nil},
				{begin.AddDate(3, 0, 0), "clear", []string{"cert@cert-nl.example: New label"}},
			} {
				f.now.Set(tt.at)
				f.follow()
				var want []string
				for _, line := range first {
					if tt.label != "" {
						want = append(want, strings.ReplaceAll(line, "amber", tt.label))
					}
				}
				f.same(tt.at.String(), f.poll(), want...)
				f.same(tt.at.String(), f.letters(), tt.letters...)
			}
		})
	}
}

// A label that is raised takes out what stands there, and who read it hears of it once.
func TestRaisedLabelRecalls(t *testing.T) {
	f := openFollowed(t, sqldb.SQLite)
	i := f.incidentAbout("Klinikum Nord")
	_, err := f.a.Give.Put(t.Context(), handler, i.ID, "community", "")
	f.must(err)
	f.poll()
	f.now.Set(f.now.Fixed.Now().Add(time.Hour))
	f.edit(i, incident.Revision{TLP: new(tlp.Red)})
	f.follow()
	if text := f.ask("GET", "/taxii2/firehall/collections/community/objects/", "").Body.String(); text != "{}" {
		t.Errorf("left: %s", text)
	}
	f.same("the letter", f.letters(), "cert@cert-nl.example: Stricter label")
}

// given has the team give an indicator under a label.
func (f *followed) given(modified string, label tlp.Label) {
	f.Helper()
	w := f.ask("POST", "/taxii2/firehall/collections/community/objects/", `{"objects":[{"type":"indicator","spec_version":"2.1","id":"`+oneIndicator+`",
		"created":"2026-01-01T00:00:00.000Z","modified":"`+modified+`","name":"x","pattern_type":"stix","pattern":"[domain-name:value = 'evil.example']",
		"valid_from":"2026-01-01T00:00:00Z","object_marking_refs":["`+stix.RefTLP(label)+`","`+stix.RefPAP(tlp.PAPGreen)+`"]}]}`)
	if w.Code != 202 {
		f.Fatal(w.Code, w.Body)
	}
}

const oneIndicator = "indicator--11111111-1111-4111-8111-111111111111"

// A schedule on one object of somebody's is followed wherever it stands and whenever it comes again; what its source makes stricter goes, and who read it hears
// of it.
func TestObjectFollowsItsSchedule(t *testing.T) {
	f := openFollowed(t, sqldb.SQLite)
	begin := f.now.Fixed.Now()
	f.given("2026-01-01T00:00:00.000Z", tlp.Amber)
	f.same("as it came", f.poll(), "indicator amber")
	item, err := f.a.Release.ItemOf(t.Context(), handler, oneIndicator)
	f.must(err)
	r := release.Relaxation{Item: item, Word: "cert-nl, by mail", Stages: []release.Stage{{At: begin.AddDate(1, 0, 0), Label: tlp.Green}}}
	_, err = f.a.Release.Relax(t.Context(), handler, r)
	f.must(err)
	f.now.Set(begin.AddDate(1, 0, 0).Add(-time.Millisecond))
	f.follow()
	f.same("the moment before", f.poll())
	f.now.Set(begin.AddDate(1, 0, 0))
	f.follow()
	f.same("by the schedule", f.poll(), "indicator green")
	f.same("the letter", f.letters(), "cert@cert-nl.example: New label")
	stands, err := f.a.Release.ItemOf(t.Context(), handler, oneIndicator)
	f.must(err)
	if by, err := f.a.StandsBy(t.Context(), handler, stands); err != nil || len(by) != 2 || by[0].Item.ID != oneIndicator || by[0].Effective != tlp.Green {
		t.Errorf("stands by %+v, %v", by, err)
	}
	r.Item, r.Version, r.Review = stands, 1, begin.AddDate(4, 0, 0) // it can be recorded again, from the label that it had
	if s, err := f.a.Release.Relax(t.Context(), handler, r); err != nil || s.Base != tlp.Amber {
		t.Errorf("recorded again: %+v, %v", s, err)
	}
	f.given("2026-01-01T00:00:00.000Z", tlp.Amber)
	f.same("the same again", f.poll())
	f.given("2027-11-01T00:00:00.000Z", tlp.Amber)
	f.same("a new version, as it was marked", f.poll(), "indicator green")
	f.now.Set(begin.AddDate(2, 0, 0))
	f.given("2028-01-01T00:00:00.000Z", tlp.AmberStrict)
	f.follow()
	if text := f.ask("GET", "/taxii2/firehall/collections/community/objects/?match[version]=all", "").Body.String(); text != "{}" {
		t.Errorf("left: %s", text)
	}
	f.same("the letter of it", f.letters(), "cert@cert-nl.example: Stricter label")
}

// An embargo takes out what stands until it ends; then it comes back as it stood. One of a report holds the incident that the report is part of.
func TestEmbargoHoldsWhatStands(t *testing.T) {
	for name, about := range map[string]func(incident.Incident) string{
		"of the incident": func(i incident.Incident) string { return i.ID },
		"of its report":   func(i incident.Incident) string { return i.Reports[0].ID },
	} {
		t.Run(name, func(t *testing.T) { embargoHolds(t, about) })
	}
}

func embargoHolds(t *testing.T, about func(incident.Incident) string) {
	f := openFollowed(t, sqldb.SQLite)
	i, until := f.incidentAbout("Klinikum Nord"), f.now.Fixed.Now().Add(48*time.Hour)
	_, err := f.a.Give.Put(t.Context(), handler, i.ID, "community", "")
	f.must(err)
	first := f.poll()
	item, err := f.a.Release.ItemOf(t.Context(), handler, about(i))
	f.must(err)
	_, err = f.a.Release.Relax(t.Context(), handler, release.Relaxation{Item: item, Embargo: until, Word: "Zelda, by telephone"})
	f.must(err)
	f.edit(i, incident.Revision{Title: new("What nobody has looked at")})
	for _, at := range []time.Time{f.now.Fixed.Now(), until.Add(-time.Millisecond)} {
		f.now.Set(at)
		f.follow()
		if text := f.ask("GET", "/taxii2/firehall/collections/community/objects/?match[version]=all", "").Body.String(); text != "{}" {
			t.Errorf("%s: left: %s", at, text)
		}
	}
	f.now.Set(until)
	f.follow()
	f.same("after it", f.poll(), first...)
	if text := f.ask("GET", "/taxii2/firehall/collections/community/objects/", "").Body.String(); strings.Contains(text, "nobody has looked at") {
		t.Errorf("it says more than it did: %s", text)
	}
	f.same("letters", f.letters())
}

// Who records an embargo wakes what looks at the collections; nothing else does.
func TestEmbargoWakesTheCollections(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			f := openFollowed(t, engine)
			wake := make(chan struct{}, 1)
			look := f.a.watchLabels(wake)
			woken := func() bool {
				f.must(look(t.Context()))
				select {
				case <-wake:
					return true
				default:
					return false
				}
			}
			if begun, after := woken(), woken(); begun || after {
				t.Error("woken though nothing was recorded")
			}
			i := f.incidentAbout("Klinikum Nord")
			woken()
			item, err := f.a.Release.ItemOf(t.Context(), handler, i.ID)
			f.must(err)
			_, err = f.a.Release.Relax(t.Context(), handler, release.Relaxation{Item: item, Embargo: f.now.Fixed.Now().Add(time.Hour), Word: "Zelda, by telephone"})
			f.must(err)
			if !woken() || woken() {
				t.Error("not woken once by an embargo")
			}
			_, err = f.a.Release.Record(t.Context(), handler, item, release.Wish{PAP: new(tlp.PAPRed), Word: "they said so"})
			f.must(err)
			if !woken() || woken() {
				t.Error("not woken once by a wish")
			}
			f.now.Advance(time.Second)
			f.edit(i, incident.Revision{TLP: new(tlp.Red)})
			if !woken() || woken() {
				t.Error("not woken once by a label that was raised")
			}
		})
	}
}
