package finding

import (
	"context"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// informational are the reports that say what a machine is and not what is wrong with it: stored, and sent on request only.
const informational = `(report LIKE 'device\_id%' ESCAPE '\' OR report LIKE 'population\_%' ESCAPE '\' OR report LIKE 'population6\_%' ESCAPE '\'
	OR report IN ('scan_http', 'scan6_http', 'scan_ssl', 'scan6_ssl', 'scan_ssh', 'scan6_ssh'))`

// clause is a condition with its arguments.
type clause struct {
	terms []string
	args  []any
}

// add adds a term in which each ? stands for the next of the values.
func (c *clause) add(term string, values ...any) {
	for _, v := range values {
		c.args = append(c.args, v)
		term = strings.Replace(term, "?", place(len(c.args)), 1)
	}
	c.terms = append(c.terms, term)
}

func (c *clause) String() string { return strings.Join(c.terms, " AND ") }

// due is the condition of q, the owner apart.
func (q DueQuery) due() *clause {
	c := &clause{terms: []string{"due IS NOT NULL"}}
	c.add("due <= ?", max(sqldb.Millis(q.Now), 1))
	if !q.NotBefore.IsZero() {
		c.add("last_seen >= ?", q.NotBefore)
	}
	if len(q.Informational) == 0 {
		c.add("NOT " + informational)
		return c
	}
	var values []any
	for _, r := range q.Informational {
		values = append(values, r)
	}
	c.add("(NOT "+informational+" OR report IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")+"))", values...)
	return c
}

// DueGroups sums up what is due, by organisation, type, sources, report and severity.
func (s *Store) DueGroups(ctx context.Context, q DueQuery) (out []DueGroup, err error) {
	c := q.due()
	if q.Organisation != "" {
		c.add("organisation = ?", q.Organisation)
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT organisation, type, sources, report, severity, count(*), CAST(sum(events - told_events) AS BIGINT), min(first_seen),
			min(last_seen), max(last_seen), max(told) FROM finding WHERE `+c.String()+`
			GROUP BY organisation, type, sources, report, severity ORDER BY organisation, type, sources, report, severity`, c.args,
			func(scan func(...any) error) error {
				var g DueGroup
				var sources, first, oldest, last, told int64
				err := scan(&g.Organisation, &g.Type, &sources, &g.Report, &g.Severity, &g.Findings, &g.Events, &first, &oldest, &last, &told)
				g.Sources, g.Told = uint64(sources), told > 0 //nolint:gosec // 63 bits
				g.First, g.Oldest, g.Last = sqldb.Time(first), sqldb.Time(oldest), sqldb.Time(last)
				out = append(out, g)
				return err
			})
	})
	return out, err
}

// DueFindings lists what is due for an organisation, of some types (none: all), in order of key, after a key; at most limit.
func (s *Store) DueFindings(ctx context.Context, q DueQuery, organisation string, types []string, after Key, limit int) (out []Finding, err error) {
	if q.Organisation != "" && q.Organisation != organisation {
		return nil, nil
	}
	c := q.due()
	c.add("organisation = ?", organisation)
	c.add("key > ?", after[:])
	if len(types) > 0 {
		var values []any
		for _, t := range types {
			values = append(values, t)
		}
		c.add("type IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(types)), ", ")+")", values...)
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out, err = Select(tx, "WHERE "+c.String()+fmt.Sprintf(" ORDER BY key LIMIT %d", limit), c.args...)
		return err
	})
	return out, err
}
