package obligation

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Filter chooses what is due.
type Filter struct {
	State  State         // Overdue or Running; empty: both
	Side   Side          // empty: both
	Law    string        // id; empty: all
	Within time.Duration // due no later than so far ahead; 0: whenever
	Latest bool          // what is due last first
	page.Request
}

// Due is a stage that is not done, somewhere.
type Due struct {
	Obligation string    `json:"obligation,omitempty"`
	Incident   string    `json:"incident,omitempty"`
	Report     string    `json:"report,omitempty"` // of a level of reports, which has no obligation
	Ref        string    `json:"ref"`
	Title      string    `json:"title"`
	Restricted bool      `json:"restricted"`
	Duty       string    `json:"duty"`
	Law        string    `json:"law"` // name
	Who        string    `json:"who,omitempty"`
	Stage      string    `json:"stage"`
	Name       string    `json:"name"`
	French     string    `json:"fr,omitempty"`
	By         Side      `json:"by"`
	Begun      time.Time `json:"begun"`
	At         time.Time `json:"due"`
	State      State     `json:"state"`
}

// In gives the stage's name in a language.
func (d Due) In(lang string) string { return in(lang, d.Name, d.French) }

// Counts says how much is due, of what the actor sees.
type Counts struct {
	Overdue int       `json:"overdue"`
	Soon    int       `json:"soon"` // within 24 hours
	Running int       `json:"running"`
	Next    time.Time `json:"next,omitzero"` // the first that is not overdue
}

// query is a condition that grows; each ? stands for the next argument.
type query struct {
	where []string
	args  []any
}

func (q *query) and(cond string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.where = append(q.where, cond)
}

// seen is the query for what an actor sees of what is due.
func (s *Service) seen(tx *sqldb.Tx, actor identity.Actor) (q query, err error) {
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return q, err
	}
	cond, args := sight.Incidents("i", 1)
	q.where, q.args = []string{"c.done = 0", "c.due > 0", cond}, args
	return q, nil
}

func (q *query) filter(f *Filter, now time.Time) error {
	switch f.State {
	case "":
	case Overdue:
		q.and("c.due < CAST(? AS BIGINT)", now)
	case Running:
		q.and("c.due >= CAST(? AS BIGINT)", now)
	default:
		return problem.New(problem.Invalid, "what is due is %s or %s, and not %q", Overdue, Running, f.State)
	}
	if f.Side != "" {
		q.and("c.side = ?", string(f.Side))
	}
	if f.Law != "" {
		q.and("(c.duty = ? OR c.duty LIKE ?)", f.Law, strings.NewReplacer("%", "", "_", "").Replace(f.Law)+"/%")
	}
	if f.Within > 0 {
		q.and("c.due <= CAST(? AS BIGINT)", now.Add(f.Within))
	}
	return nil
}

const dueFrom = ` FROM obligation_clock c JOIN incident i ON i.id = c.incident WHERE `

// List gives what is due and not done of the incidents that the actor sees, what is due first first. Errors: Invalid.
func (s *Service) List(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Due], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		q, err := s.seen(tx, actor)
		if err == nil {
			err = q.filter(&f, s.o.Clock.Now())
		}
		if err == nil {
			out, err = s.list(tx, actor, q, &f)
		}
		return err
	})
	return out, err
}

func (s *Service) list(tx *sqldb.Tx, actor identity.Actor, q query, f *Filter) (out page.Page[Due], err error) {
	order, than := "", ">"
	if f.Latest {
		order, than = " DESC", "<"
	}
	var at int64
	var obligation, stage string
	if more, err := f.After.Into(&at, &obligation, &stage); err != nil {
		return out, err
	} else if more {
		q.and("(c.due, c.obligation, c.stage) "+than+" (CAST(? AS BIGINT), ?, ?)", at, obligation, stage)
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	var list []Due
	err = tx.Each(`SELECT c.obligation, c.stage, c.incident, c.duty, c.side, c.begun, c.due`+dueFrom+strings.Join(q.where, " AND ")+
		` ORDER BY c.due`+order+`, c.obligation`+order+`, c.stage`+order+` LIMIT $`+strconv.Itoa(len(q.args)), q.args, func(scan func(...any) error) error {
		var d Due
		err := scan(&d.Obligation, &d.Stage, &d.Incident, &d.Duty, &d.By, moment{&d.Begun}, moment{&d.At})
		list = append(list, d)
		return err
	})
	if err != nil {
		return out, err
	}
	out = page.Cut(list, limit, func(d Due) []any { return []any{sqldb.Millis(d.At), d.Obligation, d.Stage} })
	return out, s.tell(tx, actor, out.Items)
}

// tell fills in what is said of rows: the incident's name, and those of law and stage.
func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, list []Due) error {
	now := s.o.Clock.Now()
	known := map[string][]Obligation{}
	for i := range list {
		d := &list[i]
		in, err := s.o.Incidents.Inside(tx, actor, d.Incident)
		if err != nil {
			return err
		}
		if _, ok := known[in.ID]; !ok {
			if known[in.ID], err = decisions(tx, in); err != nil {
				return err
			}
		}
		d.Incident, d.Ref, d.Title, d.Restricted, d.State = in.ID, in.Ref, in.Title, in.Restricted, Running
		if d.At.Before(now) {
			d.State = Overdue
		}
		for _, o := range known[in.ID] {
			if o.ID == d.Obligation {
				d.Who = o.Who
				s.name(d, &o, in.Opened)
			}
		}
	}
	return nil
}

// name gives a row the names of its law and stage.
func (s *Service) name(d *Due, o *Obligation, when time.Time) {
	d.Law, d.Name = d.Duty, d.Stage
	law, track, err := s.o.Laws.Duty(d.Duty, when)
	if err != nil {
		return
	}
	d.Law = law.Name
	for _, r := range track.Stages {
		if r.ID == d.Stage && holds(r.When, o.Facts) {
			d.Name, d.French = r.Name, r.French
		}
	}
}

// Count counts what is due of what the actor sees.
func (s *Service) Count(ctx context.Context, actor identity.Actor) (c Counts, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return c, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.o.Incidents.SightOf(tx, actor)
		if err != nil {
			return err
		}
		cond, args := v.Incidents("i", 1)
		now, n := s.o.Clock.Now(), len(args)
		a, b := "CAST($"+strconv.Itoa(n+1)+" AS BIGINT)", "CAST($"+strconv.Itoa(n+2)+" AS BIGINT)"
		// What is out of sight is little: it is left out, rather than each incident asked for.
		return tx.QueryRow(`SELECT count(*) FILTER (WHERE c.due < `+a+`), count(*) FILTER (WHERE c.due >= `+a+` AND c.due <= `+b+`), count(*) FILTER (WHERE c.due >= `+a+`),
			coalesce(min(c.due) FILTER (WHERE c.due >= `+a+`), 0) FROM obligation_clock c
			WHERE c.done = 0 AND c.due > 0 AND c.incident NOT IN (SELECT i.id FROM incident i WHERE i.restricted = 1 AND NOT `+cond+`)`,
			append(args, sqldb.Millis(now), sqldb.Millis(now.Add(24*time.Hour)))...).Scan(&c.Overdue, &c.Soon, &c.Running, moment{&c.Next})
	})
	return c, err
}
