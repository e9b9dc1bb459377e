package incident

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Inside is an incident as the rooms beneath this one see it: within the sight of who acts, in one transaction. They keep what hangs on it in tables
// of their own, name there the incident that it was made for, and seal with Put what only those may read who see the incident.
type Inside struct {
	ID, Ref, Title string
	Stage          Stage
	Restricted     bool
	Class          rsit.Class
	Severity       triage.Severity
	TLP            tlp.Label
	PAP            tlp.PAP
	Assignee       string // account; "" for nobody
	Campaign       string // id; "" for none
	// Victim, Origin and Transit are countries (ISO 3166-1 alpha-2), sorted.
	Victim, Origin, Transit []string
	Opened, Closed          time.Time
	Aware                   time.Time // when we, or the constituent, became aware of it; zero: nobody said
	Classified              time.Time // when it was decided what it is; zero: it was not
	Now                     time.Time // of the transaction
	IDs                     []string  // its own first, and those of what was merged into it: Rows asks for all of them
	keys                    map[string]seal.Key
}

// Put seals a value as JSON, under the incident's own key. field names its place: what is put there cannot be read elsewhere.
func (in *Inside) Put(field string, v any) ([]byte, error) { return put(in.keys[in.ID], field, v) }

// PutFor is Put for what was made for another incident among IDs and is changed now: it stays readable there when the two part again. Errors: NotFound
// for another incident.
func (in *Inside) PutFor(incident, field string, v any) ([]byte, error) {
	key, ok := in.keys[incident]
	if !ok {
		return nil, gone("incident", incident)
	}
	return put(key, field, v)
}

// Get opens what was put, for an incident among IDs. Nothing leaves v as it is. Errors: NotFound for another incident; Internal if it was altered.
func (in *Inside) Get(incident, field string, sealed []byte, v any) error {
	key, ok := in.keys[incident]
	if !ok {
		return gone("incident", incident)
	}
	if len(sealed) == 0 {
		return nil
	}
	text, err := key.Open(field, sealed)
	if err != nil {
		return err
	}
	return problem.Wrap(problem.Internal, json.Unmarshal(text, v), "%s", field)
}

// Rows gives the condition that a column with an incident's id has to meet, with its arguments; first is the number of the first.
func (in *Inside) Rows(column string, first int) (string, []any) {
	places, args := make([]string, len(in.IDs)), make([]any, len(in.IDs))
	for i, id := range in.IDs {
		places[i], args[i] = "$"+strconv.Itoa(first+i), id
	}
	return column + " IN (" + strings.Join(places, ", ") + ")", args
}

// Inside finds an incident by id or ref, if it is within the actor's sight. It is a step of somebody's operation and does not authorise.
// Errors: NotFound.
func (s *Service) Inside(tx *sqldb.Tx, actor identity.Actor, name string) (*Inside, error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	i, err := s.survivor(tx, v, name)
	if err != nil {
		return nil, err
	}
	return s.inside(tx, &i)
}

// inside opens an incident, with the keys of all that was merged into it.
func (s *Service) inside(tx *sqldb.Tx, i *incidentRecord) (*Inside, error) {
	key, err := s.incidentKey(i)
	if err != nil {
		return nil, err
	}
	h, err := get[incidentHead](key, "head", i.sealedHead)
	if err != nil {
		return nil, err
	}
	in := &Inside{
		ID: i.ID, Ref: i.Ref, Title: h.Title, Stage: i.State, Restricted: i.Restricted, Class: i.Class, Severity: i.Severity, TLP: tlp.Label(i.TLP),
		PAP: tlp.PAP(i.PAP), Assignee: i.Assignee, Campaign: i.Campaign, Victim: codes(i.Victim), Origin: codes(i.Origin), Transit: codes(i.Transit),
		Opened: i.Opened, Closed: i.Closed, Aware: i.Aware, Classified: i.Classified, Now: s.now(),
		IDs: []string{i.ID}, keys: map[string]seal.Key{i.ID: key},
	}
	return in, s.absorbed(tx, in)
}

// absorbed adds the ids and keys of what was merged into an incident.
func (s *Service) absorbed(tx *sqldb.Tx, in *Inside) error {
	return tx.Each(`SELECT id, data_key FROM incident WHERE root = $1 AND id <> $1 ORDER BY id`, []any{in.ID}, func(scan func(...any) error) error {
		var id string
		var wrapped []byte
		if err := scan(&id, &wrapped); err != nil {
			return err
		}
		key, err := s.sealer.Unwrap(id, wrapped)
		in.IDs, in.keys[id] = append(in.IDs, id), key
		return err
	})
}

// codes reads a column of codes.
func codes(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(column, ",")
}

// Look reads something of an incident within the actor's sight; that a restricted one was read is on record before Look returns. Errors: NotFound;
// Forbidden without op.
func (s *Service) Look(ctx context.Context, actor identity.Actor, op identity.Operation, name string, do func(tx *sqldb.Tx, in *Inside) error) error {
	if err := actor.Authorise(op, name); err != nil {
		return err
	}
	var hidden []string
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		hidden = nil
		in, err := s.Inside(tx, actor, name)
		if err != nil {
			return err
		}
		if in.Restricted {
			hidden = []string{in.ID}
		}
		return do(tx, in)
	})
	if err != nil {
		return err
	}
	return s.recordReading(ctx, actor, op, hidden)
}

// Work changes something of an incident within the actor's sight, which then counts as changed. Who calls it has authorised the actor, and audits
// in do. Errors: NotFound.
func (s *Service) Work(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, in *Inside) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		in, err := s.Inside(tx, actor, name)
		if err != nil {
			return err
		}
		if err := s.workedIn(tx, actor, in.ID, in.Opened, in.Now); err != nil {
			return err
		}
		if err := do(tx, in); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE incident SET changed = $2 WHERE id = $1`, in.ID, in.Now)
		return err
	})
}
