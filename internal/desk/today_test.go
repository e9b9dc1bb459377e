package desk

import (
	"testing"
	"time"
)

func at(text string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		panic(err)
	}
	return t
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// hoursOf puts events into the hours of a list that begins at firstDay.
func hoursOf(now time.Time, zone *time.Location, events map[string]int64) []int64 {
	from := firstDay(now, zone)
	out := make([]int64, int(now.Sub(from)/time.Hour)+1)
	for text, n := range events {
		out[int(at(text, zone).Sub(from)/time.Hour)] += n
	}
	return out
}

// TestToday compares with the same weekday until the same hour, by the clock on the wall.
func TestToday(t *testing.T) {
	helsinki, kathmandu := zoneOf(t, "Europe/Helsinki"), zoneOf(t, "Asia/Kathmandu")
	tests := []struct {
		name         string
		zone         *time.Location
		now          string
		events       map[string]int64
		today, usual int64
		known, days  int
	}{
		{"nothing", time.UTC, "2026-11-22 03:00", nil, 0, 0, 0, 0},
		{"only today", time.UTC, "2026-11-22 03:00", map[string]int64{"2026-11-22 01:00": 5}, 5, 0, 0, 1},
		{
			"median of four", time.UTC, "2026-11-22 03:00",
			map[string]int64{"2026-11-22 01:00": 9, "2026-11-15 01:00": 1, "2026-11-08 01:00": 2, "2026-11-01 01:00": 4, "2026-10-25 01:00": 50},
			9, 3, 4, 5,
		},
		{
			"later hours of earlier days do not count", time.UTC, "2026-11-22 03:00",
			map[string]int64{"2026-11-22 02:00": 30, "2026-11-15 02:00": 30, "2026-11-15 15:00": 1000},
			30, 30, 1, 2,
		},
		{"of the present hour its part counts", time.UTC, "2026-11-22 03:30", map[string]int64{"2026-11-22 03:00": 40, "2026-11-15 03:00": 100}, 40, 50, 1, 2},
		{"other weekdays do not count", time.UTC, "2026-11-22 03:00", map[string]int64{"2026-11-22 01:00": 40, "2026-11-21 01:00": 500}, 40, 0, 0, 2},
		{
			"over the end of summer time", helsinki, "2026-11-08 12:00",
			map[string]int64{"2026-11-08 00:00": 60, "2026-10-18 00:00": 20, "2026-10-25 23:00": 99, "2026-11-01 11:00": 20},
			60, 20, 3, 4,
		},
		{"a zone of half hours", kathmandu, "2026-11-22 12:00", map[string]int64{"2026-11-22 06:00": 7, "2026-11-15 06:00": 7}, 7, 7, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := at(tt.now, tt.zone)
			got := todayOf([]ClassHours{{"scanner", hoursOf(now, tt.zone, tt.events)}}, now, tt.zone)
			days := 0
			for _, c := range got.Classes {
				for _, n := range c.Series {
					if n > 0 {
						days++
					}
				}
			}
			if got.Events != tt.today || got.Usual != tt.usual || got.Known != tt.known || days != tt.days {
				t.Errorf("got %d events, %d usual of %d weeks, %d days", got.Events, got.Usual, got.Known, days)
			}
			if len(got.Days) != 7*weeks+1 || !got.Since.Equal(midnight(now, tt.zone)) {
				t.Errorf("got days %v since %s", got.Days, got.Since)
			}
		})
	}
}

// TestTodayFolds: what does not fit stands together at the end.
func TestTodayFolds(t *testing.T) {
	now := at("2026-11-22 03:00", time.UTC)
	var list []ClassHours
	for i := range 12 {
		list = append(list, ClassHours{string(rune('a' + i)), hoursOf(now, time.UTC, map[string]int64{"2026-11-22 01:00": int64(100 - i)})})
	}
	got := todayOf(list, now, time.UTC)
	if len(got.Classes) != mostClasses || got.Classes[0].Class != "a" || got.Classes[mostClasses-1].Class != "" {
		t.Fatalf("got %+v", got.Classes)
	}
	var sum int64
	for _, c := range got.Classes {
		sum += c.Events
	}
	if sum != got.Events {
		t.Errorf("the classes have %d events, all together %d", sum, got.Events)
	}
}

func TestOdd(t *testing.T) {
	tests := []struct {
		name          string
		events, usual int64
		odd           bool
	}{
		{"as usual", 100, 90, false}, {"much more", 300, 100, true}, {"much less", 10, 100, true}, {"a handful", 5, 1, false}, {"gone", 0, 50, true}, {"new", 50, 0, true},
	}
	for _, tt := range tests {
		if got := (ClassDay{Events: tt.events, Usual: tt.usual}).Odd(); got != tt.odd {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}
