package dossier

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/evidence"
)

// The cells of an entry of a chain of custody, in their order.
const (
	CustodyFile = iota
	CustodyDigest
	CustodyStep
	CustodyAct
	CustodyTo
	CustodyWhy
	CustodyHash
)

// The arguments of an entry: which item it is of, and at the last entry of a chain that does not hold, why not and where.
const (
	CustodyItem   = "item"
	CustodyWrong  = "wrong"
	CustodyBroken = "broken"
)

// custody adds who had the files, when and why, each entry with its hash; and the files that came with reports. Only the team is told.
func (d *draft) custody(ctx context.Context, items map[string][]Item) error {
	if d.order.Audience != Team {
		return nil
	}
	list, more, err := d.s.o.Incidents.Chains(ctx, d.actor, d.incident.ID, page.MaxLimit)
	if problem.Is(err, problem.Forbidden) {
		return nil // who may print, and not read evidence
	}
	d.more[KindCustody] = more
	for i := range list {
		c := &list[i]
		if !slices.ContainsFunc(d.incident.Files, func(f evidence.Item) bool { return f.ID == c.ID }) {
			items[KindEvidence] = append(items[KindEvidence], fileItem(&c.Item))
		}
		items[KindCustody] = append(items[KindCustody], custodyItems(c)...)
	}
	return err
}

// fileItem is a file among the evidence.
func fileItem(f *evidence.Item) Item {
	return Item{At: f.Added, Cells: []string{f.Name, number(f.Size), f.SHA256}, Own: f.Quarantined}
}

// custodyItems are the entries of a file's chain.
func custodyItems(c *incident.Chained) (list []Item) {
	for _, e := range c.Chain {
		list = append(list, Item{
			At: e.At, By: e.By, Args: map[string]string{CustodyItem: c.ID}, Own: true,
			Cells: []string{c.Name, c.SHA256, number(e.Step), string(e.Act), e.To, e.Reason, e.Hash},
		})
	}
	if n := len(list); n > 0 && !c.Verdict.Holds {
		list[n-1].Args[CustodyWrong], list[n-1].Args[CustodyBroken] = c.Verdict.Why, number(c.Verdict.Step)
	}
	return list
}
