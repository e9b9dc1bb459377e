package countermeasure

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Countermeasure gives one by its id or ref, with its messages, checks and moves. Errors: NotFound.
func (s *Service) Countermeasure(ctx context.Context, actor identity.Actor, name string) (out Countermeasure, err error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return out, err
	}
	var about string
	if err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error { about, err = of(tx, name); return err }); err != nil {
		return out, err
	}
	err = s.o.Incidents.Look(ctx, actor, OpRead, about, func(tx *sqldb.Tx, in *incident.Inside) error {
		out, err = s.whole(tx, actor, in, name)
		return err
	})
	if err != nil {
		return Countermeasure{}, hidden(err, about, name)
	}
	return out, nil
}

// whole reads one with all that hangs on it.
func (s *Service) whole(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, name string) (Countermeasure, error) {
	r, err := s.one(tx, in, name)
	if err != nil {
		return Countermeasure{}, err
	}
	var errs [4]error
	r.Turns, errs[0] = turnsOf(tx, in, r)
	r.Messages, errs[1] = messagesOf(tx, in, r)
	r.Checks, errs[2] = checksOf(tx, in, r)
	r.History, errs[3] = movesOf(tx, in, r)
	if actor.May(OpMove) {
		r.Moves = From(r.Kind, r.State)
	}
	return r.Countermeasure, errors.Join(errs[:]...)
}

// OfIncident lists those of an incident, the latest first. Errors: NotFound.
func (s *Service) OfIncident(ctx context.Context, actor identity.Actor, about string) ([]Countermeasure, error) {
	_, list, err := s.Beneath(ctx, actor, about)
	return list, err
}

// Beneath is OfIncident with the incident itself. Errors: NotFound.
func (s *Service) Beneath(ctx context.Context, actor identity.Actor, about string) (of incident.Inside, list []Countermeasure, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpRead, about, func(tx *sqldb.Tx, in *incident.Inside) error {
		of = *in
		list, err = s.inside(tx, actor, in)
		return err
	})
	if err != nil {
		return incident.Inside{}, nil, err
	}
	return of, list, nil
}

// inside lists those of an incident.
func (s *Service) inside(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside) (list []Countermeasure, err error) {
	cond, args := in.Rows("c.incident", 1)
	list = []Countermeasure{}
	err = tx.Each(`SELECT `+columns+` FROM countermeasure c WHERE `+cond+` ORDER BY c.opened DESC, c.id DESC`, args, func(row func(...any) error) error {
		r, err := scan(row)
		if err != nil {
			return err
		}
		if err := s.unseal(in, &r); err != nil {
			return err
		}
		if actor.May(OpMove) {
			r.Moves = From(r.Kind, r.State)
		}
		list = append(list, r.Countermeasure)
		return nil
	})
	return list, err
}

// Letters gives what ask and escalate would say, unless a person writes something else. Errors: NotFound.
func (s *Service) Letters(ctx context.Context, actor identity.Actor, name string) (map[MoveName]string, error) {
	if err := actor.Authorise(OpRead, name); err != nil {
		return nil, err
	}
	out := map[MoveName]string{}
	var about string
	if err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error { var err error; about, err = of(tx, name); return err }); err != nil {
		return nil, err
	}
	err := s.o.Incidents.Look(ctx, actor, OpRead, about, func(tx *sqldb.Tx, in *incident.Inside) error {
		r, err := s.one(tx, in, name)
		if err != nil {
			return err
		}
		since := r.Asked
		if since.IsZero() {
			since = in.Now
		}
		lang := English
		if len(r.Ladder) > 0 {
			if lang, err = language(tx, &r.Ladder[0]); err != nil {
				return err
			}
		}
		out[MoveAsk], out[MoveEscalate] = s.letter(r, MoveAsk, since, English), s.letter(r, MoveEscalate, since, lang)
		return nil
	})
	return out, hidden(err, about, name)
}
