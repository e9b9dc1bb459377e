package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// A new indicator is found in past events and in an intake that comes later, once each, also where the work was cut off before it counted. A warning
// list says that it is not to be blocked; the finding about the address stands.
func TestIndicatorsAreWatched(t *testing.T) {
	a, _ := found(t)
	ctx := t.Context()
	free := func(*sqldb.Tx) error { return nil }
	cut := func(*sqldb.Tx) error { return errors.New("the process died") }
	watch := func(fence func(*sqldb.Tx) error, past bool) int {
		t.Helper()
		do := a.watcher.Watch
		if past {
			do = a.watcher.Past
		}
		n, err := do(ctx, watcher, fence)
		if (err == nil) == (fence(nil) != nil) {
			t.Errorf("past %v: %v", past, err)
		}
		return n
	}
	watch(free, false) // what is there is past
	c, err := a.Sharing.Open(ctx, tester, sharing.Draft{Title: "Ours", Alias: "ours", Label: tlp.Amber})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Indicators.Add(ctx, tester, indicator.Draft{Collection: c.ID, Value: "192.0.2.1", Confidence: new(90), Label: tlp.Green})
	if err != nil {
		t.Fatal(err)
	}
	look := func(sightings, said int) indicator.Whole {
		t.Helper()
		w, err := a.Indicators.Look(ctx, tester, id)
		if err != nil || w.Sightings != sightings || w.SaidTotal != said {
			t.Errorf("%d sightings, %d said, want %d, %d: %+v, %v", w.Sightings, w.SaidTotal, sightings, said, w.Said, err)
		}
		return w
	}
	watch(cut, true)
	look(0, 0)
	days := watch(free, true)
	if again := watch(free, true); days == 0 || again != 0 {
		t.Errorf("%d sightings, and %d again", days, again)
	}
	if w := look(1, days); w.State != indicator.Warned || w.Warned[0] != "documentation" || !w.SearchFor || w.Said[0].Feed != "desk2" {
		t.Errorf("%+v", w)
	}
	const event = `{"source.ip":"192.0.2.1","source.port":23,"classification.type":"scanner","time.source":"2026-11-22T0%d:00:00+00:00"}` + "\n"
	text := fmt.Sprintf(event, 1) + fmt.Sprintf(event, 2)
	if _, err := a.Feeds.Ingest(ctx, tester, feed.Source{Feed: "desk2", Name: "g.jsonl", Reader: strings.NewReader(text)}); err != nil {
		t.Fatal(err)
	}
	if waits, err := a.watcher.Waits(ctx, watcher); err != nil || !waits {
		t.Errorf("%v, %v", waits, err)
	}
	watch(cut, false)
	look(1, days)
	if n := watch(free, false); n != 1 {
		t.Errorf("%d sightings of one day", n)
	}
	if n := watch(free, false); n != 0 {
		t.Errorf("%d sightings again", n)
	}
	look(1, days+1)
	tasks, err := a.Queue.List(ctx, tester, false, 0)
	if err != nil || len(tasks) != 1 || tasks[0].Kind != "indicator-seen" || tasks[0].Object != id || tasks[0].Count != 1 {
		t.Errorf("%+v, %v", tasks, err)
	}
	if got := listed(t, a, "ip:192.0.2.1"); len(got) != 1 || got[0].State != "open" {
		t.Errorf("the finding: %+v", got)
	}
}
