package release

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// decayBatch is how many schedules one round looks at.
const decayBatch = 100

// Decay tells those who hold a copy that its label has stepped down, as its schedule says, and returns how many letters went. It is for the clock.
func (s *Service) Decay(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpDecay, ""); err != nil {
		return 0, err
	}
	var due []Schedule
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		due, err = dueSchedules(tx, s.o.Clock.Now(), decayBatch)
		return err
	})
	for _, schedule := range due { // one that cannot be told of holds up no other
		told, failed := s.decayOne(ctx, actor, schedule)
		if n += told; err == nil {
			err = failed
		}
	}
	return n, err
}

func (s *Service) decayOne(ctx context.Context, actor identity.Actor, schedule Schedule) (n int, err error) {
	now := s.o.Clock.Now()
	label, _ := schedule.at(schedule.Base, time.Time{}, now)
	copies, err := s.Holders(ctx, actor, schedule.Kind, schedule.ID)
	if err != nil {
		return 0, err
	}
	item := Item{Kind: schedule.Kind, ID: schedule.ID}
	for _, h := range holding(copies, schedule) {
		if h.knows <= label {
			continue
		}
		told, err := s.step(ctx, actor, item, h, label, nil)
		if n += told; err != nil {
			return n, err
		}
	}
	return n, s.decayed(ctx, actor, schedule, now, label, n)
}

// Stepped tells those who fetched an item, where it stands for others to fetch, that it has another label now, wider or stricter, and returns how many
// letters went. Who was told before is not told again. It is for the machine that follows labels; who got a message hears of it by Decay, or by Correct.
func (s *Service) Stepped(ctx context.Context, actor identity.Actor, kind, id string, label tlp.Label) (n int, err error) {
	if err := actor.Authorise(OpDecay, id); err != nil {
		return 0, err
	}
	copies, err := s.Holders(ctx, actor, kind, id)
	if err != nil {
		return 0, err
	}
	schedule, err := s.ScheduleOf(ctx, actor, Item{Kind: kind, ID: id})
	if err != nil {
		return 0, err
	}
	copies = slices.DeleteFunc(copies, func(c Copy) bool { return c.Delivery != "" })
	for _, h := range holding(copies, schedule) {
		if h.knows == label {
			continue
		}
		told, err := s.step(ctx, actor, Item{Kind: kind, ID: id}, h, label, nil)
		if n += told; err != nil {
			return n, err
		}
	}
	return n, nil
}

// holder is one who holds copies.
type holder struct {
	Copy            // the newest
	knows tlp.Label // that they saw last: on what they got, or in a letter
	under Handling  // likewise
	since time.Time // when that was
	heard int       // how many letters about the label they got
}

// holding gathers the copies of each who holds some. What a letter of before labels were noted said is what the schedule says of that moment.
func holding(copies []Copy, schedule Schedule) (list []*holder) {
	place := map[[2]string]*holder{}
	for _, c := range copies { // the oldest first
		if !c.Reached {
			continue
		}
		key := [2]string{c.Organisation, c.Address}
		h := place[key]
		if h == nil {
			h = &holder{}
			place[key] = h
			list = append(list, h)
		}
		h.add(c, schedule)
	}
	return list
}

func (h *holder) add(c Copy, schedule Schedule) {
	if !c.Sent.Before(h.since) {
		h.knows, h.under, h.since = c.Label, c.under, c.Sent
	}
	for _, r := range c.told {
		label, err := tlp.Parse(r.Label)
		if err != nil {
			label, _ = schedule.at(schedule.Base, time.Time{}, r.At)
		}
		h.heard++
		if !r.At.Before(h.since) {
			h.knows, h.since = label, r.At
			if r.Under != nil {
				h.under = *r.Under
			}
		}
	}
	more := h.more
	if h.Decision != "" {
		more = append(more, h.sent)
	}
	h.Copy = c
	h.more = more[max(0, len(more)-shownMessages):]
}

// shownMessages is how many earlier messages a letter lists.
const shownMessages = 20

