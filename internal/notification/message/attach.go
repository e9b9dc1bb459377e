package message

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
)

// maxReports is how many findings a letter says in X-ARF at most: somebody who has more of them works with the table.
const maxReports = 5000

// attached are the files of a letter.
type attached struct {
	csv    delivery.Attachment
	xarf   delivery.Attachment // of no name when there is none
	tooBig bool                // there could be X-ARF, and it was left out
}

// list gives them in the order in which they are sent.
func (a attached) list() []delivery.Attachment {
	if a.xarf.Name == "" {
		return []delivery.Attachment{a.csv}
	}
	return []delivery.Attachment{a.csv, a.xarf}
}

// attach makes the files that go with the letter. X-ARF says nothing that the table does not, so it is what a large letter leaves out: one
// of too many findings, and one that it would make too large.
func (r *Renderer) attach(l Letter) (attached, error) {
	pack := packingOf(r.o.PartSize)
	table := &file{name: fileName(l) + ".csv", mediaType: "text/csv; charset=utf-8; header=present", made: l.Made, pack: pack}
	var out attached
	err := writeCSV(table, l)
	if err == nil {
		out.csv, err = table.attachment()
	}
	if err != nil {
		return out, problem.Wrap(problem.Internal, err, "the table of the letter cannot be written: %s", err)
	}
	if l.Findings > maxReports {
		out.tooBig = reportable(l)
		return out, nil
	}
	reports := &file{name: fileName(l) + ".xarf.jsonl", mediaType: "application/x-ndjson", made: l.Made, pack: pack}
	n, err := xarf(reports, l)
	if n == 1 {
		reports.name, reports.mediaType = fileName(l)+".xarf.json", "application/json"
	}
	if err == nil && n > 0 {
		out.xarf, err = reports.attachment()
	}
	if err != nil {
		return out, problem.Wrap(problem.Internal, err, "the X-ARF reports of the letter cannot be written: %s", err)
	}
	if n > 1 && partBase+encoded(int64(len(out.csv.Data)))+encoded(int64(len(out.xarf.Data))) > r.o.PartSize {
		out.xarf, out.tooBig = delivery.Attachment{}, true
	}
	return out, nil
}

// reportable tells whether X-ARF could say anything of the letter: it speaks of who does harm, and of a reporter with an address.
func reportable(l Letter) bool {
	_, ok := reporter(l.Team)
	for _, s := range l.Sections {
		if ok && s.Standing != Victim {
			return true
		}
	}
	return false
}

// fileName names a letter's attachments: by its ticket and part.
func fileName(l Letter) string {
	name := strings.Map(func(r rune) rune {
		if r == '#' || r == '/' || r == '.' {
			return '-'
		}
		return r
	}, tag(l.Ticket))
	name = cmp.Or(name, "observations")
	if l.Parts > 1 {
		name += "-" + strconv.Itoa(l.Part)
	}
	return name
}
