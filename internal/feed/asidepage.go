package feed

import (
	"context"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Rejects lists an intake's rows that were set aside, with places and reasons, in the order of the file. A page that lies far back is read from
// the beginning. Errors: NotFound; Unavailable if the file is gone.
func (s *Service) Rejects(ctx context.Context, actor identity.Actor, intake string, ask page.Request) (page.Page[event.Reject], error) {
	var none page.Page[event.Reject]
	if err := actor.Authorise(OpRead, intake); err != nil {
		return none, err
	}
	skip := 0
	if _, err := ask.After.Into(&skip); err != nil {
		return none, err
	}
	in, err := s.get(ctx, intake)
	if err != nil || in.Aside == "" {
		return none, err
	}
	list, err := s.openAside(in)
	if err != nil {
		return none, err
	}
	defer list.close()
	var rows []event.Reject
	for n := 0; len(rows) <= ask.Rows() && ctx.Err() == nil; n++ {
		r, err := list.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return none, err
		}
		if n >= skip {
			rows = append(rows, r)
		}
	}
	return page.Cut(rows, ask.Rows(), func(event.Reject) []any { return []any{skip + ask.Rows()} }), context.Cause(ctx)
}

// AsideIntakes lists the intakes of a feed, of all feeds if it is "", that have rows set aside or are undecided, newest first.
func (s *Service) AsideIntakes(ctx context.Context, actor identity.Actor, feed string, ask page.Request) (page.Page[Intake], error) {
	if err := actor.Authorise(OpRead, feed); err != nil {
		return page.Page[Intake]{}, err
	}
	before := "~" // behind all ids
	if _, err := ask.After.Into(&before); err != nil {
		return page.Page[Intake]{}, err
	}
	var list []Intake
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = listIntakes(tx, `(set_aside > 0 OR state = 'undecided') AND ($1 = '' OR feed = $1) AND id < $2 ORDER BY id DESC LIMIT $3`,
			feed, before, ask.Rows()+1)
		return err
	})
	return page.Cut(list, ask.Rows(), func(in Intake) []any { return []any{in.ID} }), err
}
