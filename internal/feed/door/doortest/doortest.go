// Package doortest gives tests of doors a feed service of their own.
package doortest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Station is a feed service over an empty register; every feed has the format of Shadowserver's reports.
type Station struct {
	testing.TB
	DB    *sqldb.DB
	Feeds *feed.Service
	Clock *clock.Fixed
	Actor identity.Actor
	Dir   string
}

// Open makes a station with these feeds in its configuration.
func Open(t testing.TB, db *sqldb.DB, feeds map[string]config.Feed) *Station {
	t.Helper()
	s := &Station{
		TB: t, DB: db, Dir: t.TempDir(), Clock: clock.At(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)), Actor: identity.System("test"),
	}
	register := constituency.New(db, constituency.Options{Clock: s.Clock, Log: logging.Discard()})
	if err := register.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.Feeds = feed.New(feed.Options{
		DB: db, Layout: feed.Layout{FS: disk.OS{}, Dir: s.Dir}, Clock: s.Clock, Config: config.Default().Ingest, Workers: 2,
		Matcher: register.Matcher, Alone: true, Holder: "test", Log: logging.Discard(), Feeds: feeds,
		Format: func(string) (format.Format, config.Feed, error) {
			return shadowserver.New(shadowserver.Builtin(), s.Clock, 0), config.DefaultFeed(), nil
		},
	})
	return s
}

// Runs gives the outcomes of the runs of all feeds, newest first.
func (s *Station) Runs() (out []string) {
	s.Helper()
	p, err := s.Feeds.Runs(context.Background(), s.Actor, "", page.Request{})
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range p.Items {
		out = append(out, string(r.Outcome))
	}
	return out
}

// Intakes lists what was accepted, newest first.
func (s *Station) Intakes() []feed.Intake {
	s.Helper()
	list, err := s.Feeds.List(context.Background(), s.Actor, "", 1000)
	if err != nil {
		s.Fatal(err)
	}
	return list
}

// Fetched gives how far the fetching of a feed has come.
func (s *Station) Fetched(name string) (f feed.Fetched) {
	s.Helper()
	err := s.DB.Read(context.Background(), func(tx *sqldb.Tx) error {
		list, err := feed.ListFetched(tx, name)
		if len(list) == 1 {
			f = list[0]
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return f
}

// Terms gives a feed's terms with the defaults, changed.
func Terms(change func(*config.Feed)) config.Feed {
	f := config.DefaultFeed()
	change(&f)
	return f
}

// Telnet makes n rows of a scan_telnet report, distinct from those with other numbers.
func Telnet(from, n int) string {
	var b bytes.Buffer
	b.WriteString("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n")
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "2026-11-19 03:04:%02d,11.%d.%d.%d,23,tcp,h%d.example,telnet,64500,FI,,,0,0,\"login, %d\"\n",
			i%60, i>>16&0xff, i>>8&0xff, i&0xff, i, i)
	}
	return b.String()
}

// Joined writes outcomes as one text.
func Joined(list []string) string { return strings.Join(list, " ") }
