package countermeasure

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// record is a row of the table countermeasure, with what was sealed.
type record struct {
	Countermeasure
	turn     string // id of the one whose turn it is
	role     Role
	provider string
	lastExit string
	sealed   []byte
}

// body is what of a countermeasure is sealed.
type body struct {
	Asset     Asset     `json:"asset"`
	Words     string    `json:"words,omitempty"`
	Checklist Checklist `json:"checklist"`
	Ladder    []Party   `json:"ladder,omitempty"`
	Party     *Party    `json:"party,omitempty"`
}

const columns = `c.id, c.ref, c.incident, c.kind, c.asset, c.abuse, c.state, c.turn, c.role, c.provider, c.quarantined, c.opened, c.opened_by, c.changed,
	c.asked, c.due, c.check_due, c.clean_since, c.cleans, c.last_exit, c.gone, c.watched, c.stuck, c.version, c.body`

func scan(row func(...any) error) (r record, err error) {
	err = row(&r.ID, &r.Ref, &r.Incident, &r.Kind, &r.Asset.Kind, &r.Abuse, &r.State, &r.turn, &r.role, &r.provider, &r.Quarantined, moment{&r.Opened},
		&r.OpenedBy, moment{&r.Changed}, moment{&r.Asked}, moment{&r.Due}, moment{&r.CheckDue}, moment{&r.CleanSince}, &r.Cleans, &r.lastExit,
		moment{&r.Gone}, moment{&r.Watched}, &r.Stuck, &r.Version, &r.sealed)
	return r, err
}

// unseal reads what is sealed, and fills in what follows from the row.
func (s *Service) unseal(in *incident.Inside, r *record) error {
	var b body
	if err := in.Get(r.Incident, "countermeasure/"+r.ID, r.sealed, &b); err != nil {
		return err
	}
	b.Asset.Kind = r.Asset.Kind
	r.Asset, r.Words, r.Checklist, r.Ladder, r.Party = b.Asset, b.Words, b.Checklist, b.Ladder, b.Party
	r.Missing, r.Exits, r.PAP, r.IncidentRef, r.Restricted = r.Checklist.Missing(), len(s.o.Exits), in.PAP, in.Ref, in.Restricted
	r.Overdue = !r.Due.IsZero() && !r.Due.After(in.Now)
	if !r.Gone.IsZero() && !r.Asked.IsZero() {
		r.Took = r.Gone.Sub(r.Asked)
	}
	return nil
}

func (r *record) body() body {
	return body{Asset: r.Asset, Words: r.Words, Checklist: r.Checklist, Ladder: r.Ladder, Party: r.Party}
}

func insert(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	sealed, err := in.PutFor(r.Incident, "countermeasure/"+r.ID, r.body())
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO countermeasure (id, ref, incident, kind, asset, abuse, state, turn, role, provider, quarantined, opened, opened_by, changed,
			asked, due, check_due, clean_since, cleans, last_exit, gone, watched, stuck, version, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', $8, $9, $10, $9, 0, 0, 0, 0, 0, '', 0, 0, 0, 1, $11)`,
		r.ID, r.Ref, r.Incident, string(r.Kind), string(r.Asset.Kind), string(r.Abuse), string(r.State), r.Quarantined, r.Opened, r.OpenedBy, sealed)
	return err
}

// save writes a row back as the next version. Errors: Conflict if somebody else changed it meanwhile.
func save(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	sealed, err := in.PutFor(r.Incident, "countermeasure/"+r.ID, r.body())
	if err != nil {
		return err
	}
	role, provider := Role(""), ""
	if r.Party != nil {
		role, provider = r.Party.Role, r.Party.Provider
	}
	n, err := tx.Exec(`UPDATE countermeasure SET kind = $3, asset = $4, abuse = $5, state = $6, turn = $7, role = $8, provider = $9, quarantined = $10,
			changed = $11, asked = $12, due = $13, check_due = $14, clean_since = $15, cleans = $16, last_exit = $17, gone = $18, watched = $19, stuck = $20,
			version = version + 1, body = $21 WHERE id = $1 AND version = $2`,
		r.ID, r.Version, string(r.Kind), string(r.Asset.Kind), string(r.Abuse), string(r.State), r.turn, string(role), provider, r.Quarantined,
		in.Now, r.Asked, r.Due, r.CheckDue, r.CleanSince, r.Cleans, r.lastExit, r.Gone, r.Watched, r.Stuck, sealed)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "countermeasure %s was changed by somebody else meanwhile: look at it again", r.Ref)
	}
	r.Version, r.Changed = r.Version+1, in.Now
	return err
}

func missing(name string) error {
	return problem.New(problem.NotFound, "there is no countermeasure %q", clip(line(name), 100))
}

// of finds the incident of a countermeasure, by its id or ref.
func of(tx *sqldb.Tx, name string) (incidentID string, err error) {
	err = tx.QueryRow(`SELECT incident FROM countermeasure WHERE id = $1 OR ref = $1`, name).Scan(&incidentID)
	if sqldb.NoRows(err) {
		return "", missing(name)
	}
	return incidentID, err
}

// one reads one of an incident.
func (s *Service) one(tx *sqldb.Tx, in *incident.Inside, name string) (*record, error) {
	r, err := scan(tx.QueryRow(`SELECT `+columns+` FROM countermeasure c WHERE c.id = $1 OR c.ref = $1`, name).Scan)
	if sqldb.NoRows(err) {
		return nil, missing(name)
	}
	if err != nil {
		return nil, err
	}
	return &r, s.unseal(in, &r)
}

// newRef makes a number that no other countermeasure has.
func newRef(tx *sqldb.Tx) (string, error) {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for {
		raw, had := make([]byte, 6), 0
		_, _ = rand.Read(raw) // never fails
		for i, b := range raw {
			raw[i] = letters[int(b)%len(letters)]
		}
		ref := "C-" + string(raw)
		if err := tx.QueryRow(`SELECT count(*) FROM countermeasure WHERE ref = $1`, ref).Scan(&had); err != nil || had == 0 {
			return ref, err
		}
	}
}

// work changes one: within the actor's sight, in one transaction. What do leaves in the record is saved.
func (s *Service) work(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, in *incident.Inside, r *record) error) error {
	var about string
	if err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { about, err = of(tx, name); return err }); err != nil {
		return err
	}
	err := s.o.Incidents.Work(ctx, actor, about, func(tx *sqldb.Tx, in *incident.Inside) error {
		r, err := s.one(tx, in, name)
		if err != nil {
			return err
		}
		before := r.Asset.Value
		if err := do(tx, in, r); err != nil {
			return err
		}
		if r.Asset.Value != before {
			if err := s.mark(tx, r); err != nil {
				return err
			}
		}
		return save(tx, in, r)
	})
	return hidden(err, about, name)
}

// hidden says of a countermeasure, not of its incident, that it is not there.
func hidden(err error, about, name string) error {
	if about != "" && problem.Is(err, problem.NotFound) {
		return missing(name)
	}
	return err
}

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}
