package release

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// few is for how many matters one statement records what is new, without a look at what is known: most that is asked one by one is new, and each question
// to the database takes its time.
const few = 8

// record gives each matter its recorded decision, and records those that have none.
func (s *Service) record(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, matters []matter, now time.Time) ([]Decision, error) {
	known, unknown := map[string]Decision{}, differing(matters)
	var err error
	if len(unknown) > few {
		if known, err = recorded(tx, unknown); err != nil {
			return nil, err
		}
		unknown = slices.DeleteFunc(unknown, func(m matter) bool { return known[string(m.key[:])].ID != "" })
	}
	if len(unknown) > 0 {
		if err := insert(tx, actor, op, unknown, known, now); err != nil {
			return nil, err
		}
	}
	decisions := make([]Decision, len(matters))
	for i, m := range matters {
		decisions[i] = m.with(known[string(m.key[:])])
	}
	return decisions, nil
}

// differing are the matters without those that ask the same again.
func differing(matters []matter) (out []matter) {
	seen := make(map[string]bool, len(matters))
	for i := range matters {
		if key := string(matters[i].key[:]); !seen[key] {
			seen[key] = true
			out = append(out, matters[i])
		}
	}
	return out
}

// insert records matters, and adds to known what the table has of each then: another process may have been faster. It audits that it was done: one entry for
// all, since each row says itself what was decided, by whom and why.
func insert(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, fresh []matter, known map[string]Decision, now time.Time) error {
	made := make(map[string]Decision, len(fresh))
	rows := make([][]any, len(fresh))
	for i := range fresh {
		d := fresh[i].decision(actor.ID, now)
		d.ID = id.NewAt(now)
		made[d.ID], rows[i] = d, decisionRow(&fresh[i], d)
	}
	rows, err := keep(tx, rows)
	if err != nil {
		return err
	}
	if len(rows) < len(fresh) || len(fresh) > few {
		found, err := recorded(tx, fresh)
		if err != nil {
			return err
		}
		for key, d := range found {
			known[key] = d
		}
	}
	allowed := 0
	for _, row := range rows {
		d := made[row[0].(string)]
		if d.Allowed {
			allowed++
		}
		if key := string(row[1].([]byte)); known[key].ID == "" {
			known[key] = asRead(d)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	object := strconv.Itoa(len(rows)) + " decisions"
	if len(rows) == 1 {
		object = rows[0][0].(string)
	}
	return actor.Audit(tx, now, op, object, nil, map[string]any{
		"decided": len(rows), "allowed": allowed, "policy": PolicyVersion, "digest": digestOf(rows),
	})
}

// asRead is a decision as recorded gives it.
func asRead(d Decision) Decision {
	return Decision{ID: d.ID, Outcome: d.Outcome, Rule: d.Rule, Reason: d.Reason, Grant: d.Grant, Policy: d.Policy, By: d.By, At: sqldb.Time(sqldb.Millis(d.At))}
}

// keep stores rows of decisions whose keys are not there, and gives those of them that it stored; of many it gives all.
func keep(tx *sqldb.Tx, rows [][]any) ([][]any, error) {
	if len(rows) > few {
		return rows, tx.BulkUpsert(decisionInto, each(rows))
	}
	var args []any
	values := make([]string, len(rows))
	for i, row := range rows {
		marks := make([]string, len(row))
		for k := range row {
			marks[k] = "$" + strconv.Itoa(len(args)+k+1)
		}
		values[i], args = "("+strings.Join(marks, ", ")+")", append(args, row...)
	}
	stored := map[string]bool{}
	err := tx.Each(`INSERT INTO release_decision (`+strings.Join(decisionInto.Columns, ", ")+`) VALUES `+strings.Join(values, ", ")+`
		ON CONFLICT (item_key) DO NOTHING RETURNING id`, args, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		stored[name] = true
		return err
	})
	return slices.DeleteFunc(rows, func(row []any) bool { return !stored[row[0].(string)] }), err
}
