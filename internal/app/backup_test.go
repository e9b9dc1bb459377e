package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/backup"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// eachEngine runs a test on a house of either engine; a fresh one for what is restored is made by anew.
func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) { test(t, houseOn(t, engine)) })
	}
}

func houseOn(t *testing.T, engine sqldb.Engine) *house {
	h := newHouse(t)
	if engine == sqldb.Postgres {
		h.conf.Database.URL = sqldbtest.Migrated(t, engine)
	}
	return h
}

func (h *house) backup(name string, change func(*BackupOptions)) (string, backup.Manifest) {
	h.Helper()
	v, err := OpenVault(h.Context(), h.options())
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = v.Close(context.WithoutCancel(h.Context())) }()
	o := BackupOptions{File: filepath.Join(h.TempDir(), name)}
	if change != nil {
		change(&o)
	}
	m, err := v.Backup(h.Context(), tester, o)
	if err != nil {
		h.Fatal(err)
	}
	return o.File, m
}

func (h *house) verify() Verified {
	h.Helper()
	v, err := OpenVault(h.Context(), h.options())
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = v.Close(context.WithoutCancel(h.Context())) }()
	r, err := v.Verify(h.Context(), tester, nil)
	if err != nil {
		h.Fatal(err)
	}
	return r
}

func (h *house) restore(file string) (Restored, error) {
	return Restore(h.Context(), h.options(), tester, RestoreOptions{File: file})
}

func (h *house) counts() string {
	h.Helper()
	a, stop := h.open()
	defer stop()
	got, err := a.Desk.Count(h.Context(), tester, desk.EventQuery{By: []string{"organisation", "source.ip"}})
	if err != nil {
		h.Fatal(err)
	}
	return fmt.Sprintf("%+v", got)
}

// Whatever engine it came from and goes to, what comes back is what there was.
func TestBackupAndRestore(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.fill("192.0.2.1\n192.0.2.2\n198.51.100.1\nnonsense\n")
		a, stop := h.open()
		if _, err := a.ApplyFindings(t.Context(), tester, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "desk", Name: "2", Reader: strings.NewReader("192.0.2.3\n")}); err != nil {
			t.Fatal(err)
		}
		stop() // its facts wait to be applied
		file, m := h.backup("b", nil)
		if m.Figures["events"] != 4 || m.Figures["findings"] == 0 || m.Figures["facts to be applied"] == 0 || len(m.Faults) != 0 {
			t.Fatalf("%+v", m)
		}
		want := h.counts()
		for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
			t.Run("to "+string(engine), func(t *testing.T) {
				n := houseOn(t, engine)
				if _, err := n.restore(file); err != nil {
					t.Fatal(err)
				}
				r := n.verify()
				if len(r.Faults) != 0 || r.Files == 0 {
					t.Fatalf("%+v", r)
				}
				for name, v := range m.Figures {
					if name != "audit entries" && r.Figures[name] != v {
						t.Errorf("%d %s, want %d", r.Figures[name], name, v)
					}
				}
				if got := n.counts(); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				n.goesOn()
			})
		}
	})
}

// goesOn works with what was restored: facts that waited are applied, new events come in.
func (h *house) goesOn() {
	h.Helper()
	a, stop := h.open()
	defer stop()
	if _, err := a.ApplyFindings(h.Context(), tester, nil); err != nil {
		h.Error(err)
	}
	if _, err := a.Feeds.Ingest(h.Context(), tester, feed.Source{Feed: "desk", Name: "3", Reader: strings.NewReader("192.0.2.9\n")}); err != nil {
		h.Error(err)
	}
	k := a.Keeper(true)
	if _, err := k.Sweep(h.Context(), tester, false); err != nil {
		h.Error(err)
	}
	if _, err := k.Compact(h.Context(), tester, false); err != nil {
		h.Error(err)
	}
}

// A backup under way sees one moment, whatever is taken in and applied meanwhile.
func TestBackupWhileOthersWork(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.fill("192.0.2.1\n")
		a, stop := h.open()
		defer stop()
		done := make(chan struct{})
		var work sync.WaitGroup
		work.Go(func() { h.ingestUntil(a, done) })
		var files []string
		for i := range 5 {
			file, m := h.backup(fmt.Sprint("b", i), nil)
			if len(m.Faults) > 0 {
				t.Errorf("backup %d: %+v", i, m.Faults)
			}
			files = append(files, file)
		}
		close(done)
		work.Wait()
		for _, file := range files {
			n := newHouse(t)
			r, err := n.restore(file)
			if err != nil {
				t.Fatal(err)
			}
			v := n.verify()
			if len(v.Faults) > 0 || v.Figures["events"] != r.Figures["events"] || v.Figures["findings"] != r.Figures["findings"] {
				t.Errorf("%+v, and the backup says %v", v, r.Figures)
			}
			if got := strings.Count(n.counts(), "Count:"); got > 0 && int64(got) > r.Figures["events"] {
				t.Errorf("%d events of %d", got, r.Figures["events"])
			}
		}
	})
}

func (h *house) ingestUntil(a *App, done chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		default:
		}
		list := fmt.Sprintf("192.0.2.%d\n198.51.100.%d\nnonsense %d\n", i%250, i%250, i)
		if _, err := a.Feeds.Ingest(h.Context(), tester, feed.Source{Feed: "desk", Name: fmt.Sprint(i), Reader: strings.NewReader(list)}); err != nil {
			h.Error(err)
			return
		}
		if _, err := a.ApplyFindings(h.Context(), tester, nil); err != nil {
			h.Error(err)
			return
		}
	}
}

