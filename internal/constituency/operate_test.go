package constituency

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zeebo/xxh3"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Several people import at once, each the same organisations in another order:
// nothing is doubled, nothing lost, and who asks meanwhile gets whole answers.
func TestConcurrentImports(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		other, _ := register(t, db, Options{}) // as another process would have
		file := func(who int) string {
			var text strings.Builder
			text.WriteString("organisation,parent,network,contact\n")
			for i := range 8 {
				n := (i*3 + who) % 8
				fmt.Fprintf(&text, "O%d,Top,10.%d.%d.0/24,w%d@o%d.example\n", n, n, who, who, n)
			}
			text.WriteString("Top,,,\n")
			return text.String()
		}
		var work sync.WaitGroup
		for who := range 6 {
			work.Go(func() {
				to := []*Register{r, other}[who%2]
				rep, err := to.Import(ctx, actor, strings.NewReader(file(who)), ImportOptions{})
				if err != nil || len(rep.Rejected) != 0 {
					t.Errorf("import %d: %v, %v", who, rep.Rejected, err)
				}
			})
			work.Go(func() {
				m := other.Matcher()
				if s := m.IPv4(0x0a000001); s != 0 && m.Target(s).OrganisationName != "O0" {
					t.Errorf("10.0.0.1 is %+v", m.Target(s))
				}
				if _, err := r.Who(ctx, actor, Question{Text: "10.0.0.1"}); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		o, n, c, err := r.Size(ctx, actor)
		if err != nil || o != 9 || n != 48 || c != 48 {
			t.Errorf("%d organisations, %d networks, %d contacts, %v", o, n, c, err)
		}
		if err := r.Refresh(ctx); err != nil || r.Matcher().Len() != 48 {
			t.Errorf("%d networks in force, %v", r.Matcher().Len(), err)
		}
	})
}

// What fails on the way leaves the register, its version and the matcher as they were.
func TestFailedImportChangesNothing(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		file io.Reader
		hurt string // SQL that makes a later statement fail
		kind problem.Kind
	}{
		{"the file cannot be read to its end", ctx, io.MultiReader(strings.NewReader(sample), iotest.ErrReader(errors.New("cable pulled"))), "", problem.Unavailable},
		{"given up", cancelled, strings.NewReader(sample), "", problem.Internal},
		{"the last table refuses", ctx, strings.NewReader(sample), "ALTER TABLE contact RENAME TO gone", problem.Internal},
		{"no audit, no change", ctx, strings.NewReader(sample), "ALTER TABLE audit_payload RENAME TO gone", problem.Internal},
		{"larger than any register", ctx, io.LimitReader(endless{}, maxImport+1), "", problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := sqldbtest.Open(t, sqldb.SQLite)
			r, _ := register(t, db, Options{})
			load(t, r, CSV, "organisation,network\nOld,192.0.2.0/24\n")
			before := r.Matcher()
			if tt.hurt != "" {
				err := db.Write(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(tt.hurt); return err })
				if err != nil {
					t.Fatal(err)
				}
			}
			_, err := r.Import(tt.ctx, actor, tt.file, ImportOptions{Format: CSV})
			if problem.KindOf(err) != tt.kind || err == nil {
				t.Errorf("%v is %v", err, problem.KindOf(err))
			}
			names, err := r.Names(ctx, actor)
			if err != nil || len(names) != 1 {
				t.Errorf("%v, %v", names, err)
			}
			if err := r.Refresh(ctx); err != nil || r.Matcher() != before {
				t.Errorf("the matcher changed: %v", err)
			}
		})
	}
}

// endless is a reader of line ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '\n'
	}
	return len(b), nil
}

