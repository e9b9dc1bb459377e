package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
)

// lowering is something by which less may be shown than before.
type lowering struct {
	do   func(r *reading, s shelf)
	goes func(way string, one shownThing) bool // what nobody may fetch after it
}

// of means one thing of a shelf, by what it is marked with.
func of(label tlp.Label, pap tlp.PAP) func(string, shownThing) bool {
	return func(_ string, one shownThing) bool { return one.label == label && one.pap == pap && one.iep == nil }
}

// on means things of a shelf on blocklists alone.
func on(which func(string, shownThing) bool) func(string, shownThing) bool {
	return func(way string, one shownThing) bool { return lists(way) && which(way, one) }
}

// above means what is labelled more strictly.
func above(most tlp.Label) func(string, shownThing) bool {
	return func(_ string, one shownThing) bool { return one.label > most }
}

func all(string, shownThing) bool { return true }

// word records what somebody says of a thing that stands on a shelf.
func word(which func(string, shownThing) bool, w release.Wish) func(*reading, shelf) {
	return func(r *reading, s shelf) {
		r.Helper()
		item, err := r.a.Release.ItemOf(r.Context(), handler, r.one(s, which).id)
		r.must(err)
		w.Word = "Ms Berg, by mail"
		_, err = r.a.Release.Record(r.Context(), handler, item, w)
		r.must(err)
	}
}

// one is the thing of a shelf that is meant.
func (r *reading) one(s shelf, which func(string, shownThing) bool) shownThing {
	r.Helper()
	n := slices.IndexFunc(s.things, func(one shownThing) bool { return which(byText, one) })
	if n < 0 {
		r.Fatal("there is no such thing")
	}
	return s.things[n]
}

// lowerings are the ways to trust less.
var lowerings = []struct {
	name string
	lowering
}{
	{"PAP by a person's word", lowering{word(of(tlp.Green, tlp.PAPClear), release.Wish{PAP: new(tlp.PAPAmber)}), on(of(tlp.Green, tlp.PAPClear))}},
	{"IEP by a person's word", lowering{word(of(tlp.Green, tlp.PAPClear), release.Wish{IEP: &iep.Policy{Actions: iep.NoAction}}), on(of(tlp.Green, tlp.PAPClear))}},
	{"label by the IEP of a person's word", lowering{word(of(tlp.Clear, tlp.PAPClear), release.Wish{IEP: &iep.Policy{TLP: tlp.Red}}), of(tlp.Clear, tlp.PAPClear)}},
	{"embargo", lowering{func(r *reading, s shelf) {
		item, err := r.a.Release.ItemOf(r.Context(), handler, r.one(s, of(tlp.Green, tlp.PAPClear)).id)
		r.must(err)
		_, err = r.a.Release.Relax(r.Context(), handler, release.Relaxation{Item: item, Embargo: r.clock.Now().Add(48 * time.Hour), Word: "Ms Berg, by mail"})
		r.must(err)
	}, of(tlp.Green, tlp.PAPClear)}},
	{"label by its source", lowering{func(r *reading, s shelf) {
		one := r.one(s, of(tlp.Green, tlp.PAPClear))
		one.label = tlp.Red
		r.clock.Advance(time.Second)
		_, err := r.a.Sharing.Add(r.Context(), tester, sharing.In{Collection: s.ID, Origin: sharing.OriginUpload, Body: strings.NewReader(`{"objects":[` + strings.Join(r.indicator(one), ",") + `]}`)})
		r.must(err)
	}, of(tlp.Green, tlp.PAPClear)}},
	{"PAP by its source", lowering{func(r *reading, s shelf) {
		one := r.one(s, of(tlp.Green, tlp.PAPClear))
		one.pap = tlp.PAPRed
		r.clock.Advance(time.Second)
		_, err := r.a.Sharing.Add(r.Context(), tester, sharing.In{Collection: s.ID, Origin: sharing.OriginUpload, Body: strings.NewReader(`{"objects":[` + strings.Join(r.indicator(one), ",") + `]}`)})
		r.must(err)
	}, on(of(tlp.Green, tlp.PAPClear))}},
	{"cap of the group", lowering{func(r *reading, s shelf) {
		g, err := r.a.Teams.Group(r.Context(), tester, s.Group)
		r.must(err)
		g.Cap = tlp.Green
		_, err = r.a.Teams.PutGroup(r.Context(), tester, g)
		r.must(err)
	}, above(tlp.Green)}},
	{"label of the collection", lowering{func(r *reading, s shelf) {
		_, err := r.a.Sharing.Change(r.Context(), tester, s.ID, 0, sharing.Draft{Title: s.Title, Alias: s.alias, Group: s.Group, CanRead: true, Label: tlp.Green})
		r.must(err)
	}, above(tlp.Green)}},
	{"reading of the collection", lowering{func(r *reading, s shelf) {
		_, err := r.a.Sharing.Change(r.Context(), tester, s.ID, 0, sharing.Draft{Title: s.Title, Alias: s.alias, Group: s.Group, Label: tlp.Amber})
		r.must(err)
	}, all}},
	{"membership", lowering{func(r *reading, s shelf) {
		g, err := r.a.Teams.Group(r.Context(), tester, s.Group)
		r.must(err)
		g.Members = nil
		_, err = r.a.Teams.PutGroup(r.Context(), tester, g)
		r.must(err)
	}, all}},
	{"agreement", lowering{func(r *reading, s shelf) {
		list, err := r.a.Teams.Agreements(r.Context(), tester, s.members[0])
		r.must(err)
		for _, g := range list {
			r.must(r.a.Teams.End(r.Context(), tester, g.ID, "it is over"))
		}
	}, all}},
	{"a label that a team can keep", lowering{func(r *reading, s shelf) {
		entry, err := r.a.Teams.Get(r.Context(), tester, s.members[0])
		r.must(err)
		entry.Handling = tlp.Green
		_, err = r.a.Teams.Put(r.Context(), tester, entry)
		r.must(err)
	}, all}},
}

