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
		c.Database.URL = sqldbtest.URL(t, engine)
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