// A dry run holds back what it is about to reject and approve, too.
func TestDryRunOnARegisterInUse(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		version := r.Matcher().Version()
		text := "organisation,kind,parent,network,contact,language\n" +
			"Nordic Net,provider,,203.0.112.0/22,abuse@nordicnet.example,fi\n" +
			"City Hospital,vendor,Nordic Net,192.0.2.0/24,,\n" +
			"New Clinic,,City Hospital,,,\n" +
			"Bad,,Nobody,,,\n"
		dry, err := r.Import(ctx, actor, strings.NewReader(text), ImportOptions{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range dry.Changes {
			got = append(got, d.String())
		}
		want := []string{
			"change organisation City Hospital (kind vendor, was constituent, parent Nordic Net, was Region North)",
			"add organisation New Clinic (parent City Hospital)",
			"change contact Nordic Net abuse@nordicnet.example (abuse, language fi)",
			"add network City Hospital 192.0.2.0/24",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(dry.Rejected) != 1 || dry.Accepted != 3 || !dry.Partly() {
			t.Errorf("%+v", dry)
		}
		if err := r.Refresh(ctx); err != nil || r.Matcher().Version() != version {
			t.Error("a dry run changed the register")
		}
	})
}

// A clock that ran ahead and is set back takes its networks along, in the
// running process and in the next one, which starts from the snapshot.
func TestClockSetBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		path := filepath.Join(t.TempDir(), "snapshot")
		r, now := register(t, db, Options{Snapshot: path})
		load(t, r, YAML, "organisations:\n  - name: Later\n    networks: [{network: 192.0.2.0/24, from: 2027-01-01}]\n")
		now.Set(day.AddDate(2, 0, 0))
		if err := r.Refresh(ctx); err != nil || r.Matcher().Len() != 1 {
			t.Fatalf("%d networks in 2028, %v", r.Matcher().Len(), err)
		}
		now.Set(day)
		started := New(db, Options{Snapshot: path, Clock: now})
		if err := started.Load(ctx); err != nil || started.Matcher().Len() != 0 {
			t.Errorf("started: %d networks in 2026, %v", started.Matcher().Len(), err)
		}
		if err := r.Refresh(ctx); err != nil || r.Matcher().Len() != 0 {
			t.Errorf("running: %d networks in 2026, %v", r.Matcher().Len(), err)
		}
	})
}

// A snapshot that is cut or changed at any byte, and whose checksum was made
// right again, is refused or read; it harms nothing.
func TestSnapshotCutAndChangedAtEveryByte(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, sample)
	good := encodeSnapshot(t, r.Matcher())
	body := good[:len(good)-16]
	sealed := func(b []byte) []byte {
		sum := xxh3.Hash128(b).Bytes()
		return append(bytes.Clone(b), sum[:]...)
	}
	for n := range body {
		if _, err := decodeSnapshot(good[:n]); err == nil {
			t.Fatalf("cut to %d bytes and read", n)
		}
		if _, err := decodeSnapshot(sealed(body[:n])); err == nil {
			t.Fatalf("cut to %d bytes, sealed, and read", n)
		}
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			bad := bytes.Clone(body)
			bad[n] ^= flip
			m, err := decodeSnapshot(sealed(bad))
			if err != nil {
				continue
			}
			targets(m)
			m.Target(m.IPv4(0xcb007101))
			m.Target(m.Domain("www.hospital.example"))
		}
	}
	if _, err := decodeSnapshot(sealed(append(bytes.Clone(body), 0))); err == nil {
		t.Error("read with a byte too many")
	}
}

// A folder, a device or a huge file in the snapshot's place costs only time.
func TestSnapshotThatIsNoFile(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
	}{
		{"a folder", func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o700) }},
		{"a link to nowhere", func(path string) error { return os.Symlink("/nowhere/at/all", path) }},
		{"empty", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
		{"a hole of three gigabytes", func(path string) error {
			return errors.Join(os.WriteFile(path, []byte(snapshotMagic), 0o600), os.Truncate(path, 3<<30))
		}},
		{"an earlier version", func(path string) error {
			return os.WriteFile(path, []byte("firehall constituency snapshot 1\n"+strings.Repeat("x", 100)), 0o600)
		}},
		{"left over from a crash", func(path string) error { return os.WriteFile(path+".new", []byte("half"), 0o600) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "snapshot")
			if err := tt.make(path); err != nil {
				t.Skip("the file system cannot: ", err)
			}
			r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{Snapshot: path, Log: slog.New(slog.DiscardHandler)})
			load(t, r, CSV, sample)
			if r.Matcher().Len() != 7 {
				t.Errorf("%d networks", r.Matcher().Len())
			}
		})
	}
}

