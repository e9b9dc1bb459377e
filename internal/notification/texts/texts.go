// Package texts keeps versions of the texts that messages are written with.
//
// A version is a file of one language (message.LetterFile or message.AdviceFile) as somebody wrote it; it never changes. One version of a file
// may be activated: then it stands before the file of the folder notify.templates, and that before the built-in one. Before that it is tried on
// examples, so that what cannot be used is refused while somebody looks. All processes on the database use what was activated from their next
// message on.
package texts

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations: reading texts, writing a version, and deciding which version is used.
const (
	OpRead     identity.Operation = "text.read"
	OpWrite    identity.Operation = "text.write"
	OpActivate identity.Operation = "text.activate"
)

// Version is a file of texts as somebody wrote it.
type Version struct {
	ID       string    `json:"id"`
	Language string    `json:"language"`
	File     string    `json:"file"`
	Text     string    `json:"text,omitempty"` // not in lists
	Note     string    `json:"note,omitempty"` // what was changed, for people
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Active   bool      `json:"active"`
}

func (v Version) file() message.File {
	return message.File{Language: v.Language, Name: v.File, Text: v.Text, Version: v.ID}
}

// Turn is a change of what is used.
type Turn struct {
	Version string // "" where the folder's or the built-in text came back
	By      string
	At      time.Time
}

// Store keeps the versions in a database. It is safe for concurrent use.
type Store struct {
	db    *sqldb.DB
	clock clock.Clock
	base  message.Options

	mu   sync.Mutex
	mark int64 // of what made is made
	made *message.Renderer
}

// New makes the store; base is how messages are written without it.
func New(db *sqldb.DB, c clock.Clock, base message.Options) *Store {
	return &Store{db: db, clock: c, base: base}
}

// maxNote bounds what people write about a version, in bytes.
const maxNote = 500

// Write keeps a version; nothing changes until it is activated. A text that cannot be used is kept all the same, so that nobody loses work, and
// why comes back beside it. Errors: Forbidden; Invalid for a file that no language has, or one that is too large.
func (s *Store) Write(ctx context.Context, actor identity.Actor, v Version) (out Version, fault, err error) {
	if err := actor.Authorise(OpWrite, v.Language+"/"+v.File); err != nil {
		return v, nil, err
	}
	v.Text = strings.ReplaceAll(strings.ToValidUTF8(v.Text, "?"), "\r\n", "\n")
	v.Note = strings.TrimSpace(strings.ToValidUTF8(v.Note, "?"))
	if err := v.file().Check(); err != nil {
		return v, nil, err
	}
	if len(v.Note) > maxNote || strings.ContainsRune(v.Text+v.Note, 0) {
		return v, nil, problem.New(problem.Invalid, "the note has %d bytes at most, and no text holds the character NUL", maxNote)
	}
	v.ID, v.By, v.At, v.Active = id.NewAt(s.clock.Now()), actor.String(), s.clock.Now(), false
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := insertVersion(tx, v); err != nil {
			return err
		}
		return actor.AuditReason(tx, v.At, OpWrite, v.ID, v.Note, nil, map[string]any{"language": v.Language, "file": v.File, "bytes": len(v.Text)})
	})
	if err != nil {
		return v, nil, err
	}
	_, fault = s.Try(ctx, actor, v)
	return v, fault, nil
}

// Try makes what would write messages if the version were used, and tries it on examples; Invalid, with file and line, if it cannot be used.
func (s *Store) Try(ctx context.Context, actor identity.Actor, v Version) (*message.Renderer, error) {
	if err := actor.Authorise(OpRead, v.Language+"/"+v.File); err != nil {
		return nil, err
	}
	if err := v.file().Check(); err != nil {
		return nil, err
	}
	o, err := s.options(ctx)
	if err != nil {
		return nil, err
	}
	return message.New(o.With(v.file()))
}

// Activate lets messages be written with a version from now on. Errors: NotFound; Invalid if it cannot be used.
func (s *Store) Activate(ctx context.Context, actor identity.Actor, version string) error {
	if err := actor.Authorise(OpActivate, version); err != nil {
		return err
	}
	v, err := s.Get(ctx, actor, version)
	if err != nil {
		return err
	}
	if _, err := s.Try(ctx, actor, v); err != nil {
		return err
	}
	return s.turn(ctx, actor, v.Language, v.File, v.ID)
}

// Deactivate lets the folder's, or the built-in, text of a file be used again. Errors: Conflict if no version of it is used; Invalid if the
// others could not be used without it.
func (s *Store) Deactivate(ctx context.Context, actor identity.Actor, language, file string) error {
	if err := actor.Authorise(OpActivate, language+"/"+file); err != nil {
		return err
	}
	o, err := s.options(ctx)
	if err != nil {
		return err
	}
	var rest []message.File
	for _, f := range o.Over {
		if f.Language != language || f.Name != file {
			rest = append(rest, f)
		}
	}
	if len(rest) == len(o.Over) {
		return problem.New(problem.Conflict, "no version of %s/%s is in use", clip(language), clip(file))
	}
	o.Over = rest
	if _, err := message.New(o); err != nil {
		return err
	}
	return s.turn(ctx, actor, language, file, "")
}

func (s *Store) turn(ctx context.Context, actor identity.Actor, language, file, version string) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.clock.Now()
		before, err := activeOf(tx, language, file)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO text_activation (serial, language, file, version, acted_by, at)
			SELECT COALESCE(max(serial), 0) + 1, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM text_activation`,
			language, file, version, actor.String(), now)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpActivate, language+"/"+file, map[string]any{"version": before}, map[string]any{"version": version})
	})
}

// Get gives a version with its text. NotFound if there is none.
func (s *Store) Get(ctx context.Context, actor identity.Actor, version string) (v Version, err error) {
	if err := actor.Authorise(OpRead, version); err != nil {
		return v, err
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		v, err = getVersion(tx, version)
		return err
	})
	return v, err
}

// List lists the versions of a file without their texts, the newest first.
func (s *Store) List(ctx context.Context, actor identity.Actor, language, file string, ask page.Request) (page.Page[Version], error) {
	if err := actor.Authorise(OpRead, language+"/"+file); err != nil {
		return page.Page[Version]{}, err
	}
	before := "~" // behind all ids
	if _, err := ask.After.Into(&before); err != nil {
		return page.Page[Version]{}, err
	}
	var list []Version
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		list, err = listVersions(tx, language, file, before, ask.Rows()+1)
		return err
	})
	return page.Cut(list, ask.Rows(), func(v Version) []any { return []any{v.ID} }), err
}

// Turns lists when which version of a file was put into use, the newest first.
func (s *Store) Turns(ctx context.Context, actor identity.Actor, language, file string) (list []Turn, err error) {
	if err := actor.Authorise(OpRead, language+"/"+file); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = listTurns(tx, language, file)
		return err
	})
	return list, err
}

// Files lists the texts in force, and where each comes from.
func (s *Store) Files(ctx context.Context, actor identity.Actor) ([]message.Used, error) {
	if err := actor.Authorise(OpRead, "texts"); err != nil {
		return nil, err
	}
	o, err := s.options(ctx)
	if err != nil {
		return nil, err
	}
	return message.Files(o)
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
