package texts

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// latest is the latest decision about each file.
const latest = `SELECT a.language, a.file, a.version FROM text_activation a
	WHERE a.serial = (SELECT max(b.serial) FROM text_activation b WHERE b.language = a.language AND b.file = a.file)`

func insertVersion(tx *sqldb.Tx, v Version) error {
	_, err := tx.Exec(`INSERT INTO text_version (id, language, file, body, note, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		v.ID, v.Language, v.File, v.Text, v.Note, v.By, v.At)
	return err
}

func getVersion(tx *sqldb.Tx, name string) (v Version, err error) {
	var at int64
	err = tx.QueryRow(`SELECT id, language, file, body, note, made_by, made_at FROM text_version WHERE id = $1`, name).
		Scan(&v.ID, &v.Language, &v.File, &v.Text, &v.Note, &v.By, &at)
	if sqldb.NoRows(err) {
		return v, problem.New(problem.NotFound, "there is no version %q of a text", clip(name))
	}
	if err != nil {
		return v, err
	}
	v.At = sqldb.Time(at)
	active, err := activeOf(tx, v.Language, v.File)
	v.Active = active == v.ID
	return v, err
}

// activeOf is the version of a file in use; "" is none.
func activeOf(tx *sqldb.Tx, language, file string) (version string, err error) {
	err = tx.QueryRow(`SELECT version FROM text_activation WHERE language = $1 AND file = $2 ORDER BY serial DESC LIMIT 1`, language, file).Scan(&version)
	if sqldb.NoRows(err) {
		return "", nil
	}
	return version, err
}

func listVersions(tx *sqldb.Tx, language, file, before string, limit int) (list []Version, err error) {
	active, err := activeOf(tx, language, file)
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT id, language, file, note, made_by, made_at FROM text_version WHERE language = $1 AND file = $2 AND id < $3 ORDER BY id DESC LIMIT $4`,
		[]any{language, file, before, limit}, func(scan func(...any) error) error {
			var v Version
			var at int64
			err := scan(&v.ID, &v.Language, &v.File, &v.Note, &v.By, &at)
			v.At, v.Active = sqldb.Time(at), v.ID == active
			list = append(list, v)
			return err
		})
	return list, err
}

func listTurns(tx *sqldb.Tx, language, file string) (list []Turn, err error) {
	err = tx.Each(`SELECT version, acted_by, at FROM text_activation WHERE language = $1 AND file = $2 ORDER BY serial DESC LIMIT 100`, []any{language, file},
		func(scan func(...any) error) error {
			var t Turn
			var at int64
			err := scan(&t.Version, &t.By, &at)
			t.At = sqldb.Time(at)
			list = append(list, t)
			return err
		})
	return list, err
}

// options are the base with the versions in use.
func (s *Store) options(ctx context.Context) (message.Options, error) {
	o := s.base
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		o.Over = nil
		return tx.Each(`SELECT v.id, v.language, v.file, v.body FROM (`+latest+`) AS l JOIN text_version v ON v.id = l.version ORDER BY v.language, v.file`, nil,
			func(scan func(...any) error) error {
				var f message.File
				err := scan(&f.Version, &f.Language, &f.Name, &f.Text)
				o.Over = append(o.Over, f)
				return err
			})
	})
	return o, err
}

// Renderer gives what messages are written with now: made anew when somebody has activated something since. An error means that nothing is
// to be written: a version that was tried before cannot be used by this release of the program.
func (s *Store) Renderer(ctx context.Context) (*message.Renderer, error) {
	mark, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made != nil && s.mark == mark {
		return s.made, nil
	}
	o, err := s.options(ctx)
	if err != nil {
		return nil, err
	}
	made, err := message.New(o)
	if err != nil {
		return nil, problem.Wrap(problem.KindOf(err), err, "a text that was activated cannot be used any more: mend it, or go back to another version at /templates")
	}
	s.mark, s.made = mark, made
	return made, nil
}

// read gives what differs once something was activated.
func (s *Store) read(ctx context.Context) (mark int64, err error) {
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(max(serial), 0) FROM text_activation`).Scan(&mark)
	})
	return mark, err
}
