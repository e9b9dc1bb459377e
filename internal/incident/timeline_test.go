package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// hostile is what people may type into any field.
const hostile = "<script>alert(1)</script>\u202e =cmd|' /C calc'!A0 {party} \x00 é"

// codesOf are the codes of a timeline, the oldest first.
func (h *house) codesOf(t testing.TB, actor identity.Actor, name string, f TimelineFilter) (codes []string) {
	t.Helper()
	p, err := h.TimelineOf(t.Context(), actor, name, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Items {
		codes = append(codes, e.Code)
	}
	slices.Reverse(codes)
	return codes
}

func TestWhatIsDoneStandsInTheTimeline(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("bob", "ada")
		r := h.accept(t, Draft{Text: "An odd mail."})
		i := h.opened(t, bob, Opening{Title: "A phish", Reports: []string{r.ID}})
		step := func(what string, err error) {
			t.Helper()
			if h.clock.Advance(time.Second); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		now, err := h.Incident(t.Context(), bob, i.ID)
		step("read", err)
		title, label := "A phish at a bank", tlp.Green
		_, err = h.EditIncident(t.Context(), bob, i.ID, now.Version, Revision{Title: &title, TLP: &label})
		step("edit", err)
		_, err = h.AddNote(t.Context(), bob, i.ID, "She rings at two.")
		step("note", err)
		v, err := h.Investigate(t.Context(), bob, InvestigationDraft{Incident: i.ID, Party: provider, Subject: "Who?", Text: "Who is it?"})
		step("investigate", err)
		_, err = h.Accept(t.Context(), system, Draft{
			Door: Mail, Subject: "Re", Text: "It is x.", Reporter: Reporter{Email: provider.Email, Verified: DMARC}, Thread: Thread{Tag: v.Ref, MessageID: "<1@host.example>"},
		})
		step("answer", err)
		step("end", h.MoveInvestigation(t.Context(), bob, v.ID, Resolve))
		step("attach", only(h.Attach(t.Context(), bob, i.ID, File{Name: "a.txt", MediaType: "text/plain", Body: strings.NewReader("x")})))
		step("unlink", h.Unlink(t.Context(), bob, i.ID, r.ID, "another"))
		_, err = h.Restrict(t.Context(), bob, i.ID, true, nil, "a minister")
		step("restrict", err)
		step("glass", h.BreakGlass(t.Context(), ada, i.ID, "at night"))
		got := h.codesOf(t, bob, i.ID, TimelineFilter{})
		want := []string{
			"incident.opened", "report.linked", "incident.title", "incident.tlp", "note.added", "message.out", "message.in", "dialogue.resolved", "file.added", "report.unlinked",
			"member.added", "incident.restricted", "glass.broken",
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the timeline says %v, want %v", got, want)
		}
		if got := h.codesOf(t, bob, i.ID, TimelineFilter{Side: World}); !slices.Equal(got, []string{"message.in"}) {
			t.Errorf("of the world: %v", got)
		}
		if got := h.codesOf(t, bob, i.ID, TimelineFilter{Kind: "message"}); len(got) != 2 {
			t.Errorf("messages: %v", got)
		}
		if _, err := h.Timeline(t.Context(), eve, i.ID, page.Request{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("one who is no member: %v", err)
		}
	})
}

func TestPeopleWriteInTheTimeline(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, bob, Opening{})
		when := start.Add(-72 * time.Hour)
		e, err := h.AddEntry(t.Context(), bob, i.ID, EntryDraft{At: when, World: true, Text: hostile})
		if err != nil || strings.ContainsRune(e.Text, 0) {
			t.Fatalf("%q, %v", e.Text, err)
		}
		if _, err := h.EditEntry(t.Context(), ada, i.Ref, e.ID, 1, EntryDraft{At: when, World: true, Text: "They came in."}); err != nil {
			t.Fatal(err)
		}
		_, err = h.EditEntry(t.Context(), bob, i.ID, e.ID, 1, EntryDraft{At: when, Text: "Mine."})
		var c *Clash
		if !errors.As(err, &c) || c.Yours != "Mine." || c.Theirs != "They came in." || c.By != "ada" || c.Version != 2 {
			t.Errorf("two people: %+v, %v", c, err)
		}
		p, err := h.TimelineOf(t.Context(), bob, i.ID, TimelineFilter{Kind: Written})
		if err != nil || len(p.Items) != 1 || len(p.Items[0].Earlier) != 1 || p.Items[0].Earlier[0].Text != e.Text || !p.Items[0].At.Equal(when) {
			t.Errorf("what stood there is lost: %+v, %v", p.Items, err)
		}
		if err := h.RemoveEntry(t.Context(), bob, i.ID, e.ID, 2, "it was another"); err != nil {
			t.Fatal(err)
		}
		if got := h.codesOf(t, bob, i.ID, TimelineFilter{Kind: Written}); len(got) != 0 {
			t.Error("it is still there")
		}
		p, err = h.TimelineOf(t.Context(), bob, i.ID, TimelineFilter{Kind: Written, Removed: true})
		if err != nil || len(p.Items) != 1 || p.Items[0].Why != "it was another" || p.Items[0].Text != "They came in." {
			t.Errorf("it is gone from the record: %+v, %v", p.Items, err)
		}
	})
}

