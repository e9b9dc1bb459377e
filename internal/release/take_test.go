package release

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Each file that somebody takes is on record with who took it and what they asked for; by a token too. That its kind may be taken is decided once.
func TestTakingIsOnRecord(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := open(t, db)
		program := identity.Actor{ID: "token:1", Name: "statistics", Kind: identity.ProgramKind, Via: "api"}
		for _, who := range []identity.Actor{person, program, person} {
			if err := w.Take(ctx, who, Taking{Route: "GET /incidents/export", Path: "/incidents/export", Query: "q=class%3Afraud", Name: "incidents-TLP-AMBER-STRICT.csv"}); err != nil {
				t.Fatal(err)
			}
			w.now.Advance(time.Second)
		}
		if err := w.Take(ctx, identity.Actor{}, Taking{Route: "GET /x", Path: "/x", Name: "x"}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody took a file: %v", err)
		}
		list, err := w.Decisions(ctx, system, Filter{Kind: "file"})
		if err != nil || len(list) != 2 || list[0].Rule != "team" || list[0].To != Self || list[0].Label != TakenLabel {
			t.Errorf("decided: %+v, %v", list, err)
		}
		rows := map[string]int{}
		err = db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.Each(`SELECT actor, object, after_value FROM audit_payload WHERE operation = 'release.take' AND object = '/incidents/export'`, nil, func(scan func(...any) error) error {
				var actor, object, after string
				err := scan(&actor, &object, &after)
				rows[actor]++
				return err
			})
		})
		if err != nil || rows[person.ID] != 2 || rows[program.ID] != 1 {
			t.Errorf("on record: %v, %v", rows, err)
		}
	})
}
