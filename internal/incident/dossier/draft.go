package dossier

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
)

// draft is a document in the making.
type draft struct {
	s        *Service
	actor    identity.Actor
	order    Order
	incident incident.Incident
	names    map[string]string // of organisations
	people   map[string]string
	sieve    *redact.Text   // nil for the team
	taken    leak.Names     // that the sieve takes
	more     map[string]int // beyond what was asked for, by kind
	out      Document
}

func (d *draft) document(ctx context.Context) (Document, error) {
	if err := d.know(ctx); err != nil {
		return Document{}, err
	}
	items, err := d.gather(ctx)
	if err != nil {
		return Document{}, err
	}
	if d.order.Audience != Team {
		if d.sieve, err = d.newSieve(ctx, items); err != nil {
			return Document{}, err
		}
	}
	if err := d.head(ctx); err != nil {
		return Document{}, err
	}
	if d.out.Untold {
		d.tellNothing()
	} else {
		for _, kind := range kinds {
			d.section(kind, items[kind])
		}
	}
	if d.sieve != nil {
		d.out.Blanked = d.sieve.Taken
	}
	return d.out, nil
}

// know asks who is who.
func (d *draft) know(ctx context.Context) (err error) {
	d.names, d.people = map[string]string{}, map[string]string{}
	if d.s.o.Names != nil {
		if d.names, err = d.s.o.Names(ctx, d.actor); err != nil {
			return err
		}
	}
	if d.order.Organisation != "" && d.names[d.order.Organisation] == "" {
		return problem.New(problem.NotFound, "there is no organisation %.60q", d.order.Organisation)
	}
	if d.s.o.People != nil {
		d.people, err = d.s.o.People(ctx)
	}
	return err
}

// gather asks the rooms for what hangs on the incident.
func (d *draft) gather(ctx context.Context) (map[string][]Item, error) {
	items := map[string][]Item{}
	d.more = map[string]int{}
	for _, r := range d.incident.Reports {
		items[KindReports] = append(items[KindReports], Item{Cells: []string{r.Ref, r.Title}, Own: true})
	}
	for _, n := range d.incident.Notes {
		items[KindNotes] = append(items[KindNotes], Item{At: n.Created, Cells: []string{n.Text}, By: n.By, Own: true})
	}
	for i := range d.incident.Files {
		items[KindEvidence] = append(items[KindEvidence], fileItem(&d.incident.Files[i]))
	}
	var err error
	if items[KindTimeline], err = d.timeline(ctx); err != nil {
		return nil, err
	}
	if err := d.custody(ctx, items); err != nil {
		return nil, err
	}
	for _, source := range d.s.o.Sources {
		list, more, err := source.Ask(ctx, d.actor, d.incident.ID)
		if err != nil {
			return nil, err
		}
		items[source.Kind] = append(items[source.Kind], list...)
		d.more[source.Kind] += more
	}
	slices.SortStableFunc(items[KindTimeline], func(a, b Item) int { return a.At.Compare(b.At) })
	return items, nil
}

// head fills what stands above the sections.
func (d *draft) head(ctx context.Context) (err error) {
	i, a := &d.incident, d.order.Audience
	d.out = Document{
		Audience: a, Team: d.s.o.Team, ID: i.ID, Ref: i.Ref, State: i.State, Class: i.Class, Severity: i.Severity, Opened: i.Opened, Closed: i.Closed,
		Label: min(i.TLP, a.ceiling()), Statement: d.clean(strings.TrimSpace(d.order.Statement)), Made: d.s.o.Clock.Now(),
	}
	if d.s.o.Contained != nil {
		if d.out.Contained, err = d.s.o.Contained(ctx, d.actor, i.ID); err != nil {
			return err
		}
	}
	if d.out.Untold = i.TLP > a.ceiling(); !d.out.Untold {
		d.out.Title, d.out.Summary = d.clean(i.Title), d.clean(i.Summary)
	}
	d.out.Restricted = i.Restricted && a == Team
	d.out.Organisation = cmp.Or(d.names[d.order.Organisation], d.order.To)
	return d.concerned(ctx)
}

// tellNothing leaves of an incident that the audience may not know its number, class, state and dates: how grave it is, whom it concerns and how much there is
// of it would tell of it too.
func (d *draft) tellNothing() {
	d.out.Severity, d.out.Organisations, d.out.Others, d.out.Sections = "", nil, 0, []Section{}
}

// concerned names the organisations that the incident concerns: to the team all, to a constituent itself.
func (d *draft) concerned(ctx context.Context) error {
	if d.s.o.Concerned == nil {
		return nil
	}
	ids, err := d.s.o.Concerned(ctx, d.actor, d.incident.ID)
	for _, id := range ids {
		name := cmp.Or(d.names[id], id)
		if d.order.Audience == Team || d.order.Audience == Constituent && id == d.order.Organisation {
			d.out.Organisations = append(d.out.Organisations, name)
		} else {
			d.out.Others++
		}
	}
	slices.Sort(d.out.Organisations)
	return err
}

// section shows of a kind what the audience may have.
func (d *draft) section(kind string, items []Item) {
	s := Section{Kind: kind, LeftOut: d.more[kind]}
	for _, it := range items {
		if d.may(kind, it) {
			s.Rows = append(s.Rows, d.row(kind, it))
		} else {
			s.LeftOut++
		}
	}
	if len(items) > 0 {
		d.out.Sections = append(d.out.Sections, s)
	}
}

// may tells whether the audience may have an item.
func (d *draft) may(kind string, it Item) bool {
	a := d.order.Audience
	label := d.incident.TLP
	if it.Label != nil {
		label = *it.Label
	}
	switch {
	case a == Team:
		return true
	case it.Own, !a.has(kind), it.Victim && a.profile().On(redact.Victim) == redact.Drop:
		return false
	}
	return it.bare || tlp.Strictest(label, d.incident.TLP) <= a.ceiling()
}

func (d *draft) row(kind string, it Item) Row {
	r := Row{At: it.At, Code: it.Code, Args: it.Args, Cells: it.Cells, By: cmp.Or(d.people[it.By], it.By)}
	if d.sieve == nil {
		return r
	}
	if r.By = ""; it.bare {
		r.Args, r.Cells = nil, nil
		return r
	}
	r.Args = d.withheld(it.Args)
	r.Cells = slices.Clone(it.Cells)
	for n := range r.Cells {
		if kind == KindObservables {
			r.Cells[n] = d.sieve.Only(r.Cells[n]) // an address is what an indicator may be
		} else {
			r.Cells[n] = d.clean(r.Cells[n])
		}
	}
	return r
}

// withheld keeps the places of a code's text, and not what stood there: names, subjects, addresses.
func (d *draft) withheld(args map[string]string) map[string]string {
	out := maps.Clone(args)
	for k := range out {
		out[k] = redact.Blank
	}
	return out
}

func (d *draft) clean(text string) string {
	if d.sieve == nil {
		return text
	}
	return d.sieve.Clean(text)
}
