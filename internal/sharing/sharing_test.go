package sharing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestVersions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, ada, indicator(1, v2, ""), indicator(2, v1, ""))
		w.give(t, ada, indicator(1, v3, ""))
		w.give(t, ada, indicator(1, v1, ""))
		tests := []struct {
			name string
			f    Filter
			want []string
		}{
			{"last, if nothing is said", Filter{}, []string{"002 " + v1, "001 " + v3}},
			{"first", Filter{First: true}, []string{"002 " + v1, "001 " + v1}},
			{"first and last", Filter{First: true, Last: true}, []string{"002 " + v1, "001 " + v3, "001 " + v1}},
			{"all", Filter{All: true}, []string{"001 " + v2, "002 " + v1, "001 " + v3, "001 " + v1}},
			{"one of a time", Filter{At: []int64{Micros(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))}}, []string{"001 " + v2}},
			{"of an id", Filter{IDs: []string{"indicator--" + uid(2)}}, []string{"002 " + v1}},
			{"of a type that is not there", Filter{Types: []string{"malware"}}, nil},
			{"of several types", Filter{Types: []string{"malware", "indicator"}}, []string{"002 " + v1, "001 " + v3}},
			{"of another version of STIX", Filter{Specs: []string{"2.0"}}, nil},
		}
		for _, tt := range tests {
			for _, limit := range []int{1, 3, 1000} {
				if got := w.read(t, ada, tt.f, limit); !slices.Equal(got, tt.want) {
					t.Errorf("%s, %d a page: %v", tt.name, limit, got)
				}
			}
		}
	})
}

func TestGivenTwiceIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""), address(2, "192.0.2.9"))
		st := w.give(t, peer("north"), indicator(1, v1, ""), `{"value":"192.0.2.9", "id":"ipv4-addr--`+uid(2)+`","type":"ipv4-addr", "spec_version":"2.1"}`)
		if st.New != 0 || st.Success != 2 || st.Failure != 0 {
			t.Errorf("%+v", st)
		}
		if got := w.read(t, ada, Filter{All: true}, 10); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

// What cannot be taken in is set aside with its reason, once, and stops nothing else; the counts sum.
func TestSetAside(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.refused = tlp.Amber
		w.give(t, peer("south"), indicator(9, v1, ""))
		marked := func(id string) string { return `,"object_marking_refs":["` + id + `"]` }
		given := []string{
			indicator(1, v1, ""),
			indicator(2, "2027-11-22T00:00:00.000Z", ""),
			indicator(3, v1, marked("marking-definition--"+uid(77))),
			indicator(4, v1, marked("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")),
			indicator(5, v1, marked("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421")),
			indicator(1, v1, `,"name":"another"`),
			indicator(9, v2, ""),
			`{"type":"indicator"}`, `[]`, `{"type":"x","id":"y--` + uid(1) + `"}`,
		}
		for range 2 {
			st := w.give(t, peer("north"), given...)
			if st.Total != 10 || st.Success != 1 || st.Success+st.Failure+st.Pending != st.Total || len(st.Failures) != 9 {
				t.Errorf("%+v", st)
			}
		}
		want := "collision 1, foreign 1, future 1, label 1, malformed 3, marking 1, refused 1"
		if got := w.codes(t); got != want {
			t.Errorf("%s", got)
		}
		out, err := w.SetAside(ctx, ada, core.Request{Limit: 4})
		if err != nil || len(out.Items) != 4 || out.Next == "" || out.Items[0].Source != "north" {
			t.Errorf("%+v, %v", out, err)
		}
		if err := w.Dismiss(ctx, ada, out.Items[0].ID); err != nil {
			t.Error(err)
		}
		if err := w.Dismiss(ctx, ada, out.Items[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLabels(t *testing.T) {
	statement := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + uid(5) + `","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"ours"}}`
	red := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--` + uid(6) + `","created":"2026-01-01T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"red"}}`
	each(t, func(t *testing.T, w *world) {
		w.give(t, ada, statement, red,
			indicator(1, v1, `,"object_marking_refs":["marking-definition--`+uid(5)+`"]`),
			indicator(2, v1, `,"object_marking_refs":["marking-definition--`+uid(6)+`"]`),
			indicator(3, v1, `,"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]`),
			indicator(4, v1, `,"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["name"]}]`),
		)
		w.give(t, ada, indicator(7, v1, `,"object_marking_refs":["marking-definition--`+uid(5)+`"]`)) // defined before
		page, err := w.Find(ctx, ada, Search{Collection: w.c.ID, Type: "indicator"})
		var got []string
		for _, o := range page.Items {
			got = append(got, o.ID[len(o.ID)-1:]+o.Label.Short())
		}
		if err != nil || !slices.Equal(got, []string{"7green", "3clear", "1green"}) {
			t.Errorf("%v, %v", got, err)
		}
		if got := w.codes(t); got != "label 2" {
			t.Error(got)
		}
	})
}

func TestStandingIsAskedEachTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, ada, indicator(1, v1, ""))
		own := w.collection(t, Draft{Title: "Our own", CanRead: true, CanWrite: true, Label: tlp.AmberStrict})
		read := func(actor identity.Actor, c Collection) error {
			_, err := w.Read(ctx, actor, Question{Collection: c.ID, What: Objects})
			return err
		}
		visible := func(actor identity.Actor) int {
			list, err := w.Visible(ctx, actor)
			if err != nil {
				t.Error(err)
			}
			return len(list)
		}
		if err := read(peer("north"), w.c); err != nil || visible(peer("north")) != 1 || visible(ada) != 2 {
			t.Errorf("a member: %v", err)
		}
		for name, c := range map[string]Collection{"another's": w.c, "the team's": own} {
			if err := read(peer("west"), c); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.lapsed = "north"
		if err := read(peer("north"), w.c); !problem.Is(err, problem.Forbidden) || !strings.Contains(err.Error(), "agreement") {
			t.Errorf("whose agreement is over: %v", err)
		}
		if _, err := w.Add(ctx, peer("north"), In{Collection: w.c.ID, Origin: OriginTAXII, Body: strings.NewReader(bundle())}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("gives all the same: %v", err)
		}
		w.members = []string{"south"}
		if err := read(peer("north"), w.c); !problem.Is(err, problem.NotFound) || visible(peer("north")) != 0 {
			t.Errorf("who is no member any more: %v", err)
		}
	})
}

func TestReceiptsAndHolders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, ada, indicator(1, v1, ""), address(2, "192.0.2.9"))
		w.read(t, peer("north"), Filter{}, 10)
		w.read(t, peer("south"), Filter{Types: []string{"ipv4-addr"}}, 10)
		if _, err := w.Read(ctx, peer("south"), Question{Collection: w.c.ID, What: Manifest}); err != nil {
			t.Fatal(err)
		}
		w.give(t, ada, indicator(3, v1, ""))
		for object, want := range map[string]string{"indicator--" + uid(1): "north", "ipv4-addr--" + uid(2): "north south", "indicator--" + uid(3): ""} {
			whole, err := w.Look(ctx, ada, object)
			var got []string
			for _, r := range whole.Read {
				got = append(got, r.Organisation)
			}
			slices.Sort(got)
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%s has %v, %v", object, got, err)
			}
		}
		list, err := w.Receipts(ctx, ada, w.c.ID)
		if err != nil || len(list) != 3 || list[0].Objects == 0 {
			t.Errorf("%+v, %v", list, err)
		}
		w.now.Advance(6 * 365 * 24 * time.Hour)
		if err := w.Forget(ctx, poller); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Receipts(ctx, ada, w.c.ID); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, peer("north"), indicator(1, v1, ""), indicator(1, v2, ""), indicator(1, v3, ""))
		w.give(t, ada, indicator(2, v1, ""))
		remove := func(actor identity.Actor, n int, f Filter) error {
			_, err := w.Remove(ctx, actor, w.c.ID, "indicator--"+uid(n), f)
			return err
		}
		if err := remove(peer("north"), 2, Filter{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("another's: %v", err)
		}
		if err := remove(peer("west"), 1, Filter{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("by who is no member: %v", err)
		}
		if err := remove(peer("north"), 1, Filter{Last: true}); err != nil {
			t.Error(err)
		}
		if got := w.read(t, ada, Filter{}, 10); !slices.Equal(got, []string{"001 " + v2, "002 " + v1}) {
			t.Errorf("%v", got)
		}
		if err := remove(peer("north"), 1, Filter{}); err != nil {
			t.Error(err)
		}
		if err := remove(peer("north"), 1, Filter{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("what is not there: %v", err)
		}
		if _, err := w.Look(ctx, ada, "indicator--"+uid(1)); !problem.Is(err, problem.NotFound) {
			t.Errorf("it is known still: %v", err)
		}
		if found, err := w.Find(ctx, ada, Search{Text: "192.0.2.1"}); err != nil || len(found.Items) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

func TestFindAndRelate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.give(t, ada, indicator(9, v1, ""), address(10, "192.0.2.9"), address(11, "192.0.2.10"))
		for _, tt := range []struct {
			name, text, kind string
			want             int
		}{
			{"a value", "192.0.2.9", "", 2},
			{"made harmless", " 192[.]0[.]2[.]9 ", "", 2},
			{"of a type", "192.0.2.9", "indicator", 1},
			{"an id", "ipv4-addr--" + uid(11), "", 1},
			{"none", "192.0.2.99", "", 0},
			{"all", "", "", 3},
		} {
			page, err := w.Find(ctx, ada, Search{Text: tt.text, Type: tt.kind, Collection: w.c.ID})
			if err != nil || len(page.Items) != tt.want {
				t.Errorf("%s: %d, %v", tt.name, len(page.Items), err)
			}
		}
		whole, err := w.Look(ctx, ada, "indicator--"+uid(9))
		if err != nil || len(whole.Related) != 1 || whole.Related[0].Other[0].ID != "ipv4-addr--"+uid(10) || len(whole.In) != 1 || whole.In[0].Decision != "d-green" {
			t.Errorf("%+v, %v", whole, err)
		}
	})
}