// Run follows the validities to the moment, and a store that is away is asked
// at the usual pace.
func TestRunWaits(t *testing.T) {
	now := time.Now()
	r := New(nil, Options{Clock: clock.At(now)})
	tests := []struct {
		name     string
		boundary time.Time
		least    time.Duration
		most     time.Duration
	}{
		{"nothing ahead", time.Time{}, pollEvery, pollEvery},
		{"far ahead", now.Add(time.Hour), pollEvery, pollEvery},
		{"near", now.Add(2 * time.Second), 2 * time.Second, 2 * time.Second},
		{"past", now.Add(-time.Hour), time.Millisecond, time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.current.Store(&Matcher{state: registerState{boundary: tt.boundary}})
			if got := r.untilNext(); got < tt.least || got > tt.most {
				t.Errorf("waits %s, want %s to %s", got, tt.least, tt.most)
			}
		})
	}
}

// counting counts the log's records.
type counting struct {
	slog.Handler
	mu sync.Mutex
	n  int
}

func (c *counting) Handle(context.Context, slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil
}

func TestRunIsPatientWithAStoreThatIsAway(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	r, now := register(t, db, Options{})
	load(t, r, YAML, "organisations:\n  - name: A\n    networks: [{network: 192.0.2.0/24, until: 2026-11-23}]\n")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	now.Advance(48 * time.Hour) // the boundary has passed and cannot be looked at
	errs := &counting{Handler: slog.DiscardHandler}
	r.opts.Log = slog.New(enabled{errs})
	start := time.Now()
	bounded, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(bounded) }()
	for end := start.Add(2 * time.Minute); errs.count() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n, most := errs.count(), 1+int(time.Since(start)/pollEvery); n == 0 || n > most {
		t.Errorf("%d errors were logged in %s", n, time.Since(start))
	}
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// enabled passes every level on; the discarding handler takes none.
type enabled struct{ *counting }

func (enabled) Enabled(context.Context, slog.Level) bool { return true }

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(nil, Options{Clock: clock.At(day)})
		bounded, cancel := context.WithTimeout(ctx, pollEvery/2)
		defer cancel()
		if err := r.Run(bounded); err != nil {
			t.Error(err)
		}
	})
}

// Every operation refuses the zero actor, before it looks whether the object is there.
func TestNobodyMayDoAnything(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, sample)
	o, err := r.OrganisationByName(ctx, actor, "City Hospital")
	if err != nil {
		t.Fatal(err)
	}
	var nobody identity.Actor
	tests := []struct {
		name string
		call func() error
	}{
		{"organisation", func() error { _, err := r.Organisation(ctx, nobody, o.ID); return err }},
		{"organisation that is not there", func() error { _, err := r.Organisation(ctx, nobody, "x"); return err }},
		{"by name", func() error { _, err := r.OrganisationByName(ctx, nobody, "Not There"); return err }},
		{"networks", func() error { _, err := r.Networks(ctx, nobody, o.ID); return err }},
		{"contacts", func() error { _, err := r.Contacts(ctx, nobody, o.ID); return err }},
		{"size", func() error { _, _, _, err := r.Size(ctx, nobody); return err }},
		{"change organisation", func() error { _, err := r.ChangeOrganisation(ctx, nobody, o); return err }},
		{"add network", func() error {
			_, err := r.AddNetwork(ctx, nobody, Network{Organisation: o.ID, Value: "AS1"})
			return err
		}},
		{"change network", func() error { _, err := r.ChangeNetwork(ctx, nobody, Network{ID: "x"}); return err }},
		{"remove network", func() error { return r.RemoveNetwork(ctx, nobody, "x", 1) }},
		{"add contact", func() error {
			_, err := r.AddContact(ctx, nobody, Contact{Organisation: o.ID, Address: "a@b.example"})
			return err
		}},
		{"change contact", func() error {
			_, err := r.ChangeContact(ctx, nobody, Contact{ID: "x", Address: "a@b.example"})
			return err
		}},
		{"remove contact", func() error { return r.RemoveContact(ctx, nobody, "x", 1) }},
		{"dry run", func() error {
			_, err := r.Import(ctx, nobody, strings.NewReader(sample), ImportOptions{DryRun: true})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.call(); !problem.Is(err, problem.Forbidden) {
				t.Error(err)
			}
		})
	}
}
