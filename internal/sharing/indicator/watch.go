package indicator

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The jobs that look for indicators, of which each stands once in the queue.
const (
	JobPast  = "indicator.past"  // in what is there already
	JobWatch = "indicator.watch" // in what came
)

// Watcher looks for indicators in events: in those that are there, for each new one, and in those that come.
//
// Nothing is lost: how far the segments were searched is written with what was found, and a new indicator is looked for in all that was visible when
// it was looked for, so that between past and future there is no gap. Nothing counts twice: a value of an indicator, seen in the events of one day of
// one feed, is one sighting.
type Watcher struct {
	*Service
	WatchOptions
	now  *matcher
	made string // of what the matcher was made
}

// WatchOptions is what a watcher asks. All of it is needed.
type WatchOptions struct {
	FS     disk.FS
	Events string // absolute path of the folder of segments
	Ask    Ask    // questions about events that are there
	// Tell says to the team that indicators were seen, in the transaction in which that is kept: each once a day. more: others that are not listed.
	Tell func(tx *sqldb.Tx, now time.Time, list []Indicator, more int) error
	// Back is how far the past is searched.
	Back time.Duration
}

// NewWatcher makes a watcher; one at a time looks.
func NewWatcher(s *Service, o WatchOptions) *Watcher { return &Watcher{Service: s, WatchOptions: o} }

// readSegments names up to which position segments were searched.
const readSegments = "segments"

// atOnce is how many segments are searched before what was found is kept.
const atOnce = 20

// Waits tells whether segments came that were not searched. Errors: Forbidden.
func (w *Watcher) Waits(ctx context.Context, actor identity.Actor) (yes bool, err error) {
	if err := actor.Authorise(OpWatch, ""); err != nil {
		return false, err
	}
	err = w.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var upto, head *int64
		err := errors.Join(tx.QueryRow(`SELECT max(num) FROM sharing_reach WHERE name = $1`, readSegments).Scan(&upto), tx.QueryRow(`SELECT max(position) FROM segment WHERE gone_at IS NULL`).Scan(&head))
		yes = head != nil && (upto == nil || *upto < *head)
		return err
	})
	return yes, err
}

// Watch searches the segments that came since it was called last, and gives how many sightings there were. fence is called in each transaction in which
// they are kept. Errors: Forbidden; Unavailable for a segment that cannot be read.
func (w *Watcher) Watch(ctx context.Context, actor identity.Actor, fence func(tx *sqldb.Tx) error) (n int, err error) {
	if err := actor.Authorise(OpWatch, ""); err != nil {
		return 0, err
	}
	for {
		did, more, err := w.watch(ctx, fence)
		n += did
		if err != nil || !more {
			return n, err
		}
	}
}

func (w *Watcher) watch(ctx context.Context, fence func(tx *sqldb.Tx) error) (n int, more bool, err error) {
	from, list, err := w.came(ctx, fence)
	if err != nil || len(list) == 0 {
		return 0, false, err
	}
	list = list[:min(len(list), atOnce)]
	out := finds{}
	for i := range list {
		if err := w.segment(ctx, &list[i], out); err != nil {
			return 0, false, err
		}
	}
	err = w.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := fence(tx); err != nil {
			return err
		}
		at, _, err := reached(tx, readSegments)
		if err != nil {
			return err
		}
		if at != from {
			return problem.New(problem.Conflict, "somebody else searched these segments meanwhile")
		}
		if n, err = w.sighted(tx, w.now, out); err != nil {
			return err
		}
		return reach(tx, readSegments, list[len(list)-1].Position)
	})
	return n, true, err
}

// came gives what is to be searched, and makes the matcher anew if indicators are others, in one transaction: who comes later is looked for in the past,
// in which these segments are then. The first time everything is past.
func (w *Watcher) came(ctx context.Context, fence func(tx *sqldb.Tx) error) (from int64, list []event.Segment, err error) {
	err = w.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := fence(tx); err != nil {
			return err
		}
		var fresh bool
		if from, fresh, err = reached(tx, readSegments); err != nil {
			return err
		}
		if fresh {
			var head *int64
			if err := tx.QueryRow(`SELECT max(position) FROM segment`).Scan(&head); err != nil || head == nil {
				return errors.Join(err, reach(tx, readSegments, 0))
			}
			return reach(tx, readSegments, *head)
		}
		if list, err = event.Visible(tx, event.Filter{After: from}); err != nil || len(list) == 0 {
			return err
		}
		return w.refresh(tx)
	})
	return from, list, err
}

