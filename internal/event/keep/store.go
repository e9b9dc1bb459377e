package keep

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What follows reads and strips rows of intakes. The doors own them; keeping ends the life of the files that they name, and must do so
// in the transaction that says so.

// intake is what keeping knows of an intake.
type intake struct {
	id, feed, state string
	attempt         int64
	arrived         time.Time
	blob, aside     string
}

// settled tells that no attempt needs the raw input any more.
func (in intake) settled() bool { return in.state != "accepted" }

const intakeColumns = `id, feed, state, attempt, arrived_at, blob, aside`

func listIntakes(tx *sqldb.Tx, where string, args ...any) ([]intake, error) {
	var out []intake
	err := tx.Each(`SELECT `+intakeColumns+` FROM intake WHERE `+where, args, func(scan func(...any) error) error {
		var in intake
		var arrived int64
		err := scan(&in.id, &in.feed, &in.state, &in.attempt, &arrived, &in.blob, &in.aside)
		in.arrived = sqldb.Time(arrived)
		out = append(out, in)
		return err
	})
	return out, err
}

// withFiles lists the intakes that have files besides segments.
func withFiles(tx *sqldb.Tx) ([]intake, error) {
	return listIntakes(tx, `blob <> '' OR aside <> ''`)
}

// in writes the placeholders of a list, from $first on.
func in(values []string, first int) (string, []any) {
	marks, args := make([]string, len(values)), make([]any, len(values))
	for i, v := range values {
		marks[i], args[i] = fmt.Sprintf("$%d", first+i), v
	}
	return "(" + strings.Join(marks, ", ") + ")", args
}

// byColumn finds the intakes whose column has one of the values.
func byColumn(tx *sqldb.Tx, column string, values []string) ([]intake, error) {
	var out []intake
	for len(values) > 0 {
		n := min(len(values), 500)
		list, args := in(values[:n], 1)
		some, err := listIntakes(tx, column+` IN `+list, args...)
		if err != nil {
			return nil, err
		}
		out, values = append(out, some...), values[n:]
	}
	return out, nil
}

// strip takes raw input and set-aside rows off intakes, with a note for people. The rows stay as accounts. With again an undecided
// intake is no longer taken for known: it brought nothing, and without its raw input only the file given once more can.
func strip(tx *sqldb.Tx, ids []string, note string, again bool) error {
	for _, id := range ids {
		var text string
		var notes []string
		if err := tx.QueryRow(`SELECT notes FROM intake WHERE id = $1`, id).Scan(&text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &notes); err != nil {
			return problem.Wrap(problem.Internal, err, "notes of intake %s", id)
		}
		b, err := json.Marshal(append(notes, note))
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE intake SET blob = '', aside = '', notes = $1,
			hash = CASE WHEN state = 'undecided' AND CAST($3 AS BIGINT) = 1 THEN 'gone:' || id ELSE hash END
			WHERE id = $2 AND state <> 'accepted'`, string(b), id, again)
		if err != nil {
			return err
		}
		if n != 1 {
			return problem.New(problem.Conflict, "intake %s is being taken in: firehall feed resume finishes it, then try again", id)
		}
	}
	return nil
}

// references tells which of the names intakes give in a column, blob or aside.
func references(tx *sqldb.Tx, column string) (map[string]bool, error) {
	known := map[string]bool{}
	err := tx.Each(`SELECT DISTINCT `+column+` FROM intake WHERE `+column+` <> ''`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		known[name] = true
		return err
	})
	return known, err
}

// leasedFeeds lists the feeds that anybody has ever worked on.
func leasedFeeds(tx *sqldb.Tx) ([]string, error) {
	var out []string
	err := tx.Each(`SELECT name FROM lease WHERE name >= 'feed:' AND name < 'feed;' ORDER BY name`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		out = append(out, strings.TrimPrefix(name, "feed:"))
		return err
	})
	return out, err
}

// countFolds counts the files of facts that intakes have.
func countFolds(tx *sqldb.Tx, intakes []string) (n int, err error) {
	for some := range slices.Chunk(intakes, 500) {
		list, args := in(some, 1)
		var more int
		if err := tx.QueryRow(`SELECT count(*) FROM fold WHERE intake IN `+list, args...).Scan(&more); err != nil {
			return n, err
		}
		n += more
	}
	return n, nil
}
