package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// decayPause lies between two looks for labels that have stepped down.
const decayPause = 5 * time.Minute

// openRelease makes the room that decides what may be told.
func (a *App) openRelease() error {
	a.Release = release.New(release.Options{
		DB: a.DB, Clock: a.Clock, Register: a.Register, Team: a.Config.Team.Email, Zone: a.zoneOrUTC(), Agreements: agreementsInForce, Handling: team.Handled, Recorded: a.recorded, Circle: circleOf, Now: a.itemNow,
		Deliveries: sentUnder, Cancel: a.cancelAll, Withdraw: a.withdrawShared, Unnamed: a.unnamedTo, Post: a.postLetter, Unseen: a.unseenItems, SourceOf: a.sourceOf,
		Remind: a.remindOfReview, Embargoed: a.embargoed, Behind: toldBehind, StoodOn: delivery.DecisionsOf, Secret: func() ([32]byte, error) { return a.Keys.Secret(leakSecret) },
	})
	a.Release.Resolve(a.reportItem, a.findingItem)
	return nil
}

// leakSecret names the keyring's secret that seals where a stopped copy names somebody.
const leakSecret = "leak"

// remindOfReview puts into the team's queue that somebody meant to look again at what an item may be told under. It names nothing of the item.
func (a *App) remindOfReview(tx *sqldb.Tx, s release.Schedule) error {
	_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
		Kind: "release-review", Object: s.Kind + "/" + s.ID + "/" + s.Review.UTC().Format(time.DateOnly), Title: "Look again at what may be told: " + s.Kind,
		Detail: "It was agreed on " + s.Agreed.UTC().Format(time.DateOnly) + " to look at it again.",
		Advice: "Open /releases/items/" + s.Kind + "/" + s.ID + ", ask its source whether its label still has to be what it is, and record what they say, or the next review.",
	})
	return err
}

// toldOfFinding gives the messages that told of one finding; nil for what is no finding.
func toldOfFinding(tx *sqldb.Tx, kind, name string) ([]release.Sent, error) {
	if kind != findingItems || strings.Contains(name, "/") { // as notifications name those of an owner
		return nil, nil
	}
	low, high, err := finding.ParseID(name)
	if err != nil || low != high {
		return nil, nil //nolint:nilerr // no finding
	}
	messages, err := finding.MessagesOf(tx, low)
	if err != nil {
		return nil, err
	}
	list, err := delivery.WithDecisions(tx, messages)
	return append([]release.Sent{}, sentOf(list)...), err
}

// findingItems is the kind of findings as they are released.
const findingItems = "findings"

// flowOf is what an agreement calls a kind of items.
func flowOf(kind string) team.Flow {
	switch kind {
	case "findings", "finding", "observed-data":
		return team.Observations
	case incident.ReportItem, incident.IncidentItem, "message":
		return team.Incidents
	case "vulnerability":
		return team.Vulnerabilities
	case "evidence":
		return team.Evidence
	}
	return team.Indicators
}

// agreementsInForce is what the agreements with some organisations let flow.
func agreementsInForce(tx *sqldb.Tx, organisations []string, now time.Time) (map[string]release.Lets, error) {
	all, err := team.InForce(tx, organisations, now)
	out := map[string]release.Lets{}
	for organisation, list := range all {
		out[organisation] = func(kind string, label tlp.Label) bool {
			return slices.ContainsFunc(list, func(g team.Agreement) bool { return g.Lets(flowOf(kind), label) })
		}
	}
	return out, err
}

// circleOf is a sharing group; one that is gone shares nothing.
func circleOf(tx *sqldb.Tx, group string, _ time.Time) (release.Circle, error) {
	g, err := team.GroupIn(tx, group)
	if problem.Is(err, problem.NotFound) {
		return release.Circle{}, nil
	}
	// The group as such is in it too: what stands in a collection is decided for all of it at once.
	return release.Circle{Cap: g.Cap, Members: append(g.Members, group)}, err
}

