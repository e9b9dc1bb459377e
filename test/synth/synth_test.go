package synth

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/feed/intelmq"
	"github.com/firehall/firehall/internal/feed/list"
	"github.com/firehall/firehall/internal/feed/mailreport"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// formats are the decoders by the names of the demonstration's feeds.
func formats() map[string]format.Format {
	c := clock.At(now)
	return map[string]format.Format{
		"shadowserver":  shadowserver.New(shadowserver.Builtin(), c, format.DefaultRecordLimit),
		"honeynet":      intelmq.New(c, format.Defaults{}, format.DefaultRecordLimit),
		"exchange-list": list.New(c, format.Defaults{Type: "blacklist"}, format.DefaultRecordLimit),
		"partner-desk":  mailreport.NewXARF(c, format.Defaults{}),
		"complaints":    mailreport.NewMail(c, format.Defaults{}),
	}
}

// TestEachFeedFileDecodesAsItSays: as many rows as it says, and of them as many set aside.
func TestEachFeedFileDecodesAsItSays(t *testing.T) {
	files, err := demo.Feeds(t.TempDir(), demo.FeedOptions{Rows: 500, Seed: 11, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			r := formattest.Decode(t, formats()[f.Feed], filepath.Base(f.Path), string(unpacked(t, f.Path)), 0)
			if r.Rows()+len(r.Rejects()) != f.Rows || len(r.Rejects()) != f.Bad {
				t.Fatalf("%d rows and %d set aside (%v), want %d and %d", r.Rows(), len(r.Rejects()), r.Codes(), f.Rows-f.Bad, f.Bad)
			}
			if report := r.Opened.Report; f.Feed == "shadowserver" && !strings.Contains(f.Path, report) {
				t.Errorf("taken for %q", report)
			}
			if r.Row(0)["classification.type"] == "" || r.Row(0)["time.source"] == "" {
				t.Errorf("the first row lacks a class or a time: %v", r.Row(0))
			}
		})
	}
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		r, err = gzip.NewReader(f)
	case ".zst":
		r, err = zstd.NewReader(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestNationIsImportedWhole: no row set aside, and nothing new the second time.
func TestNationIsImportedWhole(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		register := constituency.New(db, constituency.Options{Clock: clock.At(now)})
		first := load(t, register)
		if first.Partly() || first.Organisations < 25 {
			t.Fatalf("%d organisations, set aside: %+v", first.Organisations, first.Rejected)
		}
		if again := load(t, register); len(again.Changes) != 0 {
			t.Errorf("the second import changes %v", again.Changes)
		}
		checkOwners(t, register)
	})
}

func load(t *testing.T, register *constituency.Register) constituency.Report {
	t.Helper()
	var file bytes.Buffer
	if err := demo.Nation(&file); err != nil {
		t.Fatal(err)
	}
	report, err := register.Import(context.Background(), identity.System("synth"), &file, constituency.ImportOptions{Name: "nation.csv"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func checkOwners(t *testing.T, register *constituency.Register) {
	t.Helper()
	if err := register.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	m := register.Matcher()
	for addr, want := range map[string]string{
		"192.0.2.10":       "City Hospital",
		"192.0.2.200":      "Aurora Mobile",
		"192.0.2.250":      "Northlight Telecom",
		"203.0.113.230":    "CERT Bouvet",
		"198.51.100.200":   "",
		"2001:db8:110::5":  "University of Kalla",
		"2001:db8:1aa::5":  "Northlight Telecom",
		"2001:db8:f01::15": "",
	} {
		if got := m.Target(m.Addr(netip.MustParseAddr(addr))).OrganisationName; got != want {
			t.Errorf("%s belongs to %q, want %q", addr, got, want)
		}
	}
}

// TestMeasuringFilesDecodeWhole: the files of the benchmarks have no bad rows.
func TestMeasuringFilesDecodeWhole(t *testing.T) {
	for _, report := range demo.Reports() {
		t.Run(report, func(t *testing.T) {
			var file bytes.Buffer
			if err := demo.Write(&file, report, 2000, 3, now); err != nil {
				t.Fatal(err)
			}
			r := formattest.Decode(t, formats()["shadowserver"], "2026-11-21-"+report+"-bench.csv", file.String(), 0)
			if r.Rows() != 2000 || len(r.Rejects()) != 0 {
				t.Errorf("%d rows, set aside %v", r.Rows(), r.Codes())
			}
		})
	}
}