// What is restored sends nothing, and nobody gets in by what was good before.
func TestRestoredIsQuarantined(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.fill("192.0.2.1\n")
		a, stop := h.open()
		link, _, err := a.Sessions.NewLink(t.Context(), tester, tester)
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := (&token.Tokens{DB: a.DB, Clock: a.Clock}).New(t.Context(), tester, "sensor", "desk")
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Delivery.Stop(t.Context(), tester, delivery.All, "an old reason"); err != nil {
			t.Fatal(err)
		}
		stop()
		file, m := h.backup("b", nil)
		n := newHouse(t)
		if _, err := n.restore(file); err != nil {
			t.Fatal(err)
		}
		b, _ := n.open()
		orders, err := b.Delivery.Stops(t.Context(), tester)
		if err != nil || len(orders) != 1 || orders[0].Scope != delivery.All || !strings.Contains(orders[0].By, "restore") ||
			!strings.Contains(orders[0].Reason, m.ID) || !strings.Contains(orders[0].Reason, "an old reason") {
			t.Errorf("%+v, %v", orders, err)
		}
		if _, ok, err := (&token.Tokens{DB: b.DB, Clock: b.Clock}).Check(t.Context(), text, "desk"); ok || err != nil {
			t.Errorf("the token is good: %v", err)
		}
		links := -1
		err = b.DB.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM login_link`).Scan(&links) })
		if err != nil || links != 0 || link == "" {
			t.Errorf("%d links are left, %v", links, err)
		}
		if err := b.Delivery.Resume(t.Context(), tester, delivery.All); err != nil {
			t.Error(err)
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	file, _ := h.backup("b", nil)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged")
	whole[len(whole)/2] ^= 1
	tests := []struct {
		name    string
		prepare func(t *testing.T, n *house) (file string)
		kind    problem.Kind
		says    string
	}{
		{"a folder in use", func(t *testing.T, n *house) string { n.fill("192.0.2.1\n"); return file }, problem.Conflict, "is not empty"},
		{"a damaged file", func(t *testing.T, _ *house) string { return damaged }, problem.Invalid, "nothing was restored"},
		{"no file", func(*testing.T, *house) string { return damaged + "x" }, problem.Unavailable, "open the backup"},
		{"a database in use", func(t *testing.T, n *house) string {
			other := houseOn(t, sqldb.Postgres)
			other.fill("192.0.2.1\n")
			n.conf.Database.URL = other.conf.Database.URL
			return file
		}, problem.Conflict, "is not empty"},
		{"somebody at work", func(t *testing.T, n *house) string {
			n.open()
			return file
		}, problem.Unavailable, "works in this data folder"},
	}
	if err := os.WriteFile(damaged, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newHouse(t)
			from := tt.prepare(t, n)
			_, err := n.restore(from)
			if !problem.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Error(err)
			}
			if _, err := os.Stat(n.path(restoreDir)); !errors.Is(err, os.ErrNotExist) {
				t.Error("something half restored is left")
			}
		})
	}
	if _, err := Restore(t.Context(), h.options(), identity.Actor{}, RestoreOptions{}); !problem.Is(err, problem.Forbidden) {
		t.Error(err)
	}
}

// Keys come back from their own file, and only from there.
func TestKeysApart(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	var keys string
	file, _ := h.backup("b", func(o *BackupOptions) {
		o.Keys, o.Passphrase = o.File+".keys", "correct horse"
		keys = o.Keys
	})
	want, err := os.ReadFile(h.path("keys", dedupeSecret+".key"))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(archive), strings.TrimSpace(string(want))) {
		t.Error("a key is in the archive", err)
	}
	n := newHouse(t)
	_, err = Restore(t.Context(), n.options(), tester, RestoreOptions{File: file, Keys: keys, Passphrase: "wrong horse"})
	if !problem.Is(err, problem.Forbidden) {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), n.options(), tester, RestoreOptions{File: file, Keys: keys, Passphrase: "correct horse"})
	if err != nil || r.Keys == 0 {
		t.Fatal(r.Keys, err)
	}
	if got, err := os.ReadFile(n.path("keys", dedupeSecret+".key")); err != nil || string(got) != string(want) {
		t.Error("the key is another one", err)
	}
}

// A byte that the disk changed is found, whichever file it is in.
func TestVerifyFindsDamage(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.fill("192.0.2.1\nnonsense\n")
		before := h.verify()
		if len(before.Faults) != 0 || before.New == 0 || before.Files != 4 { // segment, facts, set-aside rows, raw input
			t.Fatalf("%+v", before)
		}
		err := filepath.WalkDir(h.path(), func(path string, d os.DirEntry, err error) error {
			name, rel := filepath.Rel(h.path(), path)
			folder, _, _ := strings.Cut(name, "/")
			if err != nil || rel != nil || d.IsDir() || !strings.Contains("events folds aside blobs", folder) {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			if err := os.WriteFile(path, b, 0o600); err != nil {
				return err
			}
			if r := h.verify(); len(r.Faults) != 1 || r.Faults[0].Name != name {
				t.Errorf("%s was changed: %+v", name, r.Faults)
			}
			if _, m := h.backup(strings.ReplaceAll(name, "/", "-"), nil); len(m.Faults) != 1 || m.Faults[0].Name != name {
				t.Errorf("%s was changed, and the backup says %+v", name, m.Faults)
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(h.path("blobs")); err != nil {
			t.Fatal(err)
		}
		if r := h.verify(); len(r.Faults) != 1 || !strings.Contains(r.Faults[0].What, "missing") {
			t.Errorf("%+v", r.Faults)
		}
	})
}

func TestVerifyFindsAChangedRecord(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	a, stop := h.open()
	err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE audit_payload SET reason = 'nothing happened' WHERE id = (SELECT min(id) FROM audit_payload)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if r := h.verify(); len(r.Faults) != 1 || r.Faults[0].Name != "audit record" {
		t.Errorf("%+v", r.Faults)
	}
}
