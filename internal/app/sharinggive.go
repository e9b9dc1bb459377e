package app

import (
	"cmp"
	"context"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/web/share"
)

// openGive makes what puts the team's own incidents and findings into collections.
func (a *App) openGive() {
	a.Give = give.New(give.Options{
		DB: a.DB, Clock: a.Clock, Sharing: a.Sharing, Release: a.Release, Thing: a.toldThing, Audience: a.audienceOf, Events: a.toldEvents,
		Secret: a.Keys.Secret,
		Self:   convert.Party{ID: release.Team, Name: cmp.Or(a.Config.Team.Name, "CSIRT"), Contact: a.Config.Team.Email},
	})
}

// shareOptions says what the pages ask on which things are shared.
func (a *App) shareOptions() share.Options {
	return share.Options{
		Give: a.Give, Sharing: a.Sharing, Release: a.Release, Incidents: a.Incidents, Names: a.Register.Names,
		Finding: func(ctx context.Context, actor identity.Actor, id string) (desk.FindingView, error) {
			about, err := a.Desk.AboutFinding(ctx, actor, id)
			return about.Finding, err
		},
	}
}

// reviewPause lies between two looks for what may not stand in a collection any more.
const reviewPause = 5 * time.Minute

// reviewShared takes out of collections what may not stand there any more.
func (a *App) reviewShared(ctx context.Context) error {
	n, err := a.Give.Review(ctx, identity.System("sharing"))
	if n > 0 {
		a.Log.InfoContext(ctx, "what may not be shared any more was taken out of collections", "things", n)
	}
	return err
}

// toldThing finds an incident or a finding.
func (a *App) toldThing(ctx context.Context, actor identity.Actor, name string, to release.Recipient) (give.Thing, error) {
	t, err := a.toldIncident(ctx, actor, name, to)
	if !problem.Is(err, problem.NotFound) {
		return t, err
	}
	if found, ok, why := a.toldFinding(ctx, actor, name); ok || why != nil && !problem.Is(why, problem.NotFound) {
		return found, why
	}
	return t, problem.New(problem.NotFound, "there is no incident or finding %q", name)
}

func (a *App) toldIncident(ctx context.Context, actor identity.Actor, name string, to release.Recipient) (t give.Thing, err error) {
	told, err := a.Incidents.Telling(ctx, actor, name, incident.Party{Name: to.Organisation.Name})
	if err != nil {
		return t, err
	}
	i, err := a.Incidents.Incident(ctx, actor, told.Item.ID)
	if err != nil {
		return t, err
	}
	in := convert.Incident{
		ID: i.ID, Ref: i.Ref, Title: i.Title, Summary: i.Summary, Class: string(i.Class), State: string(i.State), Severity: string(i.Severity), Opened: i.Opened, Changed: i.Changed,
	}
	if in.Parties, err = a.toldParties(ctx, actor, told); err != nil {
		return t, err
	}
	if in.Measures, err = a.toldMeasures(ctx, actor, i.ID); err != nil {
		return t, err
	}
	seen, err := a.toldObservables(ctx, actor, i.ID, told.Names)
	if err != nil {
		return t, err
	}
	self := to.As == release.Self
	return give.Thing{Item: told.Item, Ref: i.Ref, Title: i.Title, Names: told.Names, Fill: func(s *convert.Set, most tlp.Label) (without []string, stricter int) {
		in.Observables = nil
		for _, o := range seen {
			if o.label.TLP == told.Item.Terms.Label { // it has the incident's label, and steps down with it
				o.label.TLP = min(o.label.TLP, most)
			}
			if o.label.TLP > most || o.secret && !self {
				stricter++
				continue
			}
			one := o.Observable
			one.Label = &o.label
			in.Observables = append(in.Observables, one)
		}
		_, without = s.Incident(in)
		return without, stricter
	}}, nil
}

