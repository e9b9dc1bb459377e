package feed

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// states gives how a feed is, in the order of Health.
func (s *station) states(feed string) (out []Health, reasons string) {
	s.Helper()
	list, err := s.Health(context.Background(), s.actor)
	if err != nil {
		s.Fatal(err)
	}
	for _, c := range list {
		if c.Feed == feed {
			out = append(out, c.State)
			reasons += c.Reason + "\n"
		}
	}
	return out, reasons
}

func (s *station) is(feed, reason string, want ...Health) {
	s.Helper()
	got, why := s.states(feed)
	if !slices.Equal(got, want) || !strings.Contains(why, reason) {
		s.Errorf("%s is %v (%s), want %v because of %q", feed, got, strings.TrimSpace(why), want, reason)
	}
}

func (s *station) fetched(f Fetched) {
	s.Helper()
	err := s.db.Write(context.Background(), func(tx *sqldb.Tx) error { return PutFetched(tx, f) })
	if err != nil {
		s.Fatal(err)
	}
}

func TestHealth(t *testing.T) {
	each(t, func(s *station) {
		named := config.DefaultFeed()
		s.Feeds = map[string]config.Feed{"shadowserver": named, "quiet": named}
		s.is("quiet", "nothing came yet", Late)
		s.mustIngest("scan_telnet.csv", telnet(0, 5))
		s.is("shadowserver", "in time", Well)
		s.clock.Advance(47 * time.Hour)
		s.is("shadowserver", "in time", Well)
		s.clock.Advance(2 * time.Hour)
		s.is("shadowserver", "should come every 1d", Late)
		s.mustIngest("scan_telnet.csv", telnetHeader)
		s.is("shadowserver", "held no rows", Empty)
		s.clock.Advance(time.Minute)
		s.mustIngest("scan_telnet.csv", strings.Replace(strings.ReplaceAll(telnet(5, 5), ",login", ",x,login"), ",banner", ",novel,banner", 1))
		s.is("shadowserver", "never seen before: novel", Changed)
		s.mustIngest("x.csv", "who,knows\n1,2\n")
		s.is("shadowserver", "set aside whole", Failing, Changed)
		s.clock.Advance(9 * 24 * time.Hour)
		s.is("shadowserver", "", Late)
	})
}

func TestHealthOfWhatIsFetched(t *testing.T) {
	each(t, func(s *station) {
		s.accept("shadowserver", "scan_telnet.csv", telnet(0, 5))
		s.fetched(Fetched{Feed: "shadowserver", Failures: 2, Failing: today, Error: "503"})
		s.is("shadowserver", "in time", Well)
		s.fetched(Fetched{Feed: "shadowserver", Failures: 3, Failing: today, Error: "503"})
		s.is("shadowserver", "3 times in a row: 503", Failing)
		s.fetched(Fetched{Feed: "shadowserver"})
		s.clock.Advance(2 * time.Hour)
		s.is("shadowserver", "not visible after an hour: 1", Failing)
		if n, err := s.Resume(context.Background(), s.actor); err != nil || len(n.Intakes) != 1 {
			t.Fatalf("%+v, %v", n, err)
		}
		s.clock.Advance(4 * 24 * time.Hour)
		err := s.db.Write(context.Background(), func(tx *sqldb.Tx) error {
			return Ran(tx, Run{Feed: "shadowserver", Door: "fetch", At: s.clock.Now(), Outcome: RunUnchanged})
		})
		if err != nil {
			t.Fatal(err)
		}
		s.is("shadowserver", "nothing new since 2026-11-20", Well)
	})
}

func TestHealthIsForThoseWhoMay(t *testing.T) {
	s := onSQLite(t)
	if _, err := s.Health(context.Background(), identity.Actor{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("got %v", err)
	}
}
