package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The topics of which pages hear (package live).
const (
	LiveEvents   = "events"   // events came or went
	LiveIntakes  = "intakes"  // a feed delivered, or an intake was done
	LiveFindings = "findings" // findings came up or moved
	LiveMessages = "messages" // messages were made or went on their way
	LiveStops    = "stops"    // a stop order was given or lifted
	LiveTasks    = "tasks"    // the team's queue
	LiveApproval = "approvals"
	LiveRegister = "register" // organisations, networks, contacts
	LiveJobs     = "jobs"     // jobs that failed for good
)

// marks are what differs when a topic has changed. Each reads a handful of rows by an index, whatever the size of its table: this is asked
// every second. They look into other rooms' tables, so that it is one transaction; they tell nothing of what is in them.
//
// A finding that a person moves leaves no mark of its own in its table; the record of what people do does.
var marks = []struct{ topic, statement string }{
	{LiveEvents, `SELECT position, 0, 0 FROM manifest_head`},
	{LiveIntakes, `SELECT (SELECT COALESCE(max(arrived_at), 0) FROM intake), (SELECT count(*) FROM intake WHERE state = 'accepted'), 0`},
	{LiveFindings, `SELECT COALESCE(sum(done_rows), 0), count(*), (SELECT COALESCE(max(at), 0) FROM
		(SELECT at, operation FROM audit_payload ORDER BY at DESC, id DESC LIMIT 50) AS late WHERE operation LIKE 'finding.%') FROM fold`},
	{LiveMessages, `SELECT (SELECT COALESCE(max(settled_at), 0) FROM delivery WHERE settled_at > 0),
		(SELECT count(*) FROM (SELECT 1 FROM delivery WHERE state IN ('queued', 'sending', 'doubtful', 'held') LIMIT 2000) AS open),
		(SELECT COALESCE(max(created_at), 0) FROM (SELECT created_at FROM delivery ORDER BY id DESC LIMIT 1) AS latest)`},
	{LiveStops, `SELECT count(*), COALESCE(max(at), 0), 0 FROM stop_order`},
	{LiveTasks, `SELECT count(*), COALESCE(max(last), 0), 0 FROM (SELECT last FROM task WHERE done = 0 LIMIT 2000) AS open`},
	{LiveApproval, `SELECT count(*), COALESCE(max(at), 0), (SELECT COALESCE(max(at), 0) FROM
		(SELECT at, operation FROM audit_payload ORDER BY at DESC, id DESC LIMIT 50) AS late
		WHERE operation LIKE 'notification.%' OR operation LIKE 'release.%' OR operation LIKE 'text.%') FROM approval`},
	{LiveRegister, `SELECT version, 0, 0 FROM register_state`},
	{LiveJobs, `SELECT count(*), 0, 0 FROM (SELECT 1 FROM job WHERE state = 'dead' LIMIT 2000) AS dead`},
}

// Marks reads the marks of all topics: see live.Hub.Watch.
func Marks(tx *sqldb.Tx) (map[string]string, error) { return marksOf(tx, nil) }

// marksOf reads the marks of some topics; none are all.
func marksOf(tx *sqldb.Tx, topics []string) (map[string]string, error) {
	out := make(map[string]string, len(marks))
	for _, m := range marks {
		if len(topics) > 0 && !slices.Contains(topics, m.topic) {
			continue
		}
		var a, b, c int64
		if err := tx.QueryRow(m.statement).Scan(&a, &b, &c); err != nil && !sqldb.NoRows(err) {
			return nil, fmt.Errorf("look whether %s changed: %w", strings.ToLower(m.topic), err)
		}
		out[m.topic] = fmt.Sprint(a, b, c)
	}
	return out, nil
}

// signOf gives the marks of some topics as one text: as long as it is the same, nothing of them has changed. It is "" when the state store does
// not answer.
func (d *Desk) signOf(topics ...string) signFunc {
	return func(ctx context.Context) string {
		var now map[string]string
		err := d.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
			now, err = marksOf(tx, topics)
			return err
		})
		if err != nil {
			return ""
		}
		return fmt.Sprint(now)
	}
}
