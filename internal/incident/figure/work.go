package figure

import (
	"cmp"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// people says who worked on what. Who may not know of others is told of their own work.
func (a *answer) people(tx *sqldb.Tx, out *Figures) error {
	out.Others = a.actor.May(OpPeople)
	found := map[string]*Person{}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		if err := a.worked(tx, about, found); err != nil {
			return err
		}
	}
	if err := a.spent(tx, found); err != nil {
		return err
	}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		if err := a.assigned(tx, about, found); err != nil {
			return err
		}
	}
	for _, p := range found {
		out.People = append(out.People, *p)
	}
	slices.SortFunc(out.People, func(x, y Person) int {
		return cmp.Or(cmp.Compare(y.Reports+y.Incidents, x.Reports+x.Incidents), cmp.Compare(x.Account, y.Account))
	})
	return nil
}

func person(found map[string]*Person, account string) *Person {
	if found[account] == nil {
		found[account] = &Person{Account: account}
	}
	return found[account]
}

// work is the condition for the rows w of what was worked on.
func (a *answer) work(about incident.About) *condition {
	c := &condition{}
	c.and("w.hour >= ? AND w.hour < ? AND w.about = ?", a.from().Truncate(time.Hour), a.to(), aboutNumber(about))
	a.unseen(c, about, "w.subject")
	a.narrow(c, about, "w.subject")
	return c
}

// own keeps to the actor's own rows who may not know of others'.
func (a *answer) own(c *condition, column string) {
	if !a.actor.May(OpPeople) {
		c.and(column+" = ?", a.actor.ID)
	}
}

func (a *answer) worked(tx *sqldb.Tx, about incident.About, found map[string]*Person) error {
	c := a.work(about)
	a.own(c, "w.actor")
	return tx.Each("SELECT w.actor, count(DISTINCT w.subject) FROM moment_work w WHERE "+c.String()+" GROUP BY w.actor", c.args, func(scan func(...any) error) error {
		var account string
		var n int
		err := scan(&account, &n)
		if p := person(found, account); about == incident.AboutIncident {
			p.Incidents = n
		} else {
			p.Reports = n
		}
		return err
	})
}

// spent counts the hours in which each worked on anything.
func (a *answer) spent(tx *sqldb.Tx, found map[string]*Person) error {
	hours := map[string]map[int64]bool{}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		c := a.work(about)
		a.own(c, "w.actor")
		err := tx.Each("SELECT DISTINCT w.actor, w.hour FROM moment_work w WHERE "+c.String(), c.args, func(scan func(...any) error) error {
			var account string
			var hour int64
			err := scan(&account, &hour)
			if hours[account] == nil {
				hours[account] = map[int64]bool{}
			}
			hours[account][hour] = true
			return err
		})
		if err != nil {
			return err
		}
	}
	for account, spent := range hours {
		person(found, account).Hours = len(spent)
	}
	return nil
}

// assigned counts what waits for each now.
func (a *answer) assigned(tx *sqldb.Tx, about incident.About, found map[string]*Person) error {
	c, table := &condition{}, "report"
	if about == incident.AboutIncident {
		table = "incident"
		c.and("x.assignee <> '' AND x.state = 'open'")
		c.seen(a.sight.Incidents, "x")
	} else {
		c.and("x.assignee <> '' AND x.state IN ('new', 'open') AND x.test = 0")
		c.seen(a.sight.Reports, "x")
	}
	a.narrow(c, about, "x.id")
	a.own(c, "x.assignee")
	return tx.Each("SELECT x.assignee, count(*) FROM "+table+" x WHERE "+c.String()+" GROUP BY x.assignee", c.args, func(scan func(...any) error) error {
		var account string
		var n int
		err := scan(&account, &n)
		person(found, account).Assigned += n
		return err
	})
}

// workload says who worked on how much in which hours of the week.
func (a *answer) workload(tx *sqldb.Tx, out *Figures) error {
	found := map[Stint]int{}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		c := a.work(about)
		a.own(c, "w.actor")
		err := tx.Each("SELECT w.actor, w.hour, count(*) FROM moment_work w WHERE "+c.String()+" GROUP BY w.actor, w.hour", c.args, func(scan func(...any) error) error {
			var account string
			var ms int64
			var n int
			err := scan(&account, &ms, &n)
			at := sqldb.Time(ms).In(a.zone)
			found[Stint{Account: account, Weekday: weekday(at) + 1, Hour: at.Hour()}] += n
			return err
		})
		if err != nil {
			return err
		}
	}
	out.Workload = []Stint{}
	for s, n := range found {
		s.Things = n
		out.Workload = append(out.Workload, s)
	}
	slices.SortFunc(out.Workload, func(x, y Stint) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Weekday, y.Weekday), cmp.Compare(x.Hour, y.Hour))
	})
	return nil
}

// hours says in which hours of the week reports come and people work.
func (a *answer) hours(tx *sqldb.Tx, out *Figures) error {
	c := a.where(incident.AboutReport)
	c.and("m.at >= ? AND m.at < ? AND m.code = ?", a.from(), a.to(), string(incident.Arrived))
	err := a.byHour(tx, "SELECT m.at / 900000 * 900000, count(*) FROM moment m WHERE "+c.String()+" GROUP BY m.at / 900000", c.args, func(at time.Time, n int) {
		out.Hours[weekday(at)][at.Hour()].Arrived += n
	})
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		if err != nil {
			return err
		}
		c = a.work(about)
		err = a.byHour(tx, "SELECT w.hour, count(*) FROM moment_work w WHERE "+c.String()+" GROUP BY w.hour", c.args, func(at time.Time, n int) {
			out.Hours[weekday(at)][at.Hour()].Worked += n
		})
	}
	return err
}

// weekday counts from Monday.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

func (a *answer) byHour(tx *sqldb.Tx, query string, args []any, take func(at time.Time, n int)) error {
	return tx.Each(query, args, func(scan func(...any) error) error {
		var at int64
		var n int
		err := scan(&at, &n)
		take(sqldb.Time(at).In(a.zone), n)
		return err
	})
}
