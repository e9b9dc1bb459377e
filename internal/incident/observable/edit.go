package observable

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// update writes what of a row may change.
func (r *record) update(tx *sqldb.Tx, in *incident.Inside) error {
	sealed, err := r.close(in)
	if err != nil {
		return err
	}
	r.Version++
	n, err := tx.Exec(`UPDATE observable SET role = $3, tlp = $4, pap = $5, first = $6, last = $7, detection = $8, removed = $9, removed_by = $10, version = $11, body = $12
		WHERE id = $1 AND version = $2`, r.ID, r.Version-1, string(r.Role), int64(r.TLP), int64(r.PAP), r.First, r.Last, r.Detection, r.Removed, r.RemovedBy, r.Version, sealed)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "the observable was changed by somebody else meanwhile: look at it again")
	}
	return err
}

// fields are what the record says of a change: none of them is text.
func (r *record) fields() map[string]any {
	return map[string]any{
		"role": r.Role, "tlp": r.TLP, "pap": r.PAP.String(), "first": sqldb.Millis(r.First), "last": sqldb.Millis(r.Last), "detection": r.Detection, "version": r.Version,
	}
}

// Edit changes an observable. Its label stays at least as strict as the incident's. version 0: whatever it is. Errors: NotFound, Invalid; Conflict
// if it was changed since version.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name, observable string, version int64, e Revision) (out Observable, err error) {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		r, err := one(tx, in, observable)
		if err != nil {
			return err
		}
		if version != 0 && version != r.Version {
			return problem.New(problem.Conflict, "the observable was changed by somebody else meanwhile: look at it again")
		}
		err = s.edit(tx, actor, in, &r, e)
		out = r.Observable
		return err
	})
	if err != nil {
		return Observable{}, err
	}
	return out, nil
}

func (s *Service) edit(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, e Revision) error {
	before := r.fields()
	if err := e.apply(r, in); err != nil {
		return err
	}
	if err := r.update(tx, in); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpEdit, r.ID, before, r.fields())
}

// apply makes the changes. Errors: Invalid.
func (e *Revision) apply(r *record, in *incident.Inside) error {
	set(&r.Role, e.Role)
	set(&r.First, e.First)
	set(&r.Last, e.Last)
	set(&r.Detection, e.Detection)
	set(&r.TLP, e.TLP)
	set(&r.PAP, e.PAP)
	if e.Note != nil {
		r.Note = strings.TrimSpace(strings.ToValidUTF8(*e.Note, "?"))
	}
	switch {
	case r.Role != "" && !slices.Contains(Roles(), r.Role):
		return problem.New(problem.Invalid, "%q is no role: use one of %v", cut(string(r.Role)), Roles())
	case r.TLP > tlp.Red || r.PAP > tlp.PAPRed:
		return problem.New(problem.Invalid, "that is no label")
	case r.TLP < in.TLP:
		return problem.New(problem.Invalid, "the incident is %s: what was seen in it is no looser", in.TLP)
	case r.PAP < in.PAP:
		return problem.New(problem.Invalid, "the incident is %s: what was seen in it allows no more", in.PAP)
	}
	return checkNoted(r.Note, r.First, r.Last)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Done says what a change of several did.
type Done struct {
	Done   []string `json:"done"`             // ids
	Undone []string `json:"undone,omitempty"` // ids of those that are not there, or are so already
}

// bulk does something with each of several observables of an incident; do tells whether it changed it.
func (s *Service) bulk(ctx context.Context, actor identity.Actor, name string, list []string, do func(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error),
	end func(tx *sqldb.Tx, in *incident.Inside, changed []Observable) error,
) (out Done, err error) {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	if len(list) == 0 || len(list) > MaxBulk {
		return out, problem.New(problem.Invalid, "name between 1 and %d observables, and not %d", MaxBulk, len(list))
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		out = Done{Done: []string{}}
		var changed []Observable
		for _, name := range list {
			r, err := one(tx, in, name)
			did := false
			if err == nil {
				did, err = do(tx, in, &r)
			}
			switch {
			case err != nil && !problem.Is(err, problem.NotFound):
				return err
			case !did:
				out.Undone = append(out.Undone, name)
			default:
				out.Done, changed = append(out.Done, name), append(changed, r.Observable)
			}
		}
		if len(changed) == 0 {
			return nil
		}
		return end(tx, in, changed)
	})
	if err != nil {
		return Done{}, err
	}
	return out, nil
}

// EditAll makes the same change to several. Errors: NotFound, Invalid.
func (s *Service) EditAll(ctx context.Context, actor identity.Actor, name string, list []string, e Revision) (Done, error) {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return Done{}, err
	}
	return s.bulk(ctx, actor, name, list, func(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error) {
		return true, s.edit(tx, actor, in, r, e)
	}, func(*sqldb.Tx, *incident.Inside, []Observable) error { return nil })
}

// Remove takes observables out: they are kept, and match nothing any more. Errors: NotFound; Invalid without a reason.
func (s *Service) Remove(ctx context.Context, actor identity.Actor, name string, list []string, why string) (Done, error) {
	if err := actor.Authorise(OpRemove, name); err != nil {
		return Done{}, err
	}
	why, err := reason(why)
	if err != nil {
		return Done{}, err
	}
	return s.bulk(ctx, actor, name, list, func(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error) {
		if !r.Removed.IsZero() {
			return false, nil
		}
		r.Removed, r.RemovedBy, r.Reason = in.Now, actor.ID, why
		return true, r.update(tx, in)
	}, func(tx *sqldb.Tx, in *incident.Inside, changed []Observable) error {
		if err := s.tell(tx, actor, in, "observable.removed", changed); err != nil {
			return err
		}
		return actor.AuditReason(tx, in.Now, OpRemove, in.ID, why, map[string]any{"observables": ids(changed)}, nil)
	})
}

// Restore puts removed observables back; those that were added anew meanwhile are left. Errors: NotFound.
func (s *Service) Restore(ctx context.Context, actor identity.Actor, name string, list []string) (Done, error) {
	if err := actor.Authorise(OpRemove, name); err != nil {
		return Done{}, err
	}
	return s.bulk(ctx, actor, name, list, func(tx *sqldb.Tx, in *incident.Inside, r *record) (bool, error) {
		if r.Removed.IsZero() {
			return false, nil
		}
		if again, err := find(tx, in, r.mark); err != nil || again.ID != "" {
			return false, err
		}
		r.Removed, r.RemovedBy, r.Reason = time.Time{}, "", ""
		return true, r.update(tx, in)
	}, func(tx *sqldb.Tx, in *incident.Inside, changed []Observable) error {
		if err := s.tell(tx, actor, in, "observable.restored", changed); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpRemove, in.ID, nil, map[string]any{"observables": ids(changed)})
	})
}