// sentUnder are the messages that stand on decisions.
func sentUnder(tx *sqldb.Tx, decisions []string) (out []release.Sent, err error) {
	list, err := delivery.OnDecisions(tx, decisions)
	if err != nil {
		return nil, err
	}
	read, err := readOf(tx, decisions)
	if err != nil {
		return nil, err
	}
	hands, err := handedUnder(tx, decisions)
	return slices.Concat(sentOf(list), read, hands), err
}

// handedUnder is what people gave into somebody's hands, as messages to the contact of each by which they can be reached; who stands in no register has none.
func handedUnder(tx *sqldb.Tx, decisions []string) (out []release.Sent, err error) {
	list, err := incident.HandedUnder(tx, decisions)
	for _, h := range list {
		if err != nil {
			return nil, err
		}
		m := release.Sent{
			Decision: h.Decision, Name: h.Name, Channel: "hand", Created: h.At, Delivered: h.At, Reached: true, Contact: constituency.Contact{Organisation: h.Organisation},
		}
		if h.Organisation != release.Correspondent && h.Organisation != release.Team {
			err = reachable(tx, &m)
		}
		out = append(out, m)
	}
	return out, err
}

func sentOf(list []delivery.Stands) (out []release.Sent) {
	for _, d := range list {
		s := release.Sent{
			Decision: d.Decision, Delivery: d.ID, Name: d.ToName, Channel: d.Channel, Subject: d.Subject, MessageID: d.MessageID, Ticket: d.Ticket, Created: d.Created,
			Contact: constituency.Contact{ID: d.Contact, Organisation: d.Organisation, Channel: constituency.Channel(d.Channel), Address: d.Address},
			Reached: d.Reached(), Unsent: slices.Contains([]delivery.State{delivery.Queued, delivery.Held}, d.State),
		}
		if d.State == delivery.Delivered {
			s.Delivered = d.Settled
		}
		out = append(out, s)
	}
	return out
}

// cancelAll takes back messages that are not sent; one that was sent meanwhile is left alone.
func (a *App) cancelAll(ctx context.Context, actor identity.Actor, deliveries []string, reason string) (n int, err error) {
	for _, one := range deliveries {
		err := a.Delivery.Cancel(ctx, actor, one, reason)
		if err != nil && !problem.Is(err, problem.Conflict) {
			return n, err
		}
		n++
	}
	return n, nil
}

// postLetter writes what release has to say.
func (a *App) postLetter(tx *sqldb.Tx, permit release.Permit, l release.Letter) (string, error) {
	if m := a.Config.Mail; a.mailFault != nil || m.Relay == "" && m.Maildir == "" {
		return "", problem.New(problem.Unavailable, "nothing can be sent from here: name a mail.relay, or a mail.maildir, in the configuration")
	}
	now := a.Clock.Now()
	generic := strings.TrimSpace("[" + cmp.Or(l.Ticket, "notice") + "] " + a.Config.Team.Name)
	d := delivery.Draft{
		ID: id.NewAt(now), To: l.To, ToName: l.Name, Subject: l.Subject, Generic: generic, Text: l.Text, Label: permit.Label(), Language: l.Language, Ticket: l.Ticket,
		Date: now,
	}
	if l.Replies != "" {
		d.Thread = delivery.Thread{InReplyTo: l.Replies, References: []string{l.Replies}}
	}
	ready, err := a.Delivery.Compose(tx.Context(), permit, d)
	if err != nil {
		return "", err
	}
	return d.ID, a.Delivery.Enqueue(tx, permit, ready)
}

