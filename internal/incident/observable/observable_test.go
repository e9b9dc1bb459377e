package observable

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
)

func TestAdd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{TLP: tlp.Amber})
		green, red := tlp.Green, tlp.Red
		out, err := h.Add(t.Context(), ada, i.Ref, []Draft{
			{Value: "hxxp://evil[.]example/a", Role: Infrastructure, TLP: &green, Detection: true, Note: "the page", First: start.Add(-time.Hour), Last: start},
			{Value: "203.0.113.9", TLP: &red},
			{Value: "http://EVIL.example/a", Last: start.Add(time.Hour)},
			{Kind: File, Value: "Invoice.exe", Role: Payload},
			{Kind: File, Value: "INVOICE.EXE"},
			{Value: "what?"},
			{Value: "198.51.100.1", Role: "king"},
			{Value: "10.1.2.3"},
		})
		if err != nil || len(out.Added) != 4 || len(out.Known) != 2 || len(out.Refused) != 2 {
			t.Fatalf("%+v, %v", out, err)
		}
		page1 := out.Added[0]
		if page1.TLP != tlp.Amber || page1.Role != Infrastructure || page1.Source != FromPerson || !page1.Detection || page1.Note != "the page" {
			t.Errorf("%+v", page1)
		}
		if out.Added[1].TLP != tlp.Red || !out.Added[3].Quiet || !slices.Contains(out.Added[3].Listed, "private") {
			t.Errorf("%+v", out.Added)
		}
		if out.Known[0].ID != page1.ID || !out.Known[0].Last.Equal(start.Add(time.Hour)) {
			t.Errorf("%+v", out.Known[0])
		}
		if out.Refused[0].Row != 5 || out.Refused[1].Row != 6 || out.Refused[0].Reason == "" {
			t.Errorf("%+v", out.Refused)
		}
		l, err := h.List(t.Context(), vol, i.ID, Filter{}, page.Request{})
		if err != nil || l.Total != 4 || len(l.Items) != 4 || len(l.Counts) != 3 {
			t.Errorf("%+v, %v", l, err)
		}
		if n := h.told(t, i.ID, "observable.added-many"); n != 1 {
			t.Errorf("%d lines in the timeline", n)
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		o := h.put(t, ada, i.ID, "evil.example")[0]
		for name, do := range map[string]func() error{
			"add":    func() error { _, err := h.Add(t.Context(), aud, i.ID, []Draft{{Value: "192.0.2.1"}}); return err },
			"paste":  func() error { _, err := h.Paste(t.Context(), aud, i.ID, "192.0.2.1"); return err },
			"edit":   func() error { _, err := h.Edit(t.Context(), aud, i.ID, o.ID, 0, Revision{}); return err },
			"remove": func() error { _, err := h.Remove(t.Context(), aud, i.ID, []string{o.ID}, "x"); return err },
			"export": func() error { _, err := h.Export(t.Context(), vol, i.ID, Filter{}, false); return err },
			"name":   func() error { _, err := h.Name(t.Context(), ada, nil); return err },
			"nobody": func() error {
				_, err := h.List(t.Context(), person("nobody"), i.ID, Filter{}, page.Request{})
				return err
			},
		} {
			if err := do(); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := h.list(t, aud, i.ID, Filter{}); !slices.Equal(got, []string{"evil.example"}) {
			t.Errorf("%v", got)
		}
	})
}

