package incident

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Turn is whose turn it is in an investigation.
type Turn string

// The turns.
const (
	TurnOurs   Turn = "ours"   // they wrote last
	TurnTheirs Turn = "theirs" // we wrote last
	TurnOver   Turn = "over"   // it is resolved
)

// Turns lists them.
func Turns() []Turn { return []Turn{TurnOurs, TurnTheirs, TurnOver} }

// Talk is an investigation in a list of those of all reports and incidents, without its messages.
type Talk struct {
	Investigation
	About      string    `json:"about"`      // ref of its report or incident
	Turn       Turn      `json:"turn"`       // whose turn it is
	Last       time.Time `json:"last"`       // when somebody wrote last
	Restricted bool      `json:"restricted"` // only members see it
}

// TalkFilter asks for a page of investigations. Without a turn it means all that are open.
type TalkFilter struct {
	Turn     Turn
	Assignee string // account
	Nobody   bool   // those that nobody has
	Text     string // a part of the party's name or address, or of the subject
	page.Request
}

func (f *TalkFilter) check() error {
	switch {
	case f.Turn != "" && !slices.Contains(Turns(), f.Turn):
		return problem.New(problem.Invalid, "%.50q is no turn: %v", f.Turn, Turns())
	case f.Nobody && f.Assignee != "":
		return problem.New(problem.Invalid, "ask for those of somebody, or for those that nobody has")
	case len(f.Text) > MaxSubject:
		return problem.New(problem.Invalid, "the text is too long: at most %d bytes", MaxSubject)
	}
	return nil
}

// talkBatch is how many rows are read at a time, and mostTalks how many for one page where words, which are sealed, are looked through.
const (
	talkBatch = 200
	mostTalks = 5000
)

// Talks gives a page of the investigations that the actor may see: the open ones by when somebody wrote last, the longest ago first; of those that are over,
// the newest first. Errors: Invalid for a filter that there is not.
func (s *Service) Talks(ctx context.Context, actor identity.Actor, f TalkFilter) (out page.Page[Talk], err error) {
	if err := actor.Authorise(OpIncidentRead, "investigations"); err != nil {
		return out, err
	}
	if err := f.check(); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		sight, err := s.SightOf(tx, actor)
		if err == nil {
			out, err = s.talks(tx, sight, f)
		}
		return err
	})
	if err != nil {
		return page.Page[Talk]{}, err
	}
	var hidden []string
	for _, t := range out.Items {
		if t.Restricted {
			hidden = append(hidden, t.ID)
		}
	}
	return out, s.recordReading(ctx, actor, OpIncidentRead, hidden)
}

