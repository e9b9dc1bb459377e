package evidence

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// kept puts a text into the vault and notes it as an item with three acts.
func kept(t *testing.T, db *sqldb.DB, v *Vault) (i Item, heads map[int64]string) {
	t.Helper()
	heads = map[int64]string{}
	s := stored(t, v, "the plan")
	write(t, db, func(tx *sqldb.Tx) (err error) {
		if i, err = v.AddFor(tx, now, "ada", "court", s, Item{About: "r", Parent: "r", Name: "plan", Source: Source{How: "copied"}}); err != nil {
			return err
		}
		heads[i.Step] = i.Head
		if err := v.Mark(tx, now, &i, "bob", true, "a scanner said so"); err != nil {
			return err
		}
		heads[i.Step] = i.Head
		if err := v.HandOut(tx, &i, Custody{At: now, By: "bob", Reason: "asked", To: "Police"}); err != nil {
			return err
		}
		heads[i.Step] = i.Head
		return nil
	})
	return i, heads
}

func judged(t *testing.T, db *sqldb.DB, v *Vault, name string, heads map[int64]string) (out Verdict) {
	t.Helper()
	write(t, db, func(tx *sqldb.Tx) error {
		i, err := v.Item(tx, name)
		if err != nil {
			return err
		}
		chain, err := Chain(tx, name)
		out = v.Verify(&i, chain, heads)
		return err
	})
	return out
}

// Whatever is altered in the table, the first entry that does not hold is named; who rewrites all hashes is found out by the audit record.
func TestTamperedChainIsNamed(t *testing.T) {
	all := `UPDATE evidence_custody SET hash = '' WHERE 1 = 1`
	tests := []struct {
		name string
		sql  []string
		step int64
		why  string
	}{
		{"nothing", nil, 0, ""},
		{"a reason", []string{`UPDATE evidence_custody SET reason = 'x' WHERE step = 2`}, 2, WrongEntry},
		{"who", []string{`UPDATE evidence_custody SET actor = 'eve' WHERE step = 3`}, 3, WrongEntry},
		{"when", []string{`UPDATE evidence_custody SET at = at + 1 WHERE step = 1`}, 1, WrongEntry},
		{"one is gone", []string{`DELETE FROM evidence_custody WHERE step = 2`}, 2, WrongMissing},
		{"the last is gone", []string{`DELETE FROM evidence_custody WHERE step = 3`}, 3, WrongMissing},
		{"the last is gone, and the item says so", []string{`DELETE FROM evidence_custody WHERE step = 3`, `UPDATE evidence_item SET step = 2, head = ''`}, 3, WrongMissing},
		{"all hashes are written anew", []string{`UPDATE evidence_custody SET actor = 'eve' WHERE step = 2`, all, `UPDATE evidence_item SET head = ''`}, 2, WrongHead},
		{"the file is another", []string{`UPDATE evidence_custody SET content = 'x' WHERE step = 1`, all, `UPDATE evidence_item SET head = ''`}, 1, WrongHead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := sqldbtest.Open(t, sqldb.SQLite)
			v, _ := vault(t)
			i, heads := kept(t, db, v)
			for _, sql := range tt.sql {
				write(t, db, func(tx *sqldb.Tx) error {
					_, err := tx.Exec(sql)
					return err
				})
			}
			got := judged(t, db, v, i.ID, heads)
			if got.Holds != (tt.why == "") || got.Step != tt.step || got.Why != tt.why {
				t.Errorf("%+v", got)
			}
			if tt.why == "" && got.Recorded != 3 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAnotherFileIsNoticed(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	v, _ := vault(t)
	i, heads := kept(t, db, v)
	i.SHA256 = strings.Repeat("0", 64)
	write(t, db, func(tx *sqldb.Tx) error {
		chain, err := Chain(tx, i.ID)
		if got := v.Verify(&i, chain, heads); got.Why != WrongContent || got.Step != 1 {
			t.Errorf("%+v", got)
		}
		return err
	})
}

// Acts at the same time stand one after the other.
func TestActsAtTheSameTime(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		v, _ := vault(t)
		i, heads := kept(t, db, v)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_ = db.Write(t.Context(), func(tx *sqldb.Tx) error { return v.HandOut(tx, &Item{ID: i.ID}, Custody{At: now, By: "eve", To: "x"}) })
			})
		}
		wg.Wait()
		if got := judged(t, db, v, i.ID, heads); !got.Holds {
			t.Errorf("%+v", got)
		}
		write(t, db, func(tx *sqldb.Tx) error {
			chain, err := Chain(tx, i.ID)
			if len(chain) != 7 {
				t.Errorf("%d entries", len(chain))
			}
			return err
		})
	})
}

// A chain of before there was one is taken over: what is added afterwards holds it.
func TestOldChainIsTakenOver(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	v, _ := vault(t)
	i, _ := kept(t, db, v)
	for _, sql := range []string{`UPDATE evidence_custody SET hash = '', content = ''`, `UPDATE evidence_item SET head = ''`} {
		write(t, db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(sql)
			return err
		})
	}
	write(t, db, func(tx *sqldb.Tx) error { return v.HandOut(tx, &i, Custody{At: now, By: "bob", To: "x"}) })
	if got := judged(t, db, v, i.ID, nil); !got.Holds {
		t.Errorf("%+v", got)
	}
	write(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE evidence_custody SET reason = 'x' WHERE step = 2`)
		return err
	})
	if got := judged(t, db, v, i.ID, nil); got.Holds {
		t.Error("an entry of before was altered, and nothing is said")
	}
}

// What changes on the disk is refused: a byte, and a whole other file that was encrypted to the vault.
func TestCheck(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	v, dir := vault(t)
	i, _ := kept(t, db, v)
	if len(i.MD5) != 32 || len(i.SHA1) != 40 {
		t.Errorf("%+v", i)
	}
	if _, err := v.Check(&i); err != nil {
		t.Fatal(err)
	}
	other := stored(t, v, "another plan")
	path := v.path(i.address)
	foreign, err := os.ReadFile(v.path(other.Address))
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	was[len(was)-1] ^= 1
	for name, text := range map[string][]byte{"another file": foreign, "a byte": was, "cut off": was[:len(was)-3]} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Check(&i); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_ = dir
}

func TestRecipient(t *testing.T) {
	for text, fits := range map[string]bool{"": true, "age1xx": false, "ssh-ed25519 AAAA": false, "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p": true} {
		if _, err := ParseRecipient(text); (err == nil) != fits {
			t.Errorf("%q: %v", text, err)
		}
	}
}