func TestListing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "192.0.2.1", "192.0.2.2", "evil.example", "http://evil.example/login", "10.0.0.1")
		gone := h.put(t, ada, i.ID, "good.example")[0]
		if _, err := h.Remove(t.Context(), ada, i.ID, []string{gone.ID}, "ours"); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name string
			f    Filter
			want []string
		}{
			{"a kind", Filter{Kinds: []Kind{"domain"}}, []string{"evil.example"}},
			{"two kinds", Filter{Kinds: []Kind{"domain", "url"}}, []string{"evil.example", "http://evil.example/login"}},
			{"a text", Filter{Text: "EVIL[.]"}, []string{"evil.example", "http://evil.example/login"}},
			{"a text of a kind", Filter{Text: "hxxp://evil", Kinds: []Kind{"url"}}, []string{"http://evil.example/login"}},
			{"what is listed", Filter{Listed: true}, []string{"10.0.0.1", "192.0.2.1", "192.0.2.2", "evil.example", "http://evil.example/login"}},
			{"a role", Filter{Role: Victim}, nil},
			{"what was removed", Filter{Removed: true}, []string{"good.example"}},
		}
		for _, tt := range tests {
			if got := h.list(t, bob, i.ID, tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v", tt.name, got)
			}
		}
		if _, err := h.List(t.Context(), ada, i.ID, Filter{Order: "size"}, page.Request{}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

// Page by page, in each order, everything comes once.
func TestPaging(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "192.0.2.1", "192.0.2.2", "192.0.2.3", "a.evil.example", "b.evil.example", "CVE-2024-12345", "AS64500")
		for _, f := range []Filter{{}, {Order: ByAge}, {Order: ByKind}, {Text: "e"}, {Order: ByKind, Text: "2"}} {
			whole, err := h.List(t.Context(), ada, i.ID, f, page.Request{})
			if err != nil {
				t.Fatal(err)
			}
			var got []Observable
			r := page.Request{Limit: 2}
			for {
				l, err := h.List(t.Context(), ada, i.ID, f, r)
				if err != nil || l.Total != whole.Total {
					t.Fatalf("%+v, %v", l, err)
				}
				got = append(got, l.Items...)
				if r.After = l.Next; r.After == "" {
					break
				}
			}
			if !slices.EqualFunc(got, whole.Items, func(a, b Observable) bool { return a.ID == b.ID }) || len(got) != whole.Total {
				t.Errorf("%+v: %v, not %v", f, values(got), values(whole.Items))
			}
		}
	})
}

func TestEdit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{TLP: tlp.Amber})
		o := h.put(t, ada, i.ID, "evil.example")[0]
		role, note, yes, red, green := Attacker, "<script>alert(1)</script>", true, tlp.Red, tlp.Green
		got, err := h.Edit(t.Context(), bob, i.ID, o.ID, o.Version, Revision{Role: &role, Note: &note, Detection: &yes, TLP: &red})
		if err != nil || got.Role != role || got.Note != note || !got.Detection || got.TLP != red || got.Version != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := h.Edit(t.Context(), ada, i.ID, o.ID, o.Version, Revision{Role: &role}); !problem.Is(err, problem.Conflict) {
			t.Errorf("an older version: %v", err)
		}
		early := start.Add(-time.Hour)
		for name, e := range map[string]Revision{"looser": {TLP: &green}, "before the first": {First: &start, Last: &early}, "too long": {Note: ptr(strings.Repeat("x", 5000))}} {
			if _, err := h.Edit(t.Context(), ada, i.ID, o.ID, 0, e); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := h.open(t, ada, incident.Opening{})
		_, err = h.Edit(t.Context(), ada, other.ID, o.ID, 0, Revision{})
		missing(t, "by another incident", err)
		// A stricter incident makes all that is in it stricter.
		if _, err := h.incidents.EditIncident(t.Context(), ada, i.ID, version(t, h, i.ID), incident.Revision{TLP: &red}); err != nil {
			t.Fatal(err)
		}
		p := h.put(t, ada, i.ID, "other.example")[0]
		if p.TLP != red {
			t.Errorf("%v", p.TLP)
		}
	})
}

func ptr[T any](v T) *T { return &v }

func version(t *testing.T, h *house, name string) int64 {
	t.Helper()
	i, err := h.incidents.Incident(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	return i.Version
}

func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		list := h.put(t, ada, i.ID, "evil.example", "192.0.2.1")
		if _, err := h.Remove(t.Context(), ada, i.ID, []string{list[0].ID}, " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		done, err := h.Remove(t.Context(), ada, i.ID, []string{list[0].ID, list[0].ID, "nothing"}, "it was ours")
		if err != nil || len(done.Done) != 1 || len(done.Undone) != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
		l, err := h.List(t.Context(), ada, i.ID, Filter{Removed: true}, page.Request{})
		if err != nil || len(l.Items) != 1 || l.Items[0].Reason != "it was ours" || l.Items[0].RemovedBy != "ada" {
			t.Fatalf("%+v, %v", l, err)
		}
		// It may be added anew, and then the old one stays out.
		h.put(t, ada, i.ID, "evil.example")
		if done, err = h.Restore(t.Context(), ada, i.ID, []string{list[0].ID}); err != nil || len(done.Done) != 0 {
			t.Errorf("%+v, %v", done, err)
		}
		if _, err = h.Remove(t.Context(), ada, i.ID, []string{list[1].ID}, "x"); err != nil {
			t.Fatal(err)
		}
		if done, err = h.Restore(t.Context(), ada, i.ID, []string{list[1].ID}); err != nil || len(done.Done) != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		if got := h.list(t, ada, i.ID, Filter{}); !slices.Equal(got, []string{"192.0.2.1", "evil.example"}) {
			t.Errorf("%v", got)
		}
	})
}

