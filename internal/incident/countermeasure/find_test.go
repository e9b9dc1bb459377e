package countermeasure

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/observable"
)

// marked lets the room know marks.
func (h *house) marked() {
	h.o.Marks = observable.New(observable.Options{DB: h.db, Incidents: h.o.Incidents, Key: [32]byte{7}}).Marks
}

func (h *house) touching(t testing.TB, text string) []Countermeasure {
	t.Helper()
	list, err := h.Touching(t.Context(), ada, text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What touches an asset is found by it, by its host and by its domain; of a restricted incident by its members alone.
func TestTouching(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		old := h.draft(t, nil) // before there were marks
		h.marked()
		if len(h.touching(t, "shop.example")) != 0 {
			t.Error("what has no marks is found")
		}
		h.later(t, 0)
		c := h.asked(t, nil)
		for _, asked := range []string{"hxxp://shop[.]example/login", "shop.example", "http://shop.example/login"} {
			if list := h.touching(t, asked); len(list) != 2 || list[0].ID != c.ID || list[1].ID != old.ID || list[0].Asset.Value == "" {
				t.Errorf("%s: %+v", asked, list)
			}
		}
		if len(h.touching(t, "other.example")) != 0 {
			t.Error("another is found")
		}
		if _, err := h.Edit(t.Context(), ada, old.ID, 0, Plan{Asset: &Asset{Kind: Domain, Value: "other.example"}}); err != nil {
			t.Fatal(err)
		}
		if len(h.touching(t, "www.other.example")) != 1 || len(h.touching(t, "shop.example")) != 1 {
			t.Error("it is not found by what it became")
		}
		h.about = h.incident(t, true)
		h.draft(t, nil)
		if list, err := h.Touching(t.Context(), eve, "shop.example"); err != nil || len(list) != 1 {
			t.Errorf("who is no member finds %+v, %v", list, err)
		}
		if len(h.touching(t, "shop.example")) != 2 {
			t.Error("a member does not find it")
		}
	})
}

func TestTouchingNothing(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		h.marked()
		h.draft(t, func(p *Plan) { p.Asset = &Asset{Kind: Other, Value: "what is it"} })
		h.later(t, 0)
		if n := h.count(t, `SELECT count(*) FROM countermeasure_mark WHERE own = 1`); n != 0 {
			t.Errorf("%d marks of words", n)
		}
		if _, err := h.Touching(t.Context(), ada, "what is it"); !problem.Is(err, problem.Invalid) {
			t.Error(err)
		}
	})
}
