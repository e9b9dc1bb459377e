package jobs

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// State is how far a job has come.
type State string

// The states. A job waits, runs, and is done, or waits to be tried again, or is dead: then a person has to look at it.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Dead    State = "dead"
)

// States lists all states, in the order of a job's life.
var States = []State{Waiting, Running, Done, Dead}

// Job is one piece of work.
type Job struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	Subject  string          `json:"subject,omitempty"` // what it is about: an id or a name
	Body     json.RawMessage `json:"body,omitempty"`    // what else the kind needs, at most 64 KiB
	State    State           `json:"state"`
	Attempts int             `json:"attempts"` // how often it was begun, without those that were handed back
	Due      time.Time       `json:"due"`
	Posted   time.Time       `json:"posted"`
	Began    time.Time       `json:"began,omitzero"` // the latest attempt
	Ended    time.Time       `json:"ended,omitzero"` // the latest attempt
	Holder   string          `json:"holder,omitempty"`
	Error    string          `json:"error,omitempty"` // of the latest attempt that failed
	Progress string          `json:"progress,omitempty"`

	epoch, beat int64
	again       int64 // due of the run that is to follow, or none
	single      bool
}

// none stands in the column again when no run is to follow.
const none = -1

const columns = `id, kind, subject, body, single, again, state, epoch, beat, holder, attempts, due, posted, began, ended, error, progress`

func scanJob(scan func(...any) error) (j Job, err error) {
	var body string
	var single, due, posted, began, ended int64
	err = scan(&j.ID, &j.Kind, &j.Subject, &body, &single, &j.again, &j.State, &j.epoch, &j.beat, &j.Holder, &j.Attempts, &due, &posted, &began, &ended,
		&j.Error, &j.Progress)
	j.Body, j.single = json.RawMessage(body), single == 1
	j.Due, j.Posted, j.Began, j.Ended = sqldb.Time(due), sqldb.Time(posted), sqldb.Time(began), sqldb.Time(ended)
	if due == 0 {
		j.Due = j.Posted
	}
	return j, err
}
