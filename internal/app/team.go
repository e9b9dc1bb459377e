package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/finder"
	"github.com/firehall/firehall/internal/web/teams"
)

// openTeams makes the directory of fellow teams.
func (a *App) openTeams() error {
	a.Teams = team.New(team.Options{
		DB: a.DB, Clock: a.Clock, Register: a.Register, Own: a.Config.Directory.Patch, Send: a.writeToTeam, Base: BaseURL(a.Config.Serve), Confirm: a.Config.Directory.Confirm, Log: a.Log,
	})
	a.Finder = &team.Finder{Service: a.Teams, Global: a.Config.Directory.Global}
	return nil
}

// canMail tells whether there is a way for mail out.
func (a *App) canMail() bool {
	m := a.Config.Mail
	return a.mailFault == nil && (m.Relay != "" || m.Maildir != "")
}

// writeToTeam puts a letter to a team into the outbox. Where no mail can be sent a person gets it as a task instead.
func (a *App) writeToTeam(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, l team.Letter) error {
	if l.Former && l.To.Encryption == constituency.EncryptionRequired { // it goes to the address without its key
		l.Details = []string{"(what was changed is told by another way: ask us)"}
	}
	subject, text := teamLetter(l, a.Config.Team.Name, a.zoneOrUTC())
	if !a.canMail() {
		if l.Kind == team.AskConfirm { // its link is a secret, which no task may hold
			return problem.New(problem.Unavailable, "no mail can be sent: [mail] in the configuration would let it")
		}
		_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
			Kind: "team-letter", Organisation: l.To.Organisation, Contact: l.To.ID, Object: string(l.Kind) + "/" + l.About, Title: subject,
			Detail: text, Advice: "No mail can be sent: tell the team by another way.",
		})
		return err
	}
	item := release.Item{
		Kind: "team", ID: l.About, Version: "1", Owner: l.To.Organisation, Count: 1,
		Terms: release.Terms{Label: tlp.Amber, Receivers: kindNames()},
	}
	permit, to, err := a.permitTeam(tx, actor, item, l)
	if err != nil {
		return err
	}
	ready, err := a.Delivery.Compose(ctx, permit, delivery.Draft{
		ID: id.NewAt(a.Clock.Now()), To: to, ToName: l.Name, Subject: subject, Generic: subject, Text: text, Label: permit.Label(),
		Language: letterLanguage(l.To), Date: a.Clock.Now(),
	})
	if err != nil {
		return err
	}
	return a.Delivery.Enqueue(tx, permit, ready)
}

// permitTeam asks for the permit of a letter to a team. What goes to a contact that is being changed goes to its address, as to somebody of no register:
// as the contact it would be another's, or nobody's, when the letter is sent.
func (a *App) permitTeam(tx *sqldb.Tx, actor identity.Actor, item release.Item, l team.Letter) (release.Permit, constituency.Contact, error) {
	if l.Former {
		return a.Release.ForParty(tx, actor, item, release.Correspondence(l.To.Address), release.Party)
	}
	return a.Release.ForParty(tx, actor, item, l.To, release.Peer)
}

// kindNames are all kinds of organisations: a letter about a team goes to the team, whatever it is to us.
func kindNames() (out []string) {
	for _, k := range constituency.Kinds() {
		out = append(out, string(k))
	}
	return out
}

func (a *App) zoneOrUTC() *time.Location {
	if z, err := a.zone(); err == nil {
		return z
	}
	return time.UTC
}

// teamTasks are what a server does for the directory by itself.
func (a *App) teamTasks() []task {
	actor := identity.System("directory")
	return []task{{name: "ask registries for teams that want copies", every: time.Minute, do: func(ctx context.Context) error {
		_, err := a.Notify.AskRegistries(ctx, actor)
		return err
	}}, {name: "ask teams whether their entries are right", every: time.Hour, do: func(ctx context.Context) error {
		if err := a.Teams.Forget(ctx, actor); err != nil {
			return err
		}
		if !a.canMail() || a.Config.Serve.PublicURL == "" { // a link to this machine would lead nobody anywhere
			return nil
		}
		_, err := a.Teams.AskDue(ctx, actor)
		return err
	}}}
}

