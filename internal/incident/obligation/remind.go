package obligation

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Notice is what the team is told of a clock.
type Notice struct {
	Obligation string
	Incident   string // id
	Report     string // id, of a level of reports: there is no incident then, and no obligation
	Ref        string
	Restricted bool
	People     []string // accounts to tell: the members of a restricted incident, else who it is assigned to; none: the team
	Law        string   // name
	Stage      string   // name
	Due        time.Time
	Overdue    bool
	Before     time.Duration // of a reminder: how long before
	Now        time.Time
}

// told bounds how many clocks one round looks at; more wait for the next.
const told = 500

// Reminded says what a round did.
type Reminded struct {
	Begun     int // obligations and levels that apply to new incidents and reports by themselves
	Renewed   int // incidents and reports whose clocks were calculated anew
	Reminders int
	Escalated int
	More      bool // another round finds more at once
}

// Remind does what falls due: it calculates anew what has changed, reminds of what is due soon, and escalates what is overdue. Each clock is claimed in the
// transaction in which the team is told of it, so it is told once, whichever process comes first, and whoever was down when the hour struck.
func (s *Service) Remind(ctx context.Context, actor identity.Actor) (r Reminded, err error) {
	if err := actor.Authorise(OpRemind, ""); err != nil {
		return r, err
	}
	if r.Begun, err = s.begin(ctx, actor); err != nil {
		return r, err
	}
	if r.Renewed, err = s.renewChanged(ctx, actor); err != nil {
		return r, err
	}
	if err := s.remindReports(ctx, actor, &r); err != nil {
		return r, err
	}
	list, err := s.waiting(ctx)
	for _, w := range list {
		if err != nil {
			return r, err
		}
		var n Notice
		if n, err = s.claim(ctx, actor, w); n.Ref == "" {
			continue
		}
		if n.Overdue {
			r.Escalated++
		} else {
			r.Reminders++
		}
	}
	r.More = r.More || len(list) == told || r.Begun == told || r.Renewed == told
	return r, err
}

// wait is a clock of which somebody has to be told.
type wait struct {
	obligation, stage, incident string
	begun, due                  time.Time
	reminded                    int64
	before                      time.Duration // 0: it is overdue
}