// step writes to one holder that a label, and what may be done with their copy where under is not nil, is another now; n is 1 if a letter went.
func (s *Service) step(ctx context.Context, actor identity.Actor, item Item, h *holder, label tlp.Label, under *Handling) (n int, err error) {
	if s.o.Post == nil {
		return 0, nil
	}
	phrases, words := letterPhrases["label"], label.String()
	switch {
	case label > h.knows:
		phrases = letterPhrases["raised"]
	case label == h.knows:
		phrases = letterPhrases["restricted"]
	}
	if under != nil {
		words = strings.Join(under.Lines(label), "\n")
	}
	// The number of letters is part of it: a label that comes back is another step.
	r, err := s.tell(ctx, actor, item, h.Copy, news{receiptTold, words + "/" + strconv.Itoa(h.heard), words, label.String(), under}, phrases)
	if r.Letter != "" {
		n = 1
	}
	return n, err
}

// decayed notes that who holds a copy was told.
func (s *Service) decayed(ctx context.Context, actor identity.Actor, schedule Schedule, now time.Time, label tlp.Label, n int) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		current, err := scheduleOf(tx, schedule.Kind, schedule.ID)
		if err != nil || current.Version != schedule.Version {
			return err // somebody has changed it: the next round looks again
		}
		for i := range current.Stages {
			if !now.Before(current.Stages[i].At) && current.Stages[i].Told.IsZero() {
				current.Stages[i].Told = now
			}
		}
		if err := keepSchedule(tx, current); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpDecay, current.ID, nil, map[string]any{"kind": current.Kind, "label": label, "told": n})
	})
}

// Schedules lists what was agreed about items of a kind, by their ids. It is for the machine that follows labels. Error: Forbidden.
func (s *Service) Schedules(ctx context.Context, actor identity.Actor, kind string) (list []Schedule, err error) {
	if err := actor.Authorise(OpDecay, kind); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each("SELECT "+scheduleColumns+" FROM release_schedule WHERE item_kind = $1 ORDER BY item", []any{kind}, func(scan func(...any) error) error {
			_, s, err := scanSchedule(scan)
			list = append(list, s)
			return err
		})
	})
	return list, err
}

// InForce gives, of items of a kind that have a schedule, the label in force instead of their own; items without one are left out. It tells nothing of an
// item that is not asked for by its id. Error: Forbidden.
func (s *Service) InForce(ctx context.Context, actor identity.Actor, kind string, own map[string]tlp.Label) (out map[string]tlp.Label, err error) {
	if err := actor.Authorise(OpRead, kind); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = map[string]tlp.Label{}
		var some int
		err := tx.QueryRow(`SELECT count(*) FROM (SELECT 1 AS one FROM release_schedule WHERE item >= $1 AND item < $2 LIMIT 1) f`, kind+" ", kind+"!").Scan(&some)
		if err != nil || some == 0 {
			return err
		}
		found, err := schedules(tx, keysOf(kind, own))
		for _, agreed := range found {
			out[agreed.ID], _ = agreed.at(own[agreed.ID], time.Time{}, s.o.Clock.Now())
		}
		return err
	})
	return out, err
}

// Mark is another after a schedule or a wish was recorded, or a label raised, by whatever process: who holds things under labels looks at them again then.
// Error: Forbidden.
func (s *Service) Mark(ctx context.Context, actor identity.Actor) (mark [3]int64, err error) {
	if err := actor.Authorise(OpDecay, ""); err != nil {
		return mark, err
	}
	err = s.o.DB.Glance(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT CAST((SELECT coalesce(sum(version), 0) FROM release_schedule) AS BIGINT), CAST((SELECT coalesce(sum(version), 0) FROM release_wish) AS BIGINT),
			(SELECT coalesce(max(at), 0) FROM release_raised)`).Scan(&mark[0], &mark[1], &mark[2])
	})
	return mark, err
}

func keysOf(kind string, own map[string]tlp.Label) []string {
	keys := make([]string, 0, len(own))
	for id := range own {
		keys = append(keys, thing{kind, id}.key())
	}
	slices.SortFunc(keys, cmp.Compare[string])
	return keys
}
