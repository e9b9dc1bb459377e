package desk

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// FindingQuery is a question about findings.
type FindingQuery struct {
	Text      string // the language of queries, over search.Names; empty for everything
	ByAddress bool   // in order of address; else the last seen first
	page.Request
}

// ListFindings gives one page of findings.
func (d *Desk) ListFindings(ctx context.Context, actor identity.Actor, q FindingQuery) (page.Page[FindingView], error) {
	var out page.Page[FindingView]
	ask, names, err := d.askFindings(ctx, actor, q.Text)
	if err != nil {
		return out, err
	}
	ask.Request = q.Request
	if q.ByAddress {
		ask.Order = search.ByAddress
	}
	if err := actor.Authorise(search.OpSearch, "findings"); err != nil { // also of who is given what another asked for
		return out, err
	}
	question := d.findingQuestion(actor, q.Text, names, "list", strconv.FormatBool(q.ByAddress), string(q.After), strconv.Itoa(q.Limit))
	found, err := costlyAsk(ctx, &d.costly, question, d.findingSign(), func(ctx context.Context) (page.Page[finding.Finding], error) {
		return search.List(ctx, d.o.DB, actor, ask)
	})
	if err != nil {
		return out, err
	}
	view, err := d.viewer(ctx, names)
	if err != nil {
		return out, err
	}
	out = page.Page[FindingView]{Items: make([]FindingView, len(found.Items)), Next: found.Next}
	for i, f := range found.Items {
		out.Items[i] = view(f)
	}
	return out, nil
}

// FindingCount is how many findings, and events of theirs, have the same values.
type FindingCount struct {
	Values   []string // in the order asked for, organisations by name; empty where findings have none
	Findings int64
	Events   int64
}

// CountFindings counts findings by fields (see search.Countable), the most frequent first; by none it gives one count of all.
func (d *Desk) CountFindings(ctx context.Context, actor identity.Actor, text string, by []string) ([]FindingCount, error) {
	return d.countFindings(ctx, actor, text, by, false)
}

// TallyFindings is CountFindings without their events, which are 0: of most questions that takes no time, however many findings there are.
func (d *Desk) TallyFindings(ctx context.Context, actor identity.Actor, text string, by ...string) ([]FindingCount, error) {
	return d.countFindings(ctx, actor, text, by, true)
}

func (d *Desk) countFindings(ctx context.Context, actor identity.Actor, text string, by []string, quick bool) ([]FindingCount, error) {
	ask, names, err := d.askFindings(ctx, actor, text)
	if err != nil {
		return nil, err
	}
	ask.Quick = quick
	groups, err := d.countStanding(ctx, actor, ask, d.findingQuestion(actor, text, names, "count", strconv.FormatBool(quick)), by...)
	out := make([]FindingCount, len(groups))
	for i, g := range groups {
		out[i] = FindingCount(g)
		out[i].Values = slices.Clone(g.Values)
		for n, name := range by {
			if known, ok := names[g.Values[n]]; ok && (name == "organisation" || name == "org") {
				out[i].Values[n] = known
			}
		}
	}
	return out, err
}

// askFindings reads a question, and gives the organisations' names besides.
func (d *Desk) askFindings(ctx context.Context, actor identity.Actor, text string) (search.Query, map[string]string, error) {
	where, err := search.Parse(text, d.o.Clock.Now(), d.o.Zone)
	if err != nil {
		return search.Query{}, nil, err
	}
	if where, err = d.byCriticality(ctx, actor, where); err != nil {
		return search.Query{}, nil, err
	}
	names, err := d.o.Register.Names(ctx, actor)
	return search.Query{Where: where, Organisations: func(t query.Text) []string { return Fitting(names, t) }}, names, err
}

// countStanding counts findings by fields, or remembers what was counted a little while ago for the same question.
func (d *Desk) countStanding(ctx context.Context, actor identity.Actor, q search.Query, question string, by ...string) ([]search.Group, error) {
	if err := actor.Authorise(search.OpSearch, "findings"); err != nil {
		return nil, err
	}
	question = strings.Join(append(by, question), "\x00")
	return costlyAsk(ctx, &d.costly, question, d.findingSign(), func(ctx context.Context) ([]search.Group, error) {
		return search.Count(ctx, d.o.DB, actor, q, by)
	})
}