// CountTalks tells how many there are, at most limit; Text is not looked at.
func (s *Service) CountTalks(ctx context.Context, actor identity.Actor, f TalkFilter, limit int) (n int, err error) {
	if err := actor.Authorise(OpIncidentRead, "investigations"); err != nil {
		return 0, err
	}
	if err := f.check(); err != nil {
		return 0, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		sight, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		q := f.query(sight)
		q.args = append(q.args, int64(limit))
		return tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM `+talkTables+` WHERE `+q.String()+` LIMIT `+q.last()+`) AS found`, q.args...).Scan(&n)
	})
	return n, err
}

// talkTables are the investigations with the message that was written last.
const talkTables = `investigation v LEFT JOIN incident_message m ON m.id = (SELECT x.id FROM incident_message x WHERE x.about = v.id ORDER BY x.step DESC, x.id DESC LIMIT 1)`

const talkLast = `coalesce(m.at, v.opened)`

// query is the condition of a filter within a sight.
func (f *TalkFilter) query(sight Sight) *query {
	q := &query{}
	if f.Turn == TurnOver {
		q.and("v.state <> ?", string(StateOpen))
	} else {
		q.and("v.state = ?", string(StateOpen))
	}
	switch f.Turn {
	case TurnOurs:
		q.and("m.direction = ?", string(In))
	case TurnTheirs:
		q.and("coalesce(m.direction, '') <> ?", string(In))
	}
	switch {
	case f.Nobody:
		q.and("v.assignee = ''")
	case f.Assignee != "":
		q.and("v.assignee = ?", f.Assignee)
	}
	incidents, args := sight.Incidents("i", len(q.args)+1)
	q.args = append(q.args, args...)
	reports, args := sight.Reports("r", len(q.args)+1)
	q.args = append(q.args, args...)
	q.where = append(q.where, `(v.incident <> '' AND EXISTS (SELECT 1 FROM incident i WHERE i.id = v.incident AND `+incidents+`)
		OR v.report <> '' AND EXISTS (SELECT 1 FROM report r WHERE r.id = v.report AND `+reports+`))`)
	return q
}

// order is what a list is sorted by, and which way.
func (f *TalkFilter) order() (by, way, than string) {
	if f.Turn == TurnOver {
		return "v.opened", "DESC", "<"
	}
	return talkLast, "ASC", ">"
}

func (s *Service) talks(tx *sqldb.Tx, sight Sight, f TalkFilter) (out page.Page[Talk], err error) {
	out.Items = []Talk{}
	places := map[string]*place{} // by the id of what they are about; nil: erased
	limit, after := f.Rows(), f.After
	for scanned := 0; scanned < mostTalks; scanned += talkBatch {
		rows, err := f.batch(tx, sight, after)
		if err != nil {
			return out, err
		}
		for _, r := range rows {
			if len(out.Items) == limit {
				out.Next = after
				return out, nil
			}
			shown, err := s.openTalk(tx, sight, places, &r)
			if err != nil {
				return out, err
			}
			if shown && r.has(f.Text) {
				out.Items = append(out.Items, r.Talk)
			}
			after = page.After(r.key, r.ID)
		}
		if len(rows) < talkBatch {
			return out, nil
		}
	}
	out.Next = after
	return out, nil
}

// sealedTalk is a row as it is stored.
type sealedTalk struct {
	Talk
	sealed []byte
	key    int64 // what it is sorted by
}

func (f *TalkFilter) batch(tx *sqldb.Tx, sight Sight, after page.Cursor) (list []sealedTalk, err error) {
	q := f.query(sight)
	by, way, than := f.order()
	var key int64
	var last string
	more, err := after.Into(&key, &last)
	if err != nil {
		return nil, err
	}
	if more {
		q.and("("+by+", v.id) "+than+" (CAST(? AS BIGINT), ?)", key, last)
	}
	columns := "v." + strings.ReplaceAll(investigationColumns, ", ", ", v.")
	q.args = append(q.args, int64(talkBatch))
	err = tx.Each(`SELECT `+columns+`, `+talkLast+`, coalesce(m.direction, ''), `+by+` FROM `+talkTables+` WHERE `+q.String()+
		` ORDER BY `+by+` `+way+`, v.id `+way+` LIMIT `+q.last(), q.args, func(scan func(...any) error) error {
		var one sealedTalk
		var direction Direction
		one.Investigation, one.sealed, err = scanInvestigation(func(dst ...any) error {
			return scan(append(dst, moment{&one.Last}, &direction, &one.key)...)
		})
		one.Turn = turn(one.State, direction)
		list = append(list, one)
		return err
	})
	return list, err
}

// Turn tells whose turn it is.
func (v *Investigation) Turn() Turn {
	last := Out
	if n := len(v.Messages); n > 0 {
		last = v.Messages[n-1].Direction
	}
	return turn(v.State, last)
}

// turn is ours once they wrote.
func turn(state State, last Direction) Turn {
	switch {
	case state != StateOpen:
		return TurnOver
	case last == In:
		return TurnOurs
	}
	return TurnTheirs
}

// openTalk reads what of a row is sealed; false for one of which nothing is left.
func (s *Service) openTalk(tx *sqldb.Tx, sight Sight, places map[string]*place, t *sealedTalk) (bool, error) {
	at, known := places[t.parent()]
	if !known {
		p, err := s.place(tx, sight, t.parent())
		if err == nil {
			at = &p
		} else if !problem.Is(err, problem.NotFound) {
			return false, err
		}
		places[t.parent()] = at
	}
	if at == nil {
		return false, nil
	}
	b, err := get[investigationBody](at.key, "investigation/"+t.ID, t.sealed)
	t.Party, t.Subject, t.Restricted = b.Party, b.Subject, at.hidden()
	if t.About = at.id; at.report != nil {
		t.About = at.report.Ref
	} else if at.incident != nil {
		t.About = at.incident.Ref
	}
	return true, err
}

// has tells whether a text stands in what is known of the party, or in the subject.
func (t *sealedTalk) has(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == "" || strings.Contains(strings.ToLower(t.Ref+" "+t.Party.Name+" "+t.Party.Email+" "+t.Subject), text)
}