// Whatever is trusted less, or is to be kept more strictly, than when it was put there, is fetched by nobody any more; all else is fetched as before.
func TestLoweredTrustShowsLess(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			r := openRoomMatrix(t, engine).openReading()
			none := r.who(constituency.Peer, unsigned)
			for _, one := range lowerings {
				reader := r.who(constituency.Peer, inForce)
				if one.name == "agreement" { // it is not in force for those that follow
					reader = r.who(constituency.Vendor, inForce)
				}
				s := r.shelve("shelf "+strings.ToLower(strings.ReplaceAll(one.name, "'", "")), tlp.Amber, tlp.Amber, []string{reader.id, none.id})
				before := r.came(s, reader)
				one.do(r, s)
				r.clock.Advance(time.Second)
				r.must(r.a.followLabels(r.Context()))
				_, err := r.a.Indicators.Digest(r.Context(), identity.System("indicator"))
				r.must(err)
				after := r.came(s, reader)
				for way := range fetching {
					for _, x := range s.things {
						was, is := before[way][x.id], after[way][x.id]
						if r.by[way]++; is != (was && !one.goes(way, x)) {
							t.Errorf("%s, %s: %s came before: %v, after: %v", one.name, way, x, was, is)
						}
					}
					if len(before[way]) == 0 {
						t.Errorf("%s, %s: nothing came before, so nothing was looked at", one.name, way)
					}
				}
				for way, ids := range r.came(s, none) { // with whom nothing is signed
					for _, x := range s.things {
						if ids[x.id] && x.label > tlp.Green {
							t.Errorf("%s, %s, without an agreement: %s came", one.name, way, x)
						}
					}
				}
			}
		})
	}
}

// who is somebody of the matrix.
func (r *reading) who(kind constituency.Kind, agreement string) whom {
	r.Helper()
	n := slices.IndexFunc(r.whom, func(w whom) bool { return w.kind == kind && w.agreement == agreement })
	if n < 0 {
		r.Fatal("there is nobody like that")
	}
	return r.whom[n]
}

// came is what somebody fetches of a shelf, by the way.
func (r *reading) came(s shelf, w whom) map[string]map[string]bool {
	r.Helper()
	out := map[string]map[string]bool{}
	for way := range fetching {
		out[way] = map[string]bool{}
		ids, _ := r.fetch(way, s, w)
		for _, id := range ids {
			out[way][id] = true
		}
	}
	return out
}
