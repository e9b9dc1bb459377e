package app

import (
	"context"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/sharing/poll"
	"github.com/firehall/firehall/internal/web"
	websharing "github.com/firehall/firehall/internal/web/sharing"
)

// openPoll makes what asks other teams' TAXII servers.
func (a *App) openPoll() {
	a.Poll = poll.New(poll.Options{DB: a.DB, Clock: a.Clock, Log: a.Log, Sharing: a.Sharing, Sources: a.Config.TAXII})
	// Each server has a place of its own as far as there are any, so that a slow one holds up no other.
	places := max(1, min(a.Poll.Asked(), mostPolls))
	a.Jobs.Handle(jobs.Kind{Name: poll.Job, Attempts: 20, Backoff: shortBackoff, Lease: doorLease, Concurrency: places, Do: a.pollJob})
}

// mostPolls is how many servers are asked at the same time.
const mostPolls = 16

// pollJob asks one server. A collection that is not there is a fault of the configuration, which another attempt would not mend.
func (a *App) pollJob(ctx context.Context, t *jobs.Task) error {
	err := a.Poll.Poll(ctx, identity.System("taxii"), t.Subject, t.Fence)
	if problem.Is(err, problem.NotFound) {
		return jobs.Final(err)
	}
	return err
}

// sharingTasks are the loops of what is shared, for a server.
func (a *App) sharingTasks() []task {
	system := identity.System("taxii")
	changed := make(chan struct{}, 1)
	return []task{
		{name: "post which TAXII servers are to be asked", every: postPause, soon: true, do: func(ctx context.Context) error { return a.Poll.Post(ctx, system) }},
		{name: "hand on what fellow teams tell by objects", every: hearPause, soon: true, do: a.hearShared},
		{name: "let what stands in collections follow its label, and take out what may not stand there any more", every: reviewPause, wake: changed, do: a.followLabels},
		{name: "see whether somebody changed what may be told", every: lookPause, soon: true, do: a.watchLabels(changed)},
		{name: "post what erases what is shared for too long", every: postPause, soon: true, do: a.postShared},
	}
}

// sharingOptions says what the pages of sharing ask.
func (a *App) sharingOptions(o *web.Options) {
	o.Sharing = websharing.Options{
		Sharing: a.Sharing, Poll: a.Poll, Hear: a.Hear, Groups: a.sharingGroups, Names: a.Register.Names, Teams: a.teamNames, Registered: a.Registered, Orders: a.SharingOrders, Decisions: a.Release.Find,
	}
}

// teamNames lists what the teams of the directory are called.
func (a *App) teamNames(ctx context.Context, actor identity.Actor) (names []string, err error) {
	list, err := a.Teams.List(ctx, actor, team.Filter{})
	for i := range list {
		names = append(names, list[i].Name)
	}
	return names, err
}

// sharingGroups lists the sharing groups.
func (a *App) sharingGroups(ctx context.Context, actor identity.Actor) ([]team.Group, error) {
	return a.Teams.Groups(ctx, actor)
}
