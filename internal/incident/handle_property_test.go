package incident

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// handling is a small world in which everything is moved about.
type handling struct {
	*house
	t                         *testing.T
	incidents, reports, talks []string
	splits                    []string
}

// handlingRounds is how many worlds are tried on each engine, and handlingSteps how much is done in each.
const (
	handlingRounds = 6
	handlingSteps  = 25
)

// No sequence of moves leaves a child open beneath a closed incident, save a report that another open one has; and to undo a merge or a split gives
// every link, stage, member and label back.
func TestHandlingKeepsItsRules(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada", "bob")
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			if round++; round > handlingRounds {
				return // each round is many transactions: a test run has to be quick
			}
			w := newHandling(t, h)
			for range handlingSteps {
				w.step(rt)
				if broken := w.broken(); len(broken) > 0 {
					rt.Fatalf("open beneath what is closed: %v", broken)
				}
			}
		})
	})
}

func newHandling(t *testing.T, h *house) *handling {
	w := &handling{house: h, t: t}
	for range 4 {
		w.incidents = append(w.incidents, h.opened(t, ada, Opening{}).ID)
		w.reports = append(w.reports, h.accept(t, Draft{}).ID)
	}
	for _, i := range w.incidents[:2] {
		v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: i, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "s", Text: "t"})
		if err != nil {
			t.Fatal(err)
		}
		w.talks = append(w.talks, v.ID)
	}
	return w
}

// step does something; what is refused is refused with a reason.
func (w *handling) step(rt *rapid.T) {
	ctx, i, j := w.t.Context(), rapid.SampledFrom(w.incidents).Draw(rt, "incident"), rapid.SampledFrom(w.incidents).Draw(rt, "other")
	r, v := rapid.SampledFrom(w.reports).Draw(rt, "report"), rapid.SampledFrom(w.talks).Draw(rt, "talk")
	var err error
	switch what := rapid.IntRange(0, 10).Draw(rt, "what"); what {
	case 0, 1:
		_, err = w.Link(ctx, ada, i, []string{r})
	case 2:
		err = w.Unlink(ctx, ada, i, r, "x")
	case 3, 4:
		_, err = w.MoveIncident(ctx, ada, i, rapid.SampledFrom(plain).Draw(rt, "move"), "x")
	case 5:
		_, err = w.Move(ctx, ada, []string{r}, rapid.SampledFrom([]MoveName{Resolve, Reject, Reopen, Take}).Draw(rt, "of the report"), "x")
	case 6:
		err = w.MoveInvestigation(ctx, ada, v, rapid.SampledFrom([]MoveName{Resolve, Reopen}).Draw(rt, "of the talk"))
	case 7:
		err = w.mergeOnce(rt, i, j, rapid.Bool().Draw(rt, "undo"))
	case 8:
		err = w.UnmergeIncident(ctx, ada, i, "x")
	case 9:
		err = w.splitOnce(rt, i, r, rapid.Bool().Draw(rt, "undo"))
	case 10:
		err = w.restrictOr(rt, i)
	}
	if err != nil && !slices.Contains([]problem.Kind{problem.Conflict, problem.Invalid, problem.NotFound, problem.Forbidden}, problem.KindOf(err)) {
		rt.Fatal(err)
	}
}

func (w *handling) restrictOr(rt *rapid.T, i string) error {
	if len(w.splits) > 0 && rapid.Bool().Draw(rt, "unsplit") {
		return w.UnsplitIncident(w.t.Context(), ada, rapid.SampledFrom(w.splits).Draw(rt, "split"), "x")
	}
	_, err := w.Restrict(w.t.Context(), ada, i, rapid.Bool().Draw(rt, "restricted"), nil, "x")
	return err
}

// mergeOnce merges, and may undo it at once: then all is as before.
func (w *handling) mergeOnce(rt *rapid.T, i, into string, undo bool) error {
	before := w.snapshot()
	if _, err := w.MergeIncident(w.t.Context(), ada, i, into, "x"); err != nil || !undo {
		return err
	}
	if err := w.UnmergeIncident(w.t.Context(), ada, i, "x"); err != nil {
		rt.Fatalf("undo: %v", err)
	}
	w.same(rt, "merge", before)
	return nil
}

