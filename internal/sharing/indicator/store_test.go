package indicator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

const (
	papRed   = `"object_marking_refs":["marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e"]`
	papGreen = `"object_marking_refs":["marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9"]`
)

// What a group may block: nothing that is warned of, over, disputed, taken back, too strict, no plain value, or too wide.
func TestBlocklist(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lists.block["198.51.100.53"] = "public-dns"
		w.give(t, peer("north"), w.c,
			obj(1, ip("198.51.100.1"), `"confidence":90`), obj(2, ip("198.51.100.53")), obj(3, ip("198.51.100.3"), `"valid_until":"2026-11-21T00:00:00Z"`),
			obj(4, ip("198.51.100.4")), saw(4, 4, "opinion", `,"opinion":"strongly-disagree","object_refs":["OF"]`),
			obj(5, ip("198.51.100.5"), papRed), obj(6, ip("198.51.100.6"), papGreen), obj(7, ip("198.51.100.7"), `"revoked":true`),
			obj(8, "[ipv4-addr:value = '198.51.100.8' AND ipv4-addr:value != '198.51.100.9']"), obj(9, "[ipv4-addr:value = '198.51.100.10' OR ipv4-addr:value = '198.51.100.11']"),
			obj(10, ip("198.51.0.0/16")), obj(11, ip("198.0.0.0/8")), obj(12, "[domain-name:value = 'co.uk']"), obj(13, "[domain-name:value = 'evil.co.uk']"),
			obj(14, "[domain-name:value = 'a.example\\n0.0.0.0/0']"), obj(15, "[url:value = 'http://evil.test/a b']"), obj(16, ip("198.51.100.1"), `"confidence":10`),
			obj(17, ip("198.51.100.17"), `"confidence":20`),
			obj(18, ip("198.51.100.18"), `"indicator_types":["benign"]`))
		same(t, "addresses", w.blocked(t, peer("north"), "ip"), []string{"198.51.100.1", "198.51.100.10", "198.51.100.11", "198.51.100.6"})
		same(t, "networks", w.blocked(t, ada, "cidr"), []string{"198.51.0.0/16"})
		same(t, "domains", w.blocked(t, ada, "domain"), []string{"evil.co.uk"})
		same(t, "addresses of the web", w.blocked(t, ada, "url"), nil)
		b, err := w.Blocklist(ctx, ada, w.c.ID, "ip")
		if err != nil || b.Label != tlp.Green || b.Items[0].Indicator != name(1) || !b.Items[0].Expires.After(noon.Add(20*day)) {
			t.Errorf("%+v, %v", b, err)
		}
		for who, want := range map[string]problem.Kind{"west": problem.NotFound, "south": problem.Forbidden} {
			if _, err := w.Blocklist(ctx, peer(who), w.c.ID, "ip"); !problem.Is(err, want) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if _, err := w.Blocklist(ctx, ada, w.c.ID, "smell"); !problem.Is(err, problem.Invalid) {
			t.Errorf("of what there is not: %v", err)
		}
		if r, err := w.sharing.Receipts(ctx, ada, w.c.ID); err != nil || len(r) != 5 || !slices.ContainsFunc(r, func(r sharing.Receipt) bool {
			return r.What == sharing.Blocklist && r.Organisation == "north" && r.Objects == 3
		}) {
			t.Errorf("receipts: %+v, %v", r, err)
		}
		w.lists.version = "2"
		if _, err := w.Relist(ctx, system); err != nil {
			t.Error(err)
		}
		if x := w.look(t, name(18)); x.State != indicator.Warned || !slices.Equal(x.Warned, []string{indicator.Benign}) || !x.SearchFor {
			t.Errorf("what its source calls benign: %+v", x)
		}
		w.now.Advance(5 * day)
		same(t, "five days later", w.blocked(t, ada, "ip"), []string{"198.51.100.1"})
		w.now.Advance(35 * day)
		same(t, "forty days later", w.blocked(t, ada, "ip"), nil)
	})
}

// One database for what needs no other time.
func TestStore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n, do := range []func(t *testing.T, w *world){testNewerVersionElsewhere, testSightings, testListsAndRelations, testOwn} {
			base = 100 * n
			w.c = w.open(t, fmt.Sprint("community", n))
			do(t, w)
		}
		base = 0
	})
}

