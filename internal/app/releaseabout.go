package app

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/web/releases"
)

// releaseOptions says what the pages ask of what may be told.
func (a *App) releaseOptions() releases.Options {
	return releases.Options{Release: a.Release, Names: a.Register.Names, About: a.releasedAbout, Stands: a.standsBy, Recipient: a.RecipientOf}
}

// releasedAbout names what a decision is about, for who may know of it; zero for all others, and for what has no page.
func (a *App) releasedAbout(ctx context.Context, actor identity.Actor, kind, id string) (out releases.About, err error) {
	switch kind {
	case incident.ReportItem:
		r, err := a.Incidents.Report(ctx, actor, id)
		return releases.About{Ref: r.Ref, Title: r.Subject, Href: "/reports/" + url.PathEscape(r.Ref)}.Unless(err)
	case incident.IncidentItem:
		i, err := a.Incidents.Incident(ctx, actor, id)
		return releases.About{Ref: i.Ref, Title: i.Title, Href: "/incidents/" + url.PathEscape(i.Ref)}.Unless(err)
	case findingItems:
		if strings.Contains(id, "/") { // those of an owner by a feed
			return out, nil
		}
		f, err := a.Findings.Get(ctx, actor, id)
		return releases.About{Ref: id, Title: f.Type, Href: "/findings/" + url.PathEscape(id)}.Unless(err)
	case sharedObject:
		return a.objectAbout(ctx, actor, id)
	}
	return out, nil
}

// objectAbout names an object, or a collection: what came into one is decided by its source.
func (a *App) objectAbout(ctx context.Context, actor identity.Actor, id string) (releases.About, error) {
	if !actor.May(sharing.OpOverview) {
		return releases.About{}, nil
	}
	if collection, _, ok := strings.Cut(id, "/"); ok {
		c, err := a.Sharing.Get(ctx, actor, collection)
		return releases.About{Ref: c.Alias, Title: c.Title, Href: "/sharing/collections/" + url.PathEscape(c.ID)}.Unless(err)
	}
	newest, err := a.Sharing.Newest(ctx, actor, []string{id})
	o, ok := newest[id]
	if err != nil || !ok {
		return releases.About{}, err
	}
	var named struct{ Name, Value, Pattern string }
	_ = json.Unmarshal(o.Raw, &named) // one without any of them is named by its id
	title := named.Name
	for _, text := range []string{named.Value, named.Pattern, o.Type} {
		if title == "" {
			title = text
		}
	}
	return releases.About{Ref: id, Title: title, Href: "/sharing/objects/" + url.PathEscape(id)}, nil
}

// standsBy gives the decisions by which an object stands in collections, the newest place first.
func (a *App) standsBy(ctx context.Context, actor identity.Actor, item release.Item) (list []release.Decision, err error) {
	if item.Kind != sharedObject || !actor.May(sharing.OpOverview) {
		return nil, nil
	}
	w, err := a.Sharing.Look(ctx, actor, item.ID)
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	known := map[string]bool{}
	for _, p := range w.In {
		if err != nil {
			return nil, err
		}
		if p.Decision == "" || known[p.Decision] {
			continue
		}
		known[p.Decision] = true
		var d release.Decision
		if d, err = a.Release.One(ctx, actor, p.Decision); problem.Is(err, problem.NotFound) { // forgotten, or about what they may not see
			err = nil
			continue
		}
		list = append(list, d)
	}
	return list, err
}

// StandsBy gives the decisions by which something shared stands in collections; nil for all else.
func (a *App) StandsBy(ctx context.Context, actor identity.Actor, item release.Item) ([]release.Decision, error) {
	return a.standsBy(ctx, actor, item)
}
