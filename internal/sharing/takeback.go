package sharing

import (
	"cmp"
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// TakeBack erases what an organisation gave, because it asks for it: one of its objects, or all of them for "". What somebody keeps, or an open incident needs,
// stays, and is counted. A dry run only reads, and needs no reason. Errors: Forbidden; Invalid without a reason, or without an organisation; NotFound.
func (s *Service) TakeBack(ctx context.Context, actor identity.Actor, organisation, object, reason string, dry bool) (out Expired, err error) {
	if err := actor.Authorise(erasing(dry), organisation); err != nil {
		return out, err
	}
	out.Stay = map[string]int{}
	if organisation == "" {
		return out, problem.New(problem.Invalid, "say whose objects")
	}
	if reason, err = because(reason); err != nil && !dry {
		return out, err
	}
	d := due{why: whyBack, word: reason, where: `o.source = $1`, args: []any{organisation}}
	if object != "" {
		d.where, d.args = `o.source = $1 AND o.object_id = $2`, []any{organisation, object}
	}
	if err := s.clear(ctx, actor, d, dry, &out); err != nil {
		return out, err
	}
	if err := s.copies(ctx, `source = $1 AND (object_id = $2 OR $2 = '')`, []any{organisation, object}, dry, &out); err != nil {
		return out, err
	}
	if out.Sum()+out.Staying() == 0 {
		return out, problem.New(problem.NotFound, "nothing of theirs is kept")
	}
	if dry {
		return out, nil
	}
	return out, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.AuditReason(tx, s.o.Clock.Now(), OpErase, organisation, reason, map[string]any{"object": object, "versions": out.Back, "aside": out.Aside, "held": out.Held}, nil)
	})
}

// sweep erases what lies beside the objects for too long: what was set aside, and copies of what waits for the end of an embargo.
func (s *Service) sweep(ctx context.Context, actor identity.Actor, before time.Time, dry bool, out *Expired) error {
	earlier := *out
	for _, c := range []struct{ table, where string }{{"sharing_aside", `at < $1`}, {"sharing_held", `since < $1 AND source <> ''`}} {
		if err := s.copiesOf(ctx, c.table, c.where, []any{before}, dry, out); err != nil {
			return err
		}
	}
	n := map[string]any{"aside": out.Aside - earlier.Aside, "held": out.Held - earlier.Held}
	if dry || out.Aside+out.Held == earlier.Aside+earlier.Held {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.AuditReason(tx, s.o.Clock.Now(), OpForget, "shared", whyOld, n, nil)
	})
}

// copies erases what was set aside, and copies that wait for the end of an embargo.
func (s *Service) copies(ctx context.Context, where string, args []any, dry bool, out *Expired) error {
	return cmp.Or(s.copiesOf(ctx, "sharing_aside", where, args, dry, out), s.copiesOf(ctx, "sharing_held", where, args, dry, out))
}

func (s *Service) copiesOf(ctx context.Context, table, where string, args []any, dry bool, out *Expired) error {
	do, statement := s.o.DB.Write, `DELETE FROM `
	if dry {
		do, statement = s.o.DB.Read, `SELECT count(*) FROM `
	}
	var n int64
	err := do(ctx, func(tx *sqldb.Tx) (err error) {
		if dry {
			return tx.QueryRow(statement+table+` WHERE `+where, args...).Scan(&n)
		}
		n, err = tx.Exec(statement+table+` WHERE `+where, args...)
		return err
	})
	if table == "sharing_aside" {
		out.Aside += int(n)
	} else {
		out.Held += int(n)
	}
	return err
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