// splitOnce splits, and may undo it at once: then all is as before, save the incident that it made.
func (w *handling) splitOnce(rt *rapid.T, i, r string, undo bool) error {
	before := w.snapshot()
	made, err := w.SplitIncident(w.t.Context(), ada, i, Splitting{Title: "Half", Reports: []string{r}, Why: "x"})
	if err != nil {
		return err
	}
	if !undo {
		w.splits = append(w.splits, made.ID)
		return nil
	}
	if err := w.UnsplitIncident(w.t.Context(), ada, made.ID, "x"); err != nil {
		rt.Fatalf("undo: %v", err)
	}
	w.same(rt, "split", before)
	return nil
}

func (w *handling) same(rt *rapid.T, what string, before []string) {
	after := w.snapshot()
	for _, line := range before {
		if !slices.Contains(after, line) {
			rt.Fatalf("to undo a %s lost %s; there is %v", what, line, after)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			rt.Fatalf("to undo a %s left %s", what, line)
		}
	}
}

// snapshot writes down the links, members and stages of this world.
func (w *handling) snapshot() (lines []string) {
	var q query
	q.in("i.id", slices.Concat(w.incidents, w.splits))
	for _, ask := range []string{
		`SELECT 'link ' || l.incident || ' ' || l.report || ' ' || l.alert || ' ' || l.actor || ' ' || l.at FROM incident_link l JOIN incident i ON i.id = l.incident WHERE ` + q.String(),
		`SELECT 'member ' || m.incident || ' ' || m.account || ' ' || m.until FROM incident_member m JOIN incident i ON i.id = m.incident WHERE ` + q.String(),
		`SELECT 'incident ' || i.id || ' ' || i.state || ' ' || i.root || ' ' || i.merged_into || ' ' || i.restricted || ' ' || i.tlp || ' ' || i.pap || ' ' || i.words FROM incident i WHERE ` + q.String(),
		`SELECT DISTINCT 'report ' || r.id || ' ' || r.state || ' ' || r.hidden || ' ' || r.words FROM report r JOIN incident_link l ON l.report = r.id JOIN incident i ON i.id = l.incident WHERE ` + q.String(),
	} {
		lines = append(lines, w.lines(ask, q.args...)...)
	}
	return lines
}

// broken lists what is open beneath what is closed, and what is seen otherwise than what it was merged into.
func (w *handling) broken() (lines []string) {
	return append(w.lines(`SELECT 'report ' || r.id FROM report r WHERE r.state IN ('new', 'open')
			AND EXISTS (SELECT 1 FROM incident_link l WHERE l.report = r.id AND l.alert = 0)
			AND NOT EXISTS (SELECT 1 FROM incident_link l JOIN incident k ON k.id = l.incident JOIN incident p ON p.id = k.root WHERE l.report = r.id AND l.alert = 0 AND p.state = 'open')
		UNION ALL SELECT 'investigation ' || v.id FROM investigation v JOIN incident k ON k.id = v.incident JOIN incident p ON p.id = k.root
			WHERE v.incident <> '' AND v.state = 'open' AND p.state <> 'open'`),
		w.lines(`SELECT 'sight ' || k.id FROM incident k JOIN incident p ON p.id = k.root WHERE p.restricted <> k.restricted OR p.merged_into <> ''
			OR (k.merged_into = '') <> (k.id = k.root) OR (k.merged_into = '') = (k.state = 'merged')`)...)
}

func (w *handling) lines(ask string, args ...any) (list []string) {
	w.t.Helper()
	err := w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		return tx.Each(ask, args, func(scan func(...any) error) error {
			var one string
			err := scan(&one)
			list = append(list, one)
			return err
		})
	})
	if err != nil {
		w.t.Fatal(fmt.Errorf("%s: %w", ask, err))
	}
	return list
}