// toldParties are whom an incident happened to, and who reported it.
func (a *App) toldParties(ctx context.Context, actor identity.Actor, told incident.Telling) (out []convert.Party, err error) {
	for id, role := range told.Concerned {
		part, ok := map[string]convert.Part{triage.RoleAffected: convert.Victim, triage.RoleReporter: convert.Reporter}[role]
		if !ok {
			continue
		}
		o, err := a.Register.Organisation(ctx, actor, id)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, convert.Party{ID: o.ID, Name: o.Name, Sector: string(o.Sector), Part: part, Changed: o.Updated})
	}
	for report, r := range told.Reporters {
		if r.Name != "" {
			out = append(out, convert.Party{ID: "reporter " + report, Name: r.Name, Person: true, Contact: cmp.Or(r.Email, r.Phone), Part: convert.Reporter})
		}
	}
	return out, nil
}

// toldMeasures are what is, or was, done against something, as far as it is not the team's own matter.
func (a *App) toldMeasures(ctx context.Context, actor identity.Actor, id string) (out []convert.Measure, err error) {
	if a.Countermeasures == nil {
		return nil, nil
	}
	list, err := a.Countermeasures.OfIncident(ctx, actor, id)
	if problem.Is(err, problem.Forbidden) {
		return nil, nil
	}
	kinds := map[countermeasure.AssetKind]string{countermeasure.URL: "url", countermeasure.Domain: "domain", countermeasure.Address: "ip", countermeasure.Mailbox: "email"}
	for i := range list {
		c := &list[i]
		if ours(c) {
			continue
		}
		out = append(out, convert.Measure{ID: c.ID, Ref: c.Ref, Kind: string(c.Kind), Words: c.Words, Kinds: kinds[c.Asset.Kind], Value: c.Asset.Value, Changed: c.Changed})
	}
	return out, err
}

// seenObservable is an observable with its own label.
type seenObservable struct {
	convert.Observable
	label  convert.Label
	secret bool
}

// toldObservables are those of an incident. What is named by the names of a victim is the victim's, whatever part somebody gave it.
func (a *App) toldObservables(ctx context.Context, actor identity.Actor, id string, names leak.Names) (out []seenObservable, err error) {
	if a.Observables == nil {
		return nil, nil
	}
	ask := page.Request{Limit: page.MaxLimit}
	for {
		found, err := a.Observables.List(ctx, actor, id, observable.Filter{}, ask)
		if problem.Is(err, problem.Forbidden) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range found.Items {
			o := &found.Items[i]
			victim := o.Role == observable.Victim || len(names.Find(o.Value)) > 0
			one := convert.Observable{ID: o.ID, Kind: string(o.Kind), Value: o.Value, Victim: victim, Detection: o.Detection, Note: o.Note, First: o.First, Last: o.Last}
			if one.First.IsZero() {
				one.First = o.Added
			}
			out = append(out, seenObservable{one, convert.Label{TLP: o.TLP, PAP: o.PAP}, o.Secret})
		}
		if ask.After = found.Next; ask.After == "" {
			return out, nil
		}
	}
}

// toldFinding finds a finding.
func (a *App) toldFinding(ctx context.Context, actor identity.Actor, name string) (t give.Thing, ok bool, err error) {
	item, ok, err := a.findingItem(ctx, actor, name)
	if err != nil || !ok {
		return t, false, err
	}
	f, err := a.Findings.Get(ctx, actor, name)
	if err != nil {
		return t, false, err
	}
	item.ID, item.Holds = f.Key.String(), release.Victim|release.Technical
	t = give.Thing{Item: item, Ref: f.Key.String(), Title: f.Type}
	e := convert.Seen{ID: f.Key.String(), First: f.First, Last: f.Last, Count: f.Count, Type: f.Type, Malware: f.Malware}
	e.Sight.Time, e.Sight.Transport = f.Last, f.Transport
	e.Sight.Source.Addr, e.Sight.Source.Port, e.Sight.Source.FQDN, e.Sight.Source.URL = f.Addr, int(f.Port), f.FQDN, f.URL
	if t.Names, err = a.toldOwner(ctx, actor, f.Organisation, &e); err != nil {
		return t, false, err
	}
	t.Fill = func(s *convert.Set, _ tlp.Label) ([]string, int) {
		s.Seen(e)
		return nil, 0
	}
	return t, true, nil
}