// A newer version in another collection takes an indicator off the lists of those who do not have that version.
func testNewerVersionElsewhere(t *testing.T, w *world) {
	other := w.open(t, "others")
	w.give(t, peer("north"), w.c, obj(1, ip("198.51.100.1")))
	same(t, "before", w.blocked(t, ada, "ip"), []string{"198.51.100.1"})
	w.give(t, peer("north"), other, strings.Replace(obj(1, ip("198.51.100.1"), `"revoked":true`), `"modified":"2026-11-20`, `"modified":"2026-11-21`, 1))
	same(t, "afterwards", w.blocked(t, ada, "ip"), nil)
	if n, err := w.sharing.Remove(ctx, ada, other.ID, name(1), sharing.Filter{}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := w.Sweep(ctx, system); err != nil {
		t.Fatal(err)
	}
	same(t, "when it is gone", w.blocked(t, ada, "ip"), []string{"198.51.100.1"})
	if _, err := w.sharing.Remove(ctx, ada, w.c.ID, name(1), sharing.Filter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Look(ctx, ada, name(1)); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
}

// Each seer counts once, by what it said last; an organisation is one, whatever names stand in what it gives.
func testSightings(t *testing.T, w *world) {
	const sighting = `,"sighting_of_ref":"OF","last_seen":"2026-11-21T06:00:00.000Z"`
	forged := func(n int) string { return fmt.Sprintf(`,"created_by_ref":"identity--%s"`, uid(n)) }
	w.give(t, peer("north"), w.c, saw(1, 1, "sighting", sighting+forged(1)), saw(2, 1, "sighting", sighting+forged(2)), saw(3, 1, "sighting", sighting+`,"count":0`))
	w.give(t, peer("north"), w.c, obj(1, ip("198.51.100.1"), `"confidence":50`))
	seen := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	if x := w.look(t, name(1)); x.Sightings != 1 || x.Wrong != 0 || !x.Seen.Equal(seen) || x.SaidTotal != 2 {
		t.Errorf("from one organisation: %+v", x)
	}
	say := func(actor identity.Actor, says indicator.Says) {
		if err := w.Sight(ctx, actor, name(1), indicator.Saying{Says: says}); err != nil {
			t.Fatal(err)
		}
		w.now.Advance(time.Minute)
	}
	say(ada, indicator.Wrong)
	if x := w.look(t, name(1)); x.State != indicator.Disputed || x.Wrong != 1 || x.Sightings != 1 {
		t.Errorf("one against one: %+v", x)
	}
	say(bob, indicator.Positive)
	say(bob, indicator.Positive)
	if x := w.look(t, name(1)); x.State != indicator.Fresh || x.Sightings != 2 {
		t.Errorf("two against one: %+v", x)
	}
	say(bob, indicator.Wrong)
	say(ada, indicator.Ended)
	x := w.look(t, name(1))
	if x.State != indicator.Expired || x.Wrong != 2 || x.Sightings != 1 || x.Said[0].Says != indicator.Ended {
		t.Errorf("who changes their mind counts once: %+v", x)
	}
	for _, said := range x.Said {
		err := w.Withdraw(ctx, ada, said.ID)
		if theirs := strings.HasPrefix(said.Seer, "organisation:"); theirs != problem.Is(err, problem.Conflict) || !theirs && err != nil {
			t.Errorf("%+v: %v", said, err)
		}
	}
	if x := w.look(t, name(1)); x.State != indicator.Fresh || x.Sightings != 1 || x.Wrong != 0 || !x.Gone.IsZero() {
		t.Errorf("all taken back: %+v", x)
	}
	if err := w.Sight(ctx, ada, name(9), indicator.Saying{Says: indicator.Positive}); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
	if err := w.Sight(ctx, ada, name(1), indicator.Saying{Says: "maybe"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
}

func testOwn(t *testing.T, w *world) {
	first, err := w.Add(ctx, bob, indicator.Draft{Collection: w.c.Alias, Value: "hxxps://Evil[.]example/x", Confidence: new(80), Label: tlp.Green})
	if err != nil {
		t.Fatal(err)
	}
	w.now.Advance(day)
	again, err := w.Add(ctx, bob, indicator.Draft{Collection: w.c.Alias, Kind: "url", Value: "https://Evil.example/x", Label: tlp.Green, PAP: tlp.PAPGreen})
	if err != nil || again != first {
		t.Fatal(again, err)
	}
	if x := w.look(t, first); x.Kind != "url" || x.Source != "" || x.Confidence != nil || !x.From.After(noon.Add(day-1)) || len(x.In) != 1 || len(x.Words) == 0 {
		t.Errorf("%+v", x)
	}
	same(t, "to be blocked", w.blocked(t, peer("north"), "url"), []string{"https://Evil.example/x"})
	w.now.Advance(time.Minute)
	if err := w.Retract(ctx, bob, first); err != nil {
		t.Fatal(err)
	}
	if x := w.look(t, first); x.State != indicator.Revoked {
		t.Errorf("%+v", x)
	}
	same(t, "taken back", w.blocked(t, peer("north"), "url"), nil)
	for _, d := range []indicator.Draft{
		{Collection: w.c.Alias, Value: "not a value"},
		{Collection: w.c.Alias, Value: "198.51.100.1", Label: tlp.Red},
		{Collection: w.c.Alias, Kind: "smell", Value: "198.51.100.1"},
		{Collection: w.c.Alias, Value: "198.51.100.1", Confidence: new(101)},
	} {
		if _, err := w.Add(ctx, bob, d); !problem.Is(err, problem.Invalid) {
			t.Errorf("%+v: %v", d, err)
		}
	}
	if _, err := w.Add(ctx, peer("north"), indicator.Draft{Collection: w.c.Alias, Value: "198.51.100.1"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("%v", err)
	}
}

// Warning lists that change are applied to all that is there; relations are known both ways; what has the same value is counted, up to a bound.
func testListsAndRelations(t *testing.T, w *world) {
	relation := fmt.Sprintf(`,"relationship_type":"related-to","source_ref":"OF","target_ref":"%s"`, name(2))
	w.give(t, peer("north"), w.c, obj(1, ip("203.0.113.1")), obj(2, ip("203.0.113.1")), obj(3, ip("203.0.113.2")), saw(9, 1, "relationship", relation))
	for n, from := range map[int]bool{1: true, 2: false} {
		x := w.look(t, name(n))
		if len(x.Relations) != 1 || x.Relations[0].From != from || x.Relations[0].Other != name(3-n) || len(x.Alike) != 1 || x.Alike[0].Total != 1 || x.Alike[0].Other[0].ID != name(3-n) {
			t.Errorf("%d: %+v, %+v", n, x.Relations, x.Alike)
		}
	}
	w.lists.version, w.lists.block["203.0.113.1"], w.lists.search["203.0.113.2"] = "2", "resolvers", "private"
	for _, want := range []int{3, 0} {
		if n, err := w.Relist(ctx, system); err != nil || n != want {
			t.Errorf("%d changed, want %d, %v", n, want, err)
		}
	}
	if x := w.look(t, name(1)); x.State != indicator.Warned || x.Warned[0] != "resolvers" || !x.SearchFor || x.OnLists {
		t.Errorf("%+v", x)
	}
	if x := w.look(t, name(3)); x.State != indicator.Fresh || x.SearchFor {
		t.Errorf("%+v", x)
	}
}

// What the list finds by state is what Judge says, at any time.
func TestStateInSQL(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lists.block["198.51.100.4"] = "resolvers"
		var all []string
		for n, more := range []string{`"confidence":90`, `"confidence":0`, `"valid_until":"2026-11-24T00:00:00Z"`, `"revoked":true`, `"confidence":40`, `"confidence":30`} {
			all = append(all, obj(n+1, ip(fmt.Sprintf("198.51.100.%d", n+1)), more))
		}
		all = append(all, strings.Replace(obj(7, "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427f']"), `"valid_from":"2026-11-20`, `"valid_from":"2026-11-30`, 1))
		w.give(t, peer("north"), w.c, append(all, saw(5, 5, "opinion", `,"opinion":"disagree","object_refs":["OF"]`))...)
		for range 8 {
			found := 0
			for _, state := range indicator.States() {
				var list []indicator.Indicator
				f := indicator.Filter{State: state, Page: core.Request{Limit: 1}}
				for {
					page, err := w.List(ctx, ada, f)
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, page.Items...)
					if f.Page.After = page.Next; page.Next == "" {
						break
					}
				}
				found += len(list)
				for _, i := range list {
					if i.State != state {
						t.Errorf("at %s %s is found as %s, and is %s", w.now.Now(), i.Value, state, i.State)
					}
				}
			}
			if found != 7 {
				t.Errorf("%d were found", found)
			}
			w.now.Advance(7 * day / 2)
		}
		for want, f := range map[int]indicator.Filter{1: {Value: "198.51.100[.]4"}, 6: {Kind: "ip"}, 0: {Source: indicator.Ours}, 7: {Source: "north", Collection: w.c.ID}} {
			if got, err := w.List(ctx, ada, f); err != nil || len(got.Items) != want || got.Total != want {
				t.Errorf("%+v: %d of %d, %v", f, len(got.Items), got.Total, err)
			}
		}
		if _, err := w.List(ctx, ada, indicator.Filter{State: "odd"}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func TestNobodyMayDoAnything(t *testing.T) {
	var nobody identity.Actor
	s := indicator.New(indicator.Options{})
	for what, err := range map[string]error{
		"Digest": second(s.Digest(ctx, nobody)), "Relist": second(s.Relist(ctx, nobody)), "Sweep": s.Sweep(ctx, nobody), "List": second(s.List(ctx, nobody, indicator.Filter{})),
		"Look": second(s.Look(ctx, nobody, "x")), "Add": second(s.Add(ctx, nobody, indicator.Draft{})), "Retract": s.Retract(ctx, nobody, "x"),
		"Sources": second(s.Sources(ctx, nobody)), "Sight": s.Sight(ctx, nobody, "x", indicator.Saying{}), "Withdraw": s.Withdraw(ctx, nobody, "x"), "Blocklist": second(s.Blocklist(ctx, nobody, "x", "ip")),
	} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
