package app

import (
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// What waits in the outbox while Firehall is brought up to date, and was decided by the policy of then, goes by a decision of now; what nobody can say any more how
// it was redacted is kept back, and the team is told.
func TestTheOutboxGoesOnUnderANewPolicy(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			d := startDecayingOn(t, engine) // an answer waits
			before := d.older(t, "")
			d.same("the answer", d.letters(), "berg@victim.example: We have it")
			list, err := d.Release.Decisions(t.Context(), d.root, release.Filter{Kind: d.item.Kind, ID: d.item.ID})
			if err != nil || len(list) != 2 {
				t.Fatalf("%d decisions, %v", len(list), err)
			}
			i := slices.IndexFunc(list, func(o release.Decision) bool { return o.InsteadOf == before })
			if i < 0 || list[i].Policy != release.PolicyVersion || !list[i].Allowed || list[i].By != d.root.ID {
				t.Errorf("on record: %+v", list)
			}
			if copies, err := d.Release.Holders(t.Context(), d.root, d.item.Kind, d.item.ID); err != nil || len(copies) != 1 || copies[0].Delivery == "" || !copies[0].Reached {
				t.Errorf("who has it: %+v, %v", copies, err)
			}

			if _, err := d.Incidents.Reply(t.Context(), d.root, d.ref, "", "We have it still."); err != nil {
				t.Fatal(err)
			}
			d.older(t, ", holds = -1, actions = ''") // as a version left it that did not keep them
			d.same("kept back", d.letters())
			held, err := d.Delivery.List(t.Context(), d.root, delivery.Query{State: delivery.Held})
			if err != nil || len(held.Items) != 1 || held.Items[0].Withheld != release.RedactedSince {
				t.Fatalf("%+v, %v", held, err)
			}
			tasks, err := d.Queue.List(t.Context(), d.root, true, 0)
			if err != nil || len(tasks) == 0 || tasks[0].Kind != "withheld" {
				t.Errorf("%+v, %v", tasks, err)
			}
		})
	}
}

// older makes the newest decision about the report one of an older policy, whose facts had the same bits.
func (d *decaying) older(t *testing.T, also string) (decision string) {
	t.Helper()
	err := d.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		err := tx.QueryRow(`SELECT id FROM release_decision WHERE item_id = $1 ORDER BY id DESC LIMIT 1`, d.item.ID).Scan(&decision)
		if err == nil {
			_, err = tx.Exec(`UPDATE release_decision SET policy = 3`+also+` WHERE item_id = $1 AND instead_of = ''`, d.item.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

// What a person wanted to tell under an embargo is remembered: at its end, and not before, the team hears of it once.
func TestTheEndOfAnEmbargoIsTold(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			d := startDecayingOn(t, engine)
			until := d.now.Now().Add(48 * time.Hour)
			if _, err := d.Release.Relax(t.Context(), d.root, release.Relaxation{Item: d.item, Embargo: until, Word: "Ms Berg, by telephone"}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, err := d.Incidents.Investigate(t.Context(), d.root, incident.InvestigationDraft{
					Report: d.item.ID, Party: incident.Party{Name: "Host", Email: "abuse@host.example"}, Subject: "Question", Text: "Does it send odd things to you?",
				})
				if stop, ok := release.Stopped(err); !ok || stop.Rule != "embargo" {
					t.Fatal(err)
				}
			}
			var waiting, due int64
			if err := d.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
				return tx.QueryRow(`SELECT count(*), max(due) FROM job WHERE kind = $1 AND subject = $2`, embargoEnds, d.item.ID).Scan(&waiting, &due)
			}); err != nil || waiting != 1 || !sqldb.Time(due).Equal(until) {
				t.Errorf("%d jobs, due %v, %v", waiting, sqldb.Time(due), err)
			}
			told := func() (n int) {
				t.Helper()
				task := &jobs.Task{Job: jobs.Job{Kind: embargoEnds, Subject: d.item.ID, Body: []byte(`{"kind":"report"}`)}}
				if err := d.embargoEnded(t.Context(), task); err != nil {
					t.Fatal(err)
				}
				list, err := d.Queue.List(t.Context(), d.root, true, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range list {
					if one.Kind == "release-embargo" {
						n++
					}
				}
				return n
			}
			d.now.Set(until.Add(-time.Second))
			if n := told(); n != 0 {
				t.Errorf("before its end: %d tasks", n)
			}
			d.now.Set(until)
			if n := told(); n != 1 {
				t.Errorf("at its end: %d tasks", n)
			}
		})
	}
}
