package format

import (
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/event"
)

// Split says where one record of a format ends and the next begins.
type Split uint8

const (
	// Lines: a newline ends a record.
	Lines Split = iota
	// CSV: a newline outside quotes ends a record.
	CSV
	// Whole: the input is one record, such as a mail.
	Whole
)

// Limits that hold unless the configuration says otherwise, in bytes.
const (
	DefaultPartSize    = 4 << 20
	DefaultRecordLimit = 1 << 20
	// DefaultWholeLimit bounds an input that is one record.
	DefaultWholeLimit = 64 << 20
	// HeadSize is how much of the input a Format may look at to open it.
	HeadSize = 1 << 20
)

// Part is a stretch of the decompressed input that begins and ends at a record boundary.
type Part struct {
	Data   []byte
	Offset int64 // of the first byte in the decompressed input
	Line   int64 // of the first byte, from 1, header included
	Index  int   // from 0
	Last   bool  // nothing comes after
	// Exact tells that the end was found by reading every record (and not by counting quotes), so that an open quote at the end is
	// a bad record and not a wrong cut.
	Exact bool
	// Rejects are records that the splitter refused before this part, such as a line beyond the limit. The decoder adds them to the batch.
	Rejects []event.Reject

	room []byte // all of the memory that Data lies in, for Release
}

// TakeRejects adds what the splitter refused to the batch; each Decode begins with it.
func (p Part) TakeRejects(b *event.Batch) {
	for _, r := range p.Rejects {
		b.Reject(r)
	}
}

// Decoder turns parts into rows.
type Decoder interface {
	// Decode appends the part's records to b and gives how many bytes it used: less than len(part.Data) only if the cut was wrong
	// for CSV (an open quote at the end of a part that is neither Last nor Exact). The same part always gives the same rows. Safe for
	// concurrent use on different parts and batches.
	Decode(part Part, b *event.Batch) (used int, err error)
}

// Input is what a Format may know before it opens an input.
type Input struct {
	Name string // file name, may be "" or "-"
	Feed string // the feed's name in the configuration
	Head []byte // the first HeadSize bytes, decompressed
}

// Opened is a decoder for one input, with what was found out about it.
type Opened struct {
	Decoder     Decoder
	Split       Split
	Comma       byte     // the separator of CSV, 0: comma; for SplitOptions
	Skip        int      // bytes at the beginning that are no rows: byte-order mark and header
	HeaderLines int      // lines in Skip
	Report      string   // kind of report within the format, such as scan_telnet
	Notes       []string // for a person: columns not seen before, an unknown type
}

// Format opens inputs. An error of kind problem.Invalid sets the whole input aside; *Undecided within it means that a person must choose.
type Format interface {
	Name() string
	Open(in Input) (Opened, error)
}

// Undecided says that an input fits several kinds of report whose meaning differs, so that a person must choose.
type Undecided struct {
	Candidates []string // names of the reports, sorted
}

func (u *Undecided) Error() string {
	return fmt.Sprintf("the header fits %s, whose classes differ: name the file after its report or give the report's name",
		strings.Join(u.Candidates, ", "))
}
