package feed

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/intelmq"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var today = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// station is an installation of feeds for tests.
type station struct {
	*testing.T
	*Service
	db    *sqldb.DB
	dir   string
	clock *clock.Fixed
	actor identity.Actor
}

// each runs a test on both engines.
func each(t *testing.T, do func(s *station)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(newStation(t, db, t.TempDir(), disk.OS{})) })
}

// newStation opens an installation in dir; opening the same dir again is a restart.
func newStation(t *testing.T, db *sqldb.DB, dir string, fsys disk.FS) *station {
	t.Helper()
	s := &station{T: t, db: db, dir: dir, clock: clock.At(today), actor: identity.System("test")}
	register := constituency.New(db, constituency.Options{Clock: s.clock, Log: logging.Discard()})
	_, err := register.Import(context.Background(), s.actor, strings.NewReader(
		"organisation,network,contact\nHospital,11.0.0.0/9,abuse@hospital.example\nHospital,hospital.example,\nCity,AS64500,a@city.example\n"),
		constituency.ImportOptions{Name: "r.csv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := register.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := config.Default().Ingest
	c.PartSize = 4 << 10 // many parts
	s.Service = New(Options{
		DB: db, Layout: Layout{FS: fsys, Dir: dir}, Clock: s.clock, Secret: [32]byte{1}, Config: c, Workers: 2, Matcher: register.Matcher,
		Format: s.formats, Alone: true, Holder: "test", Log: logging.Discard(),
	})
	return s
}

func (s *station) formats(feed string) (format.Format, config.Feed, error) {
	if strings.HasPrefix(feed, "intelmq") {
		return intelmq.New(s.clock, format.Defaults{}, 0), config.DefaultFeed(), nil
	}
	c := config.DefaultFeed()
	c.Complete = strings.HasPrefix(feed, "complete")
	return shadowserver.New(shadowserver.Builtin(), s.clock, 0), c, nil
}

func (s *station) ingest(name, text string) (Result, error) {
	return s.Ingest(context.Background(), s.actor, Source{Feed: "shadowserver", Name: name, Reader: strings.NewReader(text)})
}

func (s *station) mustIngest(name, text string) Result {
	s.Helper()
	res, err := s.ingest(name, text)
	if err != nil {
		s.Fatal(err)
	}
	if res.Rows != res.Events+res.Duplicates+res.SetAside || res.Events != res.Attributed+res.Unattributed {
		s.Fatalf("counts do not add up: %+v", res.Counts)
	}
	return res
}

const telnetHeader = "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n"

// telnet makes rows of a scan_telnet report, distinct from each other.
func telnet(from, n int) string {
	var b strings.Builder
	b.WriteString(telnetHeader)
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "2026-11-19 03:04:%02d,11.%d.%d.%d,23,tcp,h%d.example,telnet,64500,FI,,,0,0,\"login, %d\"\n",
			i%60, i>>16&0xff, i>>8&0xff, i&0xff, i, i)
	}
	return b.String()
}

// visible counts what the manifest shows: events, and distinct dedupe keys. Each file must be whole.
func (s *station) visible() (events, distinct int) {
	s.Helper()
	list, err := event.NewManifest(s.db).Segments(context.Background(), event.Filter{})
	if err != nil {
		s.Fatal(err)
	}
	seen := map[event.DedupeKey]bool{}
	for _, seg := range list {
		f, err := os.Open(filepath.Join(s.dir, dirEvents, filepath.FromSlash(seg.Path)))
		if err != nil {
			s.Fatal(err)
		}
		n := 0
		err = segment.Keys(f, seg.Bytes, func(k event.DedupeKey) { seen[k] = true; n++ })
		_ = f.Close()
		if err != nil || int64(n) != seg.Rows {
			s.Fatalf("segment %s has %d of %d rows: %v", seg.Path, n, seg.Rows, err)
		}
		events += n
	}
	return events, len(seen)
}

// files lists what lies in a folder of the installation.
func (s *station) files(folder string) []string {
	s.Helper()
	var out []string
	root := filepath.Join(s.dir, folder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	slices.Sort(out)
	return out
}
