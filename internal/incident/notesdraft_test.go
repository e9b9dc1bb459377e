package incident

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// backfill are the statements of the migration that write older incidents' lines.
func backfill(t *testing.T, db *sqldb.DB) (list []string) {
	t.Helper()
	folder := "sqlite"
	if db.Engine() == sqldb.Postgres {
		folder = "postgres"
	}
	text, err := os.ReadFile(filepath.Join("..", "platform", "sqldb", "migrations", folder, "00031_dialogue.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range strings.Split(string(text), ";\n") {
		if at := strings.Index(statement, "INSERT INTO incident_entry"); at >= 0 {
			list = append(list, statement[at:])
		}
	}
	if len(list) < 5 {
		t.Fatalf("%d statements", len(list))
	}
	return list
}

func TestDraftsOfNotes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, bob, Opening{})
		for _, words := range []string{"first", "planted words " + hostile} {
			if err := h.SaveDraft(t.Context(), bob, i.Ref, "note", words, 0); err != nil {
				t.Fatal(err)
			}
		}
		mine, err := h.Drafts(t.Context(), bob, i.ID)
		if err != nil || !strings.HasPrefix(mine["note"].Text, "planted words") || mine["note"].Saved.IsZero() {
			t.Errorf("mine: %+v, %v", mine, err)
		}
		if other, err := h.Drafts(t.Context(), ada, i.ID); err != nil || len(other) != 0 {
			t.Errorf("another's: %+v, %v", other, err)
		}
		var body sqlText
		if err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT body FROM incident_draft`).Scan(&body) }); err != nil || strings.Contains(body.text, "planted") {
			t.Errorf("it lies open: %q, %v", body.text, err)
		}
		if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE operation = $1`, string(OpDraft)); n != 1 {
			t.Errorf("%d entries on record", n)
		}
		if err := h.DropDraft(t.Context(), bob, i.ID, "note"); err != nil {
			t.Fatal(err)
		}
		if left, _ := h.Drafts(t.Context(), bob, i.ID); len(left) != 0 {
			t.Error("it is still there")
		}
	})
}

// A draft of somebody who does not see the incident any more is not shown, and one that nobody goes on with ends.
func TestDraftsEnd(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("bob", "ada")
		i := h.opened(t, bob, Opening{})
		for _, err := range []error{h.SaveDraft(t.Context(), ada, i.ID, "note", "x", 0), h.SaveDraft(t.Context(), bob, i.ID, "note", "y", 0)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Restrict(t.Context(), bob, i.ID, true, nil, "x"); err != nil {
			t.Fatal(err)
		}
		refused{
			"not seen":     {problem.NotFound, only(h.Drafts(t.Context(), ada, i.ID))},
			"not kept":     {problem.NotFound, h.SaveDraft(t.Context(), ada, i.ID, "note", "x", 0)},
			"no field":     {problem.Invalid, h.SaveDraft(t.Context(), bob, i.ID, "", "x", 0)},
			"too long":     {problem.Invalid, h.SaveDraft(t.Context(), bob, i.ID, "note", strings.Repeat("x", MaxNote+1), 0)},
			"an auditor's": {problem.Forbidden, h.SaveDraft(t.Context(), aud, i.ID, "note", "x", 0)},
		}.check(t)
		h.clock.Advance(DraftsFor + time.Hour)
		if _, err := h.Forget(t.Context(), system, 0); err != nil {
			t.Fatal(err)
		}
		if n := h.count(t, `SELECT count(*) FROM incident_draft`); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}