// unseenItems is what of the decisions the room of reports and incidents hides.
func (a *App) unseenItems(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (string, []any, error) {
	if a.Incidents == nil { // a switch, which lists nothing
		return "1 = 0", nil, nil
	}
	return a.Incidents.UnseenItems(tx, actor, alias, first)
}

// recorded lets what a person recorded about a report or an incident count for the incidents that it is part of.
func (a *App) recorded(tx *sqldb.Tx, actor identity.Actor, w release.Wish) error {
	if a.Incidents == nil {
		return nil
	}
	return a.Incidents.Recorded(tx, actor, w)
}

// reportItem finds a report or an incident.
func (a *App) reportItem(ctx context.Context, actor identity.Actor, name string) (release.Item, bool, error) {
	if a.Incidents == nil {
		return release.Item{}, false, nil
	}
	return a.Incidents.ReleaseItem(ctx, actor, name)
}

// findingItem finds a finding, as notifications release it: one of the findings of its owner by a feed, under the strictest of its sources' terms.
func (a *App) findingItem(ctx context.Context, actor identity.Actor, name string) (item release.Item, ok bool, err error) {
	f, err := a.Findings.Get(ctx, actor, name)
	if problem.Is(err, problem.Invalid) {
		return item, false, nil
	}
	if err != nil {
		return item, false, err
	}
	sources, err := a.Findings.Sources(ctx)
	if err != nil {
		return item, false, err
	}
	item = release.Item{Kind: findingItems, ID: name, Version: "1", Owner: f.Organisation, Count: f.Count, Holds: release.Victim | release.Technical}
	for _, s := range sources {
		if f.Sources&(1<<s.Bit) == 0 {
			continue
		}
		item.PAP = max(item.PAP, s.PAP, s.IEP.At(a.Clock.Now()).PAP())
		if item.Terms.Feed == "" || s.Label > item.Terms.Label {
			item.Terms = release.Terms{Feed: s.Feed, Label: s.Label, Receivers: s.Receivers, Attribution: s.Attribution, IEP: iep.Stricter(s.IEP, item.Terms.IEP)}
		} else {
			item.Terms.IEP = iep.Stricter(item.Terms.IEP, s.IEP)
		}
	}
	return item, true, nil
}

// sourceOf finds whom to ask about a label: who reported it, the team that it came from, or who gives the feed that brought it.
func (a *App) sourceOf(ctx context.Context, actor identity.Actor, item release.Item) (to release.Recipient, err error) {
	if item.Source == release.ByReporter {
		address, name, err := a.Incidents.ReporterOf(ctx, actor, item.ID)
		if err != nil {
			return to, err
		}
		to.Contact, to.As = release.Correspondence(address), release.Reporter
		to.Organisation = constituency.Organisation{ID: release.Correspondent, Name: name}
		return to, nil
	}
	if item.Source == "" {
		return a.giverOf(ctx, actor, item.Terms.Feed)
	}
	return a.askOrganisation(ctx, actor, item.Source)
}

// askOrganisation is the mailbox of an organisation of the register that is asked about what it gave.
func (a *App) askOrganisation(ctx context.Context, actor identity.Actor, id string) (to release.Recipient, err error) {
	if to.Organisation, err = a.Register.Organisation(ctx, actor, id); err != nil {
		return to, err
	}
	contacts, err := a.Register.Contacts(ctx, actor, id)
	if err != nil {
		return to, err
	}
	i := slices.IndexFunc(contacts, func(c constituency.Contact) bool {
		return c.Channel == constituency.Mail && c.Usable() && c.Purpose != constituency.Legal
	})
	if i < 0 {
		return to, problem.New(problem.Conflict, "%s has no mail address in the register: ask it another way", to.Organisation.Name)
	}
	to.Contact = contacts[i]
	return to, nil
}

// RecipientOf finds a recipient by the name of an organisation or of a sharing group, or by the address of a contact, for who asks what they would be told. An
// organisation goes before a group of its name, which "group:NAME" means. Errors: NotFound.
func (a *App) RecipientOf(ctx context.Context, actor identity.Actor, name string) (to release.Recipient, err error) {
	name = strings.TrimSpace(name)
	if strings.EqualFold(name, "public") {
		return release.Recipient{As: release.Public}, nil
	}
	if strings.EqualFold(name, a.Config.Team.Name) || strings.EqualFold(name, a.Config.Team.Email) {
		to.Contact, to.As = release.TeamContact(a.Config.Team.Email), release.Self
		to.Organisation = constituency.Organisation{ID: release.Team, Name: a.Config.Team.Name}
		return to, nil
	}
	contact, found, err := a.contactAt(ctx, actor, name)
	if err != nil {
		return to, err
	}
	if found {
		to.Contact = contact
		to.Organisation, err = a.Register.Organisation(ctx, actor, contact.Organisation)
		return to, err
	}
	if to.Organisation, err = a.Register.OrganisationByName(ctx, actor, name); err != nil {
		if group, found, failed := a.groupNamed(ctx, actor, name); failed != nil || found {
			return group, failed
		}
		if strings.Contains(name, "@") {
			return release.Recipient{Contact: release.Correspondence(name), As: release.Party, Organisation: constituency.Organisation{ID: release.Correspondent}}, nil
		}
		if !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Invalid) {
			return to, err
		}
		return to, problem.New(problem.NotFound, "nobody is called %q: name an organisation of the register, a sharing group, the address of a contact, or public", render.Clean(name, 100))
	}
	contacts, err := a.Register.Contacts(ctx, actor, to.Organisation.ID)
	if err != nil {
		return to, err
	}
	if i := bestContact(contacts); i >= 0 {
		to.Contact = contacts[i]
	}
	return to, nil
}

