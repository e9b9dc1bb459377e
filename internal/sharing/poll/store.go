package poll

import (
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// State is how far a source was read.
type State struct {
	Name     string    `json:"name"`
	URL      string    `json:"url"`   // of the objects that are asked for
	After    string    `json:"after"` // added_after of what is asked for next; "" for all
	Cursor   string    `json:"-"`     // next, in the middle of a list
	UpTo     string    `json:"up_to"` // moment of the last object that came, as the server wrote it
	Tried    time.Time `json:"tried,omitzero"`
	Worked   time.Time `json:"worked,omitzero"`
	Failures int       `json:"failures"` // in a row
	Failing  time.Time `json:"failing,omitzero"`
	Error    string    `json:"error,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	Taken    int64     `json:"taken"` // new versions, ever
	Aside    int64     `json:"aside"` // objects set aside, ever

	Into         string `json:"into"`                   // the collection, as the configuration names it
	Organisation string `json:"organisation,omitempty"` // whose server it is
}

func load(tx *sqldb.Tx, name, url string) (s State, err error) {
	var tried, worked, failing, due int64
	err = tx.QueryRow(`SELECT name, url, added_after, cursor, upto, tried, worked, failures, failing, error, due, taken, aside FROM sharing_source WHERE name = $1`, name).
		Scan(&s.Name, &s.URL, &s.After, &s.Cursor, &s.UpTo, &tried, &worked, &s.Failures, &failing, &s.Error, &due, &s.Taken, &s.Aside)
	if sqldb.NoRows(err) {
		return State{Name: name, URL: url}, nil
	}
	if s.URL != url { // another list: what was read of the other says nothing about it
		return State{Name: name, URL: url}, err
	}
	s.Tried, s.Worked, s.Failing, s.Due = sqldb.Time(tried), sqldb.Time(worked), sqldb.Time(failing), sqldb.Time(due)
	return s, err
}

func save(tx *sqldb.Tx, s State) error {
	_, err := tx.Exec(`INSERT INTO sharing_source (name, url, added_after, cursor, upto, tried, worked, failures, failing, error, due, taken, aside)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (name) DO UPDATE SET url = excluded.url, added_after = excluded.added_after, cursor = excluded.cursor, upto = excluded.upto,
			tried = excluded.tried, worked = excluded.worked, failures = excluded.failures, failing = excluded.failing, error = excluded.error,
			due = excluded.due, taken = excluded.taken, aside = excluded.aside`,
		s.Name, s.URL, s.After, s.Cursor, s.UpTo, s.Tried, s.Worked, int64(s.Failures), s.Failing, s.Error, s.Due, s.Taken, s.Aside)
	return err
}
