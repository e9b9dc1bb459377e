package release

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Order is a law, or a court's or an authority's word under one, that obliges us to hand something over.
type Order struct {
	Reference string    `json:"reference"` // of the paper, or the section of the law
	Authority string    `json:"authority"` // who issued it
	Issued    time.Time `json:"issued"`    // the day of it
}

// maxOrder bounds each text of an order, in bytes.
const maxOrder = 500

// Check cleans an order. Errors: Invalid if anything of it is missing, or if it is of a day to come.
func (o *Order) Check(now time.Time) error {
	o.Reference, o.Authority = strings.Join(strings.Fields(o.Reference), " "), strings.Join(strings.Fields(o.Authority), " ")
	switch {
	case o.Reference == "" || o.Authority == "" || o.Issued.IsZero():
		return problem.New(problem.Invalid, "say of the order what stands on the paper: its reference, who issued it, and its day")
	case len(o.Reference) > maxOrder || len(o.Authority) > maxOrder:
		return problem.New(problem.Invalid, "reference and authority of an order have at most %d bytes", maxOrder)
	case o.Issued.Year() < 1980 || o.Issued.After(now.Add(24*time.Hour)):
		return problem.New(problem.Invalid, "an order was issued before today: look at its day")
	}
	o.Issued = o.Issued.UTC().Truncate(24 * time.Hour)
	return nil
}

// words name an order in a sentence; of nil, some order.
func (o *Order) words() string {
	if o == nil {
		return "An order"
	}
	return "The order " + o.Reference + " of " + o.Authority + " (" + o.Issued.Format(time.DateOnly) + ")"
}

// key stands for an order in a digest; "" of nil.
func (o *Order) key() string {
	if o == nil {
		return ""
	}
	return strings.Join([]string{o.Reference, o.Authority, o.Issued.Format(time.DateOnly)}, "\x00")
}
