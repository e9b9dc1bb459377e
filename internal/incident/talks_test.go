package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

func talked(list []Talk) (out []string) {
	for _, t := range list {
		out = append(out, t.Subject+" "+string(t.Turn))
	}
	return out
}

// The dialogues of all reports and incidents stand in one list: who waits longest comes first, and what is not to be seen is neither shown nor counted.
func TestTalks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		hidden, seen := h.hiddenAndSeen(t)
		r := h.accept(t, Draft{Door: Form, Text: "Help."})
		provider := Party{Name: "ISP <b>", Email: "abuse@isp.example"}
		begin := func(subject string, d InvestigationDraft) Investigation {
			h.clock.Advance(time.Minute)
			d.Party, d.Subject, d.Text = provider, subject, "Look."
			v, err := h.Investigate(t.Context(), ada, d)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		a, b := begin("a", InvestigationDraft{Incident: seen.ID}), begin("b", InvestigationDraft{Report: r.ID})
		begin("c", InvestigationDraft{Incident: hidden.ID})
		d := begin("d", InvestigationDraft{Incident: seen.ID})
		h.clock.Advance(time.Minute)
		h.accept(t, Draft{Door: Mail, Subject: "Re", Text: "Done.", Reporter: Reporter{Email: provider.Email, Verified: DMARC}, Thread: Thread{Tag: a.Ref, MessageID: "<1@isp.example>"}})
		if _, err := h.AssignInvestigations(t.Context(), ada, []string{b.ID}, "bob"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.MoveInvestigations(t.Context(), ada, []string{d.ID}, Resolve); err != nil {
			t.Fatal(err)
		}
		read := h.recorded(t, string(OpIncidentRead), "ada")
		for name, c := range map[string]struct {
			actor identity.Actor
			f     TalkFilter
			want  []string
		}{
			"open":       {ada, TalkFilter{}, []string{"b theirs", "c theirs", "a ours"}},
			"no member":  {eve, TalkFilter{}, []string{"b theirs", "a ours"}},
			"ours":       {eve, TalkFilter{Turn: TurnOurs}, []string{"a ours"}},
			"theirs":     {eve, TalkFilter{Turn: TurnTheirs}, []string{"b theirs"}},
			"over":       {eve, TalkFilter{Turn: TurnOver}, []string{"d over"}},
			"bob's":      {eve, TalkFilter{Assignee: "bob"}, []string{"b theirs"}},
			"nobody's":   {eve, TalkFilter{Nobody: true}, []string{"a ours"}},
			"of a party": {eve, TalkFilter{Text: " ABUSE@isp "}, []string{"b theirs", "a ours"}},
			"of another": {ada, TalkFilter{Text: "other"}, nil},
		} {
			got, err := h.Talks(t.Context(), c.actor, c.f)
			if err != nil || !slices.Equal(talked(got.Items), c.want) || got.Next != "" {
				t.Errorf("%s: %q, %q, %v", name, talked(got.Items), got.Next, err)
			}
			if c.f.Text != "" {
				continue
			}
			if n, err := h.CountTalks(t.Context(), c.actor, c.f, 100); err != nil || n != len(c.want) {
				t.Errorf("%s: counts %d, %v", name, n, err)
			}
		}
		if n := h.recorded(t, string(OpIncidentRead), "ada") - read; n != 1 {
			t.Errorf("that a member read of it is on record %d times", n)
		}
		first, err := h.Talks(t.Context(), ada, TalkFilter{})
		if err != nil || first.Items[0].About != r.Ref || first.Items[2].About != seen.Ref || first.Items[0].Restricted || !first.Items[1].Restricted || first.Items[0].Assignee != "bob" ||
			!first.Items[2].Last.Equal(h.clock.Now()) {
			t.Errorf("%+v, %v", first.Items, err)
		}
		for name, f := range map[string]TalkFilter{
			"no turn": {Turn: "mine"}, "both": {Nobody: true, Assignee: "bob"}, "too long": {Text: strings.Repeat("x", MaxSubject+1)}, "no cursor": {Request: page.Request{After: "x"}},
		} {
			if _, err := h.Talks(t.Context(), ada, f); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.Talks(t.Context(), identity.Actor{}, TalkFilter{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// Pages go on where the last ended, also where several were written at one moment.
func TestTalksInPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, ada, Opening{})
		var want []string
		for n := range 7 {
			if n%3 == 0 {
				h.clock.Advance(time.Second)
			}
			v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: i.ID, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: fmt.Sprint(n), Text: "Look."})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, v.ID)
		}
		for _, turn := range []Turn{"", TurnOver} {
			var got []string
			f := TalkFilter{Turn: turn, Request: page.Request{Limit: 2}}
			for {
				p, err := h.Talks(t.Context(), ada, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range p.Items {
					got = append(got, one.ID)
				}
				if f.After = p.Next; f.After == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: %q, want %q", turn, got, want)
			}
			if _, err := h.MoveInvestigations(t.Context(), ada, want, Resolve); turn == "" && err != nil {
				t.Fatal(err)
			}
			slices.Reverse(want) // of those that are over the newest comes first
		}
	})
}
