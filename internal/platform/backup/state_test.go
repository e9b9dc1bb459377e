package backup

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// exported collects the pieces of a database.
func exported(t *testing.T, db *sqldb.DB) (names []string, pieces []Piece) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return Export(tx, func(name string, packed []byte) error {
			names = append(names, name)
			pieces = append(pieces, Piece{Table: strings.Split(name, "/")[1], Packed: func() ([]byte, error) { return packed, nil }})
			return checkName(name)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, pieces
}

// fill writes rows of every kind of value: references backwards and forwards, null, empty and long ones.
func fill(t *testing.T, db *sqldb.DB) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		statements := []struct {
			query string
			args  []any
		}{
			{`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ('o2', 'Über "AG"', 'über', 'company', 1, 1, 1)`, nil},
			{`INSERT INTO organisation (id, name, name_key, kind, parent, version, created, updated) VALUES ('o1', '', 'x', 'company', 'o2', 1, 1, 1)`, nil},
			{`INSERT INTO audit_entry (id, commitment) VALUES ('a', $1)`, []any{[]byte{}}},
			{`INSERT INTO audit_entry (id, commitment, seq, hash) VALUES ('b', $1, 1, $1)`, []any{[]byte{0, 255, 1}}},
			{`INSERT INTO stop_order (scope, ordered_by, reason, at) VALUES ('all', 'x', $1, $2)`, []any{strings.Repeat("long ", 1000), int64(-1 << 62)}},
			{`UPDATE manifest_head SET position = 42`, nil},
		}
		for i := range 3000 {
			statements = append(statements, statements[0])
			statements[len(statements)-1].query = `INSERT INTO delivery_body (delivery, bytes) VALUES ($1, $2)`
			statements[len(statements)-1].args = []any{fmt.Sprint(i), bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1000)}
		}
		for _, s := range statements {
			if _, err := tx.Exec(s.query, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What either engine gives, either takes; and what it gives again is the same, byte for byte.
func TestStateMovesBetweenEngines(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, from *sqldb.DB) {
		fill(t, from)
		names, pieces := exported(t, from)
		sqldbtest.Each(t, func(t *testing.T, to *sqldb.DB) {
			ran := false
			err := Import(t.Context(), to, pieces, func(*sqldb.Tx) error { ran = true; return nil })
			if err != nil || !ran {
				t.Fatal(ran, err)
			}
			names2, pieces2 := exported(t, to)
			if len(names2) != len(names) {
				t.Fatalf("%d pieces, want %d", len(names2), len(names))
			}
			for i := range pieces {
				a, _ := pieces[i].Packed()
				b, _ := pieces2[i].Packed()
				if names[i] != names2[i] || !bytes.Equal(a, b) {
					t.Errorf("%s is not %s", names2[i], names[i])
				}
			}
		})
	})
}

func TestImportIsAllOrNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db)
		_, pieces := exported(t, db)
		fresh := sqldbtest.Open(t, db.Engine())
		wrong := []struct {
			name   string
			pieces []Piece
			then   error
		}{
			{"refused at the end", pieces, problem.New(problem.Invalid, "no")},
			{"an unknown table", append(pieces[:len(pieces):len(pieces)], Piece{Table: "x\"; DROP TABLE lease", Packed: pieces[0].Packed}), nil},
			{"another table's columns", append(pieces[:len(pieces):len(pieces)], Piece{Table: "lease", Packed: pieces[0].Packed}), nil},
			{"no rows", append(pieces[:len(pieces):len(pieces)], Piece{Table: "lease", Packed: func() ([]byte, error) { return []byte("x"), nil }}), nil},
			{"what is referred to is missing", without(pieces, "organisation", "audit_entry"), nil},
		}
		for _, tt := range wrong {
			t.Run(tt.name, func(t *testing.T) {
				err := Import(t.Context(), fresh, tt.pieces, func(*sqldb.Tx) error { return tt.then })
				if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.Conflict) {
					t.Errorf("%v", err)
				}
				var empty bool
				err = fresh.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
					empty, err = Empty(tx)
					return err
				})
				if err != nil || !empty {
					t.Errorf("something is left: %v", err)
				}
			})
		}
	})
}

func without(pieces []Piece, tables ...string) (out []Piece) {
	for _, p := range pieces {
		if p.Table != tables[0] && p.Table != tables[1] {
			out = append(out, p)
		}
	}
	return append(out, Piece{Table: "audit_payload", Packed: func() ([]byte, error) {
		p := newPiece([]string{"id", "salt", "at", "actor", "actor_kind", "via", "operation", "object", "reason", "before_value", "after_value"})
		err := p.add([]any{"nobody", []byte{1}, int64(1), "", "", "", "", "", "", "", ""})
		z, err2 := zstd.NewWriter(nil)
		return p.pack(z), errors.Join(err, err2)
	}})
}

func TestFigures(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db)
		err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
			got, err := Figures(tx)
			if err != nil || len(got) != len(figures) || got["organisations"] != 2 || got["audit entries"] != 2 {
				t.Errorf("%v, %v", got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
