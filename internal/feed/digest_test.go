package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// told gives what the team is told now: - for a condition that is wrong, + for one that is over.
func (s *station) told() string {
	s.Helper()
	var out []string
	err := s.Tell(context.Background(), s.actor, func(_ *sqldb.Tx, d Digest) error {
		out = nil
		for _, c := range d.Bad {
			out = append(out, fmt.Sprintf("-%s %s", c.Feed, c.State))
		}
		for _, c := range d.Well {
			out = append(out, fmt.Sprintf("+%s %s", c.Feed, c.State))
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return strings.Join(out, ", ")
}

// after lets time go by and checks what is told then.
func (s *station) after(d time.Duration, want string) {
	s.Helper()
	s.clock.Advance(d)
	if got := s.told(); got != want {
		s.Errorf("at %s told %q, want %q", s.clock.Now().Format(time.DateTime), got, want)
	}
}

func TestTeamIsToldOnce(t *testing.T) {
	each(t, func(s *station) {
		s.mustIngest("scan_telnet.csv", telnet(0, 5))
		s.after(time.Hour, "")
		s.after(48*time.Hour, "") // it has just become late
		s.after(10*time.Minute, "")
		s.after(5*time.Minute, "-shadowserver late")
		s.after(10*time.Hour, "")
		s.mustIngest("scan_telnet.csv", telnet(5, 5))
		s.after(time.Minute, "")
		s.after(time.Hour, "+shadowserver late")
		s.after(time.Hour, "")
	})
}

func TestWhatComesAndGoesIsNotTold(t *testing.T) {
	s := onSQLite(t)
	s.mustIngest("scan_telnet.csv", telnet(0, 5))
	for range 20 {
		s.fetched(Fetched{Feed: "shadowserver", Failures: 3, Failing: s.clock.Now(), Error: "503"})
		s.after(5*time.Minute, "")
		s.fetched(Fetched{Feed: "shadowserver"})
		s.after(5*time.Minute, "")
	}
}

func TestManyChangesAreOneMessage(t *testing.T) {
	s := onSQLite(t)
	s.Feeds = map[string]config.Feed{}
	for i := range 5 {
		s.Feeds[fmt.Sprintf("f%d", i)] = config.DefaultFeed()
	}
	s.after(0, "")
	s.after(47*time.Hour, "") // configured, and given its time
	s.clock.Advance(2 * time.Hour)
	if got := s.told(); strings.Count(got, "late") != 5 {
		t.Errorf("told %q", got)
	}
	s.after(time.Hour, "")
}

// What could not be told is told later.
func TestToldOrNot(t *testing.T) {
	s := onSQLite(t)
	s.mustIngest("scan_telnet.csv", telnet(0, 5))
	s.after(49*time.Hour, "")
	s.clock.Advance(time.Hour)
	full := errors.New("the outbox is full")
	if err := s.Tell(context.Background(), s.actor, func(*sqldb.Tx, Digest) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	s.after(time.Minute, "-shadowserver late")
	if err := s.Tell(context.Background(), identity.Actor{}, nil); !problem.Is(err, problem.Forbidden) {
		t.Errorf("got %v", err)
	}
}
