package demo

import "time"

// stamp is a moment in seconds since 1970.
type stamp int64

// epochDay is the day that certificate dates hang on (2026-01-01): fixed, so that a machine's certificate is the same in files of
// different days.
const epochDay = 20454

// appendDay writes a day since 1970 as 2006-01-02.
func appendDay(b []byte, day int64) []byte {
	return time.Unix(day*86400, 0).UTC().AppendFormat(b, time.DateOnly)
}

// appendClock writes a second of the day as 15:04:05.
func appendClock(b []byte, second int64) []byte {
	h, m, s := second/3600, second/60%60, second%60
	return append(b, two(h), one(h), ':', two(m), one(m), ':', two(s), one(s))
}

func two(v int64) byte { return byte('0' + v/10) }
func one(v int64) byte { return byte('0' + v%10) }

// calendar remembers the text of the day last asked for: rows of one file share a day or two.
type calendar struct {
	layout string
	day    int64
	text   []byte
}

// append writes a stamp: the day in the calendar's layout, a blank, and the time as 15:04:05.
func (c *calendar) append(b []byte, t stamp) []byte {
	day := int64(t) / 86400
	if c.text == nil || day != c.day {
		c.day, c.text = day, time.Unix(day*86400, 0).UTC().AppendFormat(c.text[:0], c.layout)
	}
	b = append(append(b, c.text...), ' ')
	return appendClock(b, int64(t)%86400)
}

// httpDay is the day as HTTP writes it (RFC 9110 §5.6.7).
const httpDay = "Mon, 02 Jan 2006"
