package incident

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// handling is a small world in which everything is moved about.
type handling struct {
	*house
	t                         *testing.T
	incidents, reports, talks []string
	splits                    []string // what was made by splits
	things                    int      // of the fake part
}

// handlingRounds is how many worlds are tried on each engine in each test run, and handlingSteps how much is done in each.
const (
	handlingRounds = 6
	handlingSteps  = 25
)

// No sequence of moves leaves a child open beneath a closed incident, save a report that another open one has; and to undo a merge or a split gives
// every link, stage, member and label back.
func TestHandlingKeepsItsRules(t *testing.T) { handlingKeepsItsRules(t, handlingRounds) }

// TestHandlingKeepsItsRulesSoak is the same for as many worlds as FIREHALL_WORLDS says; `make soak` runs it.
func TestHandlingKeepsItsRulesSoak(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("FIREHALL_WORLDS"))
	if n == 0 {
		t.Skip("FIREHALL_WORLDS says how many worlds to try")
	}
	handlingKeepsItsRules(t, n)
}

func handlingKeepsItsRules(t *testing.T, worlds int) {
	if f := flag.Lookup("rapid.checks"); f != nil {
		before := f.Value.String()
		t.Cleanup(func() { _ = f.Value.Set(before) })
		_ = f.Value.Set(strconv.Itoa(worlds)) // each world is many transactions: a test run has to be quick
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada", "bob")
		h.Hang(fakePart(t, db))
		rapid.Check(t, func(rt *rapid.T) {
			w := newHandling(t, h)
			for range handlingSteps {
				w.step(rt)
				if broken := w.broken(); len(broken) > 0 {
					rt.Fatalf("against the rules: %v", broken)
				}
			}
		})
	})
}