func TestEditAll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		list := h.put(t, ada, i.ID, "evil.example", "192.0.2.1", "192.0.2.2")
		role := Victim
		done, err := h.EditAll(t.Context(), ada, i.ID, []string{list[0].ID, list[1].ID}, Revision{Role: &role})
		if err != nil || len(done.Done) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := h.list(t, ada, i.ID, Filter{Role: Victim}); len(got) != 2 {
			t.Errorf("%v", got)
		}
		if _, err := h.EditAll(t.Context(), ada, i.ID, nil, Revision{}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func TestRelations(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		list := h.put(t, ada, i.ID, "evil.example", "192.0.2.1")
		a, b := list[0].ID, list[1].ID
		for range 2 {
			if err := h.Relate(t.Context(), ada, i.ID, a, ResolvesTo, b); err != nil {
				t.Fatal(err)
			}
		}
		for name, err := range map[string]error{
			"with itself": h.Relate(t.Context(), ada, i.ID, a, ResolvesTo, a), "unknown": h.Relate(t.Context(), ada, i.ID, a, "loves", b),
		} {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := h.open(t, ada, incident.Opening{})
		far := h.put(t, ada, other.ID, "192.0.2.2")[0]
		missing(t, "to another incident", h.Relate(t.Context(), ada, i.ID, a, ResolvesTo, far.ID))
		from, err := h.One(t.Context(), bob, i.ID, a)
		if err != nil || len(from.RelatedTo) != 1 || !from.RelatedTo[0].Out || from.RelatedTo[0].Other.Value != "192.0.2.1" {
			t.Fatalf("%+v, %v", from, err)
		}
		to, err := h.One(t.Context(), bob, i.ID, b)
		if err != nil || len(to.RelatedTo) != 1 || to.RelatedTo[0].Out {
			t.Fatalf("%+v, %v", to, err)
		}
		missing(t, "of another incident", h.Unrelate(t.Context(), ada, other.ID, to.RelatedTo[0].ID))
		if err := h.Unrelate(t.Context(), ada, i.ID, to.RelatedTo[0].ID); err != nil {
			t.Error(err)
		}
		missing(t, "again", h.Unrelate(t.Context(), ada, i.ID, to.RelatedTo[0].ID))
	})
}

func TestSightings(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		o := h.put(t, ada, i.ID, "evil.example")[0]
		seen := start.Add(-48 * time.Hour)
		for _, g := range []Sighting{{At: seen, Count: 40, Verdict: True, Seer: "ISP One", Note: "proxy log"}, {Count: 2, Verdict: False, Seer: "Bank"}} {
			if err := h.Sight(t.Context(), ada, i.ID, o.ID, g); err != nil {
				t.Fatal(err)
			}
		}
		for name, g := range map[string]Sighting{
			"nobody": {}, "never": {Seer: "x", Count: -1}, "tomorrow": {Seer: "x", At: start.Add(24 * time.Hour)}, "perhaps": {Seer: "x", Verdict: "perhaps"},
		} {
			if err := h.Sight(t.Context(), ada, i.ID, o.ID, g); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		got, err := h.One(t.Context(), bob, i.ID, o.ID)
		if err != nil || got.Seen != 42 || got.False != 2 || len(got.Sightings) != 2 || got.Sightings[1].Seer != "ISP One" || !got.First.Equal(seen) || !got.Last.Equal(start) {
			t.Fatalf("%+v, %v", got, err)
		}
		if err := h.Unsight(t.Context(), ada, i.ID, got.Sightings[0].ID); err != nil {
			t.Error(err)
		}
		missing(t, "again", h.Unsight(t.Context(), ada, i.ID, got.Sightings[0].ID))
	})
}

func TestFind(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "evil.net")
		if _, err := h.Add(t.Context(), ada, i.ID, []Draft{{Kind: File, Value: "Invoice.exe"}}); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]string{"EVIL[.]net": "evil.net", "invoice.EXE": "Invoice.exe"} {
			if o, err := h.Find(t.Context(), vol, i.ID, text); err != nil || o.Value != want {
				t.Errorf("%s: %+v, %v", text, o, err)
			}
		}
		_, err := h.Find(t.Context(), vol, i.ID, "good.net")
		missing(t, "what is not there", err)
	})
}
