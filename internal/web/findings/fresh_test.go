package findings_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/test/station"
)

// TestNewFindingsAreTold reads the stream of a list while findings become open.
func TestNewFindingsAreTold(t *testing.T) {
	s := station.Open(t, station.Options{})
	ids := listed(t, s, "state:open has:org")
	keys, err := s.App.Desk.MeantFindings(t.Context(), s.Actor, "state:open has:org ip:"+ids[0].Address)
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	move := func(to finding.State) {
		t.Helper()
		if _, err := s.App.Desk.MoveFindings(t.Context(), s.Actor, keys, finding.Request{To: to, Reason: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	move(finding.Fixed)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	var looks atomic.Int64
	s.App.Live.Watch(func(*sqldb.Tx) (map[string]string, error) { looks.Add(1); return nil, nil })
	go func() { _ = s.App.Live.Run(ctx) }()
	v := url.Values{"since": {strconv.FormatInt(s.Clock.Now().UnixMilli(), 10)}, "q": {"has:org"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/findings/new?"+v.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	for looks.Load() < 2 { // at the second look the hub has read its marks once
		time.Sleep(time.Millisecond)
	}
	s.Clock.Advance(time.Minute)
	move(finding.Open)
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if strings.TrimSpace(n) != strconv.Itoa(len(keys)) {
				t.Errorf("%q new, of %d", n, len(keys))
			}
			return
		}
	}
	t.Errorf("the stream told nothing: %v", lines.Err())
}
