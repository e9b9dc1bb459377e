package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// cursorSecret names the secret that signs the cursors of TAXII.
const cursorSecret = "taxii-cursor"

// openSharing makes the room of what is shared with fellow teams.
func (a *App) openSharing() error {
	a.Sharing = sharing.New(sharing.Options{
		DB: a.DB, Clock: a.Clock, Decode: sharing.STIX(stix.Limits{Clock: a.Clock}), Decide: a.decideSharing, Standing: a.standing, Taken: a.Live.Wake, Audience: a.audienceOf,
		InForce: a.objectsInForce, Outside: a.outsideAgreement, Search: a.searchOwn, Erased: a.erasedShared, Needed: a.neededShared, Ended: endedAgreements,
	})
	a.openPoll()
	a.openHear()
	a.openKeepShared()
	a.openGive()
	a.openRelabel()
	a.Release.Resolve(a.sharedItem)
	return nil
}

// decideSharing asks release whether the group of a collection may have some objects. The group as such is the recipient: what stands in a collection is
// for all of it, and who of it may read is asked at each reading.
func (a *App) decideSharing(ctx context.Context, actor identity.Actor, c sharing.Collection, list []sharing.Candidate) ([]sharing.Verdict, error) {
	to, err := a.audienceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	asks := make([]release.Ask, len(list))
	for i, one := range list {
		asks[i] = release.Ask{To: to, Item: release.Item{
			Kind: sharedObject, ID: c.ID + "/" + one.Source, Owner: owner(one.Source), Source: one.Source, Group: c.Group,
			Terms: release.Terms{Label: one.Label, IEP: iep.Kept(one.IEP)}, PAP: one.PAP, Count: int64(one.Count),
		}}
		if one.Object != "" { // it has a schedule, which goes by its own id
			asks[i].Item.ID = one.Object
		}
	}
	_, decisions, err := a.Release.Decide(ctx, identity.System("sharing"), asks)
	if err != nil {
		return nil, err
	}
	out := make([]sharing.Verdict, len(list))
	for i, d := range decisions {
		out[i] = sharing.Verdict{Allowed: d.Outcome == release.Allowed, Decision: d.ID, Reason: d.Reason}
	}
	return out, nil
}

// owner is whose an object is: who gave it, or the team.
func owner(source string) string {
	if source == "" {
		return release.Team
	}
	return source
}

// audienceOf is the group of a collection as a recipient; the team itself where there is none.
func (a *App) audienceOf(ctx context.Context, c sharing.Collection) (to release.Recipient, err error) {
	if c.Group == "" {
		to.As = release.Self
		to.Organisation = constituency.Organisation{ID: release.Team, Name: a.Config.Team.Name}
		to.Contact = release.TeamContact(a.Config.Team.Email)
		return to, nil
	}
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		g, err := team.GroupIn(tx, c.Group)
		to.Organisation = constituency.Organisation{ID: c.Group, Name: g.Name, Kind: constituency.Peer}
		return err
	})
	if problem.Is(err, problem.NotFound) {
		err = problem.Wrap(problem.Conflict, err, "the sharing group of the collection %q is gone", c.Title)
	}
	to.Contact = constituency.Contact{ID: c.ID, Organisation: c.Group, Channel: constituency.Webhook, Address: taxii.Root, Purpose: constituency.Security}
	return to, err
}

// standing tells whether an organisation may read a collection now: it is in the group, and where the collection takes what is
// TLP:AMBER or stricter, an agreement in force lets that flow. What is stricter than the group shares by now nobody reads.
func (a *App) standing(tx *sqldb.Tx, organisation string, c sharing.Collection, now time.Time) (sharing.Standing, error) {
	st, err := standingOf(tx, organisation, c, now)
	if err != nil || !st.May {
		return st, err
	}
	g, err := team.GroupIn(tx, c.Group)
	st.Cap = &g.Cap
	return st, err
}

func standingOf(tx *sqldb.Tx, organisation string, c sharing.Collection, now time.Time) (sharing.Standing, error) {
	members, err := team.Members(tx, c.Group, now)
	if err != nil || !slices.Contains(members, organisation) {
		return sharing.Standing{}, err
	}
	keeps, err := team.Handled(tx, []string{organisation})
	if err != nil {
		return sharing.Standing{}, err
	}
	if most, says := keeps[organisation]; says && c.Label > most {
		return sharing.Standing{Member: true, Reason: "your organisation says that it keeps what is " + most.String() + " at most, and the collection takes what is " + c.Label.String()}, nil
	}
	if c.Label < tlp.Amber {
		return sharing.Standing{Member: true, May: true}, nil
	}
	inForce, err := team.InForce(tx, []string{organisation}, now)
	if err != nil {
		return sharing.Standing{}, err
	}
	for _, g := range inForce[organisation] {
		if g.Lets(team.Indicators, c.Label) {
			return sharing.Standing{Member: true, May: true}, nil
		}
	}
	return sharing.Standing{Member: true, Reason: "no agreement in force lets what is " + c.Label.String() + " flow to your organisation"}, nil
}

// openTAXII makes the face for clients of TAXII.
func (a *App) openTAXII() error {
	secret, err := a.Keys.Secret(cursorSecret)
	if err != nil {
		return err
	}
	title := a.Config.Team.Name
	if title == "" {
		title = "Firehall"
	}
	a.TAXII = taxii.New(taxii.Options{
		Clock: a.Clock, Log: a.Log, Sharing: a.Sharing, Tokens: a.Programs, Accounts: a.Accounts, Secret: secret, Title: title,
		Contact: a.Config.Team.Email, Base: BaseURL(a.Config.Serve), MaxBody: int64(a.Config.Serve.MaxBody), Clients: a.Config.Sharing.Clients,
	})
	return nil
}

// sharedObject is the kind of items that others gave, or that were uploaded.
const sharedObject = "object"

// sharedItem finds an object by its id, for who asks release about it. The group is that of the collection that it was put into last.
func (a *App) sharedItem(ctx context.Context, actor identity.Actor, name string) (release.Item, bool, error) {
	if !strings.Contains(name, "--") || !actor.May(sharing.OpOverview) {
		return release.Item{}, false, nil
	}
	w, err := a.Sharing.Look(ctx, actor, name)
	if problem.Is(err, problem.NotFound) {
		return release.Item{}, false, nil
	}
	if err != nil {
		return release.Item{}, false, err
	}
	newest := w.Versions[0]
	item := objectItem(newest)
	if len(w.In) == 0 {
		return item, true, nil
	}
	c, err := a.Sharing.Get(ctx, actor, w.In[0].Collection)
	if problem.Is(err, problem.NotFound) { // it was closed
		return item, true, nil
	}
	item.Group = c.Group
	return item, true, err
}