// waiting lists the clocks of which somebody has to be told now.
func (s *Service) waiting(ctx context.Context) (list []wait, err error) {
	now := s.o.Clock.Now()
	var most time.Duration
	for _, d := range s.o.Remind {
		most = max(most, d)
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT obligation, stage, incident, begun, due, reminded FROM obligation_clock
			WHERE done = 0 AND due > 0 AND due <= CAST($1 AS BIGINT) AND escalated = 0 ORDER BY due, obligation, stage`,
			[]any{now.Add(most)}, func(scan func(...any) error) error {
				var w wait
				if err := scan(&w.obligation, &w.stage, &w.incident, moment{&w.begun}, moment{&w.due}, &w.reminded); err != nil {
					return err
				}
				if len(list) < told && s.tells(&w, now) {
					list = append(list, w)
				}
				return nil
			})
	})
	return list, err
}

// tells decides whether somebody has to be told of a clock now: it is overdue, or a time before has come that was not told of yet.
func (s *Service) tells(w *wait, now time.Time) bool {
	if w.due.Before(now) {
		return true
	}
	for _, d := range s.o.Remind {
		if w.due.After(now.Add(d)) || w.due.Sub(w.begun) < 2*d || w.reminded != 0 && w.reminded <= d.Milliseconds() {
			continue
		}
		if w.before == 0 || d < w.before {
			w.before = d
		}
	}
	return w.before > 0
}

// claim takes a clock for this process and tells of it, in one transaction. The notice is empty if another process was faster, or it is done.
func (s *Service) claim(ctx context.Context, actor identity.Actor, w wait) (n Notice, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = Notice{}
		in, err := s.o.Incidents.Inside(tx, actor, w.incident)
		if err != nil {
			return err
		}
		var taken int64
		if w.before == 0 {
			taken, err = tx.Exec(`UPDATE obligation_clock SET escalated = $4 WHERE obligation = $1 AND stage = $2 AND due = $3 AND done = 0 AND escalated = 0`,
				w.obligation, w.stage, w.due, in.Now)
		} else {
			taken, err = tx.Exec(`UPDATE obligation_clock SET reminded = $4 WHERE obligation = $1 AND stage = $2 AND due = $3 AND done = 0 AND escalated = 0 AND reminded = $5`,
				w.obligation, w.stage, w.due, w.before.Milliseconds(), w.reminded)
		}
		if err != nil || taken == 0 {
			return err
		}
		n, err = s.notice(tx, in, w)
		if err != nil {
			return err
		}
		return s.escalate(tx, actor, in, &n, w)
	})
	return n, err
}

// notice says what is told.
func (s *Service) notice(tx *sqldb.Tx, in *incident.Inside, w wait) (n Notice, err error) {
	n = Notice{
		Obligation: w.obligation, Incident: in.ID, Ref: in.Ref, Restricted: in.Restricted, Law: "?", Stage: w.stage, Due: w.due, Overdue: w.before == 0, Before: w.before, Now: in.Now,
	}
	list, err := decisions(tx, in)
	for _, o := range list {
		if o.ID == w.obligation {
			d := Due{Duty: o.Duty, Stage: w.stage}
			s.name(&d, &o, in.Opened)
			n.Law, n.Stage = d.Law, d.Name
		}
	}
	if err == nil {
		n.People, err = people(tx, in)
	}
	return n, err
}

// people are the accounts that are told by themselves.
func people(tx *sqldb.Tx, in *incident.Inside) (list []string, err error) {
	if !in.Restricted {
		if in.Assignee != "" {
			list = []string{in.Assignee}
		}
		return list, nil
	}
	err = tx.Each(`SELECT account FROM incident_member WHERE incident = $1 AND (until = 0 OR until > $2) ORDER BY account`, []any{in.ID, in.Now}, func(scan func(...any) error) error {
		var account string
		err := scan(&account)
		list = append(list, account)
		return err
	})
	return list, err
}

// escalate tells the team, the timeline and the record.
func (s *Service) escalate(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, n *Notice, w wait) error {
	if n.Overdue {
		args := map[string]string{"law": n.Law, "stage": w.stage, "time": stamp(w.due)}
		if err := s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "clock.overdue", Args: args, Link: link(in)}); err != nil {
			return err
		}
	}
	if s.o.Tell != nil {
		if err := s.o.Tell(tx, *n); err != nil {
			return err
		}
	}
	return actor.Audit(tx, in.Now, OpRemind, in.ID, nil, map[string]any{"obligation": w.obligation, "stage": w.stage, "due": stamp(w.due), "overdue": n.Overdue})
}

// renewChanged calculates the clocks anew of incidents that changed since, or that were calculated by other laws than those of today.
func (s *Service) renewChanged(ctx context.Context, actor identity.Actor) (n int, err error) {
	var list []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT DISTINCT i.root FROM obligation o JOIN incident i ON i.id = o.incident JOIN incident r ON r.id = i.root
			WHERE o.computed < i.changed OR o.computed < r.changed OR o.computed < CAST($1 AS BIGINT) ORDER BY i.root LIMIT CAST($2 AS BIGINT)`, []any{s.since, told}, func(scan func(...any) error) error {
			var root string
			err := scan(&root)
			list = append(list, root)
			return err
		})
	})
	for _, root := range list {
		if err != nil {
			return n, err
		}
		n++
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			in, err := s.o.Incidents.Inside(tx, actor, root)
			if err != nil {
				return err
			}
			return s.renew(tx, in)
		})
	}
	return n, err
}

// youngest is how old an incident may be for Always: who adds a duty there does not mean incidents of long ago.
const youngest = 7 * 24 * time.Hour

// begin lets the duties of Always apply to new incidents.
func (s *Service) begin(ctx context.Context, actor identity.Actor) (n int, err error) {
	for _, duty := range s.o.Always {
		var list []string
		err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
			list = nil
			return tx.Each(`SELECT i.id FROM incident i WHERE i.opened > $1 AND i.closed = 0 AND i.merged_into = ''
				AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.incident = i.id AND o.duty = $2)
				AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.id = i.id || $4) ORDER BY i.opened LIMIT $3`, // a split may have taken it along
				[]any{s.o.Clock.Now().Add(-youngest), duty, told, alwaysID("", duty)}, func(scan func(...any) error) error {
					var one string
					err := scan(&one)
					list = append(list, one)
					return err
				})
		})
		if err != nil {
			return n, err
		}
		for _, one := range list {
			if err := s.always(ctx, actor, one, duty); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// alwaysID is the id of an obligation that applies by itself.
func alwaysID(incident, duty string) string {
	return incident + "." + strings.ReplaceAll(duty, "/", ".")
}

// always lets a duty apply to one incident, unless somebody decided about it meanwhile. The id is made of both, so that two processes make one.
func (s *Service) always(ctx context.Context, actor identity.Actor, name, duty string) error {
	err := s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		list, err := decisions(tx, in)
		if err != nil {
			return err
		}
		for _, o := range list {
			if o.Duty == duty {
				return nil
			}
		}
		o := Obligation{ID: alwaysID(in.ID, duty), Incident: in.ID, Duty: duty, Applies: true, Reason: "It applies to each new incident: clocks.always.", By: actor.ID, At: in.Now, Version: 1}
		if err := save(tx, in, &o, 0); err != nil {
			return err
		}
		if _, err := s.one(tx, in, o.ID); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpDecide, in.ID, nil, map[string]any{"obligation": o.ID, "duty": duty, "applies": true})
	})
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Conflict) {
		return nil // another process was faster
	}
	return err
}
