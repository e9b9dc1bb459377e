package feed

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestColumnsOf(t *testing.T) {
	tests := []struct {
		name, header string
		comma        byte
		want         []string
	}{
		{"plain", "a,b,c\n", 0, []string{"a", "b", "c"}},
		{"quoted, with a mark", "\xef\xbb\xbf\"a\",\"b,c\"\r\n", 0, []string{"a", "b,c"}},
		{"another separator", "a;b\n", ';', []string{"a", "b"}},
		{"a comment before it", "# made today\na,b\n", 0, []string{"a", "b"}},
		{"no text", "\xff\xfe\x00,b\n", 0, []string{"\uFFFD\uFFFD\uFFFD", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, said := columnsOf(format.CSV, tt.comma, []byte(tt.header), nil)
			if !said || len(got) != len(tt.want) || got[len(got)-1] != tt.want[len(got)-1] {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestColumnsSeenNewAndMissing(t *testing.T) {
	var m columnMemory
	day := 24 * time.Hour
	m.see(today, []string{"ip", "port"}, true)
	if fresh := m.see(today.Add(day), []string{"ip", "port", "tls"}, true); !slices.Equal(fresh, []string{"tls"}) {
		t.Errorf("fresh %v", fresh)
	}
	m.see(today.Add(2*day), []string{"ip", "tls"}, true)
	fresh, missing, since := m.changes(today.Add(2 * day))
	if !slices.Equal(fresh, []string{"tls"}) || !slices.Equal(missing, []string{"port"}) || !since.Equal(today.Add(day)) {
		t.Errorf("%v, %v, %v", fresh, missing, since)
	}
	if fresh, missing, _ := m.changes(today.Add(20 * day)); len(fresh)+len(missing) > 0 {
		t.Errorf("after three weeks that is how it is: %v, %v", fresh, missing)
	}
}

func TestColumnsAreBounded(t *testing.T) {
	var m columnMemory
	names := make([]string, 3*mostColumns)
	for i := range names {
		names[i] = strings.Repeat("x", i+1)
	}
	m.see(today, names, false)
	if len(m.Columns) != mostColumns {
		t.Errorf("%d columns are kept", len(m.Columns))
	}
}

func TestColumnsAreRememberedWithTheEvents(t *testing.T) {
	each(t, func(s *station) {
		s.mustIngest("scan_telnet.csv", telnet(0, 5))
		s.clock.Advance(time.Hour)
		s.mustIngest("scan_telnet.csv", strings.Replace(strings.ReplaceAll(telnet(5, 5), ",login", ",x,login"), ",banner", ",novel,banner", 1))
		var list []columnMemory
		err := s.db.Read(context.Background(), func(tx *sqldb.Tx) (err error) {
			list, err = listColumns(tx, "", "")
			return err
		})
		if err != nil || len(list) != 1 || list[0].Report != "scan_telnet" {
			t.Fatalf("%+v, %v", list, err)
		}
		if fresh, missing, _ := list[0].changes(s.clock.Now()); !slices.Equal(fresh, []string{"novel"}) || len(missing) > 0 {
			t.Errorf("%v, %v", fresh, missing)
		}
	})
}
