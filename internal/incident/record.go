package incident

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// record is a row of the table report.
type record struct {
	ID, Ref                                  string
	Door                                     Door
	State                                    State
	Rank                                     int64
	Received, Changed, Ended                 time.Time
	Hidden, Confidential, Anonymous          bool
	Quarantined, Test                        bool
	Class                                    rsit.Class
	Type                                     rsit.Type
	Severity                                 triage.Severity
	TLP                                      int64
	Fold                                     string
	Lead                                     bool
	Suggested                                triage.Move
	Resembles, Sender                        string
	Verified                                 Verified
	About, Assignee, Duplicate               string
	Before                                   State
	Assessed                                 time.Time
	Version                                  int64
	wrapped                                  []byte
	words                                    string
	sealedHead, sealedAssessment, sealedBody []byte
}

// head is what a line in the queue shows of the sealed text.
type head struct {
	Subject  string   `json:"subject"`
	Reporter Reporter `json:"reporter"`
}

// body is the rest.
type body struct {
	Text    string   `json:"text"`
	Answers Answers  `json:"answers"`
	Machine *Machine `json:"machine,omitempty"`
	Trust   Trust    `json:"trust"`
	Claims  string   `json:"claims,omitempty"`
	Files   []string `json:"files,omitempty"`
}

// rowColumns are those that a line in the queue needs; recordColumns all that are read.
const (
	rowColumns = `r.id, r.ref, r.door, r.state, r.rank, r.received, r.changed, r.ended, r.hidden, r.confidential, r.anonymous, r.quarantined, r.test,
		r.class, r.type, r.severity, r.tlp, r.fold, r.lead, r.move, r.resembles, r.sender, r.verified, r.about, r.assignee, r.duplicate, r.before,
		r.assessed, r.version, r.data_key, r.head`
	recordColumns = rowColumns + `, r.words, r.assessment, r.body`
)

func (r *record) rowInto() []any {
	return []any{
		&r.ID, &r.Ref, &r.Door, &r.State, &r.Rank,
		moment{&r.Received},
		moment{&r.Changed},
		moment{&r.Ended},
		&r.Hidden, &r.Confidential, &r.Anonymous,
		&r.Quarantined, &r.Test, &r.Class, &r.Type, &r.Severity, &r.TLP, &r.Fold, &r.Lead, &r.Suggested, &r.Resembles, &r.Sender, &r.Verified, &r.About,
		&r.Assignee, &r.Duplicate, &r.Before,
		moment{&r.Assessed},
		&r.Version, &r.wrapped, &r.sealedHead,
	}
}

func (r *record) into() []any {
	return append(r.rowInto(), &r.words, &r.sealedAssessment, &r.sealedBody)
}

// sealed tells whether the text may stand in no index.
func (r *record) sealed() bool { return r.Hidden || r.Confidential || r.Anonymous }

func (r *record) label() tlp.Label { return tlp.Label(r.TLP) }

// at is when something about the report happens: to the hour, if it is anonymous.
func (r *record) at(now time.Time) time.Time {
	if r.Anonymous {
		return now.Truncate(time.Hour)
	}
	return now
}

// gone is what is said of all that is not there for the actor.
func gone(what, name string) error {
	if len(name) > 40 {
		name = name[:40]
	}
	return problem.New(problem.NotFound, "there is no %s %q", what, name)
}

// report reads one by id or ref, if it is within sight. Errors: NotFound.
func (s *Service) report(tx *sqldb.Tx, v Sight, name string) (r record, err error) {
	var q query
	q.and("(r.id = ? OR r.ref = ?)", name, name)
	q.seen(v.Reports, "r")
	err = tx.QueryRow("SELECT "+recordColumns+" FROM report r WHERE "+q.String(), q.args...).Scan(r.into()...)
	if sqldb.NoRows(err) {
		return r, gone("report", name)
	}
	return r, err
}

// key gives the key of a report's text. Errors: NotFound once that was erased.
func (s *Service) key(r *record) (seal.Key, error) { return s.sealer.Unwrap(r.ID, r.wrapped) }

// put seals a value as JSON.
func put(k seal.Key, field string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "%s", field)
	}
	return k.Seal(field, text), nil
}

// get opens what put sealed; nothing is the zero value.
func get[T any](k seal.Key, field string, sealed []byte) (v T, err error) {
	if len(sealed) == 0 {
		return v, nil
	}
	text, err := k.Open(field, sealed)
	if err != nil {
		return v, err
	}
	return v, problem.Wrap(problem.Internal, json.Unmarshal(text, &v), "%s", field)
}

// insert writes a new report.
func insert(tx *sqldb.Tx, r *record, once string) error {
	_, err := tx.Exec(`INSERT INTO report (id, ref, once, door, state, rank, turn, received, changed, ended, hidden, confidential, anonymous, quarantined, test,
			class, type, severity, tlp, fold, lead, move, resembles, sender, verified, about, assignee, duplicate, before, assessed, version,
			data_key, words, head, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0, 0, $9, $10, $11, $12, '', '', '', $13, '', 0, '', '', $14, $15, $16, '', '', '', 0, 1, $17, '', $18, $19)`,
		r.ID, r.Ref, once, string(r.Door), string(r.State), r.Rank, -sqldb.Millis(r.Received), r.Received, r.Confidential, r.Anonymous, r.Quarantined, r.Test,
		r.TLP, r.Sender, string(r.Verified), r.About, r.wrapped, r.sealedHead, r.sealedBody)
	return err
}

// step changes columns of a report as it was read, and raises its version. Errors: Conflict if somebody was faster.
func step(tx *sqldb.Tx, now time.Time, r *record, set string, args ...any) error {
	args = append([]any{r.ID, r.Version, r.at(now)}, args...)
	n, err := tx.Exec("UPDATE report SET version = version + 1, changed = $3, "+set+" WHERE id = $1 AND version = $2", args...)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "report %s was changed by somebody else meanwhile: look at it again", r.Ref)
	}
	r.Version++
	return err
}