func TestWhatATimelineRefuses(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("bob")
		i := h.opened(t, bob, Opening{})
		hidden := h.opened(t, bob, Opening{Restricted: true})
		own, err := h.Timeline(t.Context(), bob, i.ID, page.Request{})
		if err != nil {
			t.Fatal(err)
		}
		firehalls := own.Items[0].ID
		good := EntryDraft{At: start, Text: "x"}
		add := func(actor identity.Actor, name string, d EntryDraft) error {
			return only(h.AddEntry(t.Context(), actor, name, d))
		}
		edit := func(name, entry string) error { return only(h.EditEntry(t.Context(), bob, name, entry, 1, good)) }
		refused{
			"no text":              {problem.Invalid, add(bob, i.ID, EntryDraft{At: start})},
			"no time":              {problem.Invalid, add(bob, i.ID, EntryDraft{Text: "x"})},
			"long ago":             {problem.Invalid, add(bob, i.ID, EntryDraft{At: start.AddDate(-100, 0, 0), Text: "x"})},
			"to come":              {problem.Invalid, add(bob, i.ID, EntryDraft{At: start.Add(48 * time.Hour), Text: "x"})},
			"too long":             {problem.Invalid, add(bob, i.ID, EntryDraft{At: start, Text: strings.Repeat("x", MaxEntry+1)})},
			"no incident":          {problem.NotFound, add(bob, "I-NOSUCH", good)},
			"a restricted one":     {problem.NotFound, add(eve, hidden.ID, good)},
			"an auditor":           {problem.Forbidden, add(aud, i.ID, good)},
			"what Firehall wrote":  {problem.Conflict, edit(i.ID, firehalls)},
			"no entry":             {problem.NotFound, edit(i.ID, "none")},
			"of another incident":  {problem.NotFound, edit(hidden.ID, firehalls)},
			"removed for nothing":  {problem.Invalid, h.RemoveEntry(t.Context(), bob, i.ID, firehalls, 1, " ")},
			"an odd side":          {problem.Invalid, only(h.TimelineOf(t.Context(), bob, i.ID, TimelineFilter{Side: "x"}))},
			"an odd kind":          {problem.Invalid, only(h.TimelineOf(t.Context(), bob, i.ID, TimelineFilter{Kind: "x' OR 1"}))},
			"a cursor of nothing":  {problem.Invalid, only(h.Timeline(t.Context(), bob, i.ID, page.Request{After: "!!"}))},
			"a timeline of nobody": {problem.NotFound, only(h.Timeline(t.Context(), eve, hidden.ID, page.Request{}))},
		}.check(t)
	})
}

// A long timeline is read page by page: each line once, the latest first.
func TestLongTimelines(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, bob, Opening{})
		const n = 250
		err := h.Work(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
			for k := range n {
				if err := h.Tell(tx, bob, in, Entry{At: start.Add(time.Duration(k/3) * time.Second), Code: "task.done", Args: map[string]string{"title": fmt.Sprint(k)}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for f := (TimelineFilter{Kind: "task", Request: page.Request{Limit: 40}}); ; {
			p, err := h.TimelineOf(t.Context(), bob, i.ID, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Items {
				seen[e.Args["title"]] = true
			}
			if f.After = p.Next; f.After == "" {
				break
			}
		}
		if len(seen) != n {
			t.Errorf("%d of %d lines", len(seen), n)
		}
	})
}

// What incidents had before there was a timeline stands in it, as far as it is known.
func TestOlderIncidentsShowWhatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.accept(t, Draft{})
		i := h.opened(t, bob, Opening{Reports: []string{r.ID}})
		if _, err := h.AddNote(t.Context(), bob, i.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Investigate(t.Context(), bob, InvestigationDraft{Incident: i.ID, Party: provider, Subject: "s", Text: "t"}); err != nil {
			t.Fatal(err)
		}
		before := h.codesOf(t, bob, i.ID, TimelineFilter{})
		slices.Sort(before)
		err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`DELETE FROM incident_entry`)
			for _, statement := range backfill(t, h.db) {
				if err == nil {
					_, err = tx.Exec(statement)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		after := h.codesOf(t, bob, i.ID, TimelineFilter{})
		if slices.Sort(after); !slices.Equal(before, after) {
			t.Errorf("%v, and it was %v", after, before)
		}
	})
}
