package indicator

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// appliedLists names of which version the warning lists were applied to all indicators.
const appliedLists = "lists"

// merge adds names to a sorted list, each once.
func merge(list, more []string) []string {
	if len(more) == 0 {
		return list
	}
	out := slices.Concat(list, more)
	slices.Sort(out)
	return slices.Compact(out)
}

// Relist applies the warning lists to all indicators, if the lists are others than the last time, and gives how many were changed by that. Who is cut
// off begins anew the next time. Errors: Forbidden.
func (s *Service) Relist(ctx context.Context, actor identity.Actor) (changed int, err error) {
	if err := actor.Authorise(OpDigest, ""); err != nil {
		return 0, err
	}
	version := markOf(Value{Value: s.o.Lists.Version()})
	done := false
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		at, fresh, err := reached(tx, appliedLists)
		done = at == max(version, 0) && !fresh
		return err
	})
	for after := ""; err == nil && !done; {
		var last string
		var n int
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			list, err := some(tx, s.o.Clock.Now(), `WHERE i.id > $1 ORDER BY i.id LIMIT $2`, after, int64(stride))
			if err != nil {
				return err
			}
			if done = len(list) == 0; done {
				return reach(tx, appliedLists, max(version, 0))
			}
			last = list[len(list)-1].ID
			n, err = s.relist(tx, list)
			return err
		})
		after, changed = last, changed+n
	}
	return changed, err
}

func (s *Service) relist(tx *sqldb.Tx, list []Indicator) (changed int, err error) {
	for n := range list {
		i := &list[n]
		values, err := valuesOf(tx, i.ID, mostValues)
		if err != nil {
			return changed, err
		}
		warned, unsought := i.Warned, i.Unsought
		i.list(s.o.Lists, values)
		if slices.Equal(warned, i.Warned) && slices.Equal(unsought, i.Unsought) {
			continue
		}
		changed++
		_, err = tx.Exec(`UPDATE sharing_indicator SET warned = $2, unsought = $3 WHERE id = $1`, i.ID, strings.Join(i.Warned, "\n"), strings.Join(i.Unsought, "\n"))
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// Sweep forgets what is known of objects that stand in no collection any more, or reads the version that is left. Errors: Forbidden.
func (s *Service) Sweep(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(OpDigest, ""); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.o.Clock.Now()
		left, err := some(tx, now, `WHERE NOT EXISTS (SELECT 1 FROM sharing_object o WHERE o.num = i.num) ORDER BY i.id LIMIT $1`, int64(stride))
		if err != nil {
			return err
		}
		for _, i := range left {
			for _, table := range []string{`sharing_indicator WHERE id`, `sharing_indicator_value WHERE indicator`} {
				if _, err := tx.Exec(`DELETE FROM `+table+` = $1`, i.ID); err != nil {
					return err
				}
			}
			rest, err := objects(tx, `object_id = $1 ORDER BY version DESC LIMIT 1`, i.ID)
			if err == nil {
				err = s.take(tx, rest)
			}
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(`DELETE FROM sharing_relation WHERE NOT EXISTS (SELECT 1 FROM sharing_object o WHERE o.object_id = sharing_relation.id)`)
		return err
	})
}
