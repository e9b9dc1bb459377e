package relabel

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
)

// Kind is that of objects of somebody's, as release names them.
const Kind = "object"

// objects looks at those that have a schedule of their own, or of which somebody recorded more than they say.
func (r *round) objects(ctx context.Context) error {
	list, err := r.o.Release.Schedules(ctx, r.actor, Kind)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, s := range list {
		ids[s.ID] = true
	}
	err = r.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		wished, err := release.Wishes(tx, Kind)
		for _, w := range wished {
			ids[w.ID] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	return each(slices.Sorted(maps.Keys(ids)), func(id string) error { return r.object(ctx, id) })
}

func (r *round) object(ctx context.Context, id string) error {
	stands, err := r.o.Sharing.Standing(ctx, r.actor, id)
	if err != nil {
		return err
	}
	return each(slices.Sorted(maps.Keys(stands)), func(collection string) error { return r.standing(ctx, collection, stands[collection]) })
}

// standing looks at an object in one collection.
func (r *round) standing(ctx context.Context, collection string, o sharing.Stored) error {
	p, ok, err := r.at(ctx, collection)
	if err != nil || !ok {
		return err
	}
	item := r.o.Object(o)
	item.Terms.Label = o.Label
	d, err := r.decide(ctx, item, p)
	if err != nil {
		return err
	}
	held := sharing.Held{Collection: collection, Object: o.ID}
	may, _ := lets(d, p.c)
	switch {
	case d.Rule == embargo:
		return r.hold(ctx, held, d.Reason)
	case d.Effective > o.Label:
		return r.out(ctx, collection, o, d.Effective)
	case !may || d.Effective == o.Label:
		return nil
	}
	st, err := r.give(ctx, p, o)
	if err == nil && st.New > 0 {
		r.tally.Marked++
	}
	return err
}

// out tells those who fetched an object that it is stricter than it says of itself, and takes it out.
func (r *round) out(ctx context.Context, collection string, o sharing.Stored, label tlp.Label) error {
	if err := r.letters(ctx, Kind, o.ID, label); err != nil {
		return err
	}
	n, err := r.o.Sharing.Remove(ctx, r.actor, collection, o.ID, sharing.Filter{})
	if n > 0 {
		r.tally.Out++
	}
	return err
}

// give puts an object into its collection again: there it gets the label in force, and a decision of its own.
func (r *round) give(ctx context.Context, p place, o sharing.Stored) (sharing.Status, error) {
	body := io.MultiReader(strings.NewReader(`{"objects":[`), bytes.NewReader(o.Raw), strings.NewReader(`]}`))
	return r.o.Sharing.Add(ctx, r.actor, sharing.In{Collection: p.c.ID, Source: o.Source, Origin: sharing.OriginUpload, Unmarked: o.Label, Body: body})
}

// held looks whether embargoes have ended.
func (r *round) held(ctx context.Context) error {
	list, err := r.o.Sharing.HeldBack(ctx, r.actor)
	if err != nil {
		return err
	}
	return each(list, func(h sharing.Held) error { return r.back(ctx, h) })
}

// back puts something back, if its embargo is over and it may stand.
func (r *round) back(ctx context.Context, h sharing.Held) error {
	p, ok, err := r.at(ctx, h.Collection)
	if err != nil {
		return err
	}
	if !ok {
		return r.o.Sharing.Unhold(ctx, r.actor, h, "its collection, or the group of that, is gone")
	}
	if h.Own == (sharing.Own{}) {
		return r.objectBack(ctx, h, p)
	}
	return r.thingBack(ctx, h, p)
}

func (r *round) thingBack(ctx context.Context, h sharing.Held, p place) error {
	t, err := r.o.Thing(ctx, r.actor, h.Item, p.to)
	if problem.Is(err, problem.NotFound) {
		return r.o.Sharing.Unhold(ctx, r.actor, h, "it is gone")
	}
	if err != nil {
		return err
	}
	d, err := r.decide(ctx, t.Item, p)
	if err != nil || d.Rule == embargo {
		return err
	}
	if may, why := lets(d, p.c); !may {
		return r.o.Sharing.Unhold(ctx, r.actor, h, why)
	}
	stored, err := r.o.Sharing.HeldObjects(ctx, r.actor, h)
	if err != nil {
		return err
	}
	h.Label = strictest(stored)
	if d.Effective > h.Label {
		return r.o.Sharing.Unhold(ctx, r.actor, h, "it is "+d.Effective.String()+" now, and stood there as "+h.Label.String())
	}
	told := sharing.Told{Own: h.Own, Collection: h.Collection, Label: h.Label}
	list, err := r.marked(ctx, told, stored, d.Effective)
	if err != nil {
		return err
	}
	done, err := r.put(ctx, told, p, t, list)
	if err != nil || !done {
		return err
	}
	r.tally.Back++
	return r.o.Sharing.Unhold(ctx, r.actor, h, "its embargo is over")
}

// strictest is the label under which all of it stood.
func strictest(list []sharing.Stored) (label tlp.Label) {
	for _, o := range list {
		label = tlp.Strictest(label, o.Label)
	}
	return label
}

func (r *round) objectBack(ctx context.Context, h sharing.Held, p place) error {
	list, err := r.o.Sharing.HeldObjects(ctx, r.actor, h)
	if err != nil || len(list) == 0 {
		return err
	}
	o := list[0]
	item := r.o.Object(o)
	item.Terms.Label = o.Label
	d, err := r.decide(ctx, item, p)
	if err != nil || d.Rule == embargo {
		return err
	}
	st, err := r.give(ctx, p, o)
	if err != nil {
		return err
	}
	if st.Failure > 0 {
		return r.o.Sharing.Unhold(ctx, r.actor, h, "it may not stand there any more: "+d.Reason)
	}
	r.tally.Back++
	return r.o.Sharing.Unhold(ctx, r.actor, h, "its embargo is over")
}

// raised tells those who fetched what its source has made stricter since.
func (r *round) raised(ctx context.Context) error {
	list, err := r.o.Sharing.Raised(ctx, r.actor)
	if err != nil {
		return err
	}
	return each(list, func(o sharing.Raised) error {
		if err := r.letters(ctx, Kind, o.Object, o.Label); err != nil {
			return err
		}
		return r.o.Sharing.Told(ctx, r.actor, o)
	})
}
