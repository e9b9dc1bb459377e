package release

import (
	"context"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpTake is to take something as a file into one's own hands.
const OpTake identity.Operation = "release.take"

// fileKind is the kind of files that people of the team take: what of a list, and how much of it, is not known before.
const fileKind = "file"

// TakenLabel is the label of files that say none: they stay in the team. What stands in one under a stricter label says so itself.
const TakenLabel = tlp.AmberStrict

// Taking is a file that somebody of the team takes.
type Taking struct {
	Route string // by which: "GET /incidents/export"
	Path  string // what it was asked by
	Query string // "" for none
	Name  string // of the file, if it was made here
}

// Take has release decide that somebody of the team may take a file as one of its people, and puts on record who took what: the decision once, each taking for
// itself. It is a step of the operation that made the file, which authorised: whatever lets somebody read a thing lets them keep it, also by a token. Errors:
// Forbidden for nobody; Conflict if it may not go.
func (s *Service) Take(ctx context.Context, actor identity.Actor, t Taking) error {
	if actor.ID == "" {
		return problem.New(problem.Forbidden, "nobody takes a file")
	}
	item := Item{Kind: fileKind, ID: t.Route, Version: "1", Owner: Team, Terms: Terms{Label: TakenLabel}, Count: 1}
	to := outsider(actor, Self, "")
	to.Contact = constituency.Contact{ID: actor.ID, Organisation: Team, Channel: constituency.Webhook, Purpose: constituency.Security}
	to.Organisation = constituency.Organisation{ID: Team}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.o.Clock.Now()
		matters, err := s.mattersIn(tx, []Ask{{item, to}}, now)
		if err != nil {
			return err
		}
		decisions, err := s.record(tx, actor, OpTake, matters, now)
		if err != nil {
			return err
		}
		d := decisions[0]
		if !d.Allowed {
			return problem.New(problem.Conflict, "%w", &NotAllowed{d})
		}
		return actor.Audit(tx, now, OpTake, t.Path, nil, map[string]any{"file": t.Name, "query": t.Query, "route": t.Route, "decision": d.ID})
	})
}
