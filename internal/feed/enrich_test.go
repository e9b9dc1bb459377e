package feed

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
)

func table(t *testing.T) *enrich.Table {
	t.Helper()
	name := filepath.Join(t.TempDir(), "asn.csv")
	text := "prefix,asn,name,country\n12.0.0.0/8,64500,Somebody,FI\n13.0.0.0/8,64501,Other,SE\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tab, err := enrich.Open(context.Background(), enrich.Config{Files: []string{name}}, disk.OS{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// What the feed says stays; what it leaves out is filled in, on both sides, and then decides whose the event is.
func TestEnrichmentOnlyOfWhatIsMissing(t *testing.T) {
	each(t, func(s *station) {
		s.Table = table(s.T)
		res := s.mustIngest("scan_telnet.csv", telnetHeader+
			"2026-11-19 03:04:05,12.1.1.1,23,tcp,,,,,,,0,0,nothing known\n"+
			"2026-11-19 03:04:05,12.1.1.2,23,tcp,,,64999,SE,,,0,0,all known\n")
		if res.Attributed != 1 { // the first by AS64500, which is the city's
			s.Fatalf("%+v", res.Counts)
		}
	})
}

func TestEnrichedColumns(t *testing.T) {
	b := event.NewBatch([32]byte{})
	row := func(fill func()) {
		b.Begin(nil)
		fill()
		b.End()
	}
	row(func() { b.Column("source.ip").IPv4(0x0c010101); b.Column("destination.ip").IPv4(0x0d010101) })
	row(func() { b.Column("source.ip").IPv4(0x0c010102); b.Column("source.asn").Int(7) })
	row(func() {})
	b.Const("destination.geolocation.cc", "NO")
	(&attributor{table: table(t)}).enrich(b)
	for name, want := range map[string][]any{
		"source.asn":                 {int64(64500), int64(7), int64(event.Null)},
		"source.geolocation.cc":      {"FI", "FI", ""},
		"source.network":             {"12.0.0.0/8", "12.0.0.0/8", ""},
		"destination.asn":            {int64(64501), int64(event.Null), int64(event.Null)},
		"destination.geolocation.cc": {"NO", "NO", "NO"},
	} {
		c := b.Find(name)
		for i, w := range want {
			var got any
			if c.Kind == event.Int {
				got = c.Int64(i)
			} else {
				got = string(c.Bytes(i))
			}
			if got != w {
				t.Errorf("%s of row %d is %v, want %v", name, i, got, w)
			}
		}
	}
}

// An intake remembers the terms under which its input came.
func TestTermsStay(t *testing.T) {
	each(t, func(s *station) {
		terms := config.DefaultFeed()
		terms.TLP, terms.PAP, terms.Attribution, terms.Receivers, terms.Retention, terms.Complete = "red", "amber", "a friend", []string{"authority"}, time.Hour, true
		plain := s.Options.Format
		s.Options.Format = func(feed string) (format.Format, config.Feed, error) {
			f, _, err := plain(feed)
			return f, terms, err
		}
		res := s.mustIngest("scan_telnet.csv", telnet(0, 3))
		terms.TLP, terms.PAP = "clear", "clear"
		in, err := s.Get(context.Background(), s.actor, res.Intakes[0].Intake)
		want := Terms{TLP: "red", PAP: "amber", Attribution: "a friend", Receivers: []string{"authority"}, Retention: time.Hour, Complete: true}
		if err != nil || !reflect.DeepEqual(in.Terms, want) {
			s.Fatalf("%+v, %v", in.Terms, err)
		}
	})
}