// toldOwner gathers the names of whose machine it is. One that does harm to others is what is told of, and may be named.
func (a *App) toldOwner(ctx context.Context, actor identity.Actor, organisation string, e *convert.Seen) (n leak.Names, err error) {
	n = leak.NewNames()
	if organisation == "" {
		n.Nobody("nobody knows whose it is")
		return n, nil
	}
	o, err := a.Register.Organisation(ctx, actor, organisation)
	if err != nil {
		return n, err
	}
	e.Owner = &convert.Party{ID: o.ID, Name: o.Name, Sector: string(o.Sector), Changed: o.Updated}
	n.Add(leak.Organisation, o.Name)
	networks, err := a.Register.Networks(ctx, actor, organisation)
	for _, net := range networks {
		switch net.Rule {
		case constituency.ByDomain:
			n.Add(leak.Domain, net.Value)
		case constituency.ByPrefix:
			n.Add(leak.Address, net.Value)
		}
	}
	if err != nil {
		return n, err
	}
	if e.Hostile() {
		n.Allow(leak.Address, e.Sight.Source.Addr.String())
		n.Allow(leak.Domain, e.Sight.Source.FQDN)
		n.Allow(leak.Text, e.Sight.Source.URL)
	}
	contacts, err := a.Register.Contacts(ctx, actor, organisation)
	for _, c := range contacts {
		if c.Channel == constituency.Mail {
			n.Add(leak.Mail, c.Address)
		}
	}
	return n, err
}

// withdrawShared takes what is recalled out of all collections.
func (a *App) withdrawShared(ctx context.Context, actor identity.Actor, item release.Item, reason string) (err error) {
	if a.Sharing == nil || !actor.May(sharing.OpAdd) {
		return nil
	}
	if item.Kind == sharedObject {
		_, err = a.Sharing.WithdrawObject(ctx, actor, item.ID, reason)
		return err
	}
	_, err = a.Sharing.Withdraw(ctx, actor, sharing.Own{Kind: item.Kind, Item: item.ID}, "", reason)
	return err
}

// toldBehind gives who was told of what goes by another name where it was decided about: of one finding, and of an object of somebody's; nil for all else.
func toldBehind(tx *sqldb.Tx, kind, name string) ([]release.Sent, error) {
	if kind == sharedObject {
		readings, err := sharing.Holders(tx, name)
		if err != nil {
			return nil, err
		}
		return sentTo(tx, readings)
	}
	list, err := toldOfFinding(tx, kind, name)
	if err != nil || list == nil {
		return nil, err
	}
	readings, err := sharing.ReadersOf(tx, sharing.Own{Kind: kind, Item: name})
	if err != nil {
		return nil, err
	}
	read, err := sentTo(tx, readings)
	return append(list, read...), err
}

// readOf gives who read, by TAXII, what stands on some decisions, as messages to the contact of each by which they can be reached.
func readOf(tx *sqldb.Tx, decisions []string) (out []release.Sent, err error) {
	readings, err := sharing.Readers(tx, decisions)
	if err != nil {
		return nil, err
	}
	return sentTo(tx, readings)
}

// sentTo are readings as messages: of each reader the first.
func sentTo(tx *sqldb.Tx, readings []sharing.Receipt) (out []release.Sent, err error) {
	out = []release.Sent{}
	known := map[[2]string]bool{}
	for _, r := range readings {
		key := [2]string{r.Organisation, r.Decision}
		if err != nil {
			return nil, err
		}
		if r.Organisation == "" || known[key] { // "": of the team's own people
			continue
		}
		known[key] = true
		m := release.Sent{Decision: r.Decision, Channel: readBy(r), Created: r.At, Delivered: r.At, Reached: true, Contact: constituency.Contact{Organisation: r.Organisation}}
		err = reachable(tx, &m)
		out = append(out, m)
	}
	return out, err
}

// readBy is by which way something was read: a blocklist by the API, all else by TAXII.
func readBy(r sharing.Receipt) string {
	if r.What == sharing.Blocklist {
		return "api"
	}
	return "taxii"
}

// reachable names the reader, and the contact that can be written to.
func reachable(tx *sqldb.Tx, m *release.Sent) error {
	o, err := constituency.OrganisationIn(tx, m.Contact.Organisation)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Name = o.Name
	contacts, err := constituency.ContactsIn(tx, o.ID)
	if i := bestContact(contacts); i >= 0 && contacts[i].Channel == constituency.Mail {
		m.Contact = contacts[i]
	}
	return err
}
