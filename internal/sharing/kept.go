package sharing

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Kept is an object that must stay though its time is over, as for a court.
type Kept struct {
	Object string    `json:"object"` // id
	Since  time.Time `json:"since"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	Newest *Stored   `json:"-"` // version that is stored; nil once none is
}

// MaxReason is how many characters a reason has at most.
const MaxReason = 1000

// because reads a reason that is to stand on record. Error: Invalid.
func because(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > MaxReason {
		return "", problem.New(problem.Invalid, "say why, in %d characters at most: it stands on record", MaxReason)
	}
	return reason, nil
}

// Keep has an object stay, whatever its time and whoever takes it back, until somebody lets it go. Errors: Forbidden; Invalid without a reason; NotFound.
func (s *Service) Keep(ctx context.Context, actor identity.Actor, object, reason string) error {
	if err := actor.Authorise(OpErase, object); err != nil {
		return err
	}
	reason, err := because(reason)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM sharing_object WHERE object_id = $1`, short(object, 300)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "there is no object %q", short(object, 100))
		}
		now := s.o.Clock.Now()
		_, err := tx.Exec(`INSERT INTO sharing_kept (object_id, since, actor, reason) VALUES ($1, $2, $3, $4)
			ON CONFLICT (object_id) DO UPDATE SET actor = excluded.actor, reason = excluded.reason`, object, now, actor.String(), reason)
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpErase, object, reason, nil, map[string]any{"kept": true})
	})
}

// LetGo ends that an object is kept: from then on its time counts again. Errors: Forbidden; Invalid without a reason; NotFound.
func (s *Service) LetGo(ctx context.Context, actor identity.Actor, object, reason string) error {
	if err := actor.Authorise(OpErase, object); err != nil {
		return err
	}
	reason, err := because(reason)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(`DELETE FROM sharing_kept WHERE object_id = $1`, short(object, 300))
		if err == nil && n == 0 {
			err = problem.New(problem.NotFound, "nobody keeps %q", short(object, 100))
		}
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, s.o.Clock.Now(), OpErase, object, reason, map[string]any{"kept": true}, nil)
	})
}

// KeptObjects lists what is kept, the newest first. Error: Forbidden.
func (s *Service) KeptObjects(ctx context.Context, actor identity.Actor) (list []Kept, err error) {
	if err := actor.Authorise(OpOverview, "kept"); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if list, err = keptBy(tx, "ORDER BY since DESC, object_id"); err != nil {
			return err
		}
		return newestOf(tx, list)
	})
	return list, err
}

// keptBy reads what is kept; which follows the name of the table.
func keptBy(tx *sqldb.Tx, which string, args ...any) (list []Kept, err error) {
	err = tx.Each(`SELECT object_id, since, actor, reason FROM sharing_kept `+which, args, func(scan func(...any) error) error {
		var k Kept
		var since int64
		err := scan(&k.Object, &since, &k.Actor, &k.Reason)
		k.Since = sqldb.Time(since)
		list = append(list, k)
		return err
	})
	return list, err
}

// newestOf reads the newest version of each object that is kept.
func newestOf(tx *sqldb.Tx, list []Kept) error {
	ids := make([]string, len(list))
	for i, k := range list {
		ids[i] = k.Object
	}
	found := map[string]*Stored{}
	err := eachIn(tx, `SELECT `+storedColumns+` FROM sharing_object o WHERE NOT EXISTS (SELECT 1 FROM sharing_object n WHERE n.object_id = o.object_id AND n.version > o.version)
		AND o.object_id IN`, ids, func(scan func(...any) error) error {
		o, err := scanStored(scan)
		found[o.ID] = &o
		return err
	})
	for i := range list {
		list[i].Newest = found[list[i].Object]
	}
	return err
}
