package incident

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxNote bounds a note, in bytes.
const MaxNote = 100 << 10

// place is the report or the incident that something belongs to, within the actor's sight.
type place struct {
	id       string
	key      seal.Key
	report   *record
	incident *incidentRecord
}

// at is when something about it happens.
func (p place) at(now time.Time) time.Time {
	if p.report != nil {
		return p.report.at(now)
	}
	return now
}

// place finds a report or an incident by id or ref. Errors: NotFound.
func (s *Service) place(tx *sqldb.Tx, v Sight, name string) (p place, err error) {
	r, err := s.report(tx, v, name)
	if err == nil {
		key, err := s.key(&r)
		return place{id: r.ID, key: key, report: &r}, err
	}
	if !problem.Is(err, problem.NotFound) {
		return p, err
	}
	i, err := s.incident(tx, v, name)
	if problem.Is(err, problem.NotFound) {
		return p, gone("report or incident", name)
	}
	if err != nil {
		return p, err
	}
	key, err := s.incidentKey(&i)
	return place{id: i.ID, key: key, incident: &i}, err
}

// in does something with the place of a name, and notes who worked there.
func (s *Service) in(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, p place) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if err == nil && p.incident != nil && p.incident.Into != "" {
			p, err = s.place(tx, v, p.incident.Root) // a merged one leads to where work goes on
		}
		if err != nil {
			return err
		}
		if p.report != nil {
			if err := s.handled(tx, actor, p.report); err != nil {
				return err
			}
		}
		if p.incident != nil {
			if err := s.worked(tx, actor, p.incident, s.now()); err != nil {
				return err
			}
		}
		return do(tx, p)
	})
}

func noteText(s string) (string, error) {
	s = strings.TrimSpace(text(s))
	switch {
	case s == "":
		return "", problem.New(problem.Invalid, "the note is empty: write something, or leave it")
	case len(s) > MaxNote:
		return "", problem.New(problem.Invalid, "the note has %d KiB, and may have %d: make two of it", len(s)>>10, MaxNote>>10)
	}
	return s, nil
}

// AddNote writes a note to a report or an incident, by id or ref. It never leaves the team. Errors: NotFound, Invalid.
func (s *Service) AddNote(ctx context.Context, actor identity.Actor, about, words string) (n Note, err error) {
	if err := actor.Authorise(OpNote, about); err != nil {
		return n, err
	}
	words, err = noteText(words)
	if err != nil {
		return n, err
	}
	err = s.in(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		now := p.at(s.now())
		n = Note{ID: id.NewAt(now), Text: words, By: actor.ID, Created: now, Changed: now, Version: 1}
		sealed, err := put(p.key, "note/"+n.ID, words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO incident_note (id, about, actor, created, editor, changed, version, body, step)
			SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT), 1, $5, count(*) + 1
			FROM incident_note WHERE about = CAST($2 AS TEXT)`,
			n.ID, p.id, actor.ID, now, sealed); err != nil {
			return err
		}
		if err := s.toldIn(tx, actor, p, Entry{Code: "note.added", Link: "/incidents/" + p.id}); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpNote, p.id, nil, map[string]any{"note": n.ID})
	})
	return n, err
}

// EditNote changes a note. Errors: NotFound, Invalid; Conflict, with both texts in a Clash, if it was changed since version.
func (s *Service) EditNote(ctx context.Context, actor identity.Actor, note string, version int64, words string) (n Note, err error) {
	if err := actor.Authorise(OpNote, note); err != nil {
		return n, err
	}
	words, err = noteText(words)
	if err != nil {
		return n, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err = s.editNote(tx, actor, note, version, words)
		return err
	})
	return n, err
}

func (s *Service) editNote(tx *sqldb.Tx, actor identity.Actor, note string, version int64, words string) (n Note, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return n, err
	}
	var about, editor string
	err = tx.QueryRow(`SELECT about, editor FROM incident_note WHERE id = $1`, note).Scan(&about, &editor)
	if sqldb.NoRows(err) {
		return n, gone("note", note)
	}
	if err != nil {
		return n, err
	}
	p, err := s.place(tx, v, about)
	if problem.Is(err, problem.NotFound) {
		return n, gone("note", note)
	}
	if err != nil {
		return n, err
	}
	n, err = noteIn(tx, p.key, note)
	if err != nil || n.Version != version {
		return n, clash(err, n, editor, words)
	}
	n.Text, n.Changed, n.Version = words, p.at(s.now()), n.Version+1
	sealed, err := put(p.key, "note/"+n.ID, words)
	if err != nil {
		return n, err
	}
	if _, err := tx.Exec(`UPDATE incident_note SET editor = $2, changed = $3, version = $4, body = $5 WHERE id = $1`, note, actor.ID, n.Changed, n.Version, sealed); err != nil {
		return n, err
	}
	return n, actor.Audit(tx, n.Changed, OpNote, p.id, nil, map[string]any{"note": n.ID, "version": n.Version})
}

// clash makes the conflict of two texts, if there is no other error.
func clash(err error, n Note, editor, yours string) error {
	if err != nil {
		return err
	}
	return conflict(&Clash{Field: "note", Yours: yours, Theirs: n.Text, By: editor, At: n.Changed, Version: n.Version})
}

// conflict wraps a clash as a problem.
func conflict(c *Clash) error {
	return problem.New(problem.Conflict, "nothing was saved: %w", c)
}

const noteColumns = `id, actor, created, changed, version, body`

func readNote(k seal.Key, scan func(...any) error) (n Note, err error) {
	var sealed []byte
	if err := scan(&n.ID, &n.By, moment{&n.Created}, moment{&n.Changed}, &n.Version, &sealed); err != nil {
		return n, err
	}
	n.Text, err = get[string](k, "note/"+n.ID, sealed)
	return n, err
}

func noteIn(tx *sqldb.Tx, k seal.Key, note string) (Note, error) {
	return readNote(k, tx.QueryRow(`SELECT `+noteColumns+` FROM incident_note WHERE id = $1`, note).Scan)
}

func notesOf(tx *sqldb.Tx, k seal.Key, about string) (list []Note, err error) {
	err = tx.Each(`SELECT `+noteColumns+` FROM incident_note WHERE about = $1 ORDER BY step, id`, []any{about}, func(scan func(...any) error) error {
		n, err := readNote(k, scan)
		list = append(list, n)
		return err
	})
	return list, err
}
