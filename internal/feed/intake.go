package feed

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// State is how far an intake has come.
type State string

// The states of an intake: accepted -> done, or accepted -> undecided -> done by a replay that names the report.
const (
	Accepted  State = "accepted"  // durable; its events are not visible yet
	Done      State = "done"      // visible
	Undecided State = "undecided" // set aside whole: a person must say what it is
)

// Intake is one input that was accepted.
type Intake struct {
	ID        string
	Feed      string
	Report    string // kind of report, such as scan_telnet
	Format    string
	Name      string // file name, as it came
	Hash      string // SHA-256 of the decompressed bytes, hexadecimal
	Blob      string // below the blobs folder, with slashes
	BlobBytes int64
	Bytes     int64 // decompressed
	State     State
	Attempt   int64
	Actor     string
	Arrived   time.Time
	Done      time.Time
	Counts    Counts
	Aside     string   // file of the rows set aside, below the aside folder; empty if there are none
	Notes     []string // for a person
	Error     string   // why it is undecided
	Terms     Terms
	Door      string    // by which it came, such as push; empty: the command line
	Latest    time.Time // of its latest event; zero if it has none
	Known     bool      // of Accept: the very same input was taken before, and this is the first; not stored
}

// Terms are what the source allowed when an input came: they hold for its events whatever the configuration says later.
type Terms struct {
	TLP         string        `json:"tlp"`                   // label of the events, unless they carry a stricter one
	Attribution string        `json:"attribution,omitempty"` // how recipients are told where an observation comes from
	PAP         string        `json:"pap,omitempty"`         // what may be done with them; empty: everything
	IEP         *iep.Policy   `json:"iep,omitempty"`         // what else the source lets be done
	Receivers   []string      `json:"receivers,omitempty"`   // kinds of organisations that may have them
	Retention   time.Duration `json:"retention,omitempty"`   // nanoseconds; 0: as the class has it
	Complete    bool          `json:"complete,omitempty"`    // a run lists all that the source sees: absence means something
	RDAP        bool          `json:"rdap,omitempty"`        // registries may be asked about its addresses
}

func termsOf(f config.Feed) Terms {
	policy, err := iep.Parse(f.IEP)
	if err != nil { // the configuration is checked before: nothing is let by what nobody can read
		policy = &iep.Policy{Actions: iep.NoAction, NoNotify: true}
	}
	return Terms{
		PAP: f.PAP, IEP: policy, TLP: f.TLP, Attribution: f.Attribution, Receivers: f.Receivers, Retention: f.Retention, Complete: f.Complete, RDAP: f.RDAP,
	}
}

// Counts says what became of rows: Rows = Events + Duplicates + SetAside, Events = Attributed + Unattributed.
type Counts struct {
	Rows         int64 `json:"rows"`
	Events       int64 `json:"events"`
	Duplicates   int64 `json:"duplicates"`
	SetAside     int64 `json:"set_aside"`
	Attributed   int64 `json:"attributed"`
	Unattributed int64 `json:"unattributed"`
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Rows += o.Rows
	c.Events += o.Events
	c.Duplicates += o.Duplicates
	c.SetAside += o.SetAside
	c.Attributed += o.Attributed
	c.Unattributed += o.Unattributed
}

const intakeColumns = `id, feed, report, format, name, hash, blob, blob_bytes, bytes, state, attempt, actor, arrived_at, done_at,
	row_count, events, duplicates, set_aside, attributed, aside, notes, error, terms, door, latest`

