package countermeasure

import (
	"reflect"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

// split takes countermeasures along into an incident of their own, and has to.
func (h *house) split(t testing.TB, ids ...string) incident.Incident {
	t.Helper()
	made, err := h.o.Incidents.SplitIncident(t.Context(), ada, h.about, incident.Splitting{Title: "The other page", Parts: map[string][]string{PartName: ids}, Why: "two kits"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// A take-down goes along with a split, is chased there, and comes back with all that was said and seen.
func TestSplitTakesTakedownsAlong(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		c, stays := h.asked(t, nil), h.draft(t, nil)
		before := h.see(t, c.ID)
		list, err := h.o.Incidents.Carriable(t.Context(), ada, h.about)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		made := h.split(t, c.ID)
		got := h.see(t, c.ID)
		if got.Incident != made.ID || got.Asset != before.Asset || !reflect.DeepEqual(got.Messages, before.Messages) || !reflect.DeepEqual(got.History, before.History) || h.see(t, stays.ID).Incident != h.about {
			t.Errorf("%+v, and it was %+v", got, before)
		}
		h.talks(t, made.ID, got.Turns[0].Dialogue, 1)
		h.talks(t, h.about, got.Turns[0].Dialogue, 0)
		h.later(t, 73*time.Hour)
		h.talks(t, made.ID, got.Turns[0].Dialogue, 2)
		if got = h.see(t, c.ID); len(got.Messages) != 2 {
			t.Errorf("it was not chased: %+v", got.Messages)
		}
		if err := h.o.Incidents.UnsplitIncident(t.Context(), ada, made.ID, "one after all"); err != nil {
			t.Fatal(err)
		}
		if back := h.see(t, c.ID); back.Incident != h.about || !reflect.DeepEqual(back.Messages, got.Messages) || !reflect.DeepEqual(back.Turns, got.Turns) {
			t.Errorf("%+v", back)
		}
		h.talks(t, h.about, got.Turns[0].Dialogue, 2)
		h.talks(t, made.ID, got.Turns[0].Dialogue, 0)
	})
}

// What was made for an incident that was merged goes back to that one, so that it parts with it.
func TestUnsplitRemembersWhatWasMerged(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		first, c := h.about, h.draft(t, nil)
		h.about = h.incident(t, false)
		h.draft(t, nil)
		if _, err := h.o.Incidents.MergeIncident(t.Context(), ada, first, h.about, "one"); err != nil {
			t.Fatal(err)
		}
		made := h.split(t, c.ID)
		if err := h.o.Incidents.UnsplitIncident(t.Context(), ada, made.ID, "one after all"); err != nil {
			t.Fatal(err)
		}
		if err := h.o.Incidents.UnmergeIncident(t.Context(), ada, first, "two"); err != nil {
			t.Fatal(err)
		}
		if got := h.see(t, c.ID); got.Incident != first || got.Asset != c.Asset {
			t.Errorf("%+v", got)
		}
	})
}

// What is asked for while its closed incident is merged opens that once it stands for itself again; a block that is only to be confirmed as lifted does not.
func TestUnmergedWakesForATakedown(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		for name, again := range map[string]bool{"open": true, "resolved": false} {
			h.about = h.incident(t, false)
			c := h.asked(t, func(p *Plan) { p.Kind = ptr(Block) })
			h.must(t, c.ID, Moving{Move: MoveVerify, Reason: "in force"})
			if _, err := h.o.Incidents.MoveIncidentWith(t.Context(), ada, h.about, incident.Resolve, "done", incident.Agreed{Lift: true}); err != nil {
				t.Fatal(err)
			}
			into := h.incident(t, false)
			if _, err := h.o.Incidents.MergeIncident(t.Context(), ada, h.about, into, "one"); err != nil {
				t.Fatal(err)
			}
			if again {
				h.must(t, c.ID, Moving{Move: MoveConfirm, Reason: "it is off"})
				h.must(t, c.ID, Moving{Move: MoveReopen, Reason: "it goes on"})
				h.must(t, c.ID, Moving{Move: MoveAsk, Party: hoster()})
			}
			if err := h.o.Incidents.UnmergeIncident(t.Context(), ada, h.about, "two"); err != nil {
				t.Fatal(err)
			}
			if got := h.stage(t); got != name {
				t.Errorf("asked anew: %t, and the incident is %s", again, got)
			}
		}
	})
}

func TestOthersAreNotTakenAlong(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.draft(t, nil)
		h.about = h.incident(t, false)
		for _, name := range []string{c.ID, "nosuch"} {
			_, err := h.o.Incidents.SplitIncident(t.Context(), ada, h.about, incident.Splitting{Title: "x", Parts: map[string][]string{PartName: {name}}, Why: "x"})
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// talks looks for a dialogue of an incident, and how many messages it has; 0 if it hangs elsewhere.
func (h *house) talks(t *testing.T, about, dialogue string, want int) {
	t.Helper()
	i, err := h.o.Incidents.Incident(t.Context(), ada, about)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, v := range i.Investigations {
		if v.ID == dialogue {
			one, err := h.o.Incidents.Investigation(t.Context(), ada, v.ID)
			if err != nil {
				t.Fatal(err)
			}
			got = len(one.Messages)
		}
	}
	if got != want {
		t.Errorf("the dialogue has %d messages there, want %d", got, want)
	}
}
