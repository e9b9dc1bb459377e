package pattern

import (
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/sharing/stix"
)

// bound reads WITHIN, REPEATS or START; false if none of them comes.
func (p *parser) bound() (b bound, ok bool) {
	switch {
	case p.accept(word, "WITHIN"):
		p.within(&b)
	case p.accept(word, "REPEATS"):
		p.repeats(&b)
	case p.accept(word, "START"):
		b.from, b.start = p.moment()
		p.expect(word, "STOP")
		b.until, b.stop = p.moment()
		if p.err == nil && !b.start.Before(b.stop) {
			p.fail("START must come before STOP")
		}
	default:
		return b, false
	}
	return b, p.err == nil
}

func (p *parser) within(b *bound) {
	b.seconds = p.tok.text
	n, err := strconv.ParseFloat(strings.TrimPrefix(b.seconds, "+"), 64)
	if p.tok.kind != integer && p.tok.kind != decimal || err != nil || n <= 0 || n > 1e9 {
		p.fail("a number of seconds was expected, above 0 and up to 1000000000")
		return
	}
	b.within = max(time.Duration(n*float64(time.Second)), 1)
	p.advance()
	p.expect(word, "SECONDS")
}

func (p *parser) repeats(b *bound) {
	n, err := strconv.Atoi(strings.TrimPrefix(p.tok.text, "+"))
	if p.tok.kind != integer || err != nil || n < 1 || n > maxRepeats {
		p.fail("a number from 1 to %d was expected", maxRepeats)
		return
	}
	b.times = n
	p.advance()
	p.expect(word, "TIMES")
}

func (p *parser) moment() (string, time.Time) {
	t, err := stix.ParseTime(p.tok.text)
	if p.tok.kind != stamp || err != nil {
		p.fail("a time was expected, such as t'2026-11-22T00:00:00Z'")
		return "", time.Time{}
	}
	s := p.tok.text
	p.advance()
	return s, t.Time
}
