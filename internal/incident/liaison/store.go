package liaison

import (
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}

// body is what of a handover is sealed.
type body struct {
	Facts
	Given *Given `json:"given,omitempty"`
}

func insertHandover(tx *sqldb.Tx, in *incident.Inside, h *Handover) error {
	sealed, err := in.Put("handover/"+h.ID, body{h.Facts, h.Given})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO handover (id, incident, state, actor, created, changed, version, body) VALUES ($1, $2, $3, $4, $5, $5, 1, $6)`,
		h.ID, in.ID, string(h.State), h.By, h.Created, sealed)
	return err
}

func updateHandover(tx *sqldb.Tx, in *incident.Inside, h *Handover) error {
	sealed, err := in.PutFor(h.Incident, "handover/"+h.ID, body{h.Facts, h.Given})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE handover SET state = $2, changed = $3, version = $4, body = $5 WHERE id = $1`,
		h.ID, string(h.State), h.Changed, h.Version, sealed)
	return err
}

func insertStep(tx *sqldb.Tx, in *incident.Inside, h *Handover, step Step) error {
	sealed, err := in.PutFor(h.Incident, "step/"+h.ID, step.Note)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO handover_step (handover, step, incident, state, actor, at, body)
		SELECT CAST($1 AS TEXT), count(*) + 1, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), $6 FROM handover_step WHERE handover = CAST($1 AS TEXT)`,
		h.ID, h.Incident, string(step.State), step.By, step.At, sealed)
	return err
}

const handoverColumns = `id, incident, state, actor, created, changed, version, body`

func readHandover(in *incident.Inside, scan func(...any) error) (h Handover, err error) {
	var sealed []byte
	if err = scan(&h.ID, &h.Incident, &h.State, &h.By, moment{&h.Created}, moment{&h.Changed}, &h.Version, &sealed); err != nil {
		return h, err
	}
	var b body
	err = in.Get(h.Incident, "handover/"+h.ID, sealed, &b)
	h.Facts, h.Given = b.Facts, b.Given
	return h, err
}

func handoverOf(tx *sqldb.Tx, in *incident.Inside, name string) (Handover, error) {
	cond, args := in.Rows("incident", 2)
	h, err := readHandover(in, tx.QueryRow(`SELECT `+handoverColumns+` FROM handover WHERE id = $1 AND `+cond, append([]any{name}, args...)...).Scan)
	if sqldb.NoRows(err) {
		return h, problem.New(problem.NotFound, "there is no handover %q", name)
	}
	return h, err
}

func handoversOf(tx *sqldb.Tx, in *incident.Inside) (list []Handover, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT `+handoverColumns+` FROM handover WHERE `+cond+` ORDER BY created, id`, args, func(scan func(...any) error) error {
		h, err := readHandover(in, scan)
		list = append(list, h)
		return err
	})
	for i := range list {
		if err == nil {
			list[i].Steps, err = stepsOf(tx, in, list[i].ID)
		}
	}
	return list, err
}

func stepsOf(tx *sqldb.Tx, in *incident.Inside, handover string) (list []Step, err error) {
	err = tx.Each(`SELECT incident, state, actor, at, body FROM handover_step WHERE handover = $1 ORDER BY step`, []any{handover}, func(scan func(...any) error) error {
		var step Step
		var about string
		var sealed []byte
		if err := scan(&about, &step.State, &step.By, moment{&step.At}, &sealed); err != nil {
			return err
		}
		err := in.Get(about, "step/"+handover, sealed, &step.Note)
		list = append(list, step)
		return err
	})
	return list, err
}

func insertEntry(tx *sqldb.Tx, in *incident.Inside, e *Entry) error {
	sealed, err := in.Put("liaison/"+e.ID, e.Said)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO liaison_entry (id, incident, track, at, actor, approver, editor, changed, removed, version, body)
		VALUES ($1, $2, $3, $4, $5, $6, $5, $7, 0, 1, $8)`, e.ID, in.ID, string(e.Track), e.At, e.By, e.Approver, e.Changed, sealed)
	return err
}

func updateEntry(tx *sqldb.Tx, in *incident.Inside, e *Entry, removed int64) error {
	sealed, err := in.PutFor(e.Incident, "liaison/"+e.ID, e.Said)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE liaison_entry SET at = $2, approver = $3, editor = $4, changed = $5, version = $6, body = $7, removed = $8 WHERE id = $1`,
		e.ID, e.At, e.Approver, e.Editor, e.Changed, e.Version, sealed, removed)
	return err
}

const entryColumns = `id, incident, track, at, actor, approver, editor, changed, version, body`

func readEntry(in *incident.Inside, scan func(...any) error) (e Entry, err error) {
	var sealed []byte
	if err := scan(&e.ID, &e.Incident, &e.Track, moment{&e.At}, &e.By, &e.Approver, &e.Editor, moment{&e.Changed}, &e.Version, &sealed); err != nil {
		return e, err
	}
	return e, in.Get(e.Incident, "liaison/"+e.ID, sealed, &e.Said)
}

func entryOf(tx *sqldb.Tx, in *incident.Inside, name string) (Entry, error) {
	cond, args := in.Rows("incident", 2)
	e, err := readEntry(in, tx.QueryRow(`SELECT `+entryColumns+` FROM liaison_entry WHERE id = $1 AND removed = 0 AND `+cond, append([]any{name}, args...)...).Scan)
	if sqldb.NoRows(err) {
		return e, problem.New(problem.NotFound, "there is no entry %q", name)
	}
	return e, err
}

func entriesOf(tx *sqldb.Tx, in *incident.Inside) (list []Entry, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT `+entryColumns+` FROM liaison_entry WHERE `+cond+` AND removed = 0 ORDER BY at DESC, id DESC`, args, func(scan func(...any) error) error {
		e, err := readEntry(in, scan)
		list = append(list, e)
		return err
	})
	return list, err
}
