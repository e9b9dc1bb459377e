package station_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

func TestWhatStationsHold(t *testing.T) {
	tests := []struct {
		name                        string
		o                           station.Options
		findings, messages, stopped bool
	}{
		{"bare", station.Options{Bare: true}, false, false, false},
		{"planned", station.Options{Planned: true}, true, false, false},
		{"sent", station.Options{Sent: true}, true, true, false},
		{"hostile", station.Options{Bare: true, Hostile: true}, true, false, false},
		{"stopped", station.Options{Bare: true, Stopped: true}, false, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := station.Open(t, tt.o)
			if n := count(t, s, "finding"); n > 0 != tt.findings {
				t.Errorf("%d findings", n)
			}
			if n := count(t, s, "delivery"); n > 0 != tt.messages {
				t.Errorf("%d messages", n)
			}
			if body := s.Get(t, "/settings"); strings.Contains(body, "stop-all") != tt.stopped {
				t.Error("the banner does not say how it is")
			}
		})
	}
}

func count(t *testing.T, s *station.Station, table string) (n int) {
	t.Helper()
	err := s.App.DB.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStrangersAreLedToTheLogin(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	res, err := s.Stranger(t).Get(s.URL + "/settings")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/login?next=%2Fsettings" {
		t.Errorf("%s to %q", res.Status, to)
	}
}
