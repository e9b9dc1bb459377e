package call

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func officer(name string) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.DutyOfficer}}
}

func TestDrafts(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
		d, err := New(db, now, [32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		ada, bob := officer("ada"), officer("bob")
		for _, text := range []string{"first", "second planted words"} {
			if err := d.Save(t.Context(), ada, map[string]string{"text": text}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Load(t.Context(), ada)
		if err != nil || got.Values["text"] != "second planted words" || !got.Saved.Equal(now.Now()) {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := d.Load(t.Context(), bob); err != nil || !got.Saved.IsZero() || got.Values != nil {
			t.Errorf("another's: %+v, %v", got, err)
		}
		var body []byte
		var entries int
		err = db.Read(t.Context(), func(tx *sqldb.Tx) error {
			if err := tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = $1`, string(OpDraft)).Scan(&entries); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT body FROM call_draft`).Scan(&body)
		})
		if err != nil || strings.Contains(string(body), "planted") || entries != 1 {
			t.Errorf("%d entries, %v, %q", entries, err, body)
		}
		for range 2 {
			if err := d.Drop(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := d.Load(t.Context(), ada); got.Values != nil {
			t.Error("it is still there")
		}
	})
}

func TestRefused(t *testing.T) {
	d, err := New(nil, clock.Real{}, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	auditor := officer("eve")
	auditor.Roles = []identity.Role{identity.Auditor}
	_, load := d.Load(t.Context(), auditor)
	for name, err := range map[string]error{"save": d.Save(t.Context(), auditor, nil), "load": load, "drop": d.Drop(t.Context(), auditor)} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Save(t.Context(), officer("ada"), map[string]string{"text": strings.Repeat("x", maxDraft)}); !problem.Is(err, problem.Invalid) {
		t.Errorf("too long: %v", err)
	}
}
