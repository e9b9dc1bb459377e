package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"kB", 1e3},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"B", 1},
}

// ParseSize reads a size such as "64MiB", "1.5GB" or "4096".
func ParseSize(s string) (Size, error) {
	number, unit := strings.TrimSpace(s), 1.0
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size: write a number with a unit, such as \"64MiB\"", s)
	}
	return Size(v * unit), nil
}

// String writes the size in the largest binary unit that fits exactly.
func (s Size) String() string {
	for i := 3; i >= 0; i-- {
		if unit := Size(sizeUnits[i].bytes); s >= unit && s%unit == 0 {
			return strconv.FormatInt(int64(s/unit), 10) + sizeUnits[i].name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

const day = 24 * time.Hour

// ParseDuration reads a duration such as "7d", "1d12h" or "90s": days, and then
// what time.ParseDuration reads.
func ParseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no duration: write a number with a unit, such as \"90s\", \"24h\" or \"7d\"", s)
	days, rest, found := strings.Cut(strings.TrimSpace(s), "d")
	if !found {
		days, rest = "", days
	}
	var total time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, wrong
		}
		total = time.Duration(n) * day
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || d > math.MaxInt64-total {
			return 0, wrong
		}
		total += d
	} else if !found {
		return 0, wrong
	}
	return total, nil
}

// FormatDuration writes a duration as ParseDuration reads it, in the largest
// units: "7d", "1d12h", "90s" as "1m30s".
func FormatDuration(d time.Duration) string {
	if d < day {
		return trimZeros(d)
	}
	days := strconv.FormatInt(int64(d/day), 10) + "d"
	if d%day == 0 {
		return days
	}
	return days + trimZeros(d%day)
}

// trimZeros drops the "0m0s" that Go writes after hours and minutes.
func trimZeros(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
