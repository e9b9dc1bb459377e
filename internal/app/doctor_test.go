package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var importOptions = constituency.ImportOptions{Name: "register.csv"}

// worst gives the worst level and the messages that are not good.
func worst(list []Finding) (Level, string) {
	level, text := Good, ""
	for _, f := range list {
		if f.Level == Good {
			continue
		}
		text += f.Check + ": " + f.Message + "\n"
		if level != Broken {
			level = f.Level
		}
	}
	return level, text
}

func TestDoctor(t *testing.T) {
	tests := []struct {
		name   string
		damage func(h *house)
		level  Level
		says   string
	}{
		{"all well", func(*house) {}, Good, ""},
		{"no folder", func(h *house) { h.conf.Data.Dir += "-elsewhere" }, Broken, "is not there"},
		{"a file in its place", func(h *house) { h.conf.Data.Dir = h.path("lock") }, Broken, "is a file"},
		{"others may enter", func(h *house) { h.must(os.Chmod(h.path(), 0o750)) }, Broken, "can be entered by others (mode 0750)"},
		{"others may read the key", func(h *house) { h.must(os.Chmod(h.path("keys", "dedupe.key"), 0o640)) }, Broken, "can be read by others"},
		{"the key is gone", func(h *house) { h.must(os.Remove(h.path("keys", "dedupe.key"))) }, Broken, "is gone"},
		{"the key is damaged", func(h *house) { h.must(os.WriteFile(h.path("keys", "dedupe.key"), []byte("zz"), 0o600)) }, Broken, "64 hexadecimal digits"},
		{"the state is gone", func(h *house) { h.must(os.Remove(h.path("state.db"))) }, Broken, "there is no state.db"},
		{"the state is damaged", func(h *house) {
			h.must(os.Remove(h.path("state.db")))
			h.must(os.WriteFile(h.path("state.db"), []byte(strings.Repeat("junk", 4096)), 0o600))
		}, Broken, "database"},
		{"no database server", func(h *house) { h.conf.Database.URL = "postgres://nobody@127.0.0.1:1/none" }, Broken, "database"},
		{"the clock goes wrong", func(h *house) { h.clock.Advance(-time.Hour) }, Broken, "the machine says"},
		{"a feed is late", func(h *house) { h.clock.Advance(3 * 24 * time.Hour) }, Warning, "desk: late: came last 3d ago"},
		{"a feed never came", func(h *house) { h.conf.Feeds["partner"] = config.DefaultFeed() }, Warning, "partner: late: is configured, and nothing came yet"},
		{"enrichment is missing", func(h *house) { h.conf.Enrich.ASN = []string{h.path("none.csv")} }, Broken, "enrichment"},
		{"enrichment is old", func(h *house) {
			name := h.path("asn.csv")
			h.must(os.WriteFile(name, []byte("prefix,asn,name\n192.0.2.0/24,64496,X\n"), 0o600))
			h.must(os.Chtimes(name, today, today.AddDate(0, -3, 0)))
			h.conf.Enrich.ASN = []string{name}
		}, Warning, "92 days old"},
		{"all exits show one address", func(h *house) {
			h.conf.TakedownExits = map[string]config.TakedownExit{"phone": {UserAgent: "x"}}
		}, Warning, "all 2 exits show one and the same address"},
		{"all exits ask one resolver", func(h *house) {
			h.conf.TakedownExits = map[string]config.TakedownExit{"far": {Proxy: "socks5://exit.example:1080"}}
		}, Warning, "all 2 exits ask one resolver"},
		{"a segment is missing", func(h *house) { h.must(os.RemoveAll(h.path("events"))); h.must(os.Mkdir(h.path("events"), 0o700)) }, Broken, "is missing on disk"},
		{"a segment is cut", func(h *house) { h.each(h.path("events"), func(p string) { h.must(os.Truncate(p, 10)) }) }, Broken, "of another size"},
		{"a fold is missing", func(h *house) { h.must(os.RemoveAll(h.path("folds"))) }, Broken, "to be applied to findings"},
		{"an orphan", func(h *house) { h.must(os.WriteFile(h.path("events", "x.parquet"), nil, 0o600)) }, Warning, "that the manifest does not name"},
		{"the record was changed", func(h *house) { h.sql(`UPDATE audit_payload SET actor = 'mallory'`) }, Broken, "not as it was written"},
		{"an intake is unfinished", func(h *house) { h.sql(`UPDATE intake SET state = 'accepted'`) }, Warning, "1 intake accepted but not finished"},
		{"its input is gone", func(h *house) {
			h.sql(`UPDATE intake SET state = 'accepted'`)
			h.must(os.RemoveAll(h.path("blobs")))
		}, Broken, "is not on disk"},
		{"an intake is undecided", func(h *house) { h.sql(`UPDATE intake SET state = 'undecided'`) }, Warning, "set aside whole"},
		{"mail cannot be used", func(h *house) { h.conf.Mail.From, h.conf.Mail.Relay = "cert@cert.example", "no port" }, Broken, "mail"},
		{"all is stopped", func(h *house) {
			h.sql(`INSERT INTO stop_order (scope, ordered_by, reason, at) VALUES ('all', 'eve', 'to see', 1)`)
		}, Warning, "all is stopped by eve since 1970-01-01 00:00: to see"},
		{"a task waits", func(h *house) {
			h.sql(`INSERT INTO task (id, kind, organisation, contact, object, title, detail, advice, raised, last, count, done, done_by, outcome)
				VALUES ('t', 'bounce', '', '', 'o', 'x', '', '', 1000, 1000, 1, 0, '', '')`)
		}, Warning, "tasks that wait for a person: 1, the oldest since 1970-01-01 00:00"},
		{"the last input was empty", func(h *house) { h.sql(`UPDATE intake SET row_count = 0`) }, Warning, "held no rows"},
	}
	sound := newHouse(t)
	sound.fill("192.0.2.1\n")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.copied(sound)
			h.clock.Advance(time.Minute)
			tt.damage(h)
			level, said := worst(Examine(t.Context(), tester, h.options()))
			if level != tt.level || !strings.Contains(said, tt.says) {
				t.Errorf("level %s, said:\n%swant %s: %s", level, said, tt.level, tt.says)
			}
		})
	}
}