// fakePart is a kind of thing that hangs on incidents, as other rooms have them: open until its incident closes; one that is active asks first.
func fakePart(t *testing.T, db *sqldb.DB) Part {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`CREATE TABLE fake_thing (id TEXT PRIMARY KEY, incident TEXT NOT NULL, open BIGINT NOT NULL, active BIGINT NOT NULL)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return Part{
		Name: "fake",
		Open: func(tx *sqldb.Tx, in *Inside) (list []Hanging, err error) {
			cond, args := in.Rows("incident", 1)
			err = tx.Each("SELECT id, active FROM fake_thing WHERE open = 1 AND "+cond, args, func(scan func(...any) error) error {
				h := Hanging{Kind: "fake"}
				err := scan(&h.ID, &h.Active)
				list = append(list, h)
				return err
			})
			return list, err
		},
		Close: func(tx *sqldb.Tx, _ identity.Actor, in *Inside, _ string, with bool) error {
			cond, args := in.Rows("incident", 2)
			_, err := tx.Exec("UPDATE fake_thing SET open = 0 WHERE (active = 0 OR $1 = 1) AND "+cond, append([]any{with}, args...)...)
			return err
		},
		Carry: func(tx *sqldb.Tx, _ identity.Actor, _, to *Inside, ids []string) error {
			for _, id := range ids {
				if _, err := tx.Exec("UPDATE fake_thing SET incident = $2 WHERE id = $1", id, to.ID); err != nil {
					return err
				}
			}
			return nil
		},
		Home: func(tx *sqldb.Tx, _ *Inside, id string) (home string, err error) {
			return home, tx.QueryRow("SELECT incident FROM fake_thing WHERE id = $1", id).Scan(&home)
		},
	}
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
	switch what := rapid.IntRange(0, 14).Draw(rt, "what"); what {
	case 0, 1:
		_, err = w.Link(ctx, ada, i, []string{r})
	case 2:
		err = w.Unlink(ctx, ada, i, r, "x")
	case 3, 4:
		_, err = w.MoveIncidentWith(ctx, ada, i, rapid.SampledFrom(plain).Draw(rt, "move"), "x", Agreed{Lift: rapid.Bool().Draw(rt, "lift"), Parts: rapid.Bool().Draw(rt, "parts stay")})
	case 5:
		_, err = w.Move(ctx, ada, []string{r}, rapid.SampledFrom([]MoveName{Resolve, Reject, Reopen, Take}).Draw(rt, "of the report"), "x")
	case 6:
		err = w.MoveInvestigation(ctx, ada, v, rapid.SampledFrom([]MoveName{Resolve, Reopen}).Draw(rt, "of the talk"))
	case 7:
		err = w.mergeOnce(rt, i, j, rapid.Bool().Draw(rt, "undo"))
	case 8:
		err = w.unmergeLater(rt, i)
	case 9:
		err = w.splitOnce(rt, i, r, rapid.Bool().Draw(rt, "undo"))
	case 10:
		err = w.restrictOr(rt, i)
	case 11:
		err = w.Relate(ctx, ada, i, rapid.SampledFrom([]Relation{Child, Parent, Related}).Draw(rt, "relation"), j)
	case 12:
		err = w.Unrelate(ctx, ada, i, rapid.SampledFrom([]Relation{Child, Parent, Related}).Draw(rt, "no relation"), j)
	case 13:
		err = w.launch(i)
	case 14:
		err = w.thing(i, rapid.IntRange(0, 4).Draw(rt, "active") == 0)
	}
	if err != nil && !slices.Contains([]problem.Kind{problem.Conflict, problem.Invalid, problem.NotFound, problem.Forbidden}, problem.KindOf(err)) {
		rt.Fatal(err)
	}
}

func (w *handling) restrictOr(rt *rapid.T, i string) error {
	if len(w.splits) > 0 && rapid.Bool().Draw(rt, "unsplit") {
		return w.unsplitLater(rt, rapid.IntRange(0, len(w.splits)-1).Draw(rt, "split"))
	}
	_, err := w.Restrict(w.t.Context(), ada, i, rapid.Bool().Draw(rt, "restricted"), nil, "x")
	return err
}

// launch begins an investigation of an incident.
func (w *handling) launch(i string) error {
	v, err := w.Investigate(w.t.Context(), ada, InvestigationDraft{Incident: i, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "s", Text: "t"})
	if err == nil {
		w.talks = append(w.talks, v.ID)
	}
	return err
}

// thing hangs something on an incident that is open.
func (w *handling) thing(i string, active bool) error {
	return w.Work(w.t.Context(), ada, i, func(tx *sqldb.Tx, in *Inside) error {
		if in.Stage != StageOpen {
			return nil
		}
		w.things++
		_, err := tx.Exec(`INSERT INTO fake_thing (id, incident, open, active) VALUES ($1, $2, 1, $3)`, in.ID+"/"+strconv.Itoa(w.things), i, active)
		return err
	})
}

// hanging lists what hangs on some incidents, each by the one that it was made for: what a merge never moves.
func (w *handling) hanging(column string, ids ...string) []string {
	var q query
	q.in(column, ids)
	return slices.Sorted(slices.Values(append(append(
		w.lines(`SELECT 'report ' || l.report || ' of ' || l.incident FROM incident_link l JOIN incident i ON i.id = l.incident WHERE `+q.String(), q.args...),
		w.lines(`SELECT 'talk ' || v.id || ' of ' || v.incident FROM investigation v JOIN incident i ON i.id = v.incident WHERE `+q.String(), q.args...)...),
		w.lines(`SELECT 'thing ' || f.id || ' of ' || f.incident FROM fake_thing f JOIN incident i ON i.id = f.incident WHERE `+q.String(), q.args...)...)))
}

// unmergeLater undoes a merge after whatever else was done: each thing is left with the incident that it was made for, and both stand by themselves.
func (w *handling) unmergeLater(rt *rapid.T, i string) error {
	all := slices.Concat(w.incidents, w.splits)
	before := w.hanging("i.id", all...)
	if err := w.UnmergeIncident(w.t.Context(), ada, i, "x"); err != nil {
		return err
	}
	if after := w.hanging("i.id", all...); !slices.Equal(before, after) {
		rt.Fatalf("a merge undone later moved something:\n%v\n%v", before, after)
	}
	if own := w.lines(`SELECT id FROM incident WHERE id = $1 AND root = id AND merged_into = '' AND state <> 'merged'`, i); len(own) != 1 {
		rt.Fatalf("%s does not stand by itself again", i)
	}
	return nil
}

// unsplitLater undoes a split after whatever else was done: each thing is with one of those that it was split from again, and nobody else lost or won anything.
func (w *handling) unsplitLater(rt *rapid.T, n int) error {
	made := w.splits[n]
	concerned := append(w.lines(`SELECT root FROM incident WHERE id IN (SELECT source FROM incident_split WHERE target = $1 AND undone = 0
		UNION SELECT x.incident FROM incident_split_item x JOIN incident_split p ON p.id = x.split WHERE p.target = $1 AND p.undone = 0)`, made), w.root(made))
	before := w.names(w.hanging("i.root", concerned...))
	if err := w.UnsplitIncident(w.t.Context(), ada, made, "x"); err != nil {
		return err
	}
	if after := w.names(w.hanging("i.root", concerned...)); !slices.Equal(before, after) {
		rt.Fatalf("a split undone later lost or made something:\n%v\n%v", before, after)
	}
	return nil
}

// names are the things without the incident that each was made for.
func (w *handling) names(lines []string) (list []string) {
	for _, l := range lines {
		name, _, _ := strings.Cut(l, " of ")
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// root is the incident to which one's name leads.
func (w *handling) root(id string) string {
	return w.lines(`SELECT root FROM incident WHERE id = $1`, id)[0]
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
	d := Splitting{Title: "Half", Reports: []string{r}, Why: "x"}
	if things := w.lines(`SELECT f.id FROM fake_thing f JOIN incident i ON i.id = f.incident WHERE i.root = $1`, w.root(i)); len(things) > 0 && rapid.Bool().Draw(rt, "things") {
		d.Parts = map[string][]string{"fake": things[:1]}
	}
	made, err := w.SplitIncident(w.t.Context(), ada, i, d)
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
		`SELECT 'relation ' || e.kind || ' ' || e.a || ' ' || e.b FROM incident_relation e JOIN incident i ON i.id = e.a WHERE ` + q.String(),
		`SELECT 'talk ' || v.id || ' ' || v.incident || ' ' || v.state FROM investigation v JOIN incident i ON i.id = v.incident WHERE ` + q.String(),
		`SELECT 'thing ' || f.id || ' ' || f.incident || ' ' || f.open FROM fake_thing f JOIN incident i ON i.id = f.incident WHERE ` + q.String(),
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
			WHERE v.incident <> '' AND v.state = 'open' AND p.state <> 'open'
		UNION ALL SELECT 'thing ' || f.id FROM fake_thing f JOIN incident k ON k.id = f.incident JOIN incident p ON p.id = k.root WHERE f.open = 1 AND p.state <> 'open'
		UNION ALL SELECT 'circle ' || b FROM (WITH RECURSIVE
			edge (a, b) AS (SELECT x.root, y.root FROM incident_relation e JOIN incident x ON x.id = e.a JOIN incident y ON y.id = e.b WHERE e.kind = 'child' AND x.root <> y.root),
			beneath (a, b) AS (SELECT a, b FROM edge UNION SELECT n.a, e.b FROM beneath n JOIN edge e ON e.a = n.b)
			SELECT b FROM beneath WHERE a = b) AS c`),
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
