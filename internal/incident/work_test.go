package incident

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// The room lets a report make exactly the moves that stand in the table.
func TestReportsMoveAsTheTableSays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h, round := build(t, db), 0
		rapid.Check(t, func(rt *rapid.T) {
			if round++; round > rounds {
				return
			}
			r, state := h.accept(t, Draft{}), StateNew
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				name := rapid.SampledFrom(simple).Draw(rt, "move")
				m, _ := find(reportMoves, name)
				may := slices.Contains(m.From, state) && name != Police
				done, err := h.Move(t.Context(), ada, []string{r.Ref, "R-NOSUCH"}, name, "because")
				if err != nil || may != (len(done.Moved) == 1) || done.Unmoved[0] != (Unmoved{ID: "R-NOSUCH", Why: "gone"}) && done.Unmoved[1] != (Unmoved{ID: "R-NOSUCH", Why: "gone"}) {
					rt.Fatalf("%s from %s: %+v, %v", name, state, done, err)
				}
				if may {
					state = m.To
				}
				if got := h.see(t, bob, r.ID); got.State != state {
					rt.Fatalf("it is %s and should be %s", got.State, state)
				}
			}
		})
	})
}

func TestMoveRefuses(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	r := h.accept(t, Draft{})
	for name, do := range map[string]func() (Moved, error){
		"no reason": func() (Moved, error) { return h.Move(t.Context(), ada, []string{r.ID}, Reject, " ") },
		"no move":   func() (Moved, error) { return h.Move(t.Context(), ada, []string{r.ID}, Link, "x") },
		"nothing":   func() (Moved, error) { return h.Move(t.Context(), ada, nil, Take, "x") },
		"too many":  func() (Moved, error) { return h.Move(t.Context(), ada, make([]string, MaxBulk+1), Take, "x") },
	} {
		if _, err := do(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Move(t.Context(), aud, []string{r.ID}, Take, "x"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("an auditor: %v", err)
	}
}

func TestTwoPeopleLoseNoText(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.accept(t, Draft{})
		n, err := h.AddNote(t.Context(), ada, r.ID, "first")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.EditNote(t.Context(), bob, n.ID, 1, "bob's words"); err != nil {
			t.Fatal(err)
		}
		_, err = h.EditNote(t.Context(), ada, n.ID, 1, "ada's words")
		var c *Clash
		if !problem.Is(err, problem.Conflict) || !errors.As(err, &c) || c.Yours != "ada's words" || c.Theirs != "bob's words" || c.By != "bob" || c.Version != 2 {
			t.Fatalf("%v, %+v", err, c)
		}
		if n, err := h.EditNote(t.Context(), ada, n.ID, c.Version, "both"); err != nil || n.Version != 3 {
			t.Errorf("%+v, %v", n, err)
		}
		g := Significance{Economy: Ground{Yes: true, Reason: "a bank"}}
		if _, err := h.SetSignificance(t.Context(), ada, r.ID, 0, g); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SetSignificance(t.Context(), bob, r.ID, 0, Significance{}); !errors.As(err, &c) || c.Theirs != "economy: a bank" {
			t.Errorf("%v", err)
		}
		if _, err := h.SetSignificance(t.Context(), bob, r.ID, 1, Significance{Government: Ground{Yes: true}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a yes without a reason: %v", err)
		}
	})
}

func TestMergeCanBeUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, two, three := h.accept(t, Draft{}), h.accept(t, Draft{Subject: "again"}), h.accept(t, Draft{})
		i := h.opened(t, ada, Opening{Reports: []string{two.ID}})
		if m, err := h.Merge(t.Context(), ada, one.ID, []string{two.ID}, ""); err != nil || len(m.Moved) != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
		if got := h.see(t, ada, two.ID); got.Duplicate != one.ID || got.State != StateResolved {
			t.Errorf("%+v", got)
		}
		if got := h.see(t, ada, one.ID); len(got.Duplicates) != 1 || got.Duplicates[0].Title != "again" {
			t.Errorf("%+v", got.Duplicates)
		}
		if _, err := h.Merge(t.Context(), ada, two.ID, []string{three.ID}, ""); !problem.Is(err, problem.Conflict) {
			t.Errorf("into a duplicate: %v", err)
		}
		if _, err := h.Merge(t.Context(), ada, one.ID, []string{one.ID}, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("with itself: %v", err)
		}
		if m, err := h.Merge(t.Context(), ada, three.ID, []string{one.ID}, ""); err != nil || len(m.Unmoved) != 1 {
			t.Errorf("one that has duplicates: %+v, %v", m, err)
		}
		if err := h.Unmerge(t.Context(), bob, two.ID, "no"); err != nil {
			t.Fatal(err)
		}
		if got := h.see(t, ada, two.ID); got.Duplicate != "" || got.State != StateOpen || len(got.Incidents) != 1 || got.Incidents[0].ID != i.ID {
			t.Errorf("%+v", got)
		}
	})
}

