package sharing

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// wish is what an organisation asks to have erased.
type wish struct {
	organisation string
	object       string // "": all of theirs
	reason       string
}

// read reads a wish. A dry run needs no reason. Errors: Invalid without a reason, or without an organisation.
func (w wish) read(dry bool) (wish, error) {
	if w.organisation == "" {
		return w, problem.New(problem.Invalid, "say whose objects")
	}
	reason, err := because(w.reason)
	if w.reason = reason; dry {
		err = nil
	}
	return w, err
}

// due are the versions that go.
func (w wish) due() due {
	d := due{why: whyBack, word: w.reason, where: `o.source = $1`, args: []any{w.organisation}}
	if w.object != "" {
		d.where, d.args = `o.source = $1 AND o.object_id = $2`, []any{w.organisation, w.object}
	}
	return d
}

// beside is where what lies beside the objects goes.
func (w wish) beside() (where string, args []any) {
	return `source = $1 AND (object_id = $2 OR $2 = '')`, []any{w.organisation, w.object}
}

// errNothing says that there is nothing of an organisation's.
func errNothing() error { return problem.New(problem.NotFound, "nothing of theirs is kept") }

// TakeBack erases what an organisation gave, because it asks for it: one of its objects, or all of them for "". What somebody keeps, or an open incident needs,
// stays, and is counted. A dry run only reads, and needs no reason. heed may be nil. Errors: Forbidden; Invalid without a reason, or without an organisation; NotFound.
func (s *Service) TakeBack(ctx context.Context, actor identity.Actor, organisation, object, reason string, dry bool, heed Heed) (Expired, error) {
	c := &clearing{Service: s, actor: actor, dry: dry, heed: heed, so: Expired{Stay: map[string]int{}}}
	if err := actor.Authorise(erasing(dry), organisation); err != nil {
		return c.so, err
	}
	w, err := wish{organisation, object, reason}.read(dry)
	if err == nil {
		err = c.fulfil(ctx, w)
	}
	switch {
	case err != nil:
		return c.so, err
	case c.so.Sum()+c.so.Staying() == 0:
		return c.so, errNothing()
	case dry:
		return c.so, nil
	}
	return c.so, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return c.record(tx, w) })
}

// fulfil erases what an organisation asks to have erased.
func (c *clearing) fulfil(ctx context.Context, w wish) error {
	d := w.due()
	err := c.clear(ctx, d)
	where, args := w.beside()
	for _, table := range besides {
		if err == nil {
			err = c.beside(ctx, table, where, args, d.told())
		}
	}
	return err
}

// record puts on record what came of it.
func (c *clearing) record(tx *sqldb.Tx, w wish) error {
	return c.actor.AuditReason(tx, c.o.Clock.Now(), OpErase, w.organisation, w.reason,
		map[string]any{"object": w.object, "versions": c.so.Back, "aside": c.so.Aside, "held": c.so.Held}, nil)
}

// count counts what a wish means.
func (w wish) count(tx *sqldb.Tx) (int64, error) {
	all, err := count(tx, []due{w.due()})
	where, args := w.beside()
	for _, table := range besides {
		if err == nil {
			var n int64
			n, err = countIn(tx, table, where, args)
			all += n
		}
	}
	return all, err
}

// ThingsOf gives the ids of the team's own things that some objects tell of now, by the objects' ids. It is a step of somebody's operation, which authorises.
func ThingsOf(tx *sqldb.Tx, ids []string) (map[string][]string, error) {
	out := map[string][]string{}
	err := eachIn(tx, `SELECT DISTINCT object_id, item FROM sharing_own WHERE gone = 0 AND object_id IN`, ids, func(scan func(...any) error) error {
		var id, item string
		err := scan(&id, &item)
		out[id] = append(out[id], item)
		return err
	})
	return out, err
}
