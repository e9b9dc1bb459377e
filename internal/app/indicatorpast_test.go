package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// Patterns that are no plain values are held against past events, and it is said how many those were. When something was seen is told to the second.
func TestPatternsAreLookedForInThePast(t *testing.T) {
	a, _ := found(t)
	ctx := t.Context()
	c, err := a.Sharing.Open(ctx, tester, sharing.Draft{Title: "Ours", Alias: "ours", Label: tlp.Amber})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		pattern string
		said    int
		last    string // when it was seen last
		scanned int64
	}{
		{"[ipv4-addr:value = '192.0.2.1']", 1, "2026-11-21 11:00", 0},
		{"[network-traffic:src_port = 23]", 1, "2026-11-21 10:00", 2},
		{"[ipv4-addr:value LIKE '192.0.2.%']", 2, "2026-11-21 11:00", 5},
		{"[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']", 0, "", 3},
		{"[ipv4-addr:value = '192.0.2.2'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.1']", 1, "2026-11-21 10:00", 3},
		{"[network-traffic:src_ref.value = '192.0.2.1']", 1, "2026-11-21 11:00", 2},
		{"[ipv4-addr:value = '192.0.2.1'] REPEATS 50 TIMES", 0, "", 2},
		{"[url:value LIKE '%']", 0, "", 0},
		{"[NOT EXISTS ipv4-addr:value]", 0, "", 5},
		{"[process:name = 'evil.exe']", 0, "", 0},
	}
	var list []string
	id := func(n int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012x", n) }
	for n, tt := range tests {
		list = append(list, fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z","pattern_type":"stix","pattern":%q,"valid_from":"2026-11-20T00:00:00Z","confidence":90}`, id(n), tt.pattern))
	}
	body := `{"objects":[` + strings.Join(list, ",") + `]}`
	if st, err := a.Sharing.Add(ctx, tester, sharing.In{Collection: c.ID, Origin: sharing.OriginUpload, Unmarked: tlp.Green, Body: strings.NewReader(body)}); err != nil || st.Failure > 0 {
		t.Fatalf("%+v, %v", st, err)
	}
	if _, err := a.Indicators.Digest(ctx, watcher); err != nil {
		t.Fatal(err)
	}
	if _, err := a.watcher.Past(ctx, watcher, func(*sqldb.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for n, tt := range tests {
		w, err := a.Indicators.Look(ctx, tester, id(n))
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		if len(w.Said) > 0 {
			last = w.Said[0].At.Format("2006-01-02 15:04")
		}
		if w.SaidTotal != tt.said || last != tt.last || w.Scanned != tt.scanned || w.Skipped != 0 || w.Looked.IsZero() {
			t.Errorf("%s: said %d, last %s, %d looked at, %d not", tt.pattern, w.SaidTotal, last, w.Scanned, w.Skipped)
		}
	}
}