// unnamedTo gives the names of a report or an incident that must not stand in a letter to who has a copy of it.
func (a *App) unnamedTo(ctx context.Context, actor identity.Actor, item release.Item, to release.Copy) (names leak.Names, err error) {
	if item.Kind != incident.ReportItem && item.Kind != incident.IncidentItem {
		return names, nil
	}
	return a.Incidents.UnnamedTo(ctx, actor, item.ID, incident.Party{Name: to.Name, Email: to.Address})
}

// groupNamed finds a sharing group as a recipient.
func (a *App) groupNamed(ctx context.Context, actor identity.Actor, name string) (to release.Recipient, found bool, err error) {
	if !actor.May(team.OpRead) {
		return to, false, nil
	}
	list, err := a.Teams.Groups(ctx, actor)
	bare, _ := strings.CutPrefix(name, "group:")
	for _, g := range list {
		if strings.EqualFold(g.Name, strings.TrimSpace(bare)) || g.ID == bare {
			return groupAs(g.ID, g.ID, g.Name), true, nil
		}
	}
	return to, false, err
}

// groupAs is a sharing group as a recipient, by what it fetches from.
func groupAs(from, group, name string) release.Recipient {
	return release.Recipient{
		Organisation: constituency.Organisation{ID: group, Name: name, Kind: constituency.Peer},
		Contact:      constituency.Contact{ID: from, Organisation: group, Channel: constituency.Webhook, Address: taxii.Root, Purpose: constituency.Security},
	}
}

// bestContact is the one that would be written to first; -1 for none.
func bestContact(contacts []constituency.Contact) int {
	usual := func(c constituency.Contact) bool {
		return c.Usable() && c.Channel != constituency.Phone && c.Purpose != constituency.Legal
	}
	if i := slices.IndexFunc(contacts, usual); i >= 0 {
		return i
	}
	return len(contacts[:min(1, len(contacts))]) - 1
}

// contactAt finds a contact of the register by its address.
func (a *App) contactAt(ctx context.Context, actor identity.Actor, address string) (c constituency.Contact, found bool, err error) {
	if !strings.ContainsAny(address, "@:") {
		return c, false, nil
	}
	list, err := a.Register.ContactsAt(ctx, actor, address)
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.NotFound) || len(list) == 0 && err == nil {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	return list[0], true, nil
}

// tellOfDecay writes to who holds a copy of what has a wider label now, and reminds the team of what it meant to look at again.
func (a *App) tellOfDecay(ctx context.Context) error {
	actor := identity.System("release")
	_, err := a.Release.Decay(ctx, actor)
	if _, also := a.Release.Raised(ctx, actor); err == nil {
		err = also
	}
	if _, also := a.Release.Review(ctx, actor); err == nil {
		err = also
	}
	return err
}

// Zone is the team's zone, in which days are meant.
func (a *App) Zone() *time.Location { return a.zoneOrUTC() }
