package countermeasure

import (
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// PartName names countermeasures among what hangs on incidents.
const PartName = "countermeasure"

// Part lets the room of incidents know what hangs on one: closing it asks about what is active.
func (s *Service) Part() incident.Part {
	return incident.Part{Name: PartName, Open: s.open, Close: s.close, Carry: s.carry, Carriable: s.carriable, Home: s.home}
}

func standing(r *record) bool { return r.Standing() }

func (s *Service) open(tx *sqldb.Tx, in *incident.Inside) (list []incident.Hanging, err error) {
	err = s.each(tx, in, func(r *record) error {
		if active := standing(r); active || r.State == Draft || r.State == Refused {
			h := r.hanging(active)
			h.Left = r.State == Lifting
			list = append(list, h)
		}
		return nil
	})
	return list, err
}

func (r *record) hanging(active bool) incident.Hanging {
	return incident.Hanging{Kind: PartName, ID: r.ID, Ref: r.Ref, Title: Defang(r.Asset.Value), Link: Link(r.ID), Active: active}
}

// each goes through those of an incident.
func (s *Service) each(tx *sqldb.Tx, in *incident.Inside, do func(*record) error) error {
	cond, args := in.Rows("c.incident", 1)
	var list []record
	err := tx.Each(`SELECT `+columns+` FROM countermeasure c WHERE `+cond+` ORDER BY c.opened, c.id`, args, func(row func(...any) error) error {
		r, err := scan(row)
		list = append(list, r)
		return err
	})
	for i := range list {
		if err == nil {
			err = s.unseal(in, &list[i])
		}
		if err == nil {
			err = do(&list[i])
		}
	}
	return err
}

// close withdraws what is a draft or was refused, and, after a person was asked, what is active. Parties are not written to from here: a task says to
// whom somebody should. A block is in force until somebody confirms that it is off, also beneath an incident that is closed: the task stays till then.
func (s *Service) close(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, why string, with bool) error {
	return s.each(tx, in, func(r *record) error {
		m := Moving{Move: MoveWithdraw, Reason: why, Silent: true}
		switch active := standing(r); {
		case active && !with:
			return nil
		case r.State == Lifting:
			return s.leave(tx, in, r)
		case r.State == Gone && active:
			m.Move = MoveLift
		case !active && r.State != Draft && r.State != Refused:
			return nil
		}
		if m.Reason == "" {
			m.Reason = "incident " + in.Ref + " was closed"
		}
		was := r.turn != "" && standing(r)
		if err := s.make(tx, actor, in, r, m); err != nil {
			return err
		}
		if r.State == Lifting {
			return s.leave(tx, in, r)
		}
		if was {
			if err := s.stuck(tx, in, r, "It ended together with its incident. Tell whoever was asked that nothing more is to be done."); err != nil {
				return err
			}
			r.Stuck = false
		}
		return save(tx, in, r)
	})
}

// leave leaves a block that is to be lifted to people alone.
func (s *Service) leave(tx *sqldb.Tx, in *incident.Inside, r *record) error {
	r.Due = time.Time{}
	if err := s.stuck(tx, in, r, "Its incident was closed. Tell whoever blocks it that the block is to be lifted, and confirm that it is off."); err != nil {
		return err
	}
	return save(tx, in, r)
}
