package desk

import (
	"fmt"
	"testing"
	"time"
)

func TestSpansOf(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) FindingEvent {
		t.Helper()
		when, err := time.ParseInLocation(time.DateTime, text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return FindingEvent{Time: when.UTC()}
	}
	tests := []struct {
		name   string
		events []FindingEvent // the newest first
		want   string
	}{
		{"none", nil, ""},
		{"one", []FindingEvent{at("2026-11-20 10:30:00")}, "1120T10:1 "},
		{"hours", []FindingEvent{at("2026-11-20 12:10:00"), at("2026-11-20 10:59:00"), at("2026-11-20 10:30:00")}, "1120T10:2 1120T11:0 1120T12:1 "},
		{"days over the end of summer time", []FindingEvent{at("2026-10-26 00:30:00"), at("2026-10-25 23:30:00"), at("2026-10-23 01:00:00")}, "1023T00:1 1024T00:0 1025T00:1 1026T00:1 "},
		{"weeks", []FindingEvent{at("2026-11-20 10:00:00"), at("2026-08-02 10:00:00")}, "0727T00:1 ...17 1116T00:1 "},
	}
	for _, tt := range tests {
		got := ""
		spans := spansOf(tt.events, zone)
		for i, s := range spans {
			switch {
			case len(spans) < 6 || i == 0 || i == len(spans)-1:
				got += fmt.Sprintf("%s:%d ", s.From.Format("0102T15"), s.Events)
			case i == 1:
				got += fmt.Sprintf("...%d ", len(spans))
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s", tt.name, got)
		}
	}
}
