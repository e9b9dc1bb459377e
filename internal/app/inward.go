package app

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// along are the types of objects that come with others and are no flow of their own.
var along = []string{"identity", "location", "note", "opinion", "report", "grouping"}

// inwardFlow is what an agreement calls a type of objects; "" for what comes along with any.
func inwardFlow(objectType string) team.Flow {
	if class := stix.ClassOf(objectType); class == stix.Observable || class == stix.Meta || class == stix.Relation || slices.Contains(along, objectType) {
		return ""
	}
	return flowOf(objectType)
}

// outsideAgreement tells why an organisation may not send objects of a type under a label.
func (a *App) outsideAgreement(ctx context.Context, organisation, objectType string, label tlp.Label) (string, error) {
	return a.outside(ctx, organisation, inwardFlow(objectType), label)
}

func (a *App) outside(ctx context.Context, organisation string, flow team.Flow, label tlp.Label) (why string, err error) {
	err = a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		why, err = team.Outside(tx, organisation, flow, label, a.Clock.Now())
		return err
	})
	return why, err
}

// reportOutside tells why who sends a report may not send it: of the organisation that a program is of, or whose contact the address is.
func (a *App) reportOutside(ctx context.Context, actor identity.Actor, address string, label tlp.Label) (string, error) {
	organisation := actor.Organisation
	if organisation == "" {
		contact, found, err := a.contactAt(ctx, identity.System("agreements"), address)
		if err != nil || !found {
			return "", err
		}
		organisation = contact.Organisation
	}
	return a.outside(ctx, organisation, team.Incidents, label)
}

// setAside puts into the team's queue that a report came which was not agreed to come. It names nothing of the report.
func (a *App) setAside(tx *sqldb.Tx, id, ref, why string) error {
	_, err := queue.Raise(tx, a.Clock.Now(), queue.Task{
		Kind: "outside-agreement", Object: id, Title: "Report " + ref + " is outside of the agreement with who sends it",
		Detail: "Set aside: " + why + ".", Advice: "Open report " + ref + ". Ask who sends it whether it is meant for us, keep or close it, or make another agreement.",
	})
	return err
}

// feedOutside tells why who gives a feed may not send what it brings under a label. Who is not in the register agreed to nothing here.
func (a *App) feedOutside(ctx context.Context, feed string, label tlp.Label) (string, error) {
	g, err := a.giver(ctx, identity.System("agreements"), feed)
	if problem.Is(err, problem.NotFound) || err == nil && g.organisation.ID == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return a.outside(ctx, g.organisation.ID, team.Observations, label)
}
