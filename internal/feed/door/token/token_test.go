package token_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ctx   = context.Background()
	actor = identity.System("test")
	now   = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
)

func each(t *testing.T, do func(t *testing.T, all *token.Tokens, c *clock.Fixed)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := clock.At(now)
		do(t, &token.Tokens{DB: db, Clock: c}, c)
	})
}

func check(t *testing.T, all *token.Tokens, text, feed string) bool {
	t.Helper()
	_, ok, err := all.Check(ctx, text, feed)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, all *token.Tokens, c *clock.Fixed) {
		text, made, err := all.New(ctx, actor, "sensor 1", "a")
		if err != nil || !strings.HasPrefix(text, "fh_"+made.ID+"_") {
			t.Fatalf("%q, %v", text, err)
		}
		other, _, err := all.New(ctx, actor, "", "b")
		if err != nil {
			t.Fatal(err)
		}
		wrong := map[string]string{
			"of another feed": other, "no text": "", "no secret": "fh_" + made.ID, "no secret behind the mark": "fh_" + made.ID + "_",
			"a letter more": text + "a", "another case": strings.ToUpper(text), "hostile": "fh_' OR 1=1 --_x", "NUL": "fh_\x00_\x00",
			"another's secret": "fh_" + made.ID + "_" + other[strings.LastIndex(other, "_")+1:],
		}
		for name, w := range wrong {
			if check(t, all, w, "a") {
				t.Errorf("%s is let in", name)
			}
		}
		if !check(t, all, text, "a") || check(t, all, text, "b") {
			t.Error("the right token is for its feed alone")
		}
		if err := made.Actor().Authorise(feed.OpRead, "a"); err == nil {
			t.Error("who has a token may do more than push")
		}
		c.Advance(time.Hour)
		if err := all.Revoke(ctx, actor, made.ID); err != nil {
			t.Fatal(err)
		}
		if check(t, all, text, "a") {
			t.Error("a revoked token is let in")
		}
		list, err := all.List(ctx, actor, "a")
		if err != nil || len(list) != 1 || list[0].Name != "sensor 1" || !list[0].Used.Equal(now) || !list[0].Revoked.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, all *token.Tokens, _ *clock.Fixed) {
		_, made, err := all.New(ctx, actor, "", "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := all.Revoke(ctx, actor, made.ID); err != nil {
			t.Fatal(err)
		}
		_, _, long := all.New(ctx, actor, strings.Repeat("x", 300), "a")
		_, _, nobody := all.New(ctx, identity.Actor{}, "", "a")
		_, list := all.List(ctx, identity.Actor{}, "a")
		tests := []struct {
			name string
			err  error
			want problem.Kind
		}{
			{"revoked twice", all.Revoke(ctx, actor, made.ID), problem.Conflict},
			{"revoked without being there", all.Revoke(ctx, actor, "x"), problem.NotFound},
			{"long name", long, problem.Invalid},
			{"made by nobody", nobody, problem.Forbidden},
			{"listed by nobody", list, problem.Forbidden},
			{"revoked by nobody", all.Revoke(ctx, identity.Actor{}, made.ID), problem.Forbidden},
		}
		for _, tt := range tests {
			if !problem.Is(tt.err, tt.want) {
				t.Errorf("%s: %v", tt.name, tt.err)
			}
		}
	})
}
