package feed

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Column is a column that inputs of a feed and a kind of report held.
type Column struct {
	Report      string
	Name        string // as it came
	First, Last time.Time
	New         bool // it was not there in the first input of its report
	Gone        bool // it was not in the last one, though its header was
}

// Columns lists what the inputs of a feed held, by report: the newest columns first.
func (s *Service) Columns(ctx context.Context, actor identity.Actor, feed string) (out []Column, err error) {
	if err := actor.Authorise(OpRead, feed); err != nil {
		return nil, err
	}
	var memory []columnMemory
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		memory, err = listColumns(tx, feed, "")
		return err
	})
	for _, m := range memory {
		for name, span := range m.Columns {
			first, last := sqldb.Time(span.First), sqldb.Time(span.Last)
			out = append(out, Column{m.Report, name, first, last, first.After(m.First), span.Said && last.Before(m.Last)})
		}
	}
	slices.SortFunc(out, func(a, b Column) int {
		return cmp.Or(b.First.Compare(a.First), cmp.Compare(a.Report, b.Report), cmp.Compare(a.Name, b.Name))
	})
	return out, err
}

// fits finds the reports that the reason of an undecided intake names: see format.Undecided.
var fits = regexp.MustCompile(`the header fits ([A-Za-z0-9_.\-, ]+), whose classes differ`)

// Candidates are the reports that an undecided intake may be; nil where none are known.
func (in Intake) Candidates() []string {
	m := fits.FindStringSubmatch(in.Error)
	if in.State != Undecided || m == nil {
		return nil
	}
	return strings.Split(m[1], ", ")
}