// refresh makes the matcher anew if indicators came, the lists changed, or an hour went by.
func (w *Watcher) refresh(tx *sqldb.Tx) error {
	made := strconv.FormatInt(w.o.Clock.Now().Unix()/3600, 10)
	for _, name := range []string{readObjects, appliedLists} {
		at, _, err := reached(tx, name)
		if err != nil {
			return err
		}
		made += " " + strconv.FormatInt(at, 10)
	}
	if made == w.made {
		return nil
	}
	m, err := w.load(tx)
	if err == nil {
		w.now, w.made = m, made
	}
	return err
}

// segment searches one segment; of its columns those are read that indicators may stand in.
func (w *Watcher) segment(ctx context.Context, one *event.Segment, out finds) (err error) {
	if len(w.now.targets) == 0 {
		return nil
	}
	f, err := w.FS.Open(filepath.Join(w.Events, filepath.FromSlash(one.Path)))
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := segment.NewReader(f, one.Bytes)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
	}
	b := event.NewBatch([32]byte{})
	for g := range r.Groups() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		b.Reset()
		if err := r.Append(g, b, func(f string) bool { return w.now.fields[f] }); err != nil {
			return problem.Wrap(problem.Unavailable, err, "segment %s", one.Path)
		}
		w.now.match(b, one.Feed, out)
	}
	return nil
}

// sighted keeps what was found: as sightings, and as word to the team. It gives how many there are that were not there before.
func (w *Watcher) sighted(tx *sqldb.Tx, m *matcher, out finds) (fresh int, err error) {
	now := w.o.Clock.Now()
	hit := map[string]bool{}
	for x, at := range out {
		id := m.targets[x.target].id
		is, err := seenOnce(tx, now, id, x, at)
		if err != nil {
			return 0, err
		}
		if is {
			fresh++
			hit[id] = true
		}
	}
	tell, err := told(tx, now, hit)
	if err != nil || len(tell) == 0 || w.Tell == nil {
		return fresh, err
	}
	sortByStrength(tell)
	n := min(len(tell), mostTold)
	return fresh, w.Tell(tx, now, tell[:n], len(tell)-n)
}

// told sums up anew what is said of indicators, and gives those of which the team was not told today.
func told(tx *sqldb.Tx, now time.Time, hit map[string]bool) (tell []Indicator, err error) {
	for id := range hit {
		if err := sum(tx, now, id); err != nil {
			return nil, err
		}
		n, err := tx.Exec(`UPDATE sharing_indicator SET told = $2 WHERE id = $1 AND told < $2`, id, sqldb.Millis(now)/dayMillis)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		one, err := some(tx, now, `WHERE i.id = $1`, id)
		if err != nil {
			return nil, err
		}
		tell = append(tell, one...)
	}
	return tell, nil
}

// mostTold is how many indicators the team is told of one by one; of the others it is told how many.
const mostTold = 20

// seenOnce keeps a sighting of ours, and tells whether it was not there before. One that a person took back stays so.
func seenOnce(tx *sqldb.Tx, now time.Time, id string, x found, at int64) (fresh bool, err error) {
	if at == 0 || at > sqldb.Millis(now) {
		at = sqldb.Millis(now)
	}
	once := "seen " + id + " " + strconv.FormatInt(markOf(x.value), 10) + " " + strconv.FormatInt(x.day, 10) + " " + x.feed
	name := newID(now)
	var stands string
	err = tx.QueryRow(`INSERT INTO sharing_sighting AS s (id, once, indicator, seer, says, at, told, value, feed, note, withdrawn)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0)
		ON CONFLICT (once) DO UPDATE SET at = CASE WHEN excluded.at > s.at THEN excluded.at ELSE s.at END RETURNING id`,
		name, short(once, 700), id, byWatch, string(Positive), at, sqldb.Millis(now), x.value.Value, x.feed).Scan(&stands)
	return stands == name, err
}