// insertIntake names an input in the state store; false if the same content of the feed and report is there by now.
func insertIntake(tx *sqldb.Tx, in Intake) (bool, error) {
	notes, err := json.Marshal(in.Notes)
	if err != nil {
		return false, err
	}
	terms, err := json.Marshal(in.Terms)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(`INSERT INTO intake (`+intakeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
		ON CONFLICT (feed, report, hash) DO NOTHING`,
		in.ID, in.Feed, in.Report, in.Format, in.Name, in.Hash, in.Blob, in.BlobBytes, in.Bytes, string(in.State), in.Attempt, in.Actor,
		sqldb.Millis(in.Arrived), sqldb.Millis(in.Done), in.Counts.Rows, in.Counts.Events, in.Counts.Duplicates, in.Counts.SetAside,
		in.Counts.Attributed, in.Aside, string(notes), in.Error, string(terms), in.Door, sqldb.Millis(in.Latest))
	return n == 1, err
}

// settle writes what an attempt found; it fails with Conflict unless the intake is as the attempt left it.
func settle(tx *sqldb.Tx, in Intake, from State) error {
	notes, err := json.Marshal(in.Notes)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE intake SET state = $1, done_at = $2, row_count = $3, events = $4, duplicates = $5, set_aside = $6,
		attributed = $7, aside = $8, notes = $9, error = $10, report = $11, format = $12, latest = $13
		WHERE id = $14 AND state = $15 AND attempt = $16`,
		string(in.State), sqldb.Millis(in.Done), in.Counts.Rows, in.Counts.Events, in.Counts.Duplicates, in.Counts.SetAside,
		in.Counts.Attributed, in.Aside, string(notes), in.Error, in.Report, in.Format, sqldb.Millis(in.Latest),
		in.ID, string(from), in.Attempt)
	if err == nil && n != 1 {
		return problem.New(problem.Conflict, "intake %s was taken over by another attempt", in.ID)
	}
	return err
}

// nextAttempt begins a new attempt at an intake and gives its number.
func nextAttempt(tx *sqldb.Tx, id string) (attempt int64, err error) {
	err = tx.QueryRow(`UPDATE intake SET attempt = attempt + 1 WHERE id = $1 RETURNING attempt`, id).Scan(&attempt)
	return attempt, err
}

func scanIntake(scan func(...any) error) (Intake, error) {
	var in Intake
	var state, notes, terms string
	var arrived, done, latest int64
	err := scan(&in.ID, &in.Feed, &in.Report, &in.Format, &in.Name, &in.Hash, &in.Blob, &in.BlobBytes, &in.Bytes, &state, &in.Attempt,
		&in.Actor, &arrived, &done, &in.Counts.Rows, &in.Counts.Events, &in.Counts.Duplicates, &in.Counts.SetAside, &in.Counts.Attributed,
		&in.Aside, &notes, &in.Error, &terms, &in.Door, &latest)
	if err != nil {
		return in, err
	}
	in.State, in.Arrived, in.Done = State(state), sqldb.Time(arrived), sqldb.Time(done)
	in.Latest = sqldb.Time(latest)
	in.Counts.Unattributed = in.Counts.Events - in.Counts.Attributed
	return in, errors.Join(json.Unmarshal([]byte(notes), &in.Notes), json.Unmarshal([]byte(terms), &in.Terms))
}

func listIntakes(tx *sqldb.Tx, where string, args ...any) ([]Intake, error) {
	var out []Intake
	err := tx.Each(`SELECT `+intakeColumns+` FROM intake WHERE `+where, args, func(scan func(...any) error) error {
		in, err := scanIntake(scan)
		out = append(out, in)
		return err
	})
	return out, err
}

// findContent finds the intake of the same content and feed: of the same report, or, for an input of which nobody knows what it is, any
// (one that was settled first).
func findContent(tx *sqldb.Tx, in Intake) (Intake, bool, error) {
	first, err := scanIntake(tx.QueryRow(`SELECT `+intakeColumns+` FROM intake WHERE feed = $1 AND hash = $2 AND (report = $3 OR $4 = 1)
		ORDER BY CASE state WHEN 'done' THEN 0 ELSE 1 END, row_count DESC, id LIMIT 1`, in.Feed, in.Hash, in.Report, in.State == Undecided).Scan)
	if sqldb.NoRows(err) {
		return first, false, nil
	}
	return first, err == nil, err
}

// supersede settles undecided intakes of the same content, since in brings their rows, and gives their numbers.
func supersede(tx *sqldb.Tx, in Intake) (old []string, err error) {
	err = tx.Each(`UPDATE intake SET state = 'done', error = $1 WHERE feed = $2 AND hash = $3 AND state = 'undecided' RETURNING id`,
		[]any{"taken as intake " + in.ID, in.Feed, in.Hash}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			old = append(old, id)
			return err
		})
	return old, err
}

func getIntake(tx *sqldb.Tx, id string) (Intake, error) {
	in, err := scanIntake(tx.QueryRow(`SELECT `+intakeColumns+` FROM intake WHERE id = $1`, id).Scan)
	if sqldb.NoRows(err) {
		return in, problem.New(problem.NotFound, "no intake %s: firehall feed list shows them", id)
	}
	return in, err
}

// errMisaligned says that a part was cut within a record: the attempt is begun again with exact cutting.
var errMisaligned = errors.New("a part was cut within a record")
