package identity_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestOSUser(t *testing.T) {
	a, err := identity.OSUser()
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != "os:"+strconv.Itoa(os.Getuid()) || a.Name == "" || a.Kind != identity.OSUserKind || a.Via != "cli" {
		t.Errorf("got %+v", a)
	}
}

func TestAuthorise(t *testing.T) {
	osUser, err := identity.OSUser()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		actor identity.Actor
		may   bool
	}{
		{"operating-system user", osUser, true},
		{"system", identity.System("sealer"), true},
		{"zero actor", identity.Actor{}, false},
		{"a name alone", identity.Actor{ID: "os:0", Name: "root"}, false},
		{"a kind alone", identity.Actor{Kind: identity.SystemKind}, false},
		{"a manager", identity.Actor{ID: "p1", Name: "Ada", Kind: identity.Person, Roles: []identity.Role{identity.Manager}}, true},
		{"a person without a role", identity.Actor{ID: "p1", Name: "Ada", Kind: identity.Person}, false},
		{"unknown kind", identity.Actor{ID: "x", Kind: 99}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.actor.Authorise("constituency.import", "city.csv")
			if (err == nil) != tt.may {
				t.Fatalf("got %v", err)
			}
			if err != nil && (!problem.Is(err, problem.Forbidden) || !strings.Contains(err.Error(), "constituency.import on city.csv")) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		actor      identity.Actor
		text, kind string
	}{
		{identity.Actor{}, "nobody", "nobody"},
		{identity.System("retention"), "retention (system:retention)", "system"},
		{identity.Actor{ID: "p1", Name: "Ada", Kind: identity.Person}, "Ada (p1)", "person"},
		{identity.Actor{ID: "p1", Name: "Ada", Kind: 99}, "Ada (p1)", "nobody"},
	}
	for _, tt := range tests {
		if tt.actor.String() != tt.text || tt.actor.Kind.String() != tt.kind {
			t.Errorf("got %q and %q, want %q and %q", tt.actor, tt.actor.Kind, tt.text, tt.kind)
		}
	}
}

func TestAuditSaysWho(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		actor := identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
		err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
			if err := actor.AuditReason(tx, now, "feed.ingest", "f1", "replay", nil, 3); err != nil {
				return err
			}
			return actor.Audit(tx, now.Add(time.Second), "feed.ingest", "f2", nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := audit.New(db, clock.At(now)).List(context.Background(), audit.Query{})
		if err != nil || len(got.Items) != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
		line := got.Items[1]
		if line.Actor != "os:7" || line.ActorKind != "os-user" || line.Via != "cli" || line.Operation != "feed.ingest" ||
			line.Object != "f1" || line.Reason != "replay" || string(line.After) != "3" || len(line.Before) != 0 || !line.At.Equal(now) {
			t.Errorf("got %+v", line)
		}
	})
}
