package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// one asks for one row: is there any?
var one = page.Request{Limit: 1}

const (
	criticalSpan = 24 * time.Hour // how far back new critical findings are shown
	mostCritical = 20             // findings shown on the overview
)

// Critical is what is new and critical at critical organisations: findings of critical severity at essential and important organisations, and of high
// severity at essential ones, that were first seen, or seen again after they had gone, within a day.
type Critical struct {
	Since  time.Time
	Marked int // organisations that the register calls essential or important; with none there can be no critical finding
	Count  int64
	Items  []CriticalFinding // the worst first, then the newest; at most mostCritical
	Query  string            // gives them all on the page of findings
}

// CriticalFinding is a finding with how critical its organisation is.
type CriticalFinding struct {
	FindingView
	Criticality constituency.Criticality
}

// New tells that the finding came up after a time.
func (f CriticalFinding) New(after time.Time) bool {
	return f.First.After(after) || f.State == "reopened" && f.Since.After(after)
}

// criticalQuery asks for what is new and critical since a time.
func criticalQuery(since time.Time) string {
	from := query.Times{From: since}.String()
	return "state:open,notified,reopened (severity:critical criticality:essential,important or severity:high criticality:essential)" +
		" (first:" + from + " or state:reopened since:" + from + ")"
}

func (b *Board) askCritical(ctx context.Context) (Critical, error) {
	d := b.o.Desk
	c := Critical{Since: d.o.Clock.Now().Add(-criticalSpan).Truncate(time.Minute)}
	c.Query = criticalQuery(c.Since)
	levels, err := d.levels(ctx, asker)
	if err != nil {
		return c, err
	}
	if c.Marked = len(levels); c.Marked == 0 {
		return c, nil
	}
	counts, err := d.TallyFindings(ctx, asker, c.Query)
	if err != nil {
		return c, err
	}
	for _, n := range counts {
		c.Count += n.Findings
	}
	if c.Count == 0 {
		return c, nil
	}
	found, err := d.ListFindings(ctx, asker, FindingQuery{Text: c.Query, Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		return c, err
	}
	for _, f := range found.Items {
		c.Items = append(c.Items, CriticalFinding{f, levels[f.OrganisationID]})
	}
	slices.SortStableFunc(c.Items, worseFirst)
	c.Items = c.Items[:min(len(c.Items), mostCritical)]
	return c, nil
}

func worseFirst(a, b CriticalFinding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(highest, a.Criticality), slices.Index(highest, b.Criticality)),
		cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
		b.First.Compare(a.First),
	)
}

// severities from the worst down.
var severities = []string{"critical", "high", "medium", "low", "info"}

// severityRank puts what is in no list last.
func severityRank(s string) int {
	if i := slices.Index(severities, s); i >= 0 {
		return i
	}
	return len(severities)
}

// highest are the criticalities that the overview looks at, the higher first.
var highest = []constituency.Criticality{constituency.Essential, constituency.Important}

// levels gives the organisations that are essential or important, by id.
func (d *Desk) levels(ctx context.Context, actor identity.Actor) (map[string]constituency.Criticality, error) {
	out := map[string]constituency.Criticality{}
	for _, level := range highest {
		ids, err := d.ofCriticality(ctx, actor, string(level))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			out[id] = level
		}
	}
	return out, nil
}

// ofCriticality gives the ids of the organisations of one criticality; none for what is no criticality.
func (d *Desk) ofCriticality(ctx context.Context, actor identity.Actor, text string) ([]string, error) {
	level, err := constituency.ParseCriticality(text)
	if err != nil {
		return nil, err
	}
	list, err := d.o.Register.Matching(ctx, actor, constituency.Filter{Criticality: level})
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids, err
}

// nameCriticality is the name in queries for findings that the register answers, not the findings.
const nameCriticality = "criticality"

// byCriticality replaces what a question says of criticality by the organisations that it means.
func (d *Desk) byCriticality(ctx context.Context, actor identity.Actor, n query.Node) (query.Node, error) {
	switch v := n.(type) {
	case query.All:
		nodes, err := d.eachByCriticality(ctx, actor, v)
		return query.All(nodes), err
	case query.Any:
		nodes, err := d.eachByCriticality(ctx, actor, v)
		return query.Any(nodes), err
	case query.Not:
		inner, err := d.byCriticality(ctx, actor, v.Node)
		return query.Not{Node: inner}, err
	case query.Term:
		if v.Name == nameCriticality {
			return d.ownersOf(ctx, actor, v)
		}
	}
	return n, nil
}

func (d *Desk) eachByCriticality(ctx context.Context, actor identity.Actor, nodes []query.Node) (out []query.Node, err error) {
	out = make([]query.Node, len(nodes))
	for i, n := range nodes {
		if out[i], err = d.byCriticality(ctx, actor, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ownersOf gives the term that means the findings of the organisations of some criticalities.
func (d *Desk) ownersOf(ctx context.Context, actor identity.Actor, t query.Term) (query.Node, error) {
	owners := query.Term{Name: "organisation"}
	for _, m := range t.Match {
		text, ok := m.(query.Text)
		if !ok {
			continue
		}
		ids, err := d.ofCriticality(ctx, actor, text.Value)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			owners.Match = append(owners.Match, query.Text{Value: id})
		}
	}
	if len(owners.Match) == 0 {
		return query.Nothing, nil
	}
	return owners, nil
}
