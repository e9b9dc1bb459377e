package sharing

import (
	"context"
	"encoding/json"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Status says what became of objects that were given (TAXII 2.1 §4.3). Total is the sum of the other three counts.
type Status struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"` // "complete"
	Requested string    `json:"request_timestamp"`
	Total     int       `json:"total_count"`
	Success   int       `json:"success_count"`
	Successes []Outcome `json:"successes,omitempty"` // the first ones
	Failure   int       `json:"failure_count"`
	Failures  []Outcome `json:"failures,omitempty"` // the first ones
	Pending   int       `json:"pending_count"`

	New   int `json:"-"` // versions that were not known before
	Aside int `json:"-"` // of the failures, those that are kept
}

// Outcome is what became of one object.
type Outcome struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// listed is how many outcomes a status names.
const listed = 2000

func (st *Status) succeed(o Outcome) {
	st.Total++
	st.Success++
	if len(st.Successes) < listed {
		st.Successes = append(st.Successes, o)
	}
}

func (st *Status) fail(o Outcome) {
	st.Total++
	st.Failure++
	if o.ID == "" {
		o.ID = "unknown"
	}
	if len(st.Failures) < listed {
		st.Failures = append(st.Failures, o)
	}
}

func (st *Status) put(tx *sqldb.Tx, owner string, at int64) error {
	body, err := json.Marshal(st)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sharing_status (id, owner, at, body) VALUES ($1, $2, $3, $4)`, st.ID, owner, at, body)
	return err
}

// Status gives what became of what the actor gave. Errors: Forbidden; NotFound, for what somebody else gave too.
func (s *Service) Status(ctx context.Context, actor identity.Actor, name string) (st Status, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return st, err
	}
	var body []byte
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT body FROM sharing_status WHERE id = $1 AND owner = $2`, short(name, 100), owner(actor)).Scan(&body)
	})
	if problem.Is(err, problem.NotFound) {
		return st, problem.New(problem.NotFound, "there is no status %q of yours", short(name, 100))
	}
	if err != nil {
		return st, err
	}
	return st, json.Unmarshal(body, &st)
}

// owner is under whom statuses are kept: an organisation's, whichever of its tokens gave.
func owner(actor identity.Actor) string {
	if outsider(actor) {
		return "organisation:" + actor.Organisation
	}
	return actor.ID
}