// findingQuestion is what two questions about findings have in common that have the same answer while nothing changes; times that are said
// from now on back move less than what remembers may be wrong by.
func (d *Desk) findingQuestion(actor identity.Actor, text string, names map[string]string, parts ...string) string {
	return strings.Join(append(parts, search.Sees(actor), text, d.sums.of(names)), "\x00")
}

// findingSign tells whether anything has changed that an answer about findings depends on: they are seen, moved, and told of in messages.
func (d *Desk) findingSign() signFunc { return d.signOf(LiveFindings, LiveMessages, LiveRegister) }

// nameSums stands for the organisations' names, by which questions name them. The register gives the same map as long as it does not change.
type nameSums struct {
	mu    sync.Mutex
	names map[string]string
	sum   string
}

func (s *nameSums) of(names map[string]string) string {
	if len(names) == 0 {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum == "" || reflect.ValueOf(names).Pointer() != reflect.ValueOf(s.names).Pointer() {
		s.names, s.sum = names, strconv.FormatUint(sumOf(names), 36)
	}
	return s.sum
}

// mostMoved is how many findings one move may mean.
const mostMoved = 100_000

// MeantFindings gives the keys of what a person names: one finding by its id (or a unique beginning of it), or all that a query means.
func (d *Desk) MeantFindings(ctx context.Context, actor identity.Actor, text string) ([]finding.Key, error) {
	if err := actor.Authorise(search.OpSearch, "findings"); err != nil {
		return nil, err
	}
	if _, _, err := finding.ParseID(text); err == nil {
		f, err := d.o.Findings.Get(ctx, actor, text)
		return []finding.Key{f.Key}, err
	}
	ask, _, err := d.askFindings(ctx, actor, text)
	if err != nil {
		return nil, err
	}
	keys, err := search.Keys(ctx, d.o.DB, actor, ask, mostMoved+1)
	if len(keys) > mostMoved {
		return nil, problem.New(problem.Invalid, "%q means more than %d findings: narrow it", text, mostMoved)
	}
	return keys, err
}

// MoveFindings makes a person's move with findings. A message that tells of one that is muted or closed now, and is not sent yet, is taken back,
// and what else it tells of is due again.
func (d *Desk) MoveFindings(ctx context.Context, actor identity.Actor, keys []finding.Key, m finding.Request) (finding.Moved, error) {
	moved, err := d.o.Findings.Move(ctx, actor, keys, m)
	d.costly.moved()
	if m.To != finding.Muted && m.To != finding.Fixed {
		return moved, err
	}
	n, failed := d.o.Recall(ctx, actor)
	if n > 0 {
		d.o.Log.InfoContext(ctx, "messages that were not sent yet are taken back, since they tell of what was muted or closed", "messages", n)
	}
	return moved, errors.Join(err, failed)
}

// lengths are the units in which people say how long.
var lengths = map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}

// longestMute bounds how long a finding may be muted.
const longestMute = 5 * 366 * 24 * time.Hour

// ParseUntil reads when muting ends: so long from now (12h, 30d, 8w), at the end of a day, or at an instant. It must lie ahead.
func (d *Desk) ParseUntil(text string) (time.Time, error) {
	now := d.o.Clock.Now()
	t, ok := untilOf(text, now, d.o.Zone)
	switch {
	case !ok:
		return t, problem.New(problem.Invalid, "%q is no end: write 12h, 30d, 8w, 2026-12-31 or 2026-12-31T12:00", text)
	case !t.After(now):
		return t, problem.New(problem.Invalid, "%q lies in the past: name a time that is to come", text)
	case t.Sub(now) > longestMute:
		return t, problem.New(problem.Invalid, "%q is more than five years away: name an earlier time, and look again then", text)
	}
	return t.UTC(), nil
}

func untilOf(text string, now time.Time, zone *time.Location) (time.Time, bool) {
	if n := len(text) - 1; n > 0 && n < 6 && lengths[text[n]] > 0 {
		count, err := strconv.ParseUint(text[:n], 10, 16)
		return now.Add(time.Duration(count) * lengths[text[n]]), err == nil //nolint:gosec // 16 bits
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, 1), true
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
