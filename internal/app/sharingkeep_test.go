package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// sharedFor is an installation with a team that may give, at a time that the test sets.
func sharedFor(t *testing.T) (*shared, *clock.Fixed) {
	now := clock.At(time.Now().UTC().Truncate(time.Second))
	a := openHouse(t, t.TempDir(), now)
	t.Cleanup(func() { closeHouse(t, a) })
	s := shareIn(t, a)
	s.agree()
	return s, now
}

// rows counts rows of a table.
func (s *shared) rows(where string) (n int) {
	s.Helper()
	s.must(s.a.DB.Read(s.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + where).Scan(&n) }))
	return n
}

// peerIndicator are an indicator of a team's, who saw it, who says that it is wrong, and what it hangs together with.
func peerIndicator(at time.Time) string {
	made := `"spec_version":"2.1","created":"` + at.Format("2006-01-02T15:04:05.000Z") + `","modified":"` + at.Format("2006-01-02T15:04:05.000Z") + `"`
	of := `indicator--0000000a` + heardZeros
	return `{"objects":[
		{"type":"indicator","id":"` + of + `",` + made + `,"pattern":"[ipv4-addr:value = '8.8.4.9']","pattern_type":"stix","valid_from":"` + at.Format(time.RFC3339) + `","object_marking_refs":["` + stix.RefTLP(tlp.Amber) + `"]},
		{"type":"sighting","id":"sighting--0000000a` + heardZeros + `",` + made + `,"sighting_of_ref":"` + of + `","description":"at our gate"},
		{"type":"opinion","id":"opinion--0000000a` + heardZeros + `",` + made + `,"opinion":"disagree","object_refs":["` + of + `"]},
		{"type":"relationship","id":"relationship--0000000a` + heardZeros + `",` + made + `,"relationship_type":"indicates","source_ref":"` + of + `","target_ref":"malware--0000000a` + heardZeros + `"}]}`
}

