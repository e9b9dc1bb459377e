package texts

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ctx  = context.Background()
	ada  = identity.Actor{ID: "os:7", Name: "ada", Kind: identity.OSUserKind, Via: "cli"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// builtIn is the English letter.
func builtIn(t *testing.T) string {
	t.Helper()
	files, err := message.Files(message.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Language == "en" && f.Name == message.LetterFile {
			return f.Text
		}
	}
	t.Fatal("no English letter")
	return ""
}

func subject(t *testing.T, s *Store) string {
	t.Helper()
	r, err := s.Renderer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := r.Subject(message.Letter{Language: "en", Sections: []message.Section{{Type: "infected-system", Findings: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVersions(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := New(db, clock.At(noon), message.Options{})
		other := New(db, clock.At(noon), message.Options{}) // another process
		before := subject(t, s)
		text := strings.Replace(builtIn(t), `{{define "subject"}}`, `{{define "subject"}}HELLO `, 1)
		v, fault, err := s.Write(ctx, ada, Version{Language: "en", File: message.LetterFile, Text: text, Note: "greets"})
		if err != nil || fault != nil {
			t.Fatal(err, fault)
		}
		if subject(t, s) != before {
			t.Error("it is used before it was activated")
		}
		if err := s.Activate(ctx, ada, v.ID); err != nil {
			t.Fatal(err)
		}
		for name, store := range map[string]*Store{"this": s, "the other": other} {
			if !strings.Contains(subject(t, store), "HELLO") {
				t.Errorf("%s process does not use it", name)
			}
		}
		list, err := s.List(ctx, ada, "en", message.LetterFile, page.Request{})
		if err != nil || len(list.Items) != 1 || !list.Items[0].Active || list.Items[0].Text != "" {
			t.Errorf("%+v, %v", list, err)
		}
		if err := s.Deactivate(ctx, ada, "en", message.LetterFile); err != nil || subject(t, s) != before {
			t.Errorf("the built-in text did not come back: %v", err)
		}
		if err := s.Deactivate(ctx, ada, "en", message.LetterFile); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if turns, err := s.Turns(ctx, ada, "en", message.LetterFile); err != nil || len(turns) != 2 || turns[0].Version != "" || turns[1].Version != v.ID {
			t.Errorf("%+v, %v", turns, err)
		}
	})
}

func TestWhatCannotBeUsedIsKeptAndNotActivated(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := New(db, clock.At(noon), message.Options{})
		for name, text := range map[string]string{"broken": "{{.Nonsense", "nothing defined": "hello", "asks for what is not there": builtIn(t) + "{{.Nonsense}}"} {
			v, fault, err := s.Write(ctx, ada, Version{Language: "en", File: message.LetterFile, Text: text})
			if err != nil || fault == nil {
				t.Errorf("%s: %v, %v", name, err, fault)
				continue
			}
			if err := s.Activate(ctx, ada, v.ID); err == nil {
				t.Errorf("%s: it was activated", name)
			}
			if got, err := s.Get(ctx, ada, v.ID); err != nil || got.Text != text {
				t.Errorf("%s: it is lost: %v", name, err)
			}
		}
	})
}

func TestRefused(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := New(db, clock.At(noon), message.Options{})
		for name, v := range map[string]Version{
			"another file": {Language: "en", File: "../../etc/passwd"}, "no language": {Language: "../x", File: message.LetterFile},
			"too large": {Language: "en", File: message.LetterFile, Text: strings.Repeat("x", message.MaxFile+1)},
			"NUL":       {Language: "en", File: message.LetterFile, Text: "a\x00b"},
		} {
			if _, _, err := s.Write(ctx, ada, v); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := s.Write(ctx, identity.Actor{}, Version{Language: "en", File: message.LetterFile}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
		if err := s.Activate(ctx, ada, "nothing"); !problem.Is(err, problem.NotFound) {
			t.Errorf("no version: %v", err)
		}
	})
}
