package figure

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// answer is a question as it is answered.
type answer struct {
	q      Question
	actor  identity.Actor
	sight  incident.Sight
	bounds []time.Time
	zone   *time.Location
}

func (a *answer) from() time.Time { return a.bounds[0] }
func (a *answer) to() time.Time   { return a.bounds[len(a.bounds)-1] }

func (a *answer) figures(tx *sqldb.Tx) (out Figures, err error) {
	out = Figures{Step: a.q.Step, From: a.from(), To: a.to()}
	for i := range a.bounds[1:] {
		out.Periods = append(out.Periods, Period{From: a.bounds[i], To: a.bounds[i+1]})
	}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		if err := a.part(tx, about, &out); err != nil {
			return out, err
		}
	}
	if out.Classes, err = a.classes(tx); err != nil {
		return out, err
	}
	if err := a.people(tx, &out); err != nil {
		return out, err
	}
	if err := a.workload(tx, &out); err != nil {
		return out, err
	}
	return out, a.hours(tx, &out)
}

// of picks what of a period is about reports, or about incidents.
func of(about incident.About, p *Period) *Part {
	if about == incident.AboutIncident {
		return &p.Incidents
	}
	return &p.Reports
}

// part answers for reports, or for incidents.
func (a *answer) part(tx *sqldb.Tx, about incident.About, out *Figures) error {
	var all sums
	whole := &out.Reports
	if about == incident.AboutIncident {
		whole = &out.Incidents
	}
	for i := range out.Periods {
		p := &out.Periods[i]
		var one sums
		if err := a.read(tx, about, p.From, p.To, &one); err != nil {
			return err
		}
		all.add(&one)
		*of(about, p) = one.part()
	}
	*whole = all.part()
	return a.backlog(tx, about, out, whole)
}

// read sums up what happened in a period.
func (a *answer) read(tx *sqldb.Tx, about incident.About, from, to time.Time, into *sums) error {
	c := a.where(about)
	c.and("m.at >= ? AND m.at < ?", from, to)
	return tx.Each("SELECT m.code, m.took, m.standing FROM moment m WHERE "+c.String(), c.args, func(scan func(...any) error) error {
		var code string
		var took, standing int64
		err := scan(&code, &took, &standing)
		into.take(incident.MomentCode(code), took, standing)
		return err
	})
}

// backlog says how many were open when each period ended: as many as are now, less what changed since.
func (a *answer) backlog(tx *sqldb.Tx, about incident.About, out *Figures, whole *Part) error {
	open, err := a.openNow(tx, about)
	if err != nil {
		return err
	}
	c := a.where(about)
	c.and("m.at >= ?", a.to())
	var since Counts
	err = tx.QueryRow(`SELECT count(*) FILTER (WHERE m.code = 'arrived'), count(*) FILTER (WHERE m.code = 'closed'), count(*) FILTER (WHERE m.code = 'reopened')
		FROM moment m WHERE `+c.String(), c.args...).Scan(&since.New, &since.Closed, &since.Reopened)
	if err != nil {
		return err
	}
	open -= since.change()
	whole.Open = open
	for i := len(out.Periods) - 1; i >= 0; i-- {
		p := of(about, &out.Periods[i])
		p.Open = open
		open -= p.change()
	}
	return nil
}

// change is by how many more are open.
func (c *Counts) change() int { return c.New + c.Reopened - c.Closed }

// openNow counts what is open.
func (a *answer) openNow(tx *sqldb.Tx, about incident.About) (n int, err error) {
	c := condition{}
	table := "report"
	if about == incident.AboutIncident {
		c.and("x.state = 'open'")
		c.seen(a.sight.Incidents, "x")
		table = "incident"
	} else {
		c.and("x.state IN ('new', 'open') AND x.test = 0")
		c.seen(a.sight.Reports, "x")
	}
	a.narrow(&c, about, "x.id")
	err = tx.QueryRow("SELECT count(*) FROM "+table+" x WHERE "+c.String(), c.args...).Scan(&n)
	return n, err
}

// where is the condition for the moments m that a question is about. What the reader may not see is little, and excluded by name: the index of the
// moments then answers alone.
func (a *answer) where(about incident.About) *condition {
	c := &condition{}
	c.and("m.about = ? AND m.standing >= 0", aboutNumber(about))
	a.unseen(c, about, "m.subject")
	a.narrow(c, about, "m.subject")
	return c
}