func TestCollections(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.Open(ctx, ada, Draft{Title: "x", Alias: "community"}); !problem.Is(err, problem.Conflict) {
			t.Errorf("an alias twice: %v", err)
		}
		for name, d := range map[string]Draft{"no title": {}, "an alias": {Title: "x", Alias: "A b"}, "red": {Title: "x", Label: tlp.Red}} {
			if _, err := w.Open(ctx, ada, d); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d := Draft{Title: "New", Alias: "community", Group: "g", CanRead: false, CanWrite: true, Label: tlp.Green}
		c, err := w.Change(ctx, ada, "community", w.c.Version, d)
		if err != nil || c.Title != "New" || c.CanRead {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := w.Change(ctx, ada, "community", w.c.Version, d); !problem.Is(err, problem.Conflict) {
			t.Errorf("over what somebody else changed: %v", err)
		}
		d.Group = "other"
		if _, err := w.Change(ctx, ada, "community", 0, d); !problem.Is(err, problem.Conflict) {
			t.Errorf("for another group: %v", err)
		}
		if _, err := w.Read(ctx, peer("north"), Question{Collection: w.c.ID, What: Objects}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("read: %v", err)
		}
		if _, err := w.Close(ctx, ada, w.c.ID); err != nil {
			t.Error(err)
		}
		if list, err := w.List(ctx, ada); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// Who may not is told so before anything is looked at.
func TestWhoMay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := peer("north")
		errs := map[string]error{}
		_, errs["open"] = w.Open(ctx, p, Draft{Title: "x"})
		_, errs["change"] = w.Change(ctx, p, w.c.ID, 0, Draft{})
		_, errs["close"] = w.Close(ctx, p, w.c.ID)
		_, errs["list"] = w.List(ctx, p)
		_, errs["get"] = w.Get(ctx, p, w.c.ID)
		_, errs["find"] = w.Find(ctx, p, Search{Collection: w.c.ID})
		_, errs["look"] = w.Look(ctx, p, "x")
		_, errs["receipts"] = w.Receipts(ctx, p, w.c.ID)
		_, errs["set aside"] = w.SetAside(ctx, p, core.Request{})
		errs["dismiss"] = w.Dismiss(ctx, p, "x")
		errs["forget"] = w.Forget(ctx, ada)
		_, errs["upload"] = w.Add(ctx, p, In{Collection: w.c.ID, Origin: OriginUpload, Body: strings.NewReader(bundle())})
		_, errs["poll"] = w.Add(ctx, ada, In{Collection: w.c.ID, Origin: OriginPoll + "x", Body: strings.NewReader(bundle())})
		for name, err := range errs {
			if !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if st := w.give(t, p, indicator(1, v1, "")); st.Success != 1 {
			t.Errorf("%+v", st)
		}
		other := peer("south")
		st := w.give(t, p)
		if _, err := w.Status(ctx, other, st.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("another's status: %v", err)
		}
		if got, err := w.Status(ctx, p, st.ID); err != nil || got.ID != st.ID {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// Places that share a moment, as those of another program's making would, are told apart by their number.
func TestEqualMoments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var given []string
		for n := range 25 {
			given = append(given, indicator(n, v1, ""))
		}
		w.give(t, ada, given...)
		err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE sharing_member SET added = $1`, Micros(day))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{1, 7, 25} {
			if got := w.read(t, ada, Filter{}, limit); len(got) != 25 || len(unique(got)) != 25 {
				t.Errorf("%d a page: %v", limit, got)
			}
		}
	})
}

// What the team gives by hand is looked through; what others give, or what comes with a permit, is not the team's to be looked through here.
func TestOwnObjectsAreLookedThrough(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		looked := 0
		w.o.Search = func(_ context.Context, _ identity.Actor, c Collection, list []Object) (map[string]string, error) {
			looked += len(list)
			if c.ID != w.c.ID {
				t.Errorf("for another collection: %+v", c)
			}
			return map[string]string{"domain-name--" + uid(2): "it names somebody"}, nil
		}
		give := func(actor identity.Actor, origin string, n int) Status {
			t.Helper()
			body := fmt.Sprintf(`{"objects":[{"type":"domain-name","spec_version":"2.1","id":"domain-name--%s","value":"a%d.example"}]}`, uid(n), n)
			st, err := w.Add(ctx, actor, In{Collection: w.c.ID, Origin: origin, Unmarked: tlp.Green, Body: strings.NewReader(body)})
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
		if st := give(ada, OriginUpload, 1); st.New != 1 {
			t.Errorf("%+v", st)
		}
		if st := give(ada, OriginUpload, 2); st.New != 0 || st.Failure != 1 || st.Failures[0].Message != CodeRefused+": it names somebody" {
			t.Errorf("%+v", st)
		}
		if st := give(peer("north"), OriginTAXII, 2); st.New != 1 || looked != 2 {
			t.Errorf("%+v, %d looked through", st, looked)
		}
	})
}