// The daily job erases what a team gave with all that was read from it, and the record of its decision stays. What an open report rests on stays until that is
// resolved.
func TestSharedIsErased(t *testing.T) {
	s, now := sharedFor(t)
	ctx, system := t.Context(), identity.System("test")
	objects := "/taxii2/firehall/collections/community/objects/"
	at := now.Now().Add(-time.Hour)
	for _, body := range []string{peerIndicator(at), heardObjects(at, "001")} {
		if w := s.ask("POST", objects, body); w.Code != 202 {
			t.Fatalf("give: %d %s", w.Code, w.Body)
		}
	}
	s.must(s.a.hearShared(ctx))
	if _, err := s.a.Indicators.Digest(ctx, identity.System("indicator")); err != nil {
		t.Fatal(err)
	}
	facts := `sharing_indicator`
	if s.rows(facts) != 1 || s.rows(`sharing_indicator_value`) != 1 || s.rows(`sharing_sighting`) != 2 || s.rows(`sharing_relation`) != 1 {
		t.Fatal("the objects were not read")
	}
	now.Advance(s.a.Config.Sharing.Keep + day)
	out, err := s.a.ExpireShared(ctx, identity.System("retention"), false, nil)
	s.must(err)
	if out.Old == 0 || out.Stay["an open report or incident rests on it"] != 1 {
		t.Errorf("%+v", out)
	}
	for _, table := range []string{`sharing_indicator`, `sharing_indicator_value`, `sharing_sighting`, `sharing_relation`, `sharing_waiting`, `sharing_object WHERE type <> 'incident'`} {
		if n := s.rows(table); n != 0 {
			t.Errorf("%s: %d rows are left", table, n)
		}
	}
	if s.rows(`sharing_gone WHERE decision <> ''`) == 0 {
		t.Error("by which decisions it stood there is not known any more")
	}
	reports, err := s.a.Incidents.Reports(ctx, system, incident.Filter{})
	if err != nil || len(reports.Items) != 1 {
		t.Fatal(reports, err)
	}
	s.must(s.a.DB.Write(ctx, func(tx *sqldb.Tx) error { // as a resolved one is
		_, err := tx.Exec(`UPDATE report SET ended = 1`)
		return err
	}))
	if out, err = s.a.ExpireShared(ctx, identity.System("retention"), false, nil); err != nil || out.Old != 1 || s.rows(`sharing_object`) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

// Once the agreement with a team is over, what it gave under it goes, and what is for everybody stays its time.
func TestSharedAfterTheAgreement(t *testing.T) {
	s, now := sharedFor(t)
	green := `{"objects":[{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000001","value":"evil.example","object_marking_refs":["` + stix.RefTLP(tlp.Green) + `"]}]}`
	for _, body := range []string{peerIndicator(now.Now().Add(-time.Hour)), green} {
		if w := s.ask("POST", "/taxii2/firehall/collections/community/objects/", body); w.Code != 202 || !strings.Contains(w.Body.String(), `"failure_count":0`) {
			t.Fatalf("give: %d %s", w.Code, w.Body)
		}
	}
	ended := func() map[string]time.Time {
		var out map[string]time.Time
		s.must(s.a.DB.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
			out, err = team.Lapsed(tx, now.Now())
			return err
		}))
		return out
	}
	if list := ended(); len(list) != 0 {
		t.Errorf("%v", list)
	}
	s.must(s.a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE team_agreement SET ended = $1`, now.Now())
		return err
	}))
	now.Advance(s.a.Config.Sharing.AfterAgreement + time.Hour)
	if list := ended(); len(list) != 1 || list[s.org].IsZero() {
		t.Errorf("%v", list)
	}
	out, err := s.a.ExpireShared(t.Context(), identity.System("retention"), false, nil)
	if err != nil || out.Ended != 4 || s.rows(`sharing_object`) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// The job posts its next run, and a start posts none beside it.
func TestDailyJobOfSharing(t *testing.T) {
	s, now := sharedFor(t)
	for range 2 {
		s.must(s.a.postShared(t.Context()))
	}
	s.must(s.a.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return postKeepShared(tx, now.Now(), now.Now().Add(keepSharedPause), true) }))
	var list []string
	s.must(s.a.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT state, due FROM job WHERE kind = $1`, []any{keepSharedJob}, func(scan func(...any) error) error {
			var state string
			var due int64
			err := scan(&state, &due)
			list = append(list, fmt.Sprint(state, " ", sqldb.Time(due).Sub(now.Now())))
			return err
		})
	}))
	if len(list) != 1 {
		t.Errorf("%q", list)
	}
}

// What was published of an incident goes when its time is over, unless the incident is open; by which decision it was given stays.
func TestPublishedGoesWithoutItsDecision(t *testing.T) {
	s, now := sharedFor(t)
	ctx := t.Context()
	i := s.incidentAbout("Klinikum Nord")
	d, err := s.a.Give.Draft(ctx, handler, i.Ref, "community")
	s.must(err)
	if _, err := s.a.Give.Put(ctx, handler, i.Ref, "community", d.Stamp); err != nil {
		t.Fatal(err)
	}
	stands := s.rows(`sharing_object WHERE source = ''`)
	now.Advance(s.a.Config.Sharing.Keep + day)
	if out, err := s.a.ExpireShared(ctx, identity.System("retention"), false, nil); err != nil || s.rows(`sharing_object WHERE source = ''`) != stands || stands == 0 || out.Old > 0 || out.Stay["an open report or incident rests on it"] == 0 {
		t.Errorf("the incident is open: %+v, %v", out, err)
	}
	s.must(s.a.DB.Write(ctx, func(tx *sqldb.Tx) error { // as a closed one is
		_, err := tx.Exec(`UPDATE incident SET state = 'closed'`)
		return err
	}))
	out, err := s.a.ExpireShared(ctx, identity.System("retention"), false, nil)
	if err != nil || out.Old != stands || s.rows(`sharing_object WHERE source = ''`) != 0 || s.rows(`sharing_own WHERE gone = 0`) != 0 || s.rows(`sharing_own WHERE decision <> ''`) == 0 {
		t.Errorf("%+v, %v", out, err)
	}
}
