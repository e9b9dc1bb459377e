package format

import (
	"bytes"

	"github.com/firehall/firehall/internal/event"
)

// EachLine calls fn with every line of the part that is not blank, without its line ending and surrounding blanks, and with what a reject
// of it would say. A line beyond limit bytes is set aside.
func EachLine(p Part, b *event.Batch, limit int, fn func(line []byte, rej event.Reject)) {
	if limit <= 0 {
		limit = DefaultRecordLimit
	}
	data, number, offset := p.Data, p.Line, p.Offset
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte{'\n'})
		rej := event.Reject{Line: number, Offset: offset, Length: len(line)}
		offset += int64(len(data) - len(rest))
		number++
		data = rest
		if len(line) > limit {
			rej.Code, rej.Reason = event.RejectTooLong, TooLongReason
			b.Reject(rej)
			continue
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			fn(line, rej)
		}
	}
}
