package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// OpHistory is reading what was done to an organisation.
const OpHistory identity.Operation = "organisation.history"

// NetworkView is a network and how much stands within it.
type NetworkView struct {
	constituency.Network
	Findings int64 // that stand
	InForce  bool  // it matches now
}

// OrganisationAbout is what a page tells of an organisation.
type OrganisationAbout struct {
	OrganisationView
	Created  time.Time
	Children []constituency.Brief
	Networks []NetworkView
	Contacts []constituency.Contact
	States   []FindingCount // its findings by state, the most frequent first
	Classes  []FindingCount // those that stand, by class
}

// AboutOrganisation gives one organisation with its networks, contacts and counts of findings. Errors: NotFound.
func (d *Desk) AboutOrganisation(ctx context.Context, actor identity.Actor, id string) (OrganisationAbout, error) {
	var out OrganisationAbout
	o, err := d.o.Register.Organisation(ctx, actor, id)
	if err != nil {
		return out, err
	}
	list, err := d.organisationViews(ctx, actor, []constituency.Brief{{ID: o.ID}}, nil)
	if err != nil {
		return out, err
	}
	if len(list) == 1 {
		out.OrganisationView = list[0]
	}
	out.Created = o.Created
	if out.Children, err = d.o.Register.Matching(ctx, actor, constituency.Filter{Parent: id}); err != nil {
		return out, err
	}
	if out.Contacts, err = d.o.Register.Contacts(ctx, actor, id); err != nil {
		return out, err
	}
	if out.Networks, err = d.networkViews(ctx, actor, id); err != nil {
		return out, err
	}
	return out, d.countOf(ctx, actor, &out)
}

func (d *Desk) countOf(ctx context.Context, actor identity.Actor, o *OrganisationAbout) (err error) {
	own := oneOf("organisation", o.ID)
	if o.States, err = d.counted(ctx, actor, own, "state"); err != nil {
		return err
	}
	o.Classes, err = d.counted(ctx, actor, query.And(own, thatStand()), "class")
	return err
}

// counted counts one organisation's findings, with their events: they are found by an index.
func (d *Desk) counted(ctx context.Context, actor identity.Actor, where query.Node, by string) ([]FindingCount, error) {
	groups, err := d.countStanding(ctx, actor, search.Query{Where: where}, d.findingQuestion(actor, where.String(), nil, "about"), by)
	out := make([]FindingCount, len(groups))
	for i, g := range groups {
		out[i] = FindingCount(g)
	}
	return out, err
}

// networkViews gives an organisation's networks and the findings that stand within each.
func (d *Desk) networkViews(ctx context.Context, actor identity.Actor, id string) ([]NetworkView, error) {
	networks, err := d.o.Register.Networks(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	groups, err := d.counted(ctx, actor, query.And(oneOf("organisation", id), thatStand()), "network")
	if err != nil {
		return nil, err
	}
	standing := map[string]int64{}
	for _, g := range groups {
		standing[g.Values[0]] = g.Findings
	}
	now := d.o.Clock.Now()
	out := make([]NetworkView, len(networks))
	for i, n := range networks {
		out[i] = NetworkView{Network: n, Findings: standing[n.ID], InForce: n.InForce(now)}
	}
	return out, nil
}

// OrganisationEntry is one thing that was done to an organisation.
type OrganisationEntry struct {
	At        time.Time
	By        string // the actor's id
	Operation string
	Object    string // what of it: "organisation", "network", "contact"
	Value     string // which network or contact
	Op        string // add, change, remove
	Detail    string
	Reason    string
}

// How far back an organisation's history is looked for.
const (
	shownHistory  = 100
	lookedImports = 30 // parts of imports
)

// OrganisationHistory lists what was done to an organisation, its networks and its contacts, the newest first: changes, and the newest imports.
func (d *Desk) OrganisationHistory(ctx context.Context, actor identity.Actor, o OrganisationAbout) ([]OrganisationEntry, error) {
	if err := actor.Authorise(OpHistory, o.ID); err != nil {
		return nil, err
	}
	objects := map[string]OrganisationEntry{o.ID: {Object: "organisation"}}
	for _, n := range o.Networks {
		objects[n.ID] = OrganisationEntry{Object: "network", Value: n.Value}
	}
	for _, c := range o.Contacts {
		objects[c.ID] = OrganisationEntry{Object: "contact", Value: c.Address}
	}
	ids := make([]string, 0, len(objects))
	for id := range objects {
		ids = append(ids, id)
	}
	lines, err := d.o.Audit.About(ctx, ids, shownHistory)
	if err != nil {
		return nil, err
	}
	out := []OrganisationEntry{}
	for _, l := range lines {
		e := objects[l.Object]
		e.At, e.By, e.Operation, e.Reason, e.Op = l.At, l.Actor, l.Operation, l.Reason, opOf(l)
		out = append(out, e)
	}
	imports, err := d.importsOf(ctx, o.Name)
	out = append(out, imports...)
	slices.SortStableFunc(out, func(a, b OrganisationEntry) int { return b.At.Compare(a.At) })
	return out[:min(len(out), shownHistory)], err
}

func opOf(l audit.Line) string {
	switch {
	case len(l.Before) == 0 || string(l.Before) == "null":
		return "add"
	case len(l.After) == 0 || string(l.After) == "null":
		return "remove"
	}
	return "change"
}

// importsOf finds what the newest imports changed of an organisation. An import's record lists its changes by name.
func (d *Desk) importsOf(ctx context.Context, name string) ([]OrganisationEntry, error) {
	lines, err := d.o.Audit.About(ctx, []string{"register"}, lookedImports)
	if err != nil {
		return nil, err
	}
	var out []OrganisationEntry
	for _, l := range lines {
		var part struct {
			File    string                    `json:"file"`
			Changes []constituency.Difference `json:"changes"`
		}
		if l.Operation != string(constituency.OpImport) || json.Unmarshal(l.After, &part) != nil {
			continue
		}
		for _, c := range part.Changes {
			if c.Organisation == name && len(out) < shownHistory {
				out = append(out, OrganisationEntry{
					At: l.At, By: l.Actor, Operation: l.Operation, Object: c.What, Value: c.Value, Op: c.Op, Detail: c.Detail, Reason: part.File,
				})
			}
		}
	}
	return out, nil
}