// unseen excludes what the reader may not see, and reports that were tests.
func (a *answer) unseen(c *condition, about incident.About, column string) {
	if about == incident.AboutIncident {
		cond, args := a.sight.Incidents("i", len(c.args)+1)
		c.where = append(c.where, column+" NOT IN (SELECT i.id FROM incident i WHERE (i.restricted = 1 OR i.merged_into <> '') AND NOT ("+cond+"))")
		c.args = append(c.args, args...)
		return
	}
	cond, args := a.sight.Reports("r", len(c.args)+1)
	c.where = append(c.where, column+" NOT IN (SELECT r.id FROM report r WHERE r.hidden = 1 AND NOT ("+cond+"))",
		column+" NOT IN (SELECT r.id FROM report r WHERE r.test = 1)")
	c.args = append(c.args, args...)
}

// narrow adds what the question names.
func (a *answer) narrow(c *condition, about incident.About, column string) {
	table := "report"
	if about == incident.AboutIncident {
		table = "incident"
	}
	if a.q.Class != "" {
		c.and(column+" IN (SELECT id FROM "+table+" WHERE class = ?)", string(a.q.Class))
	}
	if a.q.Organisation != "" {
		c.and(column+" IN ("+linked(about, "SELECT report FROM report_concern WHERE organisation = ?")+")", a.q.Organisation)
	}
	if a.q.Sector != "" {
		c.and(column+" IN ("+linked(about, "SELECT k.report FROM organisation o JOIN report_concern k ON k.organisation = o.id WHERE o.sector = ?")+")", a.q.Sector)
	}
}

// linked turns a question for reports into that for the incidents that they belong to. What was merged is one incident: whom one of them concerns, all do,
// so that the closing of the one and the life of the other are counted for the same organisation.
func linked(about incident.About, reports string) string {
	if about == incident.AboutReport {
		return reports
	}
	return "SELECT g.id FROM incident_link l JOIN incident k ON k.id = l.incident JOIN incident g ON g.root = k.root WHERE l.alert = 0 AND l.report IN (" + reports + ")"
}

// Incidents gives the condition that a column with an incident's id has to meet for the question to be about it, with its arguments; first is the
// number of the first.
func (q Question) Incidents(column string, first int) (string, []any) {
	a, c := answer{q: q}, condition{before: first - 1, where: []string{"TRUE"}}
	a.narrow(&c, incident.AboutIncident, column)
	return c.String(), c.args
}

// Reports is Incidents for a column with a report's id.
func (q Question) Reports(column string, first int) (string, []any) {
	a, c := answer{q: q}, condition{before: first - 1, where: []string{"TRUE"}}
	a.narrow(&c, incident.AboutReport, column)
	return c.String(), c.args
}

// condition grows; each ? stands for the next argument.
type condition struct {
	where  []string
	args   []any
	before int // arguments that others have before these
}

func (c *condition) and(cond string, args ...any) {
	for _, v := range args {
		c.args = append(c.args, v)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(c.before+len(c.args)), 1)
	}
	c.where = append(c.where, cond)
}

func (c *condition) seen(of func(alias string, first int) (string, []any), alias string) {
	cond, args := of(alias, len(c.args)+1)
	c.where, c.args = append(c.where, cond), append(c.args, args...)
}

func (c *condition) String() string { return strings.Join(c.where, " AND ") }

// classes counts what came by class.
func (a *answer) classes(tx *sqldb.Tx) ([]OfClass, error) {
	found := map[rsit.Class]*OfClass{}
	for _, about := range []incident.About{incident.AboutReport, incident.AboutIncident} {
		c := a.where(about)
		c.and("m.at >= ? AND m.at < ? AND m.code = ?", a.from(), a.to(), string(incident.Arrived))
		table := "report"
		if about == incident.AboutIncident {
			table = "incident"
		}
		err := tx.Each("SELECT x.class, count(*) FROM moment m JOIN "+table+" x ON x.id = m.subject WHERE "+c.String()+" GROUP BY x.class", c.args, func(scan func(...any) error) error {
			var class rsit.Class
			var n int
			err := scan(&class, &n)
			one := found[class]
			if one == nil {
				one = &OfClass{Class: class}
				found[class] = one
			}
			if about == incident.AboutIncident {
				one.Incidents += n
			} else {
				one.Reports += n
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return ranked(found), nil
}

// ranked orders classes by how many there are, incidents first.
func ranked(found map[rsit.Class]*OfClass) []OfClass {
	list := make([]OfClass, 0, len(found))
	for _, one := range found {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(x, y OfClass) int {
		return cmp.Or(cmp.Compare(y.Incidents, x.Incidents), cmp.Compare(y.Reports, x.Reports), cmp.Compare(x.Class, y.Class))
	})
	return list
}
