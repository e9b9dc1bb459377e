package incident

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// sorts are the orders of the list: the column, and its value of a row for the cursor.
var sorts = map[string]struct {
	column string
	value  func(Listed) int64
}{
	"changed":  {"i.changed", func(r Listed) int64 { return sqldb.Millis(r.Changed) }},
	"opened":   {"i.opened", func(r Listed) int64 { return sqldb.Millis(r.Opened) }},
	"severity": {"i.gravity", func(r Listed) int64 { return gravity(r.Severity) }},
}

// SortsOfIncidents lists the orders of the list of incidents, the usual first; a "-" before one means the largest first.
func SortsOfIncidents() []string {
	return []string{"-changed", "changed", "-opened", "opened", "-severity", "severity"}
}

// Incidents gives a page of the incidents that the actor may see, the latest changed first if the filter says nothing else. See KeysOfIncidents for what
// the query knows beside words. What was merged into another is listed only where the query asks for it. Errors: Invalid for the query or the order.
func (s *Service) Incidents(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Listed], err error) {
	if err := actor.Authorise(OpIncidentRead, ""); err != nil {
		return out, err
	}
	var hidden []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		hidden = nil
		if out, err = s.incidentPage(tx, actor, f); err != nil {
			return err
		}
		for _, row := range out.Items {
			if row.Restricted {
				hidden = append(hidden, row.ID)
			}
		}
		return nil
	})
	if err == nil {
		err = s.recordReading(ctx, actor, OpIncidentRead, hidden)
	}
	if err != nil {
		return page.Page[Listed]{}, err
	}
	return out, nil
}

func (s *Service) incidentPage(tx *sqldb.Tx, actor identity.Actor, f Filter) (out page.Page[Listed], err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return out, err
	}
	q, err := readIncidents(f.Query, actor)
	if err != nil {
		return out, err
	}
	if err := q.find(tx); err != nil {
		return out, err
	}
	q.seen(v.Incidents, "i")
	key, down, err := sortOf(f.Sort)
	if err != nil {
		return out, err
	}
	order, err := q.after(f, sorts[key].column, down)
	if err != nil {
		return out, err
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	var rows []Listed
	err = tx.Each("SELECT "+incidentColumns+" FROM incident i WHERE "+q.String()+order+" LIMIT $"+itoa(len(q.args)), q.args, func(scan func(...any) error) error {
		var i incidentRecord
		if err := scan(i.into()...); err != nil {
			return err
		}
		row, err := s.incidentRow(&i)
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return out, err
	}
	out = page.Cut(rows, limit, func(r Listed) []any { return []any{f.Sort, sorts[key].value(r), r.ID} })
	return out, s.reportCounts(tx, v, out.Items)
}

// after adds where the page begins, and gives its order. What finds few by an index of its own is sorted; the index of the list would be read to its end.
func (q *incidentQuery) after(f Filter, column string, down bool) (order string, err error) {
	sign, way := " > ", ""
	if down {
		sign, way = " < ", " DESC"
	}
	var sort, last string
	var value int64
	more, err := f.After.Into(&sort, &value, &last)
	switch {
	case err != nil:
		return "", err
	case more && sort != f.Sort:
		return "", problem.New(problem.Invalid, "the page cursor belongs to another order: start again from the first page")
	case more:
		q.and("("+column+", i.id)"+sign+"(CAST(? AS BIGINT), ?)", value, last)
	}
	if q.few {
		column = "+" + column
	} else if column != "i.changed" {
		q.steer()
	}
	return " ORDER BY " + column + way + ", i.id" + way, nil
}

// CountIncidents tells how many incidents a query finds of what the actor may see, at most limit.
func (s *Service) CountIncidents(ctx context.Context, actor identity.Actor, text string, limit int) (n int, err error) {
	if err := actor.Authorise(OpIncidentRead, ""); err != nil {
		return 0, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		q, err := readIncidents(text, actor)
		if err != nil {
			return err
		}
		if err := q.find(tx); err != nil {
			return err
		}
		q.seen(v.Incidents, "i")
		q.args = append(q.args, limit)
		return tx.QueryRow("SELECT count(*) FROM (SELECT 1 FROM incident i WHERE "+q.String()+" LIMIT $"+itoa(len(q.args))+") AS found", q.args...).Scan(&n)
	})
	return n, err
}

