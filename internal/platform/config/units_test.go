package config_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestParseSize(t *testing.T) {
	tests := []struct {
		text string
		want config.Size
		ok   bool
	}{
		{"64MiB", 64 << 20, true},
		{"1.5GB", 1_500_000_000, true},
		{"4096", 4096, true},
		{" 2 KiB ", 2048, true},
		{"1kB", 1000, true},
		{"7B", 7, true},
		{"0", 0, true},
		{"", 0, false},
		{"MiB", 0, false},
		{"-1MiB", 0, false},
		{"1 apple", 0, false},
		{"NaN", 0, false},
		{"9999999TiB", 0, false},
	}
	for _, tt := range tests {
		if got, err := config.ParseSize(tt.text); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %d, %v", tt.text, got, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"7d", 168 * time.Hour, true},
		{"1d12h", 36 * time.Hour, true},
		{"90s", 90 * time.Second, true},
		{"0s", 0, true},
		{"0d", 0, true},
		{"", 0, false},
		{"7", 0, false},
		{"d", 0, false},
		{"-7d", 0, false},
		{"-7s", 0, false},
		{"1d-2h", 0, false},
		{"1.5d", 0, false},
		{"1d1d", 0, false},
		{"99999d", 0, false},
		{"60000d2562047h", 0, false},
	}
	for _, tt := range tests {
		if got, err := config.ParseDuration(tt.text); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %v, %v", tt.text, got, err)
		}
	}
}

func TestUnitsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A float carries sizes exactly up to 2^53.
		size := config.Size(rapid.Int64Range(0, 1<<53).Draw(t, "size"))
		if got, err := config.ParseSize(size.String()); got != size || err != nil {
			t.Fatalf("%s was read as %d, %v", size, got, err)
		}
		d := time.Duration(rapid.Int64Range(0, int64(60000*24*time.Hour)).Draw(t, "duration"))
		if got, err := config.ParseDuration(config.FormatDuration(d)); got != d || err != nil {
			t.Fatalf("%s was read as %v, %v", config.FormatDuration(d), got, err)
		}
	})
}

func TestFormatDuration(t *testing.T) {
	want := map[time.Duration]string{
		0: "0s", time.Minute: "1m", time.Hour: "1h", 24 * time.Hour: "1d", 36 * time.Hour: "1d12h", 90 * time.Second: "1m30s",
		25*time.Hour + time.Second: "1d1h0m1s",
	}
	for d, s := range want {
		if got := config.FormatDuration(d); got != s {
			t.Errorf("%d: got %s, want %s", d, got, s)
		}
	}
}
