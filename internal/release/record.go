package release

import (
	"maps"
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
	switch {
	case len(unknown) == 1:
		if err := insertOne(tx, actor, op, unknown[0], known, now); err != nil {
			return nil, err
		}
	case len(unknown) > 0:
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

// insertOne is insert of one matter, with the entry about it in one way to the server: most of what is asked is asked alone.
func insertOne(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, m matter, known map[string]Decision, now time.Time) error {
	d := m.decision(actor.ID, now)
	d.ID = id.NewAt(now)
	row := decisionRow(&m, d)
	fresh, err := actor.AuditIf(tx, now, op, d.ID, account([][]any{row}, d), insertDecision, row...)
	if err != nil {
		return err
	}
	if fresh {
		known[string(m.key[:])] = asRead(d)
		return nil
	}
	found, err := recorded(tx, []matter{m})
	maps.Copy(known, found)
	return err
}

// account is what the audit record says of rows and the decisions in them.
func account(rows [][]any, made ...Decision) map[string]any {
	allowed := 0
	for _, d := range made {
		if d.Allowed {
			allowed++
		}
	}
	return map[string]any{"decided": len(rows), "allowed": allowed, "policy": PolicyVersion, "digest": digestOf(rows)}
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
	var stored []Decision
	for _, row := range rows {
		d := made[row[0].(string)]
		stored = append(stored, d)
		if key := string(row[1].([]byte)); known[key].ID == "" {
			known[key] = asRead(d)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	object := strconv.Itoa(len(rows)) + " decisions"
	if len(rows) == 1 {
		object = stored[0].ID
	}
	return actor.Audit(tx, now, op, object, nil, account(rows, stored...))
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
	stored := map[string]bool{}
	err := tx.Each(insertDecisions(len(rows))+` RETURNING id`, slices.Concat(rows...), func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		stored[name] = true
		return err
	})
	return slices.DeleteFunc(rows, func(row []any) bool { return !stored[row[0].(string)] }), err
}

// insertDecision inserts the row of a decision, unless its key is there.
var insertDecision = insertDecisions(1)

func insertDecisions(n int) string {
	values, mark := make([]string, n), 0
	for i := range values {
		marks := make([]string, len(decisionInto.Columns))
		for k := range marks {
			mark++
			marks[k] = "$" + strconv.Itoa(mark)
		}
		values[i] = "(" + strings.Join(marks, ", ") + ")"
	}
	return `INSERT INTO release_decision (` + strings.Join(decisionInto.Columns, ", ") + `) VALUES ` + strings.Join(values, ", ") + ` ON CONFLICT (item_key) DO NOTHING`
}