// reportCounts counts the reports within sight, with those of what was merged into an incident.
func (s *Service) reportCounts(tx *sqldb.Tx, v Sight, rows []Listed) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	at := places(ids)
	var q query
	q.in("k.root", ids)
	q.and("l.alert = 0")
	q.seen(v.Reports, "r")
	return tx.Each("SELECT k.root, count(DISTINCT r.id) FROM incident k JOIN incident_link l ON l.incident = k.id JOIN report r ON r.id = l.report WHERE "+q.String()+" GROUP BY k.root", q.args,
		func(scan func(...any) error) error {
			var id string
			var n int
			err := scan(&id, &n)
			if i, ok := at[id]; ok {
				rows[i].Reports = n
			}
			return err
		})
}

func (s *Service) incidentRow(i *incidentRecord) (Listed, error) {
	h, err := s.incidentHead(i)
	return Listed{
		ID: i.ID, Ref: i.Ref, Title: h.Title, State: i.State, Class: i.Class, Severity: i.Severity, Restricted: i.Restricted, TLP: tlp.Label(i.TLP),
		Assignee: i.Assignee, Campaign: i.Campaign, Victim: codes(i.Victim), Origin: codes(i.Origin), Transit: codes(i.Transit),
		Opened: i.Opened, Changed: i.Changed, Closed: i.Closed, Version: i.Version,
	}, err
}

// mostHits bounds what a search box suggests, of each kind.
const mostHits = 10

// Suggest gives at most ten reports and ten incidents that the actor may see and that have words beginning as the text's do, for a search box. The
// words of what is sealed are in no index: it is found by its ref alone.
func (s *Service) Suggest(ctx context.Context, actor identity.Actor, words string) (hits []Hit, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	words = strings.TrimSpace(words)
	if words == "" {
		return nil, nil
	}
	incidents := actor.Authorise(OpIncidentRead, "") == nil
	var hidden []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		hits, hidden = nil, nil
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		if incidents {
			if hits, hidden, err = s.suggestIncidents(tx, v, words); err != nil {
				return err
			}
		}
		more, secret, err := s.suggestReports(tx, actor, v, words)
		hits, hidden = append(hits, more...), append(hidden, secret...)
		return err
	})
	if err == nil {
		err = s.recordReading(ctx, actor, OpRead, hidden)
	}
	if err != nil {
		return nil, err
	}
	return hits, nil
}

func (s *Service) suggestIncidents(tx *sqldb.Tx, v Sight, words string) (hits []Hit, hidden []string, err error) {
	var q query
	q.byRef("i.ref", words)
	if len(q.where) == 0 {
		found, err := readIncidents(strings.ReplaceAll(words, ":", " "), identity.Actor{})
		if err != nil {
			return nil, nil, err
		}
		if err := found.find(tx); err != nil {
			return nil, nil, err
		}
		q = found.query
	}
	q.seen(v.Incidents, "i")
	err = tx.Each("SELECT "+incidentColumns+" FROM incident i WHERE "+q.String()+" ORDER BY i.changed DESC, i.id LIMIT "+itoa(mostHits), q.args, func(scan func(...any) error) error {
		var i incidentRecord
		if err := scan(i.into()...); err != nil {
			return err
		}
		ref, err := s.incidentRef(&i)
		hits = append(hits, Hit{"incident", ref})
		if i.Restricted {
			hidden = append(hidden, i.ID)
		}
		return err
	})
	return hits, hidden, err
}

// byRef adds that a ref begins as the words do, if they look like one.
func (q *query) byRef(column, words string) {
	ref := strings.ToUpper(words)
	if len(ref) > 2 && ref[1] == '-' && strings.Trim(ref[2:], codeLetters) == "" {
		q.and(column+" >= ? AND "+column+" < ?", ref, beyond(ref))
	}
}

func (s *Service) suggestReports(tx *sqldb.Tx, actor identity.Actor, v Sight, words string) (hits []Hit, hidden []string, err error) {
	var q search
	q.byRef("r.ref", words)
	if len(q.where) == 0 {
		if q, err = readSearch(strings.ReplaceAll(words, ":", " "), actor, v); err != nil {
			return nil, nil, err
		}
	}
	if _, err := q.find(tx); err != nil {
		return nil, nil, err
	}
	q.seen(v.Reports, "r")
	err = tx.Each("SELECT "+rowColumns+" FROM report r WHERE "+q.String()+" ORDER BY r.rank, r.turn, r.id LIMIT "+itoa(mostHits), q.args, func(scan func(...any) error) error {
		var r record
		if err := scan(r.rowInto()...); err != nil {
			return err
		}
		row, err := s.row(&r)
		hits = append(hits, Hit{"report", Ref{r.ID, r.Ref, row.Subject}})
		if r.Hidden {
			hidden = append(hidden, r.ID)
		}
		return err
	})
	return hits, hidden, err
}
