package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// OrganisationQuery asks for organisations.
type OrganisationQuery struct {
	constituency.Filter
	Sort string // one of OrganisationSorts, "-" before it for descending; "" is name
	page.Request
}

// OrganisationSorts are the keys by which organisations are sorted.
func OrganisationSorts() []string { return []string{"name", "criticality", "findings", "updated"} }

// OrganisationView is an organisation as a list shows it. Its JSON is a contract.
type OrganisationView struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Sector      string    `json:"sector,omitempty"`
	Country     string    `json:"country,omitempty"`
	Criticality string    `json:"criticality,omitempty"`
	ParentID    string    `json:"parent_id,omitempty"`
	Parent      string    `json:"parent,omitempty"`
	Networks    int       `json:"networks"`
	Contacts    int       `json:"contacts"`
	Good        int       `json:"contacts_good"`     // that answered or were confirmed
	Doubtful    int       `json:"contacts_doubtful"` // to which messages have failed lately
	Bad         int       `json:"contacts_bad"`      // that no longer work
	EndedKeys   int       `json:"keys_ended"`        // contacts whose key has expired, or is missing where encryption is required
	Findings    int64     `json:"findings"`          // that stand: open, notified, acknowledged or reopened
	Version     int64     `json:"version"`
	Updated     time.Time `json:"updated"`
}

// Organisations is one page of organisations, and what all that fit have in sum.
type Organisations struct {
	page.Page[OrganisationView]
	Count         int            `json:"count"`
	ByKind        map[string]int `json:"by_kind"`
	ByCriticality map[string]int `json:"by_criticality"` // "" where nobody said
}

// Organisations gives one page of the organisations that fit. Errors: Invalid for what cannot be asked and for a cursor of another list.
func (d *Desk) Organisations(ctx context.Context, actor identity.Actor, q OrganisationQuery) (Organisations, error) {
	out := Organisations{ByKind: map[string]int{}, ByCriticality: map[string]int{}}
	all, err := d.o.Register.Matching(ctx, actor, q.Filter)
	if err != nil {
		return out, err
	}
	out.Count = len(all)
	for _, b := range all {
		out.ByKind[string(b.Kind)]++
		out.ByCriticality[string(b.Criticality)]++
	}
	var counts map[string]int64
	if strings.TrimPrefix(q.Sort, "-") == "findings" {
		if counts, err = d.standingFindings(ctx, actor, nil); err != nil {
			return out, err
		}
	}
	order, err := orderOf(q.Sort, counts)
	if err != nil {
		return out, err
	}
	some, err := order.cut(all, q.Request)
	if err != nil {
		return out, err
	}
	out.Next = some.Next
	out.Items, err = d.organisationViews(ctx, actor, some.Items, counts)
	return out, err
}

// organisationViews makes briefs readable; counts may be nil.
func (d *Desk) organisationViews(ctx context.Context, actor identity.Actor, some []constituency.Brief, counts map[string]int64) ([]OrganisationView, error) {
	ids := make([]string, len(some))
	for i, b := range some {
		ids[i] = b.ID
	}
	list, err := d.o.Register.Listed(ctx, actor, ids)
	if err == nil && counts == nil && len(ids) > 0 {
		counts, err = d.standingFindings(ctx, actor, ids)
	}
	out := make([]OrganisationView, len(list))
	for i, l := range list {
		out[i] = viewOrganisation(l)
		out[i].Findings = counts[l.ID]
	}
	return out, err
}

func viewOrganisation(l constituency.Listed) OrganisationView {
	return OrganisationView{
		ID: l.ID, Name: l.Name, Kind: string(l.Kind), Sector: string(l.Sector), Country: string(l.Country), Criticality: string(l.Criticality),
		ParentID: l.Parent, Parent: l.ParentName, Networks: l.Networks, Contacts: l.Contacts, Good: l.Good, Doubtful: l.Doubtful, Bad: l.Bad,
		EndedKeys: l.EndedKeys, Version: l.Version, Updated: l.Updated,
	}
}

// thatStand asks for the findings that stand.
func thatStand() query.Node {
	return oneOf("state", string(finding.Open), string(finding.Notified), string(finding.Acknowledged), string(finding.Reopened))
}

func oneOf(name string, values ...string) query.Term {
	t := query.Term{Name: name}
	for _, v := range values {
		t.Match = append(t.Match, query.Text{Value: v})
	}
	return t
}

// standingFindings counts the findings that stand by organisation id, of some organisations or of all.
func (d *Desk) standingFindings(ctx context.Context, actor identity.Actor, ids []string) (map[string]int64, error) {
	where := thatStand()
	if ids != nil {
		where = query.And(where, oneOf("organisation", ids...))
	}
	groups, err := d.countWhere(ctx, actor, where, "organisation")
	out := make(map[string]int64, len(groups))
	for _, g := range groups {
		out[g.Values[0]] = g.Findings
	}
	return out, err
}

// countWhere counts what fits a question that names organisations by their ids.
func (d *Desk) countWhere(ctx context.Context, actor identity.Actor, where query.Node, by string) ([]search.Group, error) {
	return d.countStanding(ctx, actor, search.Query{Where: where, Quick: true}, d.findingQuestion(actor, where.String(), nil, "where"), by)
}

// order is how organisations stand in a list: by a number, then by name.
type order struct {
	number     func(constituency.Brief) int64 // nil: by name alone
	descending bool
}

func orderOf(sort string, counts map[string]int64) (order, error) {
	key, descending := strings.CutPrefix(sort, "-")
	o := order{descending: descending}
	switch key {
	case "", "name":
	case "criticality":
		o.number = func(b constituency.Brief) int64 {
			all := constituency.Criticalities()
			if i := slices.Index(all, b.Criticality); i >= 0 {
				return int64(len(all) - i)
			}
			return 0
		}
	case "findings":
		o.number = func(b constituency.Brief) int64 { return counts[b.ID] }
	case "updated":
		o.number = func(b constituency.Brief) int64 { return b.Updated.UnixMilli() }
	default:
		return o, problem.New(problem.Invalid, "organisations cannot be sorted by %q: by %s", key, strings.Join(OrganisationSorts(), ", "))
	}
	return o, nil
}

// place is where an organisation stands.
type place struct {
	number int64
	key    string
}

func (o order) place(b constituency.Brief) place {
	if o.number == nil {
		return place{0, b.Key}
	}
	return place{o.number(b), b.Key}
}

// compare sorts by number, the greatest first where that is asked; names go forward unless they alone decide.
func (o order) compare(a, b place) int {
	numbers, names := cmp.Compare(a.number, b.number), strings.Compare(a.key, b.key)
	if o.descending {
		numbers = -numbers
		if o.number == nil {
			names = -names
		}
	}
	return cmp.Or(numbers, names)
}

// cut sorts all and gives the page asked for.
func (o order) cut(all []constituency.Brief, r page.Request) (page.Page[constituency.Brief], error) {
	slices.SortFunc(all, func(a, b constituency.Brief) int { return o.compare(o.place(a), o.place(b)) })
	var last place
	more, err := r.After.Into(&last.number, &last.key)
	if err != nil {
		return page.Page[constituency.Brief]{}, err
	}
	if more {
		all = all[slices.IndexFunc(append(slices.Clone(all), constituency.Brief{}), func(b constituency.Brief) bool {
			return b.ID == "" || o.compare(o.place(b), last) > 0
		}):]
	}
	limit := r.Rows()
	return page.Cut(all[:min(len(all), limit+1)], limit, func(b constituency.Brief) []any {
		p := o.place(b)
		return []any{p.number, p.key}
	}), nil
}