// TestDoctorChangesNothing compares the names of all files before and after.
func TestDoctorChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	before := h.names()
	Examine(t.Context(), tester, h.options())
	if after := h.names(); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
}

// TestDoctorBesideAnother: what another process is doing is no fault.
func TestDoctorBesideAnother(t *testing.T) {
	h := newHouse(t)
	h.fill("192.0.2.1\n")
	_, stop := h.open()
	defer stop()
	h.sql(`UPDATE intake SET state = 'accepted'`)
	list := Examine(t.Context(), tester, h.options())
	if level, said := worst(list); level != Good {
		t.Errorf("level %s: %s", level, said)
	}
	found := false
	for _, f := range list {
		found = found || f.Check == "lock" && strings.Contains(f.Message, "is working here")
	}
	if !found {
		t.Error("it does not say who works there")
	}
}

// copied takes over the data folder of another house, with the modes of its files.
func (h *house) copied(from *house) {
	h.Helper()
	h.must(os.CopyFS(h.path(), os.DirFS(from.path())))
	h.must(filepath.WalkDir(from.path(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from.path(), path)
		if err != nil {
			return err
		}
		return os.Chmod(h.path(name), info.Mode().Perm())
	}))
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// sql changes the state behind everybody's back.
func (h *house) sql(query string) {
	h.Helper()
	db, err := sqldb.Open(h.Context(), "sqlite:"+h.path("state.db"))
	h.must(err)
	defer func() { h.must(db.Close()) }()
	h.must(db.Write(h.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query)
		return err
	}))
}

func (h *house) each(dir string, do func(path string)) {
	h.Helper()
	h.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			do(path)
		}
		return err
	}))
}

func (h *house) names() (text string) {
	h.each(h.path(), func(p string) {
		if !strings.Contains(filepath.Base(p), "state.db-") { // SQLite's own, while it is open
			text += p + "\n"
		}
	})
	return text
}
