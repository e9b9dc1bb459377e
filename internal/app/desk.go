package app

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
)

// openDesk makes the desk, at which people and programs ask.
func (a *App) openDesk() error {
	zone, err := a.zone()
	if err != nil {
		return err
	}
	events, err := filepath.Abs(a.layout.Events())
	a.Desk = desk.New(desk.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Zone: zone, Register: a.Register, Manifest: a.Manifest, Events: events, Duck: a.Duck,
		Slow: a.Slow, Rollup: a.Rollup(), Findings: a.Findings, Recall: a.recall, Owner: a.owner(), Audit: a.Audit, Registry: a.registries(),
	})
	return err
}

// recall takes back what tells of findings that are muted or closed now, and lets the rooms react to it.
func (a *App) recall(ctx context.Context, actor identity.Actor) (int, error) {
	n, err := a.Notify.Recall(ctx, actor)
	return n, errors.Join(err, a.React(context.WithoutCancel(ctx)))
}

// evidence gives the room that notifies the events behind findings.
func (a *App) evidence(ctx context.Context, q notification.EvidenceQuery, each func(notification.Evidence) error) error {
	return a.Desk.Evidence(ctx, desk.EvidenceQuery(q), func(e desk.Evidence) error { return each(notification.Evidence(e)) })
}