// teamLapses are agreements with teams that run out.
func (a *App) teamLapses(ctx context.Context, actor identity.Actor, within time.Duration) (list []lapse, err error) {
	if a.Teams == nil {
		return nil, nil
	}
	agreements, err := a.Teams.Lapsing(ctx, actor, within)
	for _, g := range agreements {
		list = append(list, lapse{
			kind: "team-agreement-lapse", object: g.ID, expires: g.Until,
			what:   fmt.Sprintf("The agreement (%s) with %s ends", g.Kind, render.Clean(g.Name, 100)),
			advice: "Sign another with the team, and record it on the team's page: without one in force less is let out to it.",
			tell:   func(tx *sqldb.Tx) error { return a.tellLapse(ctx, tx, actor, g) },
		})
	}
	return list, err
}

// tellLapse writes to the team itself that our agreement ends.
func (a *App) tellLapse(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, g team.Lapse) error {
	if !a.canMail() {
		return nil
	}
	contacts, err := constituency.ContactsIn(tx, g.Organisation)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(contacts, func(c constituency.Contact) bool {
		return c.Channel == constituency.Mail && c.Usable() && c.Purpose != constituency.Legal
	})
	if i < 0 {
		return nil
	}
	return a.writeToTeam(ctx, tx, actor, team.Letter{
		About: g.ID, To: contacts[i], Name: g.Name, Kind: team.TellLapse, Until: g.Until, Details: []string{string(g.Kind) + " " + g.Version, g.Scope},
	})
}

// finderOptions says what the public pages about teams ask.
func (a *App) finderOptions(o *web.Options) {
	t, c := a.Config.Team, a.Config
	f := finder.Options{Clock: a.Clock, Team: t.Name, Email: t.Email, Report: c.Form.Enabled, Follow: a.Teams.Follow, Confirm: a.Teams.ConfirmLink, Wrong: a.teamSaysWrong}
	if c.Directory.Public {
		f.Find = a.Finder.Find
	}
	if c.RFC2350.Enabled && t.Name != "" {
		f.About, f.Sign = a.aboutTeam, a.signClear
	}
	if file := a.securityFile(); c.SecurityTxt.Enabled && len(file.Contact) > 0 {
		f.Security = a.signedFile
	}
	f.Key = a.publishedKey
	o.Finder = f
	o.Teams = teams.Options{Teams: a.Teams, Names: a.Register.Names}
}

// teamSaysWrong makes a task of what a team says about its entry.
func (a *App) teamSaysWrong(ctx context.Context, secret, text string) error {
	e, err := a.Teams.Follow(ctx, secret)
	if err != nil {
		return err
	}
	const most = 4000
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
			Kind: "team-wrong", Organisation: e.Organisation.ID, Object: e.Organisation.ID, Title: e.Organisation.Name + " says that its entry is wrong",
			Detail: render.Clean(strings.TrimSpace(text), most), Advice: "Ask the team by another way that you know, and change the entry on its page; another contact or key needs a second person.",
		})
		return err
	})
}

// teamName is how the team is called in letters.
func teamName(name string) string { return cmp.Or(name, "CSIRT") }

// copies says who is told beside a team that wants copies sent directly to its providers: the provider that the register has for the network, or the abuse
// contact that its registry names.
func (a *App) copies() notification.Copies {
	actor := identity.System("directory")
	return notification.Copies{
		Abuse: a.abuseContacts(), MayAsk: func(feed string) bool { return a.Config.Feeds[feed].RDAP && a.feedAllows(feed).AllowsLookup() },
		Direct: func(ctx context.Context) (map[string]bool, error) {
			list, err := a.Teams.List(ctx, actor, team.Filter{})
			wanted := map[string]bool{}
			for _, t := range list {
				if t.Direct && t.Kind == constituency.Peer {
					wanted[t.Organisation] = true
				}
			}
			return wanted, err
		},
		Provider: func(ctx context.Context, actor identity.Actor, f finding.Finding) (string, error) {
			asked := cmp.Or(f.URL, f.FQDN)
			if f.Addr.IsValid() {
				asked = f.Addr.String()
			}
			if asked == "" {
				return "", nil
			}
			h, err := a.Register.Holders(ctx, actor, asked)
			if problem.Is(err, problem.Invalid) { // an asset that the register has no word for is nobody's
				return "", nil
			}
			for _, one := range h.Holders {
				if one.Organisation.Kind == constituency.Provider {
					return one.Organisation.ID, err
				}
			}
			return "", err
		},
	}
}
