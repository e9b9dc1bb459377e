package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
)

// PackName is the name of the column that holds the packed texts of a row.
const PackName = "texts"

// packed moves the text fields of rows into one column. A text costs the engine's client a call of its own, and rows of events are mostly
// texts: one for all of them is several times faster.
//
// Each text that is there is written as its place among the packed fields, its length in bytes, and itself ("3:5:hello"), so no sign in a
// text means anything.
func (p *planner) packed(cols []Column, exprs []string) (plain []Column, packed []Column, out []string) {
	var texts []string
	at := 0
	for _, c := range cols {
		width := 1
		if c.Kind == event.IP {
			width = 2
		}
		mine := exprs[at : at+width]
		at += width
		if c.Kind != event.Text {
			plain, out = append(plain, c), append(out, mine...)
			continue
		}
		texts = append(texts, fmt.Sprintf("'%d:' || strlen(%s) || ':' || %s", len(packed), mine[0], mine[0]))
		packed = append(packed, c)
	}
	if len(texts) > 0 {
		plain = append(plain, Column{Name: PackName, Kind: event.Text})
		out = append(out, "concat("+strings.Join(texts, ", ")+", '')")
	}
	return plain, packed, out
}

// Unpack calls each for every text of a packed value, with its place in Plan.Packed, which has so many. What the engine cannot have
// written is problem.Internal.
func Unpack(s string, fields int, each func(place int, text string)) error {
	for s != "" {
		place, rest, ok := strings.Cut(s, ":")
		length, rest, more := strings.Cut(rest, ":")
		i, err1 := strconv.ParseUint(place, 10, 31)
		n, err2 := strconv.ParseUint(length, 10, 31)
		if !ok || !more || err1 != nil || err2 != nil || int(i) >= fields || int(n) > len(rest) {
			return problem.New(problem.Internal, "the query engine gave texts that are not packed as asked")
		}
		each(int(i), rest[:n])
		s = rest[n:]
	}
	return nil
}
