package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpDraft is to keep, read or drop what one types about an incident or a report, and has not kept yet.
const OpDraft identity.Operation = "incident.draft"

// DraftsFor is how long a draft that nobody goes on with is kept.
const DraftsFor = 30 * 24 * time.Hour

// Typed is what somebody types and has not kept yet: theirs alone.
type Typed struct {
	Text    string
	Version int64     // of the text that it is to change; 0 for a new one
	Saved   time.Time // zero: there is none
}

// maxDraftField bounds the name of a field, in bytes.
const maxDraftField = 100

func draftable(field, words string) error {
	switch {
	case field == "" || len(field) > maxDraftField:
		return problem.New(problem.Invalid, "that is no field that has drafts")
	case len(words) > MaxNote:
		return problem.New(problem.Invalid, "the draft has %d KiB, and may have %d: make two of it", len(words)>>10, MaxNote>>10)
	}
	return nil
}

// SaveDraft keeps what the actor types about a report or an incident in a field ("note", "note/ID") in the place of what they typed before; nothing drops it.
// That one is begun is on record; what it says is not. Errors: NotFound, Invalid.
func (s *Service) SaveDraft(ctx context.Context, actor identity.Actor, about, field, words string, version int64) error {
	if err := actor.Authorise(OpDraft, about); err != nil {
		return err
	}
	words = text(words)
	if err := draftable(field, words); err != nil {
		return err
	}
	return s.placed(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		if words == "" {
			return dropDraft(tx, p.id, actor.ID, field)
		}
		sealed, err := put(p.key, "draft/"+actor.ID+"/"+field, words)
		if err != nil {
			return err
		}
		now := p.at(s.now())
		n, err := tx.Exec(`UPDATE incident_draft SET body = $4, changed = $5, version = $6 WHERE about = $1 AND account = $2 AND field = $3`, p.id, actor.ID, field, sealed, now, version)
		if err != nil || n > 0 {
			return err
		}
		_, err = tx.Exec(`INSERT INTO incident_draft (about, account, field, version, changed, body) VALUES ($1, $2, $3, $4, $5, $6)`, p.id, actor.ID, field, version, now, sealed)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpDraft, p.id, nil, map[string]any{"begun": true})
	})
}

// placed does something with the place of a name, without noting that somebody worked there.
func (s *Service) placed(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, p place) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if err != nil {
			return err
		}
		return do(tx, p)
	})
}

// Drafts gives what the actor types about a report or an incident, by field. Errors: NotFound.
func (s *Service) Drafts(ctx context.Context, actor identity.Actor, about string) (out map[string]Typed, err error) {
	if err := actor.Authorise(OpDraft, about); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, about)
		if err != nil {
			return err
		}
		out = map[string]Typed{}
		return tx.Each(`SELECT field, version, changed, body FROM incident_draft WHERE about = $1 AND account = $2`, []any{p.id, actor.ID}, func(scan func(...any) error) error {
			var field string
			var t Typed
			var sealed []byte
			if err := scan(&field, &t.Version, moment{&t.Saved}, &sealed); err != nil {
				return err
			}
			t.Text, err = get[string](p.key, "draft/"+actor.ID+"/"+field, sealed)
			out[field] = t
			return err
		})
	})
	return out, err
}

// DropDraft forgets a draft of the actor: it was kept, or given up. To drop none is no error. Errors: NotFound.
func (s *Service) DropDraft(ctx context.Context, actor identity.Actor, about, field string) error {
	if err := actor.Authorise(OpDraft, about); err != nil {
		return err
	}
	return s.placed(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		return dropDraft(tx, p.id, actor.ID, field)
	})
}

func dropDraft(tx *sqldb.Tx, about, account, field string) error {
	_, err := tx.Exec(`DELETE FROM incident_draft WHERE about = $1 AND account = $2 AND field = $3`, about, account, field)
	return err
}

// oldDrafts drops the drafts that nobody went on with. It is a step of Forget.
func (s *Service) oldDrafts(tx *sqldb.Tx) error {
	_, err := tx.Exec(`DELETE FROM incident_draft WHERE changed < $1`, s.now().Add(-DraftsFor))
	return err
}
