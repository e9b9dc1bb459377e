package incident

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Incidents gives a page of the incidents that the actor may see, the latest changed first. The query knows "state:open", "class:", "severity:",
// "is:restricted" and words. Errors: Invalid for the query.
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
	q, err := readIncidents(f.Query)
	if err != nil {
		return out, err
	}
	q.seen(v.Incidents, "i")
	var changed int64
	var last string
	if more, err := f.After.Into(&changed, &last); err != nil {
		return out, err
	} else if more {
		q.and("(i.changed, i.id) < (CAST(? AS BIGINT), ?)", changed, last)
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	var rows []Listed
	err = tx.Each("SELECT "+incidentColumns+" FROM incident i WHERE "+q.String()+" ORDER BY i.changed DESC, i.id DESC LIMIT $"+itoa(len(q.args)), q.args,
		func(scan func(...any) error) error {
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
	out = page.Cut(rows, limit, func(r Listed) []any { return []any{sqldb.Millis(r.Changed), r.ID} })
	return out, s.reportCounts(tx, v, out.Items)
}

// reportCounts counts the reports within sight.
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
	q.in("l.incident", ids)
	q.and("l.alert = 0")
	q.seen(v.Reports, "r")
	return tx.Each("SELECT l.incident, count(*) FROM incident_link l JOIN report r ON r.id = l.report WHERE "+q.String()+" GROUP BY l.incident", q.args,
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
		Opened: i.Opened, Changed: i.Changed, Version: i.Version,
	}, err
}

// readIncidents reads a query's text.
func readIncidents(words string) (q query, err error) {
	if len(words) > maxQuery {
		return q, problem.New(problem.Invalid, "the question has %d bytes, and may have %d", len(words), maxQuery)
	}
	for _, part := range strings.Fields(strings.ToValidUTF8(words, "?")) {
		key, value, ok := strings.Cut(strings.ToLower(part), ":")
		switch {
		case ok && key == "state" && !slices.Contains(texts(Stages()), value):
			return q, problem.New(problem.Invalid, "there is no state %q%s", value, nearest.Hint(value, texts(Stages())))
		case ok && (key == "state" || key == "class" || key == "severity"):
			q.and("i."+key+" = ?", value)
		case ok && key == "is" && value == "restricted":
			q.and("i.restricted = 1")
		default:
			for _, t := range terms(part) {
				q.and("i.id IN (SELECT incident FROM incident_word WHERE word >= ? AND word < ?)", t, beyond(t))
			}
		}
	}
	return q, nil
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
		if q, err = readIncidents(strings.ReplaceAll(words, ":", " ")); err != nil {
			return nil, nil, err
		}
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