func TestBrokenGlass(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob", "vol")
		r := h.accept(t, Draft{Subject: "Secret", Text: "The minister."})
		if _, err := h.AddNote(t.Context(), eve, r.ID, "I looked."); err != nil {
			t.Fatal(err)
		}
		i := h.opened(t, ada, Opening{Title: "Minister", Restricted: true, Reports: []string{r.ID}})
		if got := h.see(t, eve, r.ID); !got.Passed || got.Subject != "" || got.Text != "" || got.Notes != nil {
			t.Errorf("%+v", got)
		}
		if _, err := h.Report(t.Context(), bob, r.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("bob sees it: %v", err)
		}
		for who, kind := range map[string]problem.Kind{"eve": problem.Conflict, "vol": problem.Forbidden} {
			actor := map[string]identity.Actor{"eve": eve, "vol": vol}[who]
			if err := h.BreakGlass(t.Context(), actor, r.Ref, "urgent"); !problem.Is(err, kind) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if err := h.BreakGlass(t.Context(), bob, r.Ref, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := h.BreakGlass(t.Context(), bob, r.Ref, "nobody answers"); err != nil {
			t.Fatal(err)
		}
		if got := h.see(t, bob, r.ID); got.Text != "The minister." {
			t.Errorf("%+v", got)
		}
		if n := h.count(t, `SELECT count(*) FROM task WHERE kind = 'glass' AND title NOT LIKE '%I-%' AND object NOT LIKE $1 || '%'`, i.ID); n != 1 {
			t.Errorf("%d tasks", n)
		}
		if n := h.count(t, `SELECT count(*) FROM delivery`); n < 3 { // the team, the manager, the member
			t.Errorf("%d mails", n)
		}
		if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE operation = 'report.read' AND actor = 'bob'`); n != 1 {
			t.Errorf("%d readings on record", n)
		}
		for _, secret := range []string{"inister", "Secret", "I looked"} {
			if strings.Contains(everything(t, h), secret) {
				t.Errorf("%q lies in the clear", secret)
			}
		}
		h.clock.Advance(GlassFor)
		if _, err := h.Incident(t.Context(), bob, i.Ref); !problem.Is(err, problem.NotFound) {
			t.Errorf("after four hours: %v", err)
		}
		if _, err := h.Forget(t.Context(), system, 0); err != nil || h.count(t, `SELECT count(*) FROM incident_member`) != 1 {
			t.Errorf("it is still a member: %v", err)
		}
		h.end("ada")
		if _, err := h.Incident(t.Context(), ada, i.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("without an agreement: %v", err)
		}
	})
}

func TestMailbox(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.accept(t, Draft{Confidential: true, Subject: "Hush", Text: "first"})
		if _, err := h.Reply(t.Context(), ada, r.ID, "", "answer"); err != nil {
			t.Fatal(err)
		}
		if err := h.SayIn(t.Context(), strings.ToLower(r.Code), "more", []File{{Name: "a.txt", Body: strings.NewReader("x")}}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.AddNote(t.Context(), ada, r.ID, "internal"); err != nil {
			t.Fatal(err)
		}
		box, err := h.Mailbox(t.Context(), " "+strings.ReplaceAll(r.Code, "-", " "))
		var texts []string
		for _, m := range box.Messages {
			texts = append(texts, string(m.Direction)+" "+m.Text+m.By)
		}
		if err != nil || !slices.Equal(texts, []string{"in first", "out answer", "in more"}) || len(box.Messages[2].Files) != 1 {
			t.Fatalf("%q, %v", texts, err)
		}
		for _, code := range []string{"", "x", strings.Repeat("A", 29), r.Code[:28] + "?", strings.Repeat("0", 24)} {
			if _, err := h.Mailbox(t.Context(), code); !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: %v", code, err)
			}
		}
		wrong := r.Code[:28] + string(codeLetters[(strings.IndexByte(codeLetters, r.Code[28])+1)%32])
		for range mostTries {
			if _, err := h.Mailbox(t.Context(), wrong); !problem.Is(err, problem.NotFound) {
				t.Fatalf("a wrong code: %v", err)
			}
		}
		if _, err := h.Mailbox(t.Context(), r.Code); !problem.Is(err, problem.Unavailable) {
			t.Errorf("after many tries: %v", err)
		}
		h.clock.Advance(triesWithin)
		if _, err := h.Mailbox(t.Context(), r.Code); err != nil {
			t.Error(err)
		}
		if err := h.Erase(t.Context(), boss, r.ID, "their wish"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Mailbox(t.Context(), r.Code); !problem.Is(err, problem.NotFound) {
			t.Errorf("erased: %v", err)
		}
		if got := h.see(t, ada, r.ID); !got.Erased || got.Text != "" {
			t.Errorf("%+v", got)
		}
	})
}

// Mail finds its dialogue by what we wrote; a tag alone opens nothing to a stranger.
func TestMailFindsItsDialogue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := Draft{Door: Mail, Subject: "Help", Thread: Thread{MessageID: "<1@x>"}, Reporter: Reporter{Email: "zoe@city.example"}}
		r := h.accept(t, first)
		again := func(from string, v Verified, thread Thread) string {
			thread.MessageID = "<" + from + string(v) + thread.Tag + strings.Join(thread.References, "") + "@x>"
			return h.accept(t, Draft{Door: Mail, Text: "more", Thread: thread, Reporter: Reporter{Email: from, Verified: v}}).ID
		}
		for name, tt := range map[string]struct {
			from  string
			v     Verified
			t     Thread
			joins bool
		}{
			"references":           {"Zoe@city.example", "", Thread{References: []string{"<1@x>"}}, true},
			"references, stranger": {"eve@x.example", DMARC, Thread{References: []string{"<1@x>"}}, false},
			"tag":                  {"zoe@city.example", DMARC, Thread{Tag: r.Ref}, true},
			"tag, unproven":        {"zoe@city.example", "", Thread{Tag: r.Ref}, false},
			"tag, stranger":        {"eve@x.example", DMARC, Thread{Tag: r.Ref}, false},
			"nothing":              {"zoe@city.example", DMARC, Thread{}, false},
		} {
			if got := again(tt.from, tt.v, tt.t); (got == r.ID) != tt.joins {
				t.Errorf("%s: joined %v", name, got == r.ID)
			}
		}
		if got := h.see(t, ada, r.ID); len(got.Messages) != 2 {
			t.Errorf("%d messages", len(got.Messages))
		}
	})
}

func TestReferralsHaveAClock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.accept(t, Draft{Reporter: Reporter{Email: "zoe@city.example"}, Answers: Answers{Peers: true}})
		f, err := h.Refer(t.Context(), ada, r.ID, ReferralDraft{To: Party{Name: "Peer", Email: "cert@peer.example"}, Text: "Yours?", Reason: "their network", Due: start.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int{0, 1, 0} {
			if n, err := h.Overdue(t.Context(), system); err != nil || n != want {
				t.Errorf("%d: %d overdue, want %d, %v", i, n, want, err)
			}
			h.clock.Advance(time.Hour)
		}
		if err := h.Answered(t.Context(), ada, f.ID, "they act"); err != nil {
			t.Fatal(err)
		}
		if err := h.Answered(t.Context(), ada, f.ID, "again"); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		got := h.see(t, ada, r.ID)
		if got.State != StateOpen || len(got.Referrals) != 1 || got.Referrals[0].Outcome != "they act" || got.Referrals[0].To.Name != "Peer" {
			t.Errorf("%+v", got.Referrals)
		}
		v, err := h.Investigate(t.Context(), bob, InvestigationDraft{Report: r.ID, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "A host", Text: "Look at it."})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Write(t.Context(), bob, v.Ref, "And?"); err != nil {
			t.Fatal(err)
		}
		if got, err := h.Investigation(t.Context(), ada, v.ID); err != nil || len(got.Messages) != 2 || got.Messages[1].Text != "And?" || got.Messages[0].Delivery == "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestChildAbuseMaterialIsShutAway(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		r := h.accept(t, Draft{Machine: &Machine{Format: "xarf", Type: "content-csam", URL: "http://bad.example/1"}, Files: []File{{Name: "a", Body: strings.NewReader("x")}}})
		late := h.accept(t, Draft{Files: []File{{Name: "b", Body: strings.NewReader("y")}}})
		assess(t, h, late.ID, triage.Assessment{Quarantine: true})
		for _, id := range []string{r.ID, late.ID} {
			got := h.see(t, ada, id)
			if !got.Quarantined || !got.Files[0].Quarantined || got.Files[0].SHA256 != "" {
				t.Fatalf("%+v", got)
			}
			if _, _, err := h.Evidence(t.Context(), boss, got.Files[0].ID, "x"); !problem.Is(err, problem.Conflict) {
				t.Errorf("it is given out: %v", err)
			}
			if m, err := h.Move(t.Context(), ada, []string{id}, Police, "told the hotline"); err != nil || len(m.Moved) != 1 {
				t.Errorf("%+v, %v", m, err)
			}
		}
	})
}

// Reports of one machine are one line of the queue, and the newest stands for them.
func TestMachinesReportsFold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		for range 3 {
			h.clock.Advance(time.Second)
			r := h.accept(t, Draft{})
			assess(t, h, r.ID, triage.Assessment{Fold: "sensor", Rank: 5})
			ids = append(ids, r.ID)
		}
		line := func() Row {
			p, err := h.Reports(t.Context(), ada, Filter{Query: "state:new", Folded: true})
			if err != nil || len(p.Items) != 1 {
				t.Fatalf("%+v, %v", p.Items, err)
			}
			return p.Items[0]
		}
		if got := line(); got.ID != ids[2] || got.Folded != 3 {
			t.Errorf("%+v", got)
		}
		if _, err := h.Move(t.Context(), ada, []string{ids[2]}, Take, ""); err != nil {
			t.Fatal(err)
		}
		if got := line(); got.ID != ids[1] || got.Folded != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// A mark is looked for by its own index, whatever else is asked.
func TestMarksAreFoundInTheirStates(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secret := h.accept(t, Draft{Confidential: true, Text: "One."})
		done := h.accept(t, Draft{Confidential: true, Text: "Two."})
		h.accept(t, Draft{Text: "Three."})
		if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE report SET state = 'resolved' WHERE id = $1`, done.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string][]string{
			"is:undone is:confidential":        {secret.ID},
			"is:confidential state:new":        {secret.ID},
			"state:resolved is:confidential":   {done.ID},
			"is:confidential is:test":          nil,
			"is:undone is:machine is:verified": nil,
		} {
			n, err := h.Count(t.Context(), bob, query, 10)
			if got := h.refsOf(t, bob, query); err != nil || !slices.Equal(got, want) || n != len(want) {
				t.Errorf("%s finds %v and counts %d (%v), want %v", query, got, n, err, want)
			}
		}
	})
}
