package relabel

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// things looks at what stands of the team's own.
func (r *round) things(ctx context.Context) error {
	list, err := r.o.Sharing.AllTold(ctx, r.actor)
	if err != nil {
		return err
	}
	return each(list, func(t sharing.Told) error { return r.thing(ctx, t) })
}

// thing looks at one. What may not stand at all, for another reason than its label or an embargo, is for who reviews what stands.
func (r *round) thing(ctx context.Context, told sharing.Told) error {
	p, ok, err := r.at(ctx, told.Collection)
	if err != nil || !ok {
		return err
	}
	t, err := r.o.Thing(ctx, r.actor, told.Item, p.to)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := r.decide(ctx, t.Item, p)
	switch {
	case err != nil:
		return err
	case d.Rule == embargo:
		return r.hold(ctx, sharing.Held{Own: told.Own, Collection: told.Collection}, d.Reason)
	case d.Effective > told.Label:
		return r.recall(ctx, told, d.Effective)
	case d.Effective < told.Label && d.Allowed:
		return r.mark(ctx, told, p, t, d.Effective)
	}
	return nil
}

func (r *round) hold(ctx context.Context, h sharing.Held, why string) error {
	n, err := r.o.Sharing.Hold(ctx, r.actor, h, why)
	if n > 0 {
		r.tally.Held++
	}
	return err
}

// recall tells those who fetched a thing that it is stricter now, and takes it out. It goes last: what stands is looked at again after a cut.
func (r *round) recall(ctx context.Context, told sharing.Told, label tlp.Label) error {
	if err := r.letters(ctx, told.Kind, told.Item, label); err != nil {
		return err
	}
	why := "it is " + label.String() + " now, and stands there as " + told.Label.String() + ": put it there again"
	n, err := r.o.Sharing.Withdraw(ctx, r.actor, told.Own, told.Collection, why)
	if n > 0 {
		r.tally.Out++
	}
	return err
}

// mark gives the objects of a thing its new label. Who fetched them hears of it first: after a cut what stands is looked at again, and letters go once.
func (r *round) mark(ctx context.Context, told sharing.Told, p place, t Thing, label tlp.Label) error {
	if err := r.letters(ctx, told.Kind, told.Item, label); err != nil {
		return err
	}
	stored, err := r.o.Sharing.OwnObjects(ctx, r.actor, told.Own, told.Collection)
	if err != nil {
		return err
	}
	list, err := r.marked(ctx, told, stored, label)
	if err != nil {
		return err
	}
	done, err := r.put(ctx, told, p, t, list)
	if done {
		r.tally.Marked++
	}
	return err
}

// marked gives objects of a thing under a new label: all that was stricter, but for what another thing keeps strict, or somebody else gave.
func (r *round) marked(ctx context.Context, told sharing.Told, stored []sharing.Stored, label tlp.Label) (list []sharing.Object, err error) {
	kept, err := r.o.Sharing.StricterOwn(ctx, r.actor, told.Own, told.Collection, label)
	if err != nil {
		return nil, err
	}
	for _, o := range stored {
		one, no := sharing.Read(o.Raw)
		meta := no == nil && stix.ClassOf(one.Type) == stix.Meta
		if no != nil || !meta && (kept[o.ID] || o.Source != "") {
			continue
		}
		if !meta && o.Label > label {
			if one, err = sharing.Remark(one, label, r.o.Clock.Now()); err != nil {
				return nil, err
			}
		}
		list = append(list, one)
	}
	return r.defined(ctx, list, told.Label, label)
}

// defined puts the marking of the new label in the place of that of the one before.
func (r *round) defined(ctx context.Context, list []sharing.Object, before, label tlp.Label) (out []sharing.Object, err error) {
	raw, err := stix.Marshal(stix.MarkTLP(label))
	if err != nil {
		return nil, err
	}
	known, err := r.o.Sharing.Newest(ctx, r.actor, []string{stix.RefTLP(label)})
	if err != nil {
		return nil, err
	}
	if k, ok := known[stix.RefTLP(label)]; ok { // it is published everywhere: whoever gave it, it is the same
		raw = k.Raw
	}
	mark, no := sharing.Read(raw)
	if no != nil {
		return nil, problem.New(problem.Internal, "the marking of %s: %s", label, no.Detail)
	}
	out = append(out, mark)
	for _, o := range list {
		if o.ID != stix.RefTLP(before) && o.ID != mark.ID {
			out = append(out, o)
		}
	}
	return out, nil
}

// put puts a thing into its collection again, by a new decision; done is false if it cannot stand there as it is, and stays what it was.
func (r *round) put(ctx context.Context, told sharing.Told, p place, t Thing, list []sharing.Object) (done bool, err error) {
	if len(list) == 0 {
		return false, nil
	}
	t.Item.Group = p.c.Group
	content := sharing.Content(list)
	var permit release.Permit
	err = r.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var d release.Decision
		if permit, d, err = r.o.Release.Must(tx, r.actor, t.Item, p.to); err != nil {
			return err
		}
		if d.Profile != "" && len(leak.Check(content, t.Names)) > 0 {
			return errNames
		}
		permit, err = r.o.Release.Clear(tx, r.actor, permit, content, t.Names)
		return err
	})
	if errors.Is(err, errNames) {
		r.o.Log.WarnContext(ctx, "what stands in a collection names somebody, and keeps its label until a person has looked", "kind", told.Kind, "item", told.Item, "collection", p.c.ID)
		if r.o.Names == nil {
			return false, nil
		}
		return false, r.o.Names(ctx, told)
	}
	if err != nil {
		return false, err
	}
	st, err := r.o.Sharing.Put(ctx, r.actor, sharing.In{Collection: p.c.ID, Origin: sharing.OriginUpload, Unmarked: tlp.Clear, Own: told.Own, Permit: permit}, list, nil)
	if err == nil && st.Failure > 0 {
		err = problem.New(problem.Conflict, "%d objects of %s could not be marked anew", st.Failure, told.Item)
	}
	return err == nil, err
}

// errNames ends a transaction in which nothing is to be kept.
var errNames = errors.New("it names somebody")
